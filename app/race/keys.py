"""The keys of the race window that no control uses itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

_CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class RaceKeys(QObject):
    """Watches the window, and its fields for the one key that they would take for themselves."""

    run_requested = Signal()
    stop_requested = Signal()
    pause_requested = Signal()
    step_requested = Signal(int)
    """1 for the next frame, -1 for the previous one."""
    choice_requested = Signal(int)
    """1 for the next token, -1 for the previous one."""
    grid_toggled = Signal()
    sight_toggled = Signal()
    export_requested = Signal()
    copy_requested = Signal()
    close_requested = Signal()

    def __init__(self, window: QWidget, *fields: QWidget) -> None:
        super().__init__(window)
        self._window = window
        for watched in (window, *fields):
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True for a key that has been used."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_E and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            # A field would move its caret to the end of the line.
            self.export_requested.emit()
            return True
        return watched is self._window and self._press(event)

    def _press(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.run_requested.emit()
            case Qt.Key.Key_Escape:
                self.stop_requested.emit()
            case Qt.Key.Key_Space:
                self.pause_requested.emit()
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                chooses = event.modifiers() == Qt.KeyboardModifier.AltModifier
                by = 1 if event.key() == Qt.Key.Key_Right else -1
                (self.choice_requested if chooses else self.step_requested).emit(by)
            case Qt.Key.Key_G if not event.modifiers():
                self.grid_toggled.emit()
            case Qt.Key.Key_W if not event.modifiers():
                self.sight_toggled.emit()
            case Qt.Key.Key_C if event.modifiers() == _CONTROL_SHIFT:
                self.copy_requested.emit()
            case _ if event.matches(QKeySequence.StandardKey.Close):
                self.close_requested.emit()
            case _:
                return False
        return True
