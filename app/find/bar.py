"""The bar below the page: what to find, what to put in its place, and how."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.documents.text_document import slice_of
from app.field import Field
from app.find.finder import Finder
from app.find.pattern import Query, as_expression
from app.one_line import OneLine
from app.page.page import Page
from app.settings import Settings

_WIDE = 860
"""Pixels from which the options have room beside the search field."""
_OPTIONS = {
    "match_case": ("Match &case", "Find only words with the same capitals (Alt+C)."),
    "whole_words": ("Wh&ole words", "Find no parts of longer words (Alt+O)."),
    "regex": ("Rege&x", "What is typed is a regular expression (Alt+X)."),
    "in_selection": ("In &selection", "Find only within the selected text (Alt+S)."),
}
_LONGEST_SEED = 200
"""Characters of a selection that are taken for what to search for."""


class FindBar(QWidget):
    """Hidden until it is opened. It asks a Finder, and shows what that one finds."""

    closed = Signal()

    def __init__(self, page: Page, finder: Finder, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("find_bar")
        self.setAccessibleName("Find and replace")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._page, self._finder, self._settings = page, finder, settings
        self._field = Field("find_field", "Find", self, settings.value("find_history"))
        self._new = Field("replace_field", "Replace with", self, settings.value("replace_history"))
        self._announced = ""
        self._opened_with: QTextCursor | None = None
        self._count = OneLine("find_count", "Matches", self)
        self._note = OneLine("find_note", "Note", self)
        self._options = {name: self._option(name, *texts) for name, texts in _OPTIONS.items()}
        self._previous = self._button("find_previous", "‹", "Previous match (Shift+F3)", lambda: self.go(-1))
        self._next = self._button("find_next", "›", "Next match (F3)", lambda: self.go(1))
        self._close = self._button("close_find", "✕", "Close (Esc)", self.close_bar)
        self._replace = self._button("replace_one", "Re&place", "", self._replace_one)
        self._replace_all = self._button("replace_all", "Replace &all", "", self._replace_every)
        self._lay_out()
        self._connect()
        self.hide()

    def open(self, *, replacing: bool) -> None:
        """Show the bar, with the selected words as what to find. replacing: whether to show the second line."""
        anew = self._page.hasFocus() or not self.isVisible()
        if anew:
            self._take_selection()
        self._show_replacing(replacing)
        self.show()
        self._finder.open(anew=anew)
        self._search()
        target = self._new if replacing and self._field.text() else self._field
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        target.selectAll()
        self._show_state()

    def go(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) match; where nothing was searched for yet, ask for it."""
        if not self._finder.query.text:
            self.open(replacing=False)
            return
        self._remember()
        self._finder.go(by)

    def close_bar(self) -> None:
        """Go back to the page, with the match selected; a replacement that is being worked out is dropped first."""
        if self._finder.cancel_replacing():
            return
        self._remember()
        self._finder.close()
        self.hide()
        self._page.setFocus()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, where a button has the focus."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take Escape before the menus do."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the options have a line of their own."""
        super().resizeEvent(event)
        self._place_options()

    # How it is put together.

    def _lay_out(self) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 6, 8, 6)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        steps, edits, self._option_row = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row, parts in (
            (steps, (self._previous, self._next, self._count)),
            (edits, (self._replace, self._replace_all)),
            (self._option_row, tuple(self._options.values())),
        ):
            row.setSpacing(4)
            for part in parts:
                row.addWidget(part)
            row.addStretch(1)
        self._count.setMinimumWidth(self._count.fontMetrics().horizontalAdvance("888,888 of 888,888") + 8)
        self._count.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self._grid.addWidget(self._field, 0, 0)
        self._grid.addLayout(steps, 0, 1)
        self._grid.addWidget(self._close, 0, 3, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self._new, 1, 0)
        self._grid.addLayout(edits, 1, 1)
        self._grid.addWidget(self._note, 3, 0, 1, 4)
        self._note.say("")
        self._is_wide: bool | None = None
        self._place_options()
        order = (self._field, self._new, self._previous, self._next, *self._options.values(), self._replace)
        for before, after in zip(order, (*order[1:], self._replace_all), strict=True):
            QWidget.setTabOrder(before, after)
        QWidget.setTabOrder(self._replace_all, self._close)

    def _place_options(self) -> None:
        wide = self.width() >= _WIDE
        if wide is not self._is_wide:
            self._is_wide = wide
            self._grid.removeItem(self._option_row)
            self._grid.addLayout(self._option_row, 0 if wide else 2, 2 if wide else 0, 1, 1 if wide else 3)

    def _button(self, name: str, text: str, tip: str, pressed) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text.replace("&", "") if text[0].isascii() else tip.split(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(pressed)
        return button

    def _option(self, name: str, text: str, tip: str) -> QToolButton:
        button = self._button(f"find_{name}", text, tip, self._search)
        button.setAccessibleDescription(tip)
        button.setCheckable(True)
        if name != "in_selection":
            button.setChecked(self._settings.value(f"find_{name}"))
        return button

    def _connect(self) -> None:
        self._field.textChanged.connect(self._search)
        self._field.confirmed.connect(self.go)
        self._new.confirmed.connect(self._confirm_replacement)
        self._new.textChanged.connect(self._show_state)
        for field in (self._field, self._new):
            field.left.connect(self.close_bar)
        self._finder.changed.connect(self._show_state)
        self._finder.edited.connect(self._show_state)
        self._finder.scope_lost.connect(lambda: self._options["in_selection"].setChecked(False))

    # What the writer does.

    def _take_selection(self) -> None:
        """Search for the selected words; of more than a paragraph, search in them."""
        cursor = self._page.textCursor()
        words = slice_of(cursor.document(), cursor.selectionStart(), cursor.selectionEnd())
        within = "\n" in words
        self._opened_with = cursor
        self._options["in_selection"].setChecked(within)
        if words and not within and len(words) <= _LONGEST_SEED:
            as_text = not self._options["regex"].isChecked()
            self._field.setText(words if as_text else as_expression(words))

    @Slot()
    def _search(self) -> None:
        """Search for what is typed, with the options as they are."""
        checked = {name: button.isChecked() for name, button in self._options.items()}
        for name in ("match_case", "whole_words", "regex"):
            self._settings.set_value(f"find_{name}", checked[name])
        if not self.isVisible():
            return
        query = Query(self._field.text(), checked["match_case"], checked["whole_words"], checked["regex"])
        self._finder.search(query, self._scope(checked["in_selection"]))
        self._show_state()

    def _scope(self, wanted: bool) -> tuple[int, int] | None:
        """The part of the text to search; without a selection, all of it."""
        if not wanted:
            return None
        if self._finder.scope is not None:
            return self._finder.scope
        # What is selected now may be the match that was found last.
        cursors = (self._opened_with, self._page.textCursor())
        cursor = cursors[self._finder.number is None]
        if cursor is None or cursor.document() is not self._page.document() or not cursor.hasSelection():
            self._options["in_selection"].setChecked(False)
            self._finder.message.emit("Select text on the page first, and then find within it.")
            return None
        return cursor.selectionStart(), cursor.selectionEnd()

    @Slot()
    def _replace_one(self) -> None:
        self._remember()
        self._finder.replace(self._new.text())

    @Slot()
    def _replace_every(self) -> None:
        self._remember()
        self._finder.replace_all(self._new.text())

    @Slot(int)
    def _confirm_replacement(self, by: int) -> None:
        if by > 0:
            self._replace_one()
        else:
            self.go(-1)

    def _remember(self) -> None:
        for name, field in (("find_history", self._field), ("replace_history", self._new)):
            if field.remember():
                self._settings.set_value(name, tuple(field.history or ()))

    # What it shows.

    def _show_replacing(self, shown: bool) -> None:
        for part in (self._new, self._replace, self._replace_all):
            part.setVisible(shown)

    @Slot()
    def _show_state(self) -> None:
        finder = self._finder
        if not self.isVisible():
            return
        found = bool(len(finder.matches))
        counted = self._counted()
        self._count.say(counted or " ")
        self._announce(finder.line or counted)
        refusal = finder.refusal if not self._new.isHidden() else ""
        self._note.say(finder.line or refusal or finder.trouble)
        for button in (self._previous, self._next):
            button.setEnabled(found)
        for button, tip in (
            (self._replace, "Replace this match and go to the next (Return)."),
            (self._replace_all, "Replace every match. A single undo restores the old words."),
        ):
            button.setEnabled(found and not finder.refusal and not finder.replacing)
            button.setToolTip(finder.refusal or tip)
            button.setAccessibleDescription(finder.refusal or tip)

    def _announce(self, line: str) -> None:
        """Announce to screen readers what was found, once that is certain: the keys stay in the field."""
        if self._finder.is_settled and line and line != self._announced:
            self._announced = line
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, line))

    def _counted(self) -> str:
        """How many matches there are, and which of them is selected."""
        finder = self._finder
        count, number = len(finder.matches), finder.number
        if finder.replacing:
            return "Replacing…"
        if not finder.query.text or finder.line:
            return ""
        if not finder.complete:
            return f"Searching… {count:,}" if count else "Searching…"
        if not count:
            return "Not found"
        if number is None:
            return "1 match" if count == 1 else f"{count:,} matches"
        return f"{number + 1:,} of {count:,}"
