"""The list of other words under a word on the page: its look, its rows, and which of them is current."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout

from app.page.floating_bar import HEIGHT, BarLabel, FloatingBar
from app.page.page import Page
from app.theme import Theme

MOST = 8
"""Rows, each with a digit that chooses it."""
_GAP = 4
_ROW = 26
_ROUND = 5
_NARROWEST = 120


class WordList(FloatingBar):
    """Numbered words, one of them current; or one line of text instead.

    current: the number of the current row, from 0. words: those shown.
    """

    chosen = Signal(int)
    """The number of the row that was clicked, from 0."""

    def __init__(self, page: Page, theme: Theme) -> None:
        super().__init__(page, theme, "word_list", "Other words")
        self.words: Sequence[str] = ()
        self.current = 0
        column = QVBoxLayout()
        column.setSpacing(0)
        self.row.addLayout(column)
        self._line = BarLabel(self, "word_list_line")
        self._line.setMinimumHeight(HEIGHT - 6)
        column.addWidget(self._line)
        self._rows = [WordRow(self, number) for number in range(MOST)]
        # Each has the font by itself: what is inherited is lost with a new style sheet of the window.
        self._line.setFont(self.font())
        for row in self._rows:
            row.setFont(self.font())
            column.addWidget(row)
            row.clicked.connect(lambda _on=False, number=row.number: self.chosen.emit(number))

    def say(self, line: str, start: int, end: int) -> None:
        """Show one line under a range of the document."""
        self._fill((), line)
        self.follow(start, end)

    def offer(self, words: Sequence[str], start: int, end: int) -> None:
        """Show words under a range of the document; the first is current."""
        self._fill(words[:MOST], "")
        self.follow(start, end)

    def move(self, by: int) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Make another row current; after the last comes the first."""
        self.current = (self.current + by) % max(1, len(self.words))
        self.update()

    def follow(self, start: int, end: int) -> None:
        """Lie below the range, or above it where there is no room below."""
        rects = self.page.range_rects(start, end)
        if not rects:
            self.hide()
            return
        view = self.page.viewport().geometry()
        below = view.top() + rects[-1].bottom() + _GAP
        above = view.top() + rects[0].top() - _GAP - self.card_size().height()
        self.put(view.left() + rects[-1].left() - 10, above if below > self.lowest and above > 0 else below)

    @property
    def lowest(self) -> float:
        """See FloatingBar."""
        return self.page.height() - self.card_size().height() - 6.0

    def _fill(self, words: Sequence[str], line: str) -> None:
        self.words, self.current = words, 0
        self._line.setText(line)
        self._line.setAccessibleName(line)
        self._line.setVisible(bool(line))
        for row in self._rows:
            row.show_word(words[row.number] if row.number < len(words) else "", len(words))
        self.row.activate()


class WordRow(QAbstractButton):
    """A word with its digit. number: of the row, from 0."""

    def __init__(self, words: WordList, number: int) -> None:
        super().__init__(words)
        self.setObjectName(f"other_word_{number + 1}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.number = number
        self._list = words

    def show_word(self, word: str, words: int) -> None:
        """Show a word of so many; an empty one hides the row."""
        self.setText(word)
        self.setAccessibleName(f"{word}, {self.number + 1} of {words}")
        self.setVisible(bool(word))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Room for the digit and the word."""
        return QSize(max(_NARROWEST, QFontMetrics(self.font()).horizontalAdvance(self.text()) + 44), _ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the digit faint and the word in ink, tinted where the row is current or under the mouse."""
        theme = self._list.theme
        current = self._list.current == self.number
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if current or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection if current else theme.hairline)
            painter.drawRoundedRect(QRectF(self.rect()), _ROUND, _ROUND)
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.chrome_ink)
        painter.drawText(self.rect().adjusted(9, 0, 0, 0), middle, str(self.number + 1))
        painter.setPen(theme.ink)
        painter.drawText(self.rect().adjusted(28, 0, 0, 0), middle, self.text())
