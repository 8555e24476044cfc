"""Times between repaints, and summaries of times."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.desk import Desk
from app.run_state import RunState

_RUNS = 10
_WORDS = "It was not a scientific list. She wrote down the weather, what she was cooking"


class PaintTimes(QObject):
    """The times at which a widget is repainted, in seconds."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__()
        self.moments: list[float] = []
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note the time."""
        if event.type() == QEvent.Type.Paint:
            self.moments.append(time.perf_counter())
        return False


def spread(times: Sequence[float]) -> dict[str, Any]:
    """Median, 95th percentile, maximum and number of times, in their unit."""
    ordered = sorted(times)
    return {
        "median": statistics.median(ordered),
        "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        "max": ordered[-1],
        "number": len(ordered),
    }


def watch_runs(desk: Desk) -> dict[str, Any]:
    """Milliseconds between two repaints of the page while a sentence melts and the engine computes, over ten runs."""
    page, controller = desk.window.page, desk.window.controller
    watch = PaintTimes(page.viewport())
    gaps: list[float] = []
    for _ in range(_RUNS):
        desk.select(_WORDS)
        desk.rest(0.1)
        watch.moments.clear()
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        desk.wait(lambda: controller.state is RunState.REVIEW)
        gaps += [(later - one) * 1e3 for one, later in zip(watch.moments, watch.moments[1:], strict=False)]
        desk.window.escape()
        desk.wait(lambda: controller.state is RunState.IDLE)
    page.viewport().removeEventFilter(watch)
    return spread(gaps)


def gap_line(row: dict[str, Any]) -> str:
    """The same as readable text."""
    return (
        f"between two pictures of a run: median {row['median']:.1f} ms, p95 {row['p95']:.1f} ms, "
        f"longest {row['max']:.1f} ms, of {row['number']}"
    )
