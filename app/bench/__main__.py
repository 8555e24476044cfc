"""The command line of the window's benchmarks."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from app.bench.checks import check_line, type_with_and_without_check
from app.bench.gaps import gap_line, watch_runs
from app.bench.keys import type_often, typing_lines
from app.bench.long_line import long_line_lines, type_in_long_line
from app.bench.races import race_lines, race_often
from app.desk import Desk
from engine import EngineThread, Event


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table or JSON; returns the exit status."""
    options = _parser().parse_args(arguments)

    def make_engine(on_event: Callable[[Event], None]) -> EngineThread:
        return EngineThread(on_event, options.model)

    if options.real or options.races:
        figures = {"races": race_often(make_engine, options.real, options.races)}
        lines = race_lines(figures["races"])
    else:
        with Desk(make_engine) as desk:
            figures = {
                "checkpoint": desk.checkpoint.name,
                "gaps": watch_runs(desk),
                "typing": type_often(desk),
                "long_line": type_in_long_line(desk),
                "check": type_with_and_without_check(desk),
            }
        lines = [
            gap_line(figures["gaps"]),
            "",
            *typing_lines(figures["typing"]),
            *long_line_lines(figures["long_line"]),
            check_line(figures["check"]),
        ]
    print(json.dumps(figures, indent=1) if options.json else "\n".join(lines))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.bench", description="Measure the window, without a screen.")
    parser.add_argument(
        "--real", type=_number, default=0, metavar="N", help="run N races instead and measure the memory"
    )
    parser.add_argument(
        "--races", type=_number, default=0, metavar="N", help="replay N recorded races instead and measure the memory"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--model", metavar="FOLDER", help="folder of a checkpoint (default: the embedded one)")
    return parser


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


if __name__ == "__main__":
    sys.exit(main())
