"""Marks that look like writing but mean nothing: what a slot shows until it has a word.

The noise of a large vocabulary is in many scripts, and no font has them all. These marks are drawn instead:
a few pen strokes of equal width, chosen by token, so that the visible noise changes exactly when the model's does.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

_Stroke = tuple[tuple[float, float], ...]
# Points in a cell that is 1 wide and 1 (the x-height) high, y upwards: four points are a curve, two a line, one a dot.
_ARCH: _Stroke = ((0.18, 0.0), (0.18, 1.3), (0.82, 1.3), (0.82, 0.0))
_CUP: _Stroke = ((0.18, 1.0), (0.18, -0.3), (0.82, -0.3), (0.82, 1.0))
_LEFT_BOWL: _Stroke = ((0.8, 0.88), (0.0, 1.25), (0.0, -0.25), (0.8, 0.12))
_RIGHT_BOWL: _Stroke = ((0.2, 0.88), (1.0, 1.25), (1.0, -0.25), (0.2, 0.12))
_STEM: _Stroke = ((0.5, 0.0), (0.5, 1.0))
_MARKS: tuple[tuple[_Stroke, ...], ...] = (
    (_ARCH,),
    (_CUP,),
    (_LEFT_BOWL,),
    (_RIGHT_BOWL,),
    (_STEM,),
    (((0.5, 1.0), (-0.12, 1.0), (-0.12, 0.0), (0.5, 0.0)), ((0.5, 1.0), (1.12, 1.0), (1.12, 0.0), (0.5, 0.0))),
    (((0.8, 0.92), (-0.25, 1.2), (1.25, -0.2), (0.2, 0.08)),),
    (((0.2, 0.92), (1.25, 1.2), (-0.25, -0.2), (0.8, 0.08)),),
    (((0.42, 0.0), (0.42, 1.45)),),
    (((0.5, 0.0), (0.5, 0.8)), ((0.5, 1.3),)),
    (((0.28, 0.0), (0.28, 1.0)), ((0.28, 0.55), (0.4, 1.0), (0.65, 1.1), (0.85, 0.9))),
    (((0.62, 1.0), (0.62, -0.1), (0.6, -0.45), (0.15, -0.38)),),
    (((0.08, 0.35), (0.35, 1.1), (0.65, -0.25), (0.92, 0.6)),),
    (((0.3, 0.0), (0.3, 1.45)), ((0.3, 0.85), (0.9, 1.15), (0.95, -0.1), (0.3, 0.1))),
    (((0.5, 0.15), (0.5, 1.3)), ((0.22, 0.95), (0.8, 0.95))),
)


@cache
def mark(grain: int, cell: float, height: float) -> QPainterPath:
    """One mark with its lower left corner at 0, 0; `cell` wide, `height` high, y downwards. For a round pen."""
    path = QPainterPath()
    for stroke in _MARKS[grain % len(_MARKS)]:
        points = [QPointF(x * cell, -y * height) for x, y in stroke]
        path.moveTo(points[0])
        if len(points) == 1:
            path.lineTo(points[0] + QPointF(0.01, 0))
        elif len(points) == 2:
            path.lineTo(points[1])
        else:
            path.cubicTo(*points[1:])
    return path


def grains(token: int, count: int) -> list[int]:
    """The marks of a token: always the same for a token, and well distributed over similar token ids."""
    mixed = (token + 1) * 2654435761 % 2**32
    return [(mixed >> (5 * index)) % len(_MARKS) for index in range(count)]
