"""Marks the matches on the page, below its text: the document knows nothing of it."""

from __future__ import annotations

import bisect

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QTextBlock, QTextCharFormat, QTextFormat, QTextLayout

from app.documents.page_layout import x_of
from app.find.finder import Finder
from app.page.page import Page
from app.theme import Theme, ThemeSource

_CARET = 2.0
"""Pixels; how wide an empty match is."""
_FRAME = 3.0
"""Pixels of the line around the current match; half of it is below the selection."""


class Highlights(QObject):
    """Paints before the page does, so that its text and selection come to lie above."""

    def __init__(self, page: Page, finder: Finder, themes: ThemeSource, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._finder, self._theme = page, finder, themes.theme
        page.viewport().installEventFilter(self)
        finder.changed.connect(page.viewport().update)
        themes.theme_changed.connect(self._take_theme)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Paint first."""
        if event.type() == QEvent.Type.Paint and self._finder.active and isinstance(event, QPaintEvent):
            with QPainter(self._page.viewport()) as painter:
                painter.setClipRect(event.rect())
                self._paint(painter, QRectF(event.rect()))
        return False

    def _paint(self, painter: QPainter, area: QRectF) -> None:
        """Mark the matches within an area of the viewport."""
        number = self._finder.number
        current = None if number is None else self._finder.matches[number]
        page = self._page
        block = page.firstVisibleBlock()
        box = page.blockBoundingGeometry(block).translated(page.contentOffset())
        while block.isValid() and box.top() <= area.bottom():
            if box.bottom() >= area.top():
                self._mark(painter, block, box, area, current)
            block = block.next()
            box = page.blockBoundingGeometry(block).translated(page.contentOffset())

    def _mark(
        self, painter: QPainter, block: QTextBlock, box: QRectF, area: QRectF, current: tuple[int, int] | None
    ) -> None:
        """Mark the matches in the lines of a paragraph that are within the area."""
        layout = block.layout()
        lines = range(layout.lineCount())
        first = bisect.bisect_left(lines, area.top() - box.top(), key=lambda line: layout.lineAt(line).rect().bottom())
        last = bisect.bisect_right(lines, area.bottom() - box.top(), key=lambda line: layout.lineAt(line).y()) - 1
        if first > last:
            return
        start = layout.lineAt(first).textStart()
        end = layout.lineAt(last).textStart() + layout.lineAt(last).textLength()
        ranges = []
        for match in self._finder.matches.within(block.position() + start, block.position() + end):
            low, high = (self._place(layout, place - block.position()) for place in match)
            low, high = max(low, start), min(high, end)
            if match[0] == match[1]:
                self._mark_empty(painter, layout, box.topLeft(), low)
            elif low < high:
                ranges.append(self._range(low, high - low, match == current))
        if ranges:
            # The layout knows which pixels the letters take, in any script and direction; the page paints them itself.
            painter.setPen(Qt.GlobalColor.transparent)
            layout.draw(painter, box.topLeft(), ranges, area)

    def _place(self, layout: QTextLayout, place: int) -> int:
        """A position of the paragraph with what an input method composes in it."""
        text = layout.preeditAreaText()
        return place + len(text.encode("utf-16-le")) // 2 if text and place > layout.preeditAreaPosition() else place

    def _range(self, start: int, length: int, is_current: bool) -> QTextLayout.FormatRange:
        look = QTextCharFormat()
        look.setBackground(self._theme.found)
        if is_current:
            look.setProperty(QTextFormat.Property.OutlinePen, QPen(self._theme.accent, _FRAME))
        marked = QTextLayout.FormatRange()
        marked.start, marked.length, marked.format = start, length, look  # pyright: ignore[reportAttributeAccessIssue]
        return marked

    def _mark_empty(self, painter: QPainter, layout: QTextLayout, corner: QPointF, place: int) -> None:
        """A thin line where an expression matches between two letters."""
        line = layout.lineForTextPosition(place)
        if line.isValid():
            rect = line.rect().translated(corner)
            left = corner.x() + x_of(line, place) - _CARET / 2
            painter.fillRect(QRectF(left, rect.top(), _CARET, rect.height()), self._theme.accent)

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self._theme = theme
