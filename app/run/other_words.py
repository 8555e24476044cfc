"""Other words for the selection or the word at the caret: ask the engine, show a list, put in what is chosen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent

from app.bridge import EngineBridge
from app.documents.text_document import kind_of_document, mapped_text, replace_range
from app.page.page import Page
from app.run.controller import RunController
from app.run.word_list import MOST, WordList
from app.run_state import RunState
from app.theme import ThemeSource
from engine import TextMap, WordsRequest, WordsResult

KEYS = "Alt+W"
TIP = "Choose another word that fits here, for one to three words."
_PATIENCE = 100
"""Milliseconds after which a search shows that it is under way."""
_BUSY = "Looking for other words…"
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta)
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class OtherWords(QObject):
    """Takes the keys of the page while it searches or shows its list. Anything typed closes it and goes to the page."""

    message = Signal(str)
    """One line for the writer."""

    def __init__(
        self, page: Page, bridge: EngineBridge, controller: RunController, themes: ThemeSource, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.list = WordList(page, themes.theme)
        self._page, self._bridge, self._controller = page, bridge, controller
        self._search = 0
        self._text = TextMap("")
        self._range = (0, 0)
        self._original = ""
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(_PATIENCE)
        self._slow.timeout.connect(self._show_busy)
        self.list.chosen.connect(self.choose)
        bridge.words_found.connect(self._take_words)
        bridge.words_failed.connect(self._take_failure)
        controller.selection_bar.words_requested.connect(self.other_words)
        controller.state_changed.connect(self.close_list)
        themes.theme_changed.connect(self.list.take_theme)
        page.view_changed.connect(self._follow)
        page.textChanged.connect(self.close_list)
        page.selectionChanged.connect(self.close_list)
        page.cursorPositionChanged.connect(self.close_list)
        page.installEventFilter(self)
        page.viewport().installEventFilter(self)

    @property
    def is_open(self) -> bool:
        """Whether it searches or shows its list."""
        return bool(self._search) or self.list.isVisible()

    @Slot()
    def other_words(self) -> None:
        """Look for other words for the selection, or for the word at the caret."""
        if self._controller.state is not RunState.IDLE:
            self.message.emit("Stop the run or finish its review first. Then look for other words.")
            return
        if self._bridge.failure:
            self.message.emit(self._bridge.failure)
            return
        self.close_list()
        self._page.commit_composition()
        self._controller.selection_bar.dismiss()
        document, cursor = self._page.document(), self._page.textCursor()
        self._range = cursor.selectionStart(), cursor.selectionEnd()
        self._text = mapped_text(document)
        first, last = (self._text.from_utf16(place) for place in self._range)
        text = self._text.text
        request = WordsRequest(text[:first], text[first:last], text[last:], kind_of_document(document), MOST)
        self._search = self._bridge.find_words(request)
        self._slow.start()

    @Slot()
    def close_list(self) -> None:
        """Close the list, or give the search up."""
        self._slow.stop()
        if self._search:
            self._bridge.cancel_words()
            self._search = 0
        self.list.hide()

    @Slot(int)
    def choose(self, number: int) -> None:
        """Put a word of the list in, as one undo step; the caret goes after it."""
        word, (start, end) = self.list.words[number], self._range
        self.close_list()
        cursor = self._page.textCursor()
        cursor.setPosition(replace_range(self._page.document(), start, end, word))
        self._page.setTextCursor(cursor)
        self._page.ensureCursorVisible()
        self.message.emit(f"Changed “{self._original}” to “{word}”. Press Ctrl+Z to undo.")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True for the keys of the list, which the page must not see."""
        if not self.is_open:
            return False
        if watched is self._page and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and self._is_own(event):
                event.accept()
                return True
            return event.type() == QEvent.Type.KeyPress and self._press(event)
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.FocusOut):
            self.close_list()
        return False

    def _is_own(self, event: QKeyEvent) -> bool:
        """Whether a key belongs to the list."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        return event.key() in (Qt.Key.Key_Escape, *_RETURNS, *_STEPS) or self._digit(event) is not None

    def _press(self, event: QKeyEvent) -> bool:
        """Handle a key press. True when the page must not see it."""
        key = Qt.Key(event.key())
        if key in _MODIFIERS:
            return False
        if not self._is_own(event):
            self.close_list()
            return False
        if key == Qt.Key.Key_Escape:
            self.close_list()
        elif not self.list.words:
            # A search has no row yet, and a line of text has none at all: only Return is meant for them.
            if key not in _RETURNS:
                self.close_list()
                return False
            if not self._search:
                self.close_list()
        elif key in _STEPS:
            self.list.move(_STEPS[key])
            self._announce(f"{self.list.words[self.list.current]}, {self.list.current + 1} of {len(self.list.words)}")
        elif not event.isAutoRepeat():
            number = self._digit(event)
            self.choose(self.list.current if number is None else number)
        return True

    def _digit(self, event: QKeyEvent) -> int | None:
        """The row that a digit chooses; None for other keys, and digits without a row."""
        number = event.key() - Qt.Key.Key_1
        return number if 0 <= number < len(self.list.words) else None

    @Slot()
    def _show_busy(self) -> None:
        self.list.say(_BUSY, *self._range)
        self._announce(_BUSY)

    @Slot(int, object)
    def _take_words(self, search: int, result: WordsResult) -> None:
        """Show what was found, unless it answers an earlier question."""
        if search != self._search:
            return
        self._search = 0
        self._slow.stop()
        self._original = result.original
        self._range = self._text.to_utf16(result.start), self._text.to_utf16(result.end)
        words = [word.text for word in result.words]
        if words:
            self.list.offer(words, *self._range)
            self._announce(f"{len(words)} other words for {result.original}. {words[0]}, 1 of {len(words)}")
        else:
            self.list.say(result.note, *self._range)
            self._announce(result.note)

    @Slot(int, str)
    def _take_failure(self, search: int, reason: str) -> None:
        if search == self._search:
            self._search = 0
            self.close_list()
            self.message.emit(reason)

    @Slot()
    def _follow(self) -> None:
        """Stay with the word when the page is scrolled."""
        if self.list.isVisible():
            self.list.follow(*self._range)

    def _announce(self, line: str) -> None:
        """Have a screen reader say a line: the keyboard stays with the page."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.list, line))
