"""The bar below the page that goes to a line or a heading."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QStringListModel, Qt, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QSizePolicy, QVBoxLayout, QWidget

from app.documents.folds import block_of_line, count_lines
from app.field import Field
from app.find.headings import Heading, HeadingReader
from app.one_line import OneLine
from app.page.page import Page
from app.page.view_place import scroll_to_position

_ROWS = 8
"""Headings on the screen at a time."""
_DIGITS = 9
_INDENT = "    "


class GoToBar(QWidget):
    """Hidden until it is opened. Nothing moves on the page before Return."""

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("go_to_bar")
        self.setAccessibleName("Go to")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._page = page
        self._reader = HeadingReader(self)
        self._all: list[Heading] = []
        self._shown: list[Heading] = []
        self._field = Field("go_to_field", "Line number or heading", self)
        self._note = OneLine("go_to_note", "Goes to", self)
        self._model = QStringListModel(self)
        self._list = QListView(self)
        self._list.setObjectName("go_to_headings")
        self._list.setAccessibleName("Headings")
        self._list.setModel(self._model)
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout()
        row.addWidget(self._field, 1)
        row.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 6, 16, 6)
        column.setSpacing(5)
        column.addWidget(self._list)
        column.addLayout(row)
        self._reader.found.connect(self._take_headings)
        self._field.textChanged.connect(self._filter)
        self._field.moved.connect(self._move)
        self._field.confirmed.connect(self._go)
        self._field.left.connect(self.close_bar)
        self._list.clicked.connect(self._go_to_row)
        self.hide()

    def open(self) -> None:
        """Show the bar, and all headings of the text."""
        self._field.clear()
        self._take_headings([])
        self.show()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._reader.start(self._page.document())

    def close_bar(self) -> None:
        """Go back to the page."""
        self.stop()
        self.hide()
        self._page.setFocus()

    def stop(self) -> None:
        """Drop what is being read."""
        self._reader.stop()

    @Slot(object)
    def _take_headings(self, found: list[Heading]) -> None:
        self._all = found
        self._filter()

    @Slot()
    def _filter(self) -> None:
        """Show the headings that have all typed words in them."""
        words = self._field.text().casefold().split()
        self._shown = [each for each in self._all if all(word in each.title.casefold() for word in words)]
        self._model.setStringList([_INDENT * (each.level - 1) + each.title for each in self._shown])
        self._list.setVisible(bool(self._shown))
        height = self._list.sizeHintForRow(0) if self._shown else 0
        self._list.setFixedHeight(min(_ROWS, len(self._shown)) * height + 2 * self._list.frameWidth() + 2)
        if self._shown and self._line is None:
            self._choose(self._nearest if not words else 0)
        self._say()

    @property
    def _line(self) -> int | None:
        """The number that was typed, from 1 and not beyond the last line; None for anything else."""
        typed = self._field.text().strip()
        if not (typed.isascii() and typed.isdigit()):
            return None
        return min(max(1, int(typed[:_DIGITS])), count_lines(self._page.document()))

    @property
    def _nearest(self) -> int:
        """The row of the heading above the caret."""
        caret = self._page.textCursor().position()
        return max(0, sum(each.position <= caret for each in self._shown) - 1)

    @property
    def _row(self) -> int | None:
        """The chosen row."""
        index = self._list.currentIndex()
        return index.row() if index.isValid() else None

    def _choose(self, row: int) -> None:
        index = self._model.index(row)
        self._list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._list.scrollTo(index)

    @Slot(int)
    def _move(self, by: int) -> None:
        """Choose the next (1) or the previous (-1) heading."""
        if self._shown:
            row = self._row
            self._choose((0 if by > 0 else -1) % len(self._shown) if row is None else (row + by) % len(self._shown))
            self._say()

    def _say(self) -> None:
        """Say where Return goes; a screen reader stays in the field, and hears the heading from here."""
        line, row, lines = self._line, self._row, count_lines(self._page.document())
        if row is not None:
            self._note.say(self._shown[row].title or "Heading without words")
        elif line is not None:
            self._note.say(f"Line {line:,} of {lines:,}")
        elif self._field.text().strip():
            self._note.say("No such heading" if self._all else "No headings in this text. Type a line number.")
        else:
            self._note.say(f"1 to {lines:,}")

    @Slot()
    def _go(self) -> None:
        """Go to the chosen heading, or else to the line."""
        line, row = self._line, self._row
        if row is not None:
            self._go_to(self._shown[row].position)
        elif line is not None:
            self._go_to(block_of_line(self._page.document(), line - 1).position())

    @Slot(QModelIndex)
    def _go_to_row(self, index: QModelIndex) -> None:
        self._go_to(self._shown[index.row()].position)

    def _go_to(self, position: int) -> None:
        """Put the caret there, with its line at the top of the page."""
        cursor = QTextCursor(self._page.document())
        cursor.setPosition(min(position, self._page.document().characterCount() - 1))
        self._page.setTextCursor(cursor)
        self.close_bar()
        scroll_to_position(self._page, cursor.position())
