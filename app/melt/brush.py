"""Paint slots: shimmering noise, landing words, melting words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.melt.model import CELLS, Slot
from app.melt.noise_glyphs import grains, mark
from app.theme import Theme
from engine import SlotState

_FALL = 0.16
"""How far above its line a word appears before it lands, in font heights."""
_SINK = 0.32
"""How far a melting word sinks, in font heights."""
_VISIBLE = 0.02


@dataclass(frozen=True, slots=True)
class Anchor:
    """The position of the range on the widget.

    left, width: of the column. first_across: where the range starts in its line, from the leading edge.
    baseline: of that line. line_step: to the next one. mirrored: the paragraph runs from right to left.
    """

    left: float
    width: float
    first_across: float
    baseline: float
    line_step: float
    mirrored: bool = False


class MeltBrush:
    """Paints the slots of a run; holds what they share in one painting.

    cell: width of one noise glyph. seconds: how long the noise has shimmered. mark_pinned: underline pinned words.
    shows_noise: False if an open slot is a position not written yet, without noise.
    """

    def __init__(
        self,
        painter: QPainter,
        theme: Theme,
        font: QFont,
        cell: float,
        seconds: float,
        *,
        mark_pinned: bool,
        shows_noise: bool = True,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        self._painter = painter
        self._theme = theme
        self._height = metrics.height()
        self._x_height = metrics.xHeight()
        self._cell = cell
        self._seconds = seconds
        self._shows_noise = shows_noise
        self._marked = (SlotState.KEPT, SlotState.PINNED) if mark_pinned else (SlotState.KEPT,)

    def paint(self, slots: Iterable[Slot], anchor: Anchor, height: float) -> None:
        """Paint slots at their current positions, except those above or below a widget of that height."""
        for slot in slots:
            y = anchor.baseline + slot.line * anchor.line_step
            if -anchor.line_step < y < height + anchor.line_step:
                across = slot.across + slot.gap
                width = max(0.0, slot.width - slot.gap)
                x = anchor.left + (anchor.width - across - width if anchor.mirrored else across)
                self._paint_slot(slot, x, y, width)

    def _paint_slot(self, slot: Slot, x: float, y: float, width: float) -> None:
        """Paint one slot with the left end of its baseline at x, y."""
        if slot.glow > _VISIBLE and slot.text:
            self._paint_glow(slot, x, y, width)
        noise = (1.0 - slot.ink) * slot.presence
        if noise > _VISIBLE and self._shows_noise:
            self._paint_noise(slot, x, y, noise)
        if slot.melt > _VISIBLE:
            self._paint_ghost(slot, x, y)
        if slot.ink * slot.presence > _VISIBLE and slot.goal_ink:
            self._paint_text(slot, x, y, width)

    def _paint_glow(self, slot: Slot, x: float, y: float, width: float) -> None:
        """Paint the short flash of a word that has landed."""
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(_faded(self._theme.locked_flash, 0.3 * slot.glow * slot.ink))
        # Three overlapping layers fade out towards the edge.
        for rim in (0.0, 2.0, 4.0):
            box = QRectF(x - rim, y - 1.5 * self._x_height - rim / 2, width + 2 * rim, 2.0 * self._x_height + rim)
            self._painter.drawRoundedRect(box, 4 + rim, 4 + rim)

    def _paint_noise(self, slot: Slot, x: float, y: float, strength: float) -> None:
        """Paint marks with a slow wave of light running through them. The lower the entropy, the closer to ink."""
        color = _mixed(self._theme.noise, self._theme.ink_faint, 1.0 - slot.doubt)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        for number, grain in enumerate(grains(slot.grain, CELLS)):
            left = x + number * self._cell
            wave = 0.5 + 0.5 * math.sin(self._seconds * 3.1 - left * 0.021 - y * 0.013 + grain)
            pen = QPen(_faded(color, strength * (0.45 + 0.55 * wave)), max(1.1, self._x_height * 0.14))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            self._painter.setPen(pen)
            shape = mark(grain, round(self._cell * 0.72, 1), round(self._x_height * 0.94, 1))
            self._painter.drawPath(shape.translated(left + self._cell * 0.14, y))

    def _paint_ghost(self, slot: Slot, x: float, y: float) -> None:
        """Paint a melting word, which sinks and blurs: several faint copies drift apart."""
        gone = 1.0 - slot.melt
        spread = gone * self._height * 0.12
        sunk = y + gone * self._height * _SINK
        self._painter.setPen(_faded(self._theme.melt, slot.melt * 0.34))
        for across, down in ((-spread, 0.0), (spread, 0.0), (0.0, -spread), (0.0, 2.2 * spread)):
            self._painter.drawText(QPointF(x + across, sunk + down), slot.ghost)

    def _paint_text(self, slot: Slot, x: float, y: float, width: float) -> None:
        """Paint a word, falling while it appears; its entropy tints the ink."""
        theme = self._theme
        color = _mixed(theme.ink, theme.ink_faint, 0.8 * slot.doubt)
        if slot.state == SlotState.KEPT:
            color = _mixed(theme.ink, theme.ink_faint, 0.55)
        elif slot.state == SlotState.PINNED:
            color = theme.ink
        opacity = slot.ink * slot.presence
        self._painter.setPen(_faded(color, opacity))
        fall = 0.0 if slot.state >= SlotState.KEPT else (1.0 - slot.ink) * self._height * _FALL
        self._painter.drawText(QPointF(x, y - fall), slot.text)
        if slot.state in self._marked and slot.text:
            self._paint_line(slot.state, x, y + self._x_height * 0.42, width, opacity)

    def _paint_line(self, state: SlotState, x: float, y: float, width: float, opacity: float) -> None:
        """Underline kept words with dots and pinned words with a line, a cue that does not depend on colour."""
        if state == SlotState.PINNED:
            pen = QPen(_faded(self._theme.pinned, opacity), 1.2)
        else:
            pen = QPen(_faded(self._theme.ink_faint, 0.75 * opacity), 1.3)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setDashPattern([0.01, 3.0])
        self._painter.setPen(pen)
        self._painter.drawLine(QPointF(x, y), QPointF(x + width, y))


def _mixed(first: QColor, second: QColor, share: float) -> QColor:
    """`first` with that share of `second`."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        first.redF() * rest + second.redF() * share,
        first.greenF() * rest + second.greenF() * share,
        first.blueF() * rest + second.blueF() * share,
    )


def _faded(color: QColor, opacity: float) -> QColor:
    """The same colour with an opacity."""
    faded = QColor(color)
    faded.setAlphaF(min(1.0, max(0.0, opacity)))
    return faded
