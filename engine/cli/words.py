"""`words`: other words that fit a place of a text."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from engine.cli.loading import open_session
from engine.cli.options import Commands, add_verb, chosen_checkpoint, range_of, read_text
from engine.contracts.errors import RequestError
from engine.contracts.request import Action
from engine.contracts.words import WordsRequest
from engine.text.kinds import kind_of


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands,
        "words",
        [common],
        "list other words that fit a place on both sides",
        "words letter.txt --select 120:127",
        "words letter.txt --at 122 --json",
        'words --before "She " --word walked --after " slowly to the old house."',
    )
    verb.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a text file; it is not changed")
    verb.add_argument("--select", type=range_of, metavar="A:B", help="one to three words of the file")
    verb.add_argument("--at", type=int, metavar="OFFSET", help="the word of the file at this place")
    verb.add_argument("--word", metavar="WORDS", help="instead of a file: one to three words")
    verb.add_argument("--before", default="", metavar="TEXT", help="the text before them")
    verb.add_argument("--after", default="", metavar="TEXT", help="the text after them")
    verb.add_argument("--most", type=int, default=8, metavar="N", help="how many to list at most (default: 8)")
    verb.set_defaults(command=_words)


def _words(options: argparse.Namespace) -> None:
    request = _request(options)
    chosen_checkpoint(options, Action.REWRITE)
    result = open_session(options).words(request)
    if options.json:
        print(json.dumps(asdict(result), ensure_ascii=False))
        return
    for word in result.words:
        print(f"{word.text}\t{word.probability:.1%}")
    if result.note:
        print(f"remelt engine: {result.note}", file=sys.stderr)


def _request(options: argparse.Namespace) -> WordsRequest:
    """The place that the options name. Raises RequestError."""
    if options.most < 1:
        raise RequestError(f"--most must be at least 1, not {options.most}.")
    named = [name for name in ("word", "select", "at") if getattr(options, name) is not None]
    if len(named) != 1 or (options.file is None) != (named == ["word"]):
        raise RequestError(
            "Name one place: a FILE with --select A:B or --at OFFSET, or --word with --before and --after."
        )
    if options.file is None:
        return WordsRequest(options.before, options.word, options.after, most=options.most)
    if options.before or options.after:
        raise RequestError("--before and --after belong to --word. With a FILE, its own text stands on both sides.")
    text, _ = read_text(options.file)
    start, end = options.select or (options.at, options.at)
    if not 0 <= start <= end <= len(text):
        raise RequestError(f"The range {start}:{end} lies outside the text, which has {len(text)} characters.")
    return WordsRequest(text[:start], text[start:end], text[end:], kind_of(options.file.name), options.most)
