"""The clock of an animation: it runs only while something moves, and never skips ahead."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_TICK = 16
"""Milliseconds between two ticks."""
_LONGEST_STEP = 0.1
"""Most seconds of a tick: after a pause the animation continues from where it was instead of skipping ahead."""


class FrameClock(QObject):
    """Ticks every 16 ms from `wake` to `rest`."""

    ticked = Signal(float)
    """Seconds to advance by."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._last_tick = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)

    @property
    def resting(self) -> bool:
        """Whether the clock is stopped."""
        return not self._timer.isActive()

    def wake(self) -> None:
        """Start, unless running."""
        if self.resting:
            self._last_tick = time.monotonic()
            self._timer.start()

    def rest(self) -> None:
        """Stop."""
        self._timer.stop()

    @Slot()
    def _tick(self) -> None:
        now = time.monotonic()
        seconds, self._last_tick = min(now - self._last_tick, _LONGEST_STEP), now
        self.ticked.emit(seconds)
