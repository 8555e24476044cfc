"""Paint a run over the page: noise, landing words, melting words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.melt.brush import Anchor, MeltBrush
from app.melt.model import MeltModel, Slot
from app.melt.reflow import Reflow
from app.page.page import Page
from app.theme import Theme

_SHIMMER = 0.03
"""Seconds between two repaints while noise only shimmers."""


class MeltOverlay(QWidget):
    """Lies on the page, lets every click through, and paints the animation.

    find_anchor: called at each painting, because the writer may scroll and type meanwhile; None paints no slots.
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
        """Advance the animation. False when nothing would change any more."""
        self._seconds += seconds
        self._rested += seconds
        if self.reflow is not None:
            self.update()
            if not self.reflow.advance(seconds):
                self.reflow = None
            else:
                self._rested = 0.0
        model = self.model
        moving = model is not None and model.advance(seconds)
        noisy = model is not None and model.noisy
        # Shimmering is slow: half of the repaints are enough, which leaves more time to the engine.
        if moving or (noisy and self._rested >= _SHIMMER):
            self._rested = 0.0
            band = self._band(model.slots if model is not None else [])
            self.update(band.united(self._painted))
            self._painted = band
        return moving or noisy or self.reflow is not None

    def _band(self, slots: list[Slot]) -> QRect:
        """The lines that contain slots."""
        anchor = self._find_anchor()
        if anchor is None:
            return self.rect()
        lines = 2 + max((slot.line for slot in slots), default=0.0)
        top = anchor.baseline - anchor.line_step
        return QRectF(0, top, self.width(), (lines + 0.5) * anchor.line_step).toAlignedRect()

    def cover(self) -> None:
        """Cover exactly the text."""
        self.setGeometry(self._page.viewport().geometry())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the sliding text first, then the slots."""
        painter = QPainter(self)
        if self.reflow is not None:
            self.reflow.paint(painter, self.width(), self.height(), self.theme.paper)
        else:
            # The page does not show the line after that.
            painter.setClipRect(QRectF(0, 0, self.width(), self._page.last_line_bottom))
        self.paint_slots(painter)

    def paint_slots(self, painter: QPainter) -> None:
        """Paint the words and the noise of the run at their current positions."""
        model = self.model
        anchor = self._find_anchor()
        if model is None or anchor is None:
            return
        brush = MeltBrush(
            painter, self.theme, self._page.font(), model.cell, self._seconds, mark_pinned=self.mark_pinned
        )
        brush.paint(model.slots, anchor, self.height())
