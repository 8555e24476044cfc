"""Marks the matches on the page, below its text: the document knows nothing of it."""

from __future__ import annotations

import bisect

import regex
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QTextBlock, QTextCharFormat, QTextFormat, QTextLayout, QTextLine

from app.documents.page_layout import x_of
from app.documents.text_document import len_utf16
from app.find.finder import Finder
from app.page.page import COLUMN, Page
from app.theme import Theme, ThemeSource

_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}\p{Bidi_Class=AN}\u200f\u202b\u202e\u2067]")
_CARET = 2.0
"""Pixels; how wide an empty match is."""
_LONGEST_LINE = 2 * COLUMN
_FRAME = 3.0
"""Pixels of the line around the current match; half of it is below the selection."""


class Highlights(QObject):
    """Paints before the page does, so that its text and selection come to lie above."""

    def __init__(self, page: Page, finder: Finder, themes: ThemeSource, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._finder, self._theme = page, finder, themes.theme
        page.viewport().installEventFilter(self)
        self._shown: object = None
        finder.changed.connect(self._look)
        finder.edited.connect(self._follow)
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
        layout = page.document().documentLayout()
        block = page.firstVisibleBlock()
        top = page.blockBoundingGeometry(block).translated(page.contentOffset()).topLeft()
        while block.isValid() and top.y() <= area.bottom():
            height = layout.blockBoundingRect(block).height()
            if top.y() + height >= area.top():
                self._mark(painter, block, top, area, current)
            top.setY(top.y() + height)
            block = block.next()

    def _mark(
        self, painter: QPainter, block: QTextBlock, top: QPointF, area: QRectF, current: tuple[int, int] | None
    ) -> None:
        """Mark the matches in the lines of a paragraph that are within the area."""
        layout = block.layout()
        lines = range(layout.lineCount())
        first = bisect.bisect_left(lines, area.top() - top.y(), key=lambda line: layout.lineAt(line).rect().bottom())
        last = bisect.bisect_right(lines, area.bottom() - top.y(), key=lambda line: layout.lineAt(line).y()) - 1
        if first > last:
            return
        shown = [layout.lineAt(line) for line in range(first, last + 1)]
        position = block.position()
        start, end = shown[0].textStart(), shown[-1].textStart() + shown[-1].textLength()
        places = [
            (self._place(layout, low - position), self._place(layout, high - position), (low, high) == current)
            for low, high in self._finder.matches.within(position + start, position + end)
        ]
        # The layout knows which pixels letters take where the direction changes, but marking by it takes its time.
        if _RIGHT_TO_LEFT.search(block.text()):
            ranges = [self._range(low, high - low, is_current) for low, high, is_current in places if low < high]
            painter.setPen(Qt.GlobalColor.transparent)
            layout.draw(painter, top, ranges, area)
            places = [place for place in places if place[0] == place[1]]
        for line in shown:
            self._mark_line(painter, line, top, places)

    def _mark_line(
        self, painter: QPainter, line: QTextLine, corner: QPointF, places: list[tuple[int, int, bool]]
    ) -> None:
        """Mark places of the paragraph in one of its lines."""
        start = line.textStart()
        end = start + line.textLength()
        rect = line.rect().translated(corner)
        marks = []
        for low, high, is_current in places:
            if high < start or low > end:
                continue
            left = corner.x() + x_of(line, max(low, start))
            if low == high:
                painter.fillRect(QRectF(left - _CARET / 2, rect.top(), _CARET, rect.height()), self._theme.accent)
            elif low < end and high > start:
                mark = QRectF(left, rect.top(), corner.x() + x_of(line, min(high, end)) - left, rect.height())
                if is_current:
                    painter.setPen(QPen(self._theme.accent, _FRAME))
                    painter.drawRect(mark)
                marks.append(mark)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.found)
        painter.drawRects(marks)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _place(self, layout: QTextLayout, place: int) -> int:
        """A position of the paragraph with what an input method composes in it."""
        text = layout.preeditAreaText()
        return place + len_utf16(text) if text and place > layout.preeditAreaPosition() else place

    def _range(self, start: int, length: int, is_current: bool) -> QTextLayout.FormatRange:
        look = QTextCharFormat()
        look.setBackground(self._theme.found)
        if is_current:
            look.setProperty(QTextFormat.Property.OutlinePen, QPen(self._theme.accent, _FRAME))
        marked = QTextLayout.FormatRange()
        marked.start, marked.length, marked.format = start, length, look  # pyright: ignore[reportAttributeAccessIssue]
        return marked

    @Slot()
    def _look(self) -> None:
        """Paint anew only what differs: in a long text, most matches that come in are not on the screen."""
        shown = self._on_screen()
        if shown != self._shown:
            self._shown = shown
            self._page.viewport().update()

    @Slot()
    def _follow(self) -> None:
        """The matches were moved by an edit, after which the page paints by itself what has moved."""
        self._shown = self._on_screen()

    def _on_screen(self) -> object:
        """What can be seen of the matches, and a little more."""
        page, finder = self._page, self._finder
        if not finder.active:
            return None
        first = page.firstVisibleBlock().position()
        lines = page.viewport().height() // page.fontMetrics().height() + 2
        return finder.number, list(finder.matches.within(first, first + lines * _LONGEST_LINE))

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self._theme = theme
