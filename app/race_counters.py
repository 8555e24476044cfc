"""The numbers under one side of a race."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from app.race import Counts
from engine import Decoder

_TWO_COLUMNS = 330
"""Pixels from which the numbers stand in two columns."""
NONE = "–"
"""What stands where a number is not known yet."""


def _decimal(digits: int) -> Callable[[float | None], str]:
    return lambda number: NONE if number is None else f"{number:,.{digits}f}"


def _empty(counts: Counts) -> str:
    """How many slots came to nothing, once all are resolved."""
    return f", {counts.canvas - counts.tokens} empty" if counts.tokens < counts.resolved == counts.canvas else ""


_ROWS: tuple[tuple[str, str, str, Callable[[Counts], str]], ...] = (
    ("passes", "Forward passes", "How often the decoder was asked; reading the text before is not counted.",
     lambda counts: str(counts.passes)),
    ("resolved", "Resolved", "Slots whose token is accepted now, of all slots; some of diffusion's may end empty.",
     lambda counts: f"{counts.resolved} of {counts.canvas}{_empty(counts)}"),
    ("tokens_per_pass", "Tokens per pass", "Resolved tokens, without empty slots, divided by forward passes.",
     lambda counts: _decimal(2)(counts.tokens_per_pass)),
    ("seconds", "Seconds", "Since the run of this side started.",
     lambda counts: _decimal(3)(counts.seconds)),
    ("tokens_per_second", "Tokens per second", "Resolved tokens, without empty slots, divided by seconds.",
     lambda counts: _decimal(0)(counts.tokens_per_second)),
    ("first", "First text after", "Seconds until the first token with text was resolved.",
     lambda counts: f"{counts.first:.3f} s" if counts.first is not None else NONE),
    ("melts", "Melts", "How often a token was taken back and became noise again.",
     lambda counts: str(counts.melts)),
    ("bits", "−log₂ p a token", "How little the autoregressive head of the checkpoint expected the finished text; "
     "it wrote the right side itself, so it favours it.",
     lambda counts: _decimal(2)(counts.bits)),
)  # fmt: skip


class RaceCounters(QWidget):
    """All numbers of one side, in one or two columns."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.setObjectName(f"race_counters_{decoder.value}")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(14, 2, 14, 6)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(1)
        self._columns = 0
        self._values: dict[str, QLabel] = {}
        self._cells: list[QWidget] = []
        for name, title, tip, _ in _ROWS:
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
        """Show the numbers of a moment; None where nothing has run."""
        for name, title, _, text in _ROWS:
            shown = text(counts) if counts else NONE
            self._values[name].setText(shown)
            self._values[name].setAccessibleName(f"{title}: {shown}")

    def show_live(self, passes: int, seconds: float) -> None:
        """While a side is computed, only these two are known of all its frames."""
        self.show_counts(None)
        for name, shown in (("passes", str(passes)), ("seconds", _decimal(3)(seconds))):
            self._values[name].setText(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the width that there is."""
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
