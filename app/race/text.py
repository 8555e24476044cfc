"""Running text in a column that starts where other text has ended, so that the words around a gap read as one text."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextLayout, QTextLine, QTextOption

from app.documents.page_layout import x_of
from app.documents.text_document import len_utf16, qt_string

_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft


class Place(NamedTuple):
    """Where text ends: the line, counted from the first one of the column, and pixels from the leading edge."""

    line: int
    across: float


class Column:
    """What all texts of one column have in common. mirrored: it runs from right to left."""

    def __init__(self, font: QFont, width: float, line_step: float, *, mirrored: bool) -> None:
        self.font = font
        self.width = max(1.0, width)
        self.line_step = line_step
        self.mirrored = mirrored


class Passage:
    """A piece of text in a column. end: where it ends and the next one may start. length: in code points."""

    def __init__(self, text: str, column: Column, start: Place) -> None:
        self.end = start
        self.length = len(text)
        self._column = column
        self._font = QFont(column.font)
        # A line is only valid as long as the layout that it belongs to.
        self._layouts: list[QTextLayout] = []
        self._lines: list[QTextLine] = []
        self._paragraphs: list[tuple[int, str, list[QTextLine]]] = []
        first = 0
        for number, paragraph in enumerate(text.split("\n")):
            if number:
                self.end = Place(self.end.line + 1, 0.0)
            if paragraph:
                known = len(self._lines)
                self._add(paragraph)
                self._paragraphs.append((first, paragraph, self._lines[known:]))
            first += len(paragraph) + 1

    def paint(self, painter: QPainter, left: float, baseline: float, color: QColor) -> None:
        """Paint its lines below the upper edge. left: of the column. baseline: of line 0."""
        painter.setPen(color)
        for line in self._lines:
            if baseline + line.y() >= 0:
                line.draw(painter, QPointF(left, baseline))

    def within(self, place: int) -> int:
        """The position in this text nearest to one that may lie before or after it."""
        return min(max(place, 0), self.length)

    def boxes(self, start: int, end: int) -> list[QRectF]:
        """The boxes of code points `start` to `end`, line by line, relative to the column and line 0."""
        found = []
        for first, paragraph, lines in self._paragraphs:
            low, high = (len_utf16(paragraph[: max(0, at - first)]) for at in (start, end))
            for line in lines:
                begin, past = line.textStart(), line.textStart() + line.textLength()
                if low < past and high > begin:
                    edges = [x_of(line, at) for at in (max(low, begin), min(high, past))]
                    left, right = min(edges), max(edges)
                    found.append(QRectF(left, line.y(), right - left, line.height()))
        return found

    def _add(self, paragraph: str) -> None:
        """Lay out a paragraph from where the text before it ended."""
        column = self._column
        layout = QTextLayout(qt_string(paragraph), self._font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(_RIGHT_TO_LEFT if column.mirrored else _LEFT_TO_RIGHT)
        option.setAlignment(Qt.AlignmentFlag.AlignRight if column.mirrored else Qt.AlignmentFlag.AlignLeft)
        layout.setTextOption(option)
        self._layouts.append(layout)
        number, across = self.end
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            hanging = 0.0
            line.setLineWidth(max(1.0, column.width - across))
            if across > 0 and _cuts_a_word(line, paragraph):
                # The first word moves to the next line, and the space before it does not.
                number, across = number + 1, 0.0
                line.setLineWidth(column.width)
                spaces = paragraph[: len(paragraph) - len(paragraph.lstrip())]
                hanging = QFontMetricsF(self._font).horizontalAdvance(spaces)
            x = hanging if column.mirrored else across - hanging
            line.setPosition(QPointF(x, number * column.line_step - line.ascent()))
            reached = x_of(line, line.textStart() + line.textLength())
            self.end = Place(number, column.width - reached if column.mirrored else reached)
            self._lines.append(line)
            number, across = number + 1, 0.0
        layout.endLayout()


def runs_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def _cuts_a_word(line: QTextLine, paragraph: str) -> bool:
    """Whether a line ends in the middle of a word."""
    # Qt counts UTF-16 units; only those around the end of the line matter.
    units = paragraph.encode("utf-16-le")
    end = 2 * (line.textStart() + line.textLength())
    around = units[end - 2 : end + 2].decode("utf-16-le", "replace")
    return len(around) == 2 and not any(character.isspace() for character in around)
