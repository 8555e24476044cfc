"""The legend of the cells: one line below both grids, or more in a narrow window."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.melt.cells import paint_bar
from app.race.cells import STATES
from app.race.grid import FULL_BAR, paint_box
from app.race.sight import ALL, NONE, SOME
from app.race.veil import paint_level
from app.theme import Theme
from engine import SlotState

_MARGIN = 16
_FONT = 12
_SAMPLE = 18.0
"""Width of a sample."""
_APART = 14.0
_ENTROPY = f"entropy, full at {FULL_BAR:.0f} nats"
_MELTS = "melts"
_SIGHT = (("all", "seen"), ("some", "seen in some layers"), ("none", "not seen"))
_LEVELS = {"all": ALL, "some": SOME, "none": NONE}


class RaceLegend(QWidget):
    """A sample of every state with its name, of the bar and of the count of melts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("race_legend")
        self.show_parts(cells=False, sight=False)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.theme = theme
        self.cells = self.sight = False
        font = self.font()
        font.setPixelSize(_FONT)
        self.setFont(font)

    def show_parts(self, *, cells: bool, sight: bool) -> None:
        """Explain the cells of a grid, what a token sees, or both; hidden where neither is shown."""
        self.cells, self.sight = cells, sight
        self.setAccessibleName(", ".join(name for _, name in self._samples()) or "Legend")
        self.setVisible(cells or sight)
        self.updateGeometry()
        self.update()

    def _samples(self) -> list[tuple[SlotState | str, str]]:
        """Each sample and its name."""
        cells = [*STATES.items(), ("bar", _ENTROPY), ("×2", _MELTS)] if self.cells else []
        return cells + (list(_SIGHT) if self.sight else [])

    def heightForWidth(self, width: int) -> int:
        """The height of its lines at a width."""
        bottom = max((point.y() for point, _, _ in self._items(width)), default=0.0)
        return round(bottom + QFontMetricsF(self.font()).height() + 4)

    def sizeHint(self) -> QSize:
        """The height at the current width."""
        return QSize(200, self.heightForWidth(self.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Samples and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        for point, sample, name in self._items(self.width()):
            box = QRectF(point.x(), point.y() + 1, _SAMPLE, metrics.height() - 2)
            if isinstance(sample, SlotState):
                paint_box(painter, self.theme, sample, box)
            elif sample in _LEVELS:
                fills = {ALL: self.theme.selection, SOME: self.theme.chrome, NONE: self.theme.ink_faint}
                painter.fillRect(box, fills[_LEVELS[sample]])
                paint_level(painter, self.theme, _LEVELS[sample], box)
            elif sample == "bar":
                paint_bar(painter, self.theme, QRectF(box.left(), box.center().y() - 1.5, _SAMPLE, 3.0), 0.6)
            else:
                painter.setPen(self.theme.melt)
                painter.drawText(QPointF(box.left() + 2, point.y() + metrics.ascent()), sample)
            painter.setPen(self.theme.chrome_ink)
            painter.drawText(QPointF(box.right() + 5, point.y() + metrics.ascent()), name)

    def _items(self, width: int) -> Iterator[tuple[QPointF, SlotState | str, str]]:
        """The position of each sample, the sample, and its name."""
        metrics = QFontMetricsF(self.font())
        x, y = float(_MARGIN), 4.0
        for sample, name in self._samples():
            needed = _SAMPLE + 5 + metrics.horizontalAdvance(name)
            if x > _MARGIN and x + needed > width - _MARGIN:
                x, y = float(_MARGIN), y + metrics.height() + 2
            yield QPointF(x, y), sample, name
            x += needed + _APART
