"""`score`: list the least expected tokens and the alternatives the model prefers."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from engine.cli.loading import open_session
from engine.cli.options import Commands, add_verb, chosen_checkpoint, read_text
from engine.contracts.request import Action
from engine.contracts.scores import ParagraphScore
from engine.text.kinds import MARKDOWN, kind_of
from engine.text.markup import protected
from engine.text.ranges import Guard, clipped

_SHOWN = 20
"""The most tokens in a table."""


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands, "score", [common], "list the least expected tokens and their alternatives", "score letter.txt --json"
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="a text file; it is not changed")
    verb.set_defaults(command=_score)


def _score(options: argparse.Namespace) -> None:
    text, _ = read_text(options.file)
    chosen_checkpoint(options, Action.REWRITE)
    # torch takes seconds to import; bad input should not wait for it.
    from engine.runs.scorer import Scorer

    # No run waits for a slice here, so slices may be large.
    scorer = Scorer(open_session(options), seconds=1.0)
    found = [paragraph for scored in scorer.score(text) for paragraph in scored]
    if options.json:
        print(json.dumps({"paragraphs": list(map(asdict, found))}, ensure_ascii=False))
        return
    print(table(text, found, kind_of(options.file.name)))


def table(text: str, found: Sequence[ParagraphScore], kind: str = MARKDOWN) -> str:
    """The least expected tokens as a readable table. Lines and columns count from 1, columns in code points."""
    tokens = [(paragraph, token) for paragraph in found for token in paragraph.tokens]
    if found:
        # What is expected of code says nothing to a writer.
        code = [each for each in protected(text, 0, len(text), kind, facts=False) if each.guard is Guard.CODE]
        tokens = [item for item in tokens if not clipped(code, item[1].start, item[1].end)]
    entropies = [token.entropy for _, token in tokens]
    lines = [
        f"{len(tokens)} tokens in {len(found)} paragraphs, mean entropy "
        f"{sum(entropies) / max(1, len(entropies)):.2f} nats"
    ]
    # A reader sees characters, so tokens that only continue one are left out.
    least = sorted((item for item in tokens if item[1].text.strip()), key=lambda item: item[1].probability)[:_SHOWN]
    if not least:
        return lines[0]
    lines += ["", "line:column   probability   entropy   token and alternatives"]
    starts = {start: number for number, start in enumerate(_line_starts(text), start=1)}
    for paragraph, token in least:
        blanks = len(token.text) - len(token.text.lstrip())
        place = f"{starts[paragraph.start]}:{token.start + blanks - paragraph.start + 1}"
        others = ", ".join(
            f"{_readable(other.text)} {other.probability:.0%}"
            for other in token.alternatives
            if other.text != token.text
        )
        lines.append(
            f"{place:>11}   {token.probability:11.1%}   {token.entropy:7.2f}   {_readable(token.text)}: {others}"
        )
    return "\n".join(lines)


def _line_starts(text: str) -> list[int]:
    """Where each line of a text starts."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _readable(text: str) -> str:
    """A token in quotation marks, because the space before a word is part of it."""
    return repr(text) if text else "nothing"
