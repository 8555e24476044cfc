"""Wavy lines under words of the page. They are painted over the text and are no part of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF, QTextBlock
from PySide6.QtWidgets import QPlainTextEdit

from app.documents.page_layout import x_of

_WAVE = 3.0
"""Pixels from a crest of the wave to the next trough."""
_HEIGHT = 1.3
_WIDTH = 1.3

Spans = Sequence[tuple[int, int]]
"""Starts and ends in a paragraph, in UTF-16 units."""


class Underlines:
    """Paints waves on a page.

    find: what to underline in a paragraph that is painted. color: of the waves.
    """

    def __init__(self) -> None:
        self.find: Callable[[QTextBlock], Spans] = lambda block: ()
        self.color = QColor()

    def paint(self, page: QPlainTextEdit) -> None:
        """Paint all that are visible; called by the page after its text."""
        with QPainter(page.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.color, _WIDTH))
            for block, box in visible_blocks(page):
                for start, end in self.find(block):
                    _paint_span(painter, block, box, start, end)


def visible_blocks(page: QPlainTextEdit) -> Iterator[tuple[QTextBlock, QRectF]]:
    """The paragraphs on the screen with their boxes on the viewport."""
    block, bottom = page.firstVisibleBlock(), page.viewport().height()
    box = page.blockBoundingGeometry(block).translated(page.contentOffset())
    while block.isValid() and box.top() <= bottom:
        yield block, box
        block = block.next()
        # Not blockBoundingGeometry, which adds up the heights of all paragraphs from the first visible one on.
        box = page.blockBoundingRect(block).translated(box.left(), box.bottom())


def _paint_span(painter: QPainter, block: QTextBlock, box: QRectF, start: int, end: int) -> None:
    lines = block.layout()
    for number in range(lines.lineCount()):
        line = lines.lineAt(number)
        first, last = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
        if first < last:
            left, right = sorted((x_of(line, first), x_of(line, last)))
            y = box.top() + line.y() + line.ascent() + max(2.0, 0.55 * line.descent())
            painter.drawPolyline(_wave(box.left() + left, box.left() + right, y))


def _wave(left: float, right: float, y: float) -> QPolygonF:
    """A zigzag with its crests at the same places of the screen, so that two neighbours do not jump."""
    steps = max(1, round((right - left) / _WAVE))
    width = (right - left) / steps
    return QPolygonF([QPointF(left + at * width, y + (_HEIGHT if at % 2 else -_HEIGHT)) for at in range(steps + 1)])
