"""Keys and the wheel on the page that Qt has no meaning for, or one that a writer does not expect."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QPlainTextEdit

_NOTCH = 120
"""What Qt reports for a step of a wheel, in eighths of a degree."""
_OPTION_WRITES = sys.platform == "darwin"
"""There, Alt with a letter writes another letter."""


class Moving(QObject):
    """Watches a page: Ctrl+Up and Ctrl+Down move by paragraph, Ctrl+wheel zooms, Alt with a letter writes nothing.

    It must be made before other filters that handle keys, which then come first.
    """

    zoom_requested = Signal(int)
    """By so many steps; negative to make the text smaller."""

    def __init__(self, page: QPlainTextEdit) -> None:
        super().__init__(page)
        self._page = page
        self._turned = 0
        page.installEventFilter(self)
        page.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True for what the page must not see."""
        if isinstance(event, QWheelEvent) and watched is self._page.viewport():
            return self._zoom(event)
        if watched is self._page and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._move(event) or _is_mnemonic(event)
        return False

    def _zoom(self, event: QWheelEvent) -> bool:
        """Count the degrees, since a touchpad reports small parts of a step."""
        if event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            self._turned = 0
            return False
        self._turned += event.angleDelta().y()
        steps = int(self._turned / _NOTCH)
        self._turned -= steps * _NOTCH
        if steps:
            self.zoom_requested.emit(steps)
        return True

    def _move(self, event: QKeyEvent) -> bool:
        """Move by paragraph, with Shift to select. True if it was such a key."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        up, down = event.key() == Qt.Key.Key_Up, event.key() == Qt.Key.Key_Down
        if modifiers & ~Qt.KeyboardModifier.ShiftModifier != Qt.KeyboardModifier.ControlModifier or not (up or down):
            return False
        cursor = self._page.textCursor()
        place = _paragraph_after(cursor) if down else _paragraph_before(cursor)
        cursor.setPosition(place, QTextCursor.MoveMode.KeepAnchor if shift else QTextCursor.MoveMode.MoveAnchor)
        self._page.setTextCursor(cursor)
        self._page.ensureCursorVisible()
        return True


def _paragraph_after(cursor: QTextCursor) -> int:
    """Where the next paragraph with words starts; the end of the text where there is none."""
    block = cursor.block().next()
    while block.isValid() and not block.text().strip():
        block = block.next()
    return block.position() if block.isValid() else cursor.document().characterCount() - 1


def _paragraph_before(cursor: QTextCursor) -> int:
    """Where this paragraph starts, or else the one before with words; 0 where there is none."""
    block = cursor.block()
    if cursor.position() > block.position() and block.text().strip():
        return block.position()
    block = block.previous()
    while block.isValid() and not block.text().strip():
        block = block.previous()
    return block.position() if block.isValid() else 0


def _is_mnemonic(event: QKeyEvent) -> bool:
    """Whether a key with Alt asks for a menu, although none has that letter: Qt would insert the letter."""
    plain = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
    writes = bool(event.text()) and event.text().isprintable()
    return plain == Qt.KeyboardModifier.AltModifier and writes and not _OPTION_WRITES
