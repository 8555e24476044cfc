"""Keys and clicks on the page that mean something during a run or a review, before the page itself sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QTextCursor

from app.page.page import Page
from app.run_state import RunState
from engine import Action

if TYPE_CHECKING:
    from app.run.controller import RunController

_COMMANDS = {
    (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier): Action.REWRITE,
    (Qt.Key.Key_Enter, Qt.KeyboardModifier.ControlModifier): Action.REWRITE,
    (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier): Action.FILL,
    (Qt.Key.Key_Enter, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier): Action.FILL,
    (Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier): Action.FIX,
    (Qt.Key.Key_Enter, Qt.KeyboardModifier.AltModifier): Action.FIX,
    (Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier): "again",
    (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier): "stop",
    (Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier): "stronger",
    (Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier): "gentler",
    (Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier): "next_change",
    (Qt.Key.Key_F7, Qt.KeyboardModifier.ShiftModifier): "previous_change",
    (Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier): "previous_result",
    (Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier): "next_result",
    (Qt.Key.Key_F8, Qt.KeyboardModifier.NoModifier): "toggle_change",
}
_IN_REVIEW = ("next_change", "previous_change", "toggle_change", "next_result", "previous_result")
_EDITING_KEYS = (
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Tab,
)
_EDITS = (
    QKeySequence.StandardKey.Paste,
    QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.DeleteEndOfLine,
    QKeySequence.StandardKey.DeleteCompleteLine,
)


class RunKeys(QObject):
    """Watches the page for the controller."""

    def __init__(self, page: Page, controller: RunController) -> None:
        super().__init__(controller)
        self._page = page
        self._controller = controller
        self._caret = 0
        self._toggled: int | None = None
        page.installEventFilter(self)
        page.viewport().installEventFilter(self)
        page.cursorPositionChanged.connect(self._keep_caret_outside)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True for what the page shall not see."""
        if watched is self._page and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                if self._command(event):
                    # The key then arrives here as a press, whether or not a menu has it too.
                    event.accept()
                    return True
            elif event.type() == QEvent.Type.KeyPress:
                return self._press(event)
        elif event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            self._click(event)
        elif event.type() == QEvent.Type.MouseButtonDblClick and self._reviewing:
            # It selects a word; what its first click has done was not meant.
            if self._toggled is not None:
                self._controller.toggle_change_number(self._toggled)
            self._toggled = None
        return False

    @property
    def _reviewing(self) -> bool:
        """Whether a result waits for the writer's decision."""
        return self._controller.state is RunState.REVIEW

    def _command(self, event: QKeyEvent) -> str:
        """What a key means now; "" when it is the page's."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        command = _COMMANDS.get((Qt.Key(event.key()), modifiers), "")
        if command in _IN_REVIEW and not self._reviewing and (self._controller.scratch is None or "result" in command):
            return ""
        if self._controller.scratch is None:
            return command
        if event.matches(QKeySequence.StandardKey.Undo):
            return "stop"
        return command

    def _press(self, event: QKeyEvent) -> bool:
        """Do what a key press asks for. True when the page shall not see it."""
        command = self._command(event)
        if not command:
            return self._guard(event)
        if event.isAutoRepeat() and command not in ("stronger", "gentler", "next_change", "previous_change"):
            return True
        return self._obey(command)

    def _obey(self, command: str) -> bool:
        """Pass a command on. False where it turned out to mean nothing."""
        controller = self._controller
        match command:
            case "stop":
                stopped = controller.scratch is not None or controller.selection_bar.dismiss()
                controller.escape()
                return stopped
            case "stronger":
                controller.change_strength(0.1)
            case "gentler":
                controller.change_strength(-0.1)
            case "next_change":
                controller.move_to_change(1)
            case "previous_change":
                controller.move_to_change(-1)
            case "toggle_change":
                controller.toggle_change()
            case "next_result":
                controller.move_to_result(1)
            case "previous_result":
                controller.move_to_result(-1)
            case "again":
                controller.again()
            case Action():
                controller.edit(command)
        return True

    def _guard(self, event: QKeyEvent) -> bool:
        """Keep the words of a run from being edited or copied as the noise they look like."""
        scratch = self._controller.scratch
        if scratch is None:
            return False
        cursor = self._page.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        if event.matches(QKeySequence.StandardKey.Copy) and scratch.overlaps(first, last):
            self._copy(first, last)
            return True
        if not self._edits_range(event, first, last):
            return False
        if self._reviewing:
            self._controller.message.emit("Accept (Ctrl+Return) or reject (Esc) the change before you write in it.")
            return True
        self._controller.yield_to_writer()
        return False

    def _edits_range(self, event: QKeyEvent, first: int, last: int) -> bool:
        """Whether a key would change the words of the run."""
        scratch = self._controller.scratch
        if not _edits(event):
            return False
        if scratch.overlaps(first, last):
            return True
        if first != last or scratch.start == scratch.end:
            return False
        if event.key() == Qt.Key.Key_Backspace:
            return first == scratch.end
        forwards = event.key() == Qt.Key.Key_Delete or event.matches(QKeySequence.StandardKey.DeleteEndOfLine)
        return forwards and first == scratch.start

    def _copy(self, first: int, last: int) -> None:
        """Copy the writer's own words from behind the noise; in a review what would be accepted."""
        QGuiApplication.clipboard().setText(self._controller.text_between(first, last))

    def _click(self, event: QMouseEvent) -> None:
        """A click on a change puts its old words back, or takes the new ones after all."""
        self._toggled = None
        if event.button() == Qt.MouseButton.LeftButton and not self._page.textCursor().hasSelection():
            self._toggled = self._controller.toggle_change_at(self._page.position_at(event.position().toPoint()))

    @Slot()
    def _keep_caret_outside(self) -> None:
        """During a run the caret passes over the moving words as over one letter."""
        controller, cursor = self._controller, self._page.textCursor()
        scratch, was, self._caret = controller.scratch, self._caret, cursor.position()
        if scratch is None or self._reviewing or self._page.document() is not scratch.document:
            return
        if cursor.hasSelection() or not scratch.start < cursor.position() < scratch.end:
            return
        cursor.setPosition(scratch.end if was <= scratch.start else scratch.start, QTextCursor.MoveMode.MoveAnchor)
        self._page.setTextCursor(cursor)


def _edits(event: QKeyEvent) -> bool:
    """Whether a key changes the text: a letter, a key that deletes or ends a line, or a shortcut that does.

    Ctrl or Alt alone make a shortcut of a letter; AltGr arrives as both and does write.
    """
    if event.key() in _EDITING_KEYS or any(event.matches(key) for key in _EDITS):
        return True
    pressed = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    shortcut = pressed in (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier)
    return bool(event.text()) and event.text().isprintable() and not shortcut
