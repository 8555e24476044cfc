"""Undo and redo that stay where the writer is: Qt goes to the end of what has come back, however long it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit


def undo(page: QPlainTextEdit) -> None:
    """Undo the last edit. Where its end is out of sight, the caret goes to its start."""
    _do(page, page.undo)


def redo(page: QPlainTextEdit) -> None:
    """Redo the last undone edit, in the same way."""
    _do(page, page.redo)


def _do(page: QPlainTextEdit, change: Callable[[], None]) -> None:
    places: list[int] = []

    def note(position: int, _removed: int, _added: int) -> None:
        places.append(position)

    document, lines = page.document(), page.verticalScrollBar()
    line = lines.value()
    document.contentsChange.connect(note)
    change()
    document.contentsChange.disconnect(note)
    lines.setValue(line)
    if not places:
        return
    if not page.viewport().rect().intersects(QRect(page.cursorRect())):
        cursor = QTextCursor(document)
        cursor.setPosition(min(*places, document.characterCount() - 1))
        page.setTextCursor(cursor)
        lines.setValue(line)
    page.ensureCursorVisible()
