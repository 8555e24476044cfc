"""How it is drawn what a chosen token sees: what it does not see lies under a veil, what few layers see has dots."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.race.sight import ALL, NONE
from app.theme import Theme

_VEIL = 165
"""How much of the paper lies over what is not seen, of 255."""


def paint_level(painter: QPainter, theme: Theme, level: int, box: QRectF) -> None:
    """Mark what has been painted in a box. level: NONE, SOME or ALL, the last of which leaves it as it is."""
    if level == ALL:
        return
    if level == NONE:
        veil = QColor(theme.paper)
        veil.setAlpha(_VEIL)
        painter.fillRect(box, veil)
        return
    painter.setPen(QPen(theme.accent, 1.6, Qt.PenStyle.DotLine))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
