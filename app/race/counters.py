"""The figures below one side of a race."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from app.race.numbers import NONE, ROWS, decimal
from app.race.recording import Counts
from engine import Decoder

_TWO_COLUMNS = 330
"""Pixels from which the figures are in two columns."""


class RaceCounters(QWidget):
    """All figures of one side, in one or two columns."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.setObjectName(f"race_counters_{decoder.value}")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(14, 2, 14, 6)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(1)
        self._columns = 0
        self._values: dict[str, QLabel] = {}
        self._cells: list[QWidget] = []
        for name, title, tip, _ in ROWS:
            cell = QWidget()
            cell.setToolTip(tip)
            row = QHBoxLayout(cell)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
            row.addWidget(QLabel(title))
            value = QLabel()
            value.setObjectName(f"race_{name}_{decoder.value}")
            value.setProperty("number", True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleDescription(tip)
            row.addWidget(value, 1)
            self._values[name] = value
            self._cells.append(cell)
        self._arrange(1)
        self.show_counts(None)

    def show_counts(self, counts: Counts | None) -> None:
        """Show the figures of a moment; None before a run."""
        for name, title, _, text in ROWS:
            shown = text(counts) if counts else NONE
            self._values[name].setText(shown)
            self._values[name].setAccessibleName(f"{title}: {shown}")

    def show_live(self, passes: int, seconds: float) -> None:
        """Show the only two figures known while a side is being computed."""
        self.show_counts(None)
        for name, shown in (("passes", str(passes)), ("seconds", decimal(3)(seconds))):
            self._values[name].setText(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the available width."""
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= _TWO_COLUMNS else 1)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        rows = len(self._cells) // columns
        for number, cell in enumerate(self._cells):
            self._grid.addWidget(cell, number % rows, number // rows)
        for column in (0, 1):
            self._grid.setColumnStretch(column, int(column < columns))
