"""When the text below a range has to move, it slides once instead of jumping."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap

SECONDS = 0.15
"""Duration of the slide."""


class Reflow:
    """The transition between two pictures of the page, before and after.

    Between `top` and the end of the paragraph, words have changed places in a way that cannot be interpolated, so one
    picture fades into the other; everything below it only slides.

    before, after: the viewport. top: where the range starts. old_bottom, new_bottom: where its paragraph ends.
    """

    def __init__(self, before: QPixmap, after: QPixmap, top: float, old_bottom: float, new_bottom: float) -> None:
        self._before, self._after = before, after
        self._top = max(0.0, top)
        self._old_bottom, self._new_bottom = old_bottom, new_bottom
        self._elapsed = 0.0

    def advance(self, seconds: float) -> bool:
        """Advance. False when the text has arrived."""
        self._elapsed += seconds
        return self._elapsed < SECONDS

    def paint(self, painter: QPainter, width: float, height: float, paper: QColor) -> None:
        """Paint over the page, which already shows the new text."""
        way = _ease(min(1.0, self._elapsed / SECONDS))
        bottom = self._old_bottom + (self._new_bottom - self._old_bottom) * way
        if self._old_bottom != self._new_bottom:
            painter.fillRect(QRectF(0, bottom, width, max(0.0, height - bottom)), paper)
            # Use the picture that has more rows at the lower edge.
            grows = self._new_bottom > self._old_bottom
            source, origin = (self._before, self._old_bottom) if grows else (self._after, self._new_bottom)
            _draw(painter, source, origin, height, width, bottom)
            painter.fillRect(QRectF(0, self._new_bottom, width, bottom - self._new_bottom), paper)
        painter.setOpacity(1.0 - way)
        painter.fillRect(QRectF(0, self._top, width, bottom - self._top), paper)
        _draw(painter, self._before, self._top, min(self._old_bottom, bottom), width, self._top)
        painter.setOpacity(1.0)


def _ease(way: float) -> float:
    """Ease out: fast at first, slow at the end."""
    return 1.0 - (1.0 - way) ** 3


def _draw(painter: QPainter, picture: QPixmap, top: float, bottom: float, width: float, at: float) -> None:
    """Draw the rows top..bottom of a picture with its upper edge at `at`."""
    if bottom <= top:
        return
    ratio = picture.devicePixelRatio()
    source = QRectF(0, top * ratio, width * ratio, (bottom - top) * ratio)
    painter.drawPixmap(QRectF(0, at, width, bottom - top), picture, source)
