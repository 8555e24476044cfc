"""The command line as a whole. Every failure is one line on standard error and exit code 2."""

from __future__ import annotations

import argparse
import sys
from io import TextIOWrapper

from engine.cli import bench, continuation, evaluate, fill, fix, memory, rewrite, score
from engine.cli.options import Parser, common_options
from engine.contracts.errors import EngineError

_VERBS = (rewrite, fill, continuation, fix, score, evaluate, bench, memory)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Whatever the terminal is set to, the text is UTF-8 and keeps its line breaks.
            stream.reconfigure(encoding="utf-8", newline="")
    try:
        options = _parser().parse_args(arguments)
        options.command(options)
    except EngineError as error:
        print(f"remelt engine: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("remelt engine: stopped; nothing was changed.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    """All verbs and their options."""
    parser = Parser(
        prog="python -m engine",
        description="Remelt's diffusion engine without a window. Offsets in a text are code points.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = common_options()
    for verb in _VERBS:
        verb.add(commands, common)
    return parser
