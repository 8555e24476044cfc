"""One line to type in, with what was typed there before on Up and Down."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

_LONGEST = 400
"""Characters of a line that is remembered."""
_MOST = 20
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Escape)


class Field(QLineEdit):
    """A line whose keys are its own while it has the focus, whatever the menus use them for."""

    confirmed = Signal(int)
    """Return (1), or Shift+Return (-1)."""
    moved = Signal(int)
    """Down (1), or Up (-1), where there is no history."""
    left = Signal()
    """Escape."""

    def __init__(self, name: str, accessible_name: str, parent: QWidget, history: Sequence[str] | None = None) -> None:
        """history: lines typed earlier, the newest first; None for a field without any."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setPlaceholderText(accessible_name)
        self.history = None if history is None else list(history)
        self._shown = -1
        self._draft = ""
        self.textEdited.connect(self._note_typing)

    def remember(self) -> bool:
        """Add the line to the history; False where that changes nothing."""
        line = self.text()
        self._shown = -1
        if self.history is None or not line or len(line) > _LONGEST or self.history[:1] == [line]:
            return False
        self.history = [line, *(other for other in self.history if other != line)][:_MOST]
        return True

    def event(self, event: QEvent) -> bool:
        """Take keys before the menus do."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return, Escape, Up and Down."""
        if not self._is_own(event):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            by = 1 if event.key() == Qt.Key.Key_Down else -1
            if self.history is None:
                self.moved.emit(by)
            else:
                self._show(self._shown - by)
        else:
            self.confirmed.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)

    def _is_own(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers == Qt.KeyboardModifier.ShiftModifier:
            return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return modifiers == Qt.KeyboardModifier.NoModifier and event.key() in _KEYS

    def _show(self, number: int) -> None:
        """Show a line of the history; -1 is what was being typed."""
        lines = self.history or []
        if not -1 <= number < len(lines):
            return
        if self._shown == -1:
            self._draft = self.text()
        self._shown = number
        self.setText(self._draft if number < 0 else lines[number])

    def _note_typing(self) -> None:
        self._shown = -1
