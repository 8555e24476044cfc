"""A window part with a page, the bar below it and nothing of the engine, driven by keys."""

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from app.documents.text_document import new_document, plain_text
from app.find.tools import FindTools
from app.page.page import Page
from app.settings import Settings
from app.theme import ThemeSource

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEY = Qt.Key


class FindDesk(QWidget):
    """A page with its bars. `messages` collects what the writer is told."""

    def __init__(self, text: str, settings: Settings, themes: ThemeSource) -> None:
        super().__init__()
        self.resize(900, 600)
        self.page = Page(19, self)
        self.tools = FindTools(self.page, settings, themes, self)
        column = QVBoxLayout(self)
        for part in (self.page, *self.tools.bars):
            column.addWidget(part)
        self.document = new_document(text, self.page.font(), self)
        self.page.show_document(self.document)
        self.messages: list[str] = []
        self.tools.message.connect(self.messages.append)
        self.show()
        self.activateWindow()
        self.page.setFocus()
        self.wait_for(lambda: QApplication.focusWidget() is self.page)

    def press(self, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget(), key, modifiers)

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)

    def put(self, name: str, text: str) -> None:
        """Paste a text over what a field holds."""
        field = self.findChild(QLineEdit, name)
        field.setFocus()
        field.selectAll()
        QGuiApplication.clipboard().setText(text)
        self.press(KEY.Key_V, CONTROL)
        if not text:
            self.press(KEY.Key_Delete)

    def find(self, text: str, *options: str, ready: bool = True) -> None:
        """Open the bar and search for a text with these options and no others."""
        self.tools.find_text()
        for name in ("match_case", "whole_words", "regex", "in_selection"):
            button = self.button(f"find_{name}")
            if button.isChecked() is not (name in options):
                button.click()
        self.put("find_field", text)
        if ready:
            self.wait_for(lambda: self.tools.is_complete)

    def button(self, name: str) -> QToolButton:
        return self.findChild(QToolButton, name)

    def replace_all(self, new: str) -> None:
        """Replace everything that was searched for, and wait until that is done."""
        self.tools.replace_text()
        self.put("replace_field", new)
        before = len(self.messages)
        self.wait_for(lambda: self.tools.is_complete)
        if self.button("replace_all").isEnabled():
            self.button("replace_all").click()
            self.wait_for(lambda: len(self.messages) > before)
        self.wait_for(lambda: self.tools.is_complete)

    def wait_for(self, fact) -> None:
        deadline = time.monotonic() + 8
        while not fact():
            assert time.monotonic() < deadline, "waited in vain"
            QTest.qWait(1)

    def select(self, start: int, end: int) -> None:
        cursor = QTextCursor(self.page.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.page.setTextCursor(cursor)

    @property
    def selected(self) -> tuple[int, int]:
        cursor = self.page.textCursor()
        return cursor.selectionStart(), cursor.selectionEnd()

    @property
    def count(self) -> str:
        return self.findChild(QLabel, "find_count").text()

    @property
    def note(self) -> str:
        return self.findChild(QLabel, "find_note").text()

    @property
    def text(self) -> str:
        return plain_text(self.document)

    def undo(self) -> None:
        self.page.undo()
