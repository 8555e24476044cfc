"""How to draw what is not seen: text that a side never reads is hatched.

Of what a chosen token sees, unseen text is veiled, and text seen by some layers is dotted.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from app.race.sight import ALL, NONE
from app.theme import Theme

_VEIL = 165
"""Opacity of the veil, of 255."""


def paint_hatching(painter: QPainter, theme: Theme, boxes: Iterable[QRectF]) -> None:
    """Hatch boxes, before the text in them is painted: struck through, it would read as deleted."""
    for box in boxes:
        painter.fillRect(box, QBrush(theme.hairline, Qt.BrushStyle.BDiagPattern))


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
