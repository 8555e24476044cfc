"""How many tokens were resolved when: both sides in one plot, over time or over forward passes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.race import NAMES, Recording
from app.theme import Theme
from engine import Decoder

_FONT = 12
_TICKS = 4


class RacePlot(QWidget):
    """Two staircases of tokens, without empty slots. What has not been played yet is not drawn.

    over_passes: count forward passes from left to right instead of seconds.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("race_plot")
        self.setAccessibleName("Tokens resolved")
        self.setMinimumHeight(112)
        self.theme = theme
        self.over_passes = False
        self._sides: Sequence[Recording] = ()
        self._position = 0.0

    def show_moment(self, sides: Sequence[Recording], position: float) -> None:
        """Draw both sides up to a moment; no sides clear the plot."""
        self._sides, self._position = sides, position
        self.setAccessibleDescription(
            "; ".join(
                f"{NAMES[side.decoder]}: {counts.tokens} after {counts.seconds:.3f} seconds"
                for side in sides
                for counts in (side.counts_at(position),)
            )
        )
        self.update()

    def points(self, side: Recording) -> list[tuple[float, int]]:
        """What is drawn of a side: passes or seconds, and the tokens that are resolved from then on."""
        shown = side.counts[: side.index_at(self._position) + 1]
        return [(counts.passes if self.over_passes else counts.seconds, counts.tokens) for counts in shown]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Axes, curves, and what they are called."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPixelSize(_FONT)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        tallest = max((counts.tokens for side in self._sides for counts in side.counts), default=0)
        widest = max((self._extent(side) for side in self._sides), default=0.0)
        margin = metrics.horizontalAdvance(str(tallest)) + 12
        area = QRectF(self.rect()).adjusted(16 + margin, metrics.height() + 16, -20, -metrics.height() - 6)
        self._paint_names(painter, metrics)
        painter.setPen(QPen(self.theme.hairline, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if not tallest or not widest:
            return
        self._paint_scale(painter, metrics, area, tallest, widest)
        for side in self._sides:
            self._paint_side(painter, side, area, QPointF(area.width() / widest, area.height() / tallest))

    def _extent(self, side: Recording) -> float:
        return float(side.counts[-1].passes) if self.over_passes else side.seconds

    def _pen(self, decoder: Decoder) -> QPen:
        """Two colours, and a second cue for who cannot tell them apart."""
        if decoder is Decoder.DIFFUSION:
            return QPen(self.theme.accent, 2.0)
        return QPen(self.theme.pinned, 2.0, Qt.PenStyle.DashLine)

    def _paint_names(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """The heading and which line is whose."""
        y = metrics.ascent() + 3
        painter.setPen(self.theme.chrome_ink)
        heading = "Tokens resolved over passes" if self.over_passes else "Tokens resolved over seconds"
        painter.drawText(QPointF(16, y), heading)
        x = 16 + metrics.horizontalAdvance(heading) + 24
        for decoder, name in NAMES.items():
            painter.setPen(self._pen(decoder))
            painter.drawLine(QPointF(x, y - 4), QPointF(x + 20, y - 4))
            painter.setPen(self.theme.chrome_ink)
            painter.drawText(QPointF(x + 26, y), name)
            x += 26 + metrics.horizontalAdvance(name) + 18

    def _paint_scale(
        self, painter: QPainter, metrics: QFontMetricsF, area: QRectF, tallest: int, widest: float
    ) -> None:
        """Numbers at the ends of the upright axis and along the other."""
        painter.setPen(self.theme.chrome_ink)
        for value, y in ((tallest, area.top()), (0, area.bottom())):
            text = str(value)
            painter.drawText(
                QPointF(area.left() - 8 - metrics.horizontalAdvance(text), y + metrics.xHeight() / 2), text
            )
        for tick in range(1, _TICKS + 1):
            share = tick / _TICKS
            text = f"{widest * share:.0f}" if self.over_passes else f"{widest * share:.2f} s"
            x = area.left() + area.width() * share - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(x, area.bottom() + metrics.height()), text)

    def _paint_side(self, painter: QPainter, side: Recording, area: QRectF, scale: QPointF) -> None:
        """One staircase, from the start to the moment of the clock."""
        path = QPainterPath(area.bottomLeft())
        height = 0
        for across, tokens in self.points(side):
            x = area.left() + across * scale.x()
            path.lineTo(x, area.bottom() - height * scale.y())
            path.lineTo(x, area.bottom() - tokens * scale.y())
            height = tokens
        if not self.over_passes:
            until = min(self._position, side.seconds)
            path.lineTo(area.left() + until * scale.x(), area.bottom() - height * scale.y())
        painter.setBrush(QColor(Qt.GlobalColor.transparent))
        painter.setPen(self._pen(side.decoder))
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._pen(side.decoder).color())
        painter.drawEllipse(path.currentPosition(), 3.0, 3.0)
