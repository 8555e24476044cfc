"""Paints a run over the page: noise, words that land, words that melt."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.melt_model import CELLS, MeltModel, Slot
from app.noise_glyphs import grains, mark
from app.page import Page
from app.reflow import Reflow
from app.theme import Theme
from engine import SlotState

_FALL = 0.16
"""How far above its line a word appears before it lands, in heights of the font."""
_SINK = 0.32
"""How far a melting word sinks."""
_VISIBLE = 0.02
_SHIMMER = 0.03
"""Seconds between two pictures of noise that only shimmers."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the range is on the viewport now.

    left, width: the column. first_across: where the range starts in its line, from the leading edge.
    baseline: of that line. line_step: to the next one. mirrored: the paragraph runs from right to left.
    """

    left: float
    width: float
    first_across: float
    baseline: float
    line_step: float
    mirrored: bool = False


class MeltOverlay(QWidget):
    """Lies on the page, lets every click through, and paints what the model says.

    find_anchor: asked at each painting, because the writer may scroll and type meanwhile; None paints no slots.
    mark_pinned: whether pinned words are underlined.
    """

    def __init__(self, page: Page, theme: Theme, find_anchor: Callable[[], Anchor | None]) -> None:
        super().__init__(page)
        self.setObjectName("melt_overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.theme = theme
        self.mark_pinned = True
        self.model: MeltModel | None = None
        self.reflow: Reflow | None = None
        self._page = page
        self._find_anchor = find_anchor
        self._seconds = 0.0
        self._rested = 0.0
        self._painted = QRect()
        self.hide()

    def advance(self, seconds: float) -> bool:
        """Move everything on. False when the picture would not change any more."""
        self._seconds += seconds
        self._rested += seconds
        if self.reflow is not None:
            self.update()
            if not self.reflow.advance(seconds):
                self.reflow = None
            else:
                self._rested = 0.0
        moving = self.model is not None and self.model.advance(seconds)
        noisy = self.model is not None and self.model.noisy
        # Shimmering alone is slow: half of the pictures will do, and the engine gets the time.
        if moving or (noisy and self._rested >= _SHIMMER):
            self._rested = 0.0
            band = self._band()
            self.update(band.united(self._painted))
            self._painted = band
        return moving or noisy or self.reflow is not None

    def _band(self) -> QRect:
        """The lines on which slots are."""
        anchor = self._find_anchor()
        if anchor is None:
            return self.rect()
        lines = 2 + max((slot.line for slot in self.model.slots), default=0.0)
        top = anchor.baseline - anchor.line_step
        return QRectF(0, top, self.width(), (lines + 0.5) * anchor.line_step).toAlignedRect()

    def cover(self) -> None:
        """Lie exactly over the text."""
        self.setGeometry(self._page.viewport().geometry())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the sliding text first, then the slots."""
        painter = QPainter(self)
        if self.reflow is not None:
            self.reflow.paint(painter, self.width(), self.height(), self.theme.paper)
        self.paint_slots(painter)

    def paint_slots(self, painter: QPainter) -> None:
        """Paint the words and the noise of the run, where it is now."""
        anchor = self._find_anchor() if self.model is not None else None
        if anchor is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self._page.font()
        painter.setFont(font)
        brush = _Brush(
            painter, self.theme, QFontMetricsF(font), self.model.cell, self._seconds, mark_pinned=self.mark_pinned
        )
        for slot in self.model.slots:
            y = anchor.baseline + slot.line * anchor.line_step
            if -anchor.line_step < y < self.height() + anchor.line_step:
                across = slot.across + slot.gap
                width = max(0.0, slot.width - slot.gap)
                x = anchor.left + (anchor.width - across - width if anchor.mirrored else across)
                brush.paint_slot(slot, x, y, width)


class _Brush:
    """Paints single slots; holds what is the same for all of them in one painting."""

    def __init__(
        self,
        painter: QPainter,
        theme: Theme,
        metrics: QFontMetricsF,
        cell: float,
        seconds: float,
        *,
        mark_pinned: bool,
    ) -> None:
        self._painter = painter
        self._theme = theme
        self._height = metrics.height()
        self._x_height = metrics.xHeight()
        self._cell = cell
        self._seconds = seconds
        self._marked = (SlotState.KEPT, SlotState.PINNED) if mark_pinned else (SlotState.KEPT,)

    def paint_slot(self, slot: Slot, x: float, y: float, width: float) -> None:
        """Paint one slot with the left end of its baseline at x, y."""
        if slot.glow > _VISIBLE and slot.text:
            self._paint_glow(slot, x, y, width)
        noise = (1.0 - slot.ink) * slot.presence
        if noise > _VISIBLE:
            self._paint_noise(slot, x, y, noise)
        if slot.melt > _VISIBLE:
            self._paint_ghost(slot, x, y)
        if slot.ink * slot.presence > _VISIBLE and slot.goal_ink:
            self._paint_text(slot, x, y, width)

    def _paint_glow(self, slot: Slot, x: float, y: float, width: float) -> None:
        """The short flash of a word that has landed."""
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(_faded(self._theme.locked_flash, 0.3 * slot.glow * slot.ink))
        # Three sheets of light on top of each other fade out towards the rim.
        for rim in (0.0, 2.0, 4.0):
            box = QRectF(x - rim, y - 1.5 * self._x_height - rim / 2, width + 2 * rim, 2.0 * self._x_height + rim)
            self._painter.drawRoundedRect(box, 4 + rim, 4 + rim)

    def _paint_noise(self, slot: Slot, x: float, y: float, strength: float) -> None:
        """Marks that shimmer: a slow wave of light runs through them. The less doubt, the closer to ink."""
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
        """A melting word sinks and runs: many faint copies, ever further apart, look like a blur."""
        gone = 1.0 - slot.melt
        spread = gone * self._height * 0.12
        sunk = y + gone * self._height * _SINK
        self._painter.setPen(_faded(self._theme.melt, slot.melt * 0.34))
        for across, down in ((-spread, 0.0), (spread, 0.0), (0.0, -spread), (0.0, 2.2 * spread)):
            self._painter.drawText(QPointF(x + across, sunk + down), slot.ghost)

    def _paint_text(self, slot: Slot, x: float, y: float, width: float) -> None:
        """A word, on its way down while it appears; how sure the model is of it tints the ink."""
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
        """What tells kept and pinned words apart without colour: dots under the one, a line under the other."""
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
    """The same colour, let through."""
    faded = QColor(color)
    faded.setAlphaF(min(1.0, max(0.0, opacity)))
    return faded
