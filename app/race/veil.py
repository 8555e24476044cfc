"""How to draw what a chosen token sees: unseen text is veiled, text seen by some layers is dotted."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.race.sight import ALL, NONE
from app.theme import Theme

_VEIL = 165
"""Opacity of the veil, of 255."""


def paint_level(painter: QPainter, theme: Theme, level: int, box: QRectF) -> None:
    """Mark what has been painted in a box. level: NONE, SOME or ALL, which leaves it as it is."""
    if level == ALL:
        return
    if level == NONE:
        veil = QColor(theme.paper)
        veil.setAlpha(_VEIL)
        painter.fillRect(box, veil)
        return
    painter.setPen(QPen(theme.accent, 1.6, Qt.PenStyle.DotLine))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
