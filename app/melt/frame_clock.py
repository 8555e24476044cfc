"""The clock of a moving picture: it runs only while something moves, and never leaps."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_TICK = 16
"""Milliseconds between two paintings."""
_LONGEST_STEP = 0.1
"""Seconds; after a hiccup the picture goes on from where it was instead of leaping."""


class FrameClock(QObject):
    """Ticks every 16 ms from `wake` to `rest`."""

    ticked = Signal(float)
    """Seconds to move on by."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._last_tick = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)

    @property
    def resting(self) -> bool:
        """Whether no time passes."""
        return not self._timer.isActive()

    def wake(self) -> None:
        """Let time pass, if it does not."""
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
