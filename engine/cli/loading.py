"""Loading a checkpoint for a verb, with its progress on standard error."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from engine.contracts.loading import LoadSettings, Quantization

if TYPE_CHECKING:
    from engine.runs.session import Session

_PATIENCE = 1.0
"""Seconds before anything is shown on a terminal."""
_RARER = 10
"""How many times as long elsewhere, and between two lines: a log should tell of large checkpoints only."""


def load_settings(options: argparse.Namespace) -> LoadSettings:
    """How the checkpoint is to be loaded. Raises RequestError."""
    return LoadSettings(Quantization(options.quantization), options.context, options.download)


def open_session(options: argparse.Namespace) -> Session:
    """The requested checkpoint, loaded. Raises the errors of `Session.open`."""
    settings = load_settings(options)
    # torch takes seconds to import; bad input should not wait for it.
    from engine.runs.session import Session

    with LoadingLine() as line:
        session = Session.open(options.model, options.device, line.show, settings=settings)
    if session.note:
        print(f"remelt engine: {session.note}", file=sys.stderr)
    return session


class LoadingLine:
    """A context manager that shows how far loading is: on a terminal in one line, which it clears at the end; elsewhere
    line after line, and rarely.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._patience = _PATIENCE * (1 if self._terminal else _RARER)
        self._next = time.monotonic() + self._patience
        self._shown = False
        self._start: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._shown and self._terminal:
            self._write("\r\x1b[K")

    def show(self, fraction: float, stage: str) -> None:
        """fraction: 0 to 1. stage: what is done now, in a few words."""
        # What came before, such as imports, nobody saw here.
        start = self._start = fraction if self._start is None else self._start
        if sys.stderr is None or time.monotonic() < self._next:
            return
        line = f"remelt engine: {stage}, {(fraction - start) / max(1e-9, 1 - start):.0%}"
        if self._terminal:
            self._write(f"\r{line}\x1b[K")
        else:
            self._write(f"{line}\n")
            self._next = time.monotonic() + self._patience
        self._shown = True

    @staticmethod
    def _write(text: str) -> None:
        # Nobody to tell is no reason to stop loading.
        with suppress(OSError):
            print(text, end="", file=sys.stderr, flush=True)
