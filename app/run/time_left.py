"""How long a run of many parts will still take, by how long its parts have taken so far."""

from __future__ import annotations

import time
from collections.abc import Callable

_LEAST = 10.0
"""Seconds below which nothing is said: it would change faster than it is read."""


class TimeLeft:
    """Told which part begins; knows what is left. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.start()

    def start(self) -> None:
        """A run was requested."""
        self._began: float | None = None
        self._left = 0.0
        self._at = 0.0
        self._part = -1

    def begin_part(self, part: int, parts: int) -> None:
        """A part begins, from 0. May be told more than once of each, and of none of some."""
        if part == self._part:
            return
        now = self._clock()
        if self._began is None:
            # Loading the model is no part of it.
            self._began = now
        self._part, self._at = part, now
        self._left = (now - self._began) / part * (parts - part) if part else 0.0

    def __str__(self) -> str:
        """What is left, in words; "" where that is unknown, or not worth waiting for."""
        left = self._left - (self._clock() - self._at)
        if self._part < 1 or left < _LEAST:
            return ""
        if left >= 90:
            return f"about {round(left / 60)} min left"
        return f"about {round(left / 10) * 10} s left"
