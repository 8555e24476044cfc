"""The command line as a whole. Every failure is one line on standard error and exit code 2."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from io import TextIOWrapper

from engine.cli import bench, continuation, evaluate, fill, fix, memory, rewrite, score, words
from engine.cli.options import Parser, common_options
from engine.contracts.errors import EngineError

_VERBS = (rewrite, fill, continuation, fix, words, score, evaluate, bench, memory)


CLOSED_PIPE = 128 + 13
"""Exit code where nobody reads the output any more: that of a filter which SIGPIPE ends."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            # Whatever the terminal is set to, the text is UTF-8 and keeps its line ends, and a file name its bytes.
            stream.reconfigure(encoding="utf-8", errors=errors, newline="")
    try:
        return _run(arguments)
    except EngineError as error:
        return _fail(str(error))
    except BrokenPipeError:
        _drop_output()
        return CLOSED_PIPE
    except OSError as error:
        _drop_output()
        return _fail(f"{error.filename or 'the output'} cannot be written: {error.strerror or error}.")
    except KeyboardInterrupt:
        _fail("stopped; nothing was changed.")
        return 130


def _run(arguments: list[str] | None) -> int:
    """Run one command and write all of its output. Raises EngineError and OSError."""
    if sys.stdout is None:
        raise OSError("it is closed")
    try:
        options = _parser().parse_args(arguments)
        options.command(options)
    finally:
        # Here and not when Python ends, where nobody could be told of a full disk.
        sys.stdout.flush()
    return 0


def _fail(line: str) -> int:
    """Say what went wrong, where there is still somebody to say it to."""
    # Without standard error, print would write to standard output.
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"remelt engine: {line}", file=sys.stderr)
    return 2


def _drop_output() -> None:
    """Let Python end without writing what it still holds."""
    if sys.stdout is not None:
        with suppress(OSError), open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())


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
