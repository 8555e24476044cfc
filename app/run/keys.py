"""Keys and clicks on the page that have a meaning during a run or a review, before the page itself sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QTextCursor

from app.documents.scratch import Scratch
from app.documents.text_document import qt_string
from app.page.page import Page
from app.run.commands import RunCommands
from app.run.review_commands import ReviewCommands
from app.run.selection_bar import STRENGTH_STEP, SelectionBar
from app.run_state import RunState
from engine import Action

_Pressed = tuple[Qt.Key, Qt.KeyboardModifier]
_COMMANDS: dict[_Pressed, Action | str] = {
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
    """Watches the page and calls the commands of the run and of its review."""

    message = Signal(str)
    """One line for the writer."""

    def __init__(
        self, page: Page, run: RunCommands, review: ReviewCommands, bar: SelectionBar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._run, self._review, self._bar = run, review, bar
        self._caret = 0
        self._commands = _COMMANDS
        self._toggled: int | None = None
        page.installEventFilter(self)
        page.viewport().installEventFilter(self)
        page.cursorPositionChanged.connect(self._keep_caret_outside)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True for what the page must not see."""
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
            # A double click selects a word; its first click was not meant to toggle a change.
            if self._toggled is not None:
                self._review.toggle_change_number(self._toggled)
            self._toggled = None
        return False

    def take_keys(self, keys: Mapping[str, QKeySequence]) -> None:
        """Use the keys that the menus have. keys: of commands, by name; those that are not named keep theirs."""
        kept = {pressed: command for pressed, command in _COMMANDS.items() if str(command) not in keys}
        for command in dict.fromkeys(_COMMANDS.values()):
            kept |= dict.fromkeys(_pressed(keys.get(str(command), QKeySequence())), command)
        self._commands = kept

    @property
    def _reviewing(self) -> bool:
        """Whether a result awaits the writer's decision."""
        return self._run.state is RunState.REVIEW

    def _command(self, event: QKeyEvent) -> Action | str:
        """What a key means now; "" when it belongs to the page."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        command = self._commands.get((Qt.Key(event.key()), modifiers), "")
        if command in _IN_REVIEW and not self._reviewing and (self._run.scratch is None or "result" in command):
            return ""
        if self._run.scratch is not None and event.matches(QKeySequence.StandardKey.Undo):
            return "stop"
        return command

    def _press(self, event: QKeyEvent) -> bool:
        """Handle a key press. True when the page must not see it."""
        command = self._command(event)
        if not command:
            return self._guard(event)
        if event.isAutoRepeat() and command not in ("stronger", "gentler", "next_change", "previous_change"):
            return True
        return self._obey(command)

    def _obey(self, command: Action | str) -> bool:
        """Call a command. False if it had no effect."""
        if isinstance(command, Action):
            self._run.edit(command)
            return True
        match command:
            case "stop":
                stopped = self._run.scratch is not None or self._bar.dismiss()
                self._run.escape()
                return stopped
            case "again":
                self._run.again()
            case "stronger":
                self._bar.change_strength(STRENGTH_STEP)
            case "gentler":
                self._bar.change_strength(-STRENGTH_STEP)
            case "next_change":
                self._review.move_to_change(1)
            case "previous_change":
                self._review.move_to_change(-1)
            case "toggle_change":
                self._review.toggle_change()
            case "next_result":
                self._review.move_to_result(1)
            case _:
                self._review.move_to_result(-1)
        return True

    def _guard(self, event: QKeyEvent) -> bool:
        """Keep the words of a run from being edited, or copied as noise."""
        scratch = self._run.scratch
        if scratch is None:
            return False
        cursor = self._page.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        if event.matches(QKeySequence.StandardKey.Copy) and scratch.overlaps(first, last):
            shown = self._review.shown or scratch
            QGuiApplication.clipboard().setText(qt_string(shown.text_between(first, last)))
            return True
        if not _edits_range(event, scratch, first, last):
            return False
        if self._reviewing:
            self.message.emit("Accept (Ctrl+Return) or reject (Esc) the change before editing it.")
            return True
        self._run.yield_to_writer()
        return False

    def _click(self, event: QMouseEvent) -> None:
        """A click on a change declines it, or accepts it after all."""
        self._toggled = None
        if event.button() == Qt.MouseButton.LeftButton and not self._page.textCursor().hasSelection():
            self._toggled = self._review.toggle_change_at(self._page.position_at(event.position().toPoint()))

    @Slot()
    def _keep_caret_outside(self) -> None:
        """During a run, the caret moves across the melting words as across a single letter."""
        cursor = self._page.textCursor()
        scratch, was, self._caret = self._run.scratch, self._caret, cursor.position()
        if scratch is None or self._reviewing or self._page.document() is not scratch.document:
            return
        if cursor.hasSelection() or not scratch.start < cursor.position() < scratch.end:
            return
        cursor.setPosition(scratch.end if was <= scratch.start else scratch.start, QTextCursor.MoveMode.MoveAnchor)
        self._page.setTextCursor(cursor)


def _edits_range(event: QKeyEvent, scratch: Scratch, first: int, last: int) -> bool:
    """Whether a key would change the words of the run. first, last: what is selected."""
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


def _edits(event: QKeyEvent) -> bool:
    """Whether a key changes the text: a letter, a key that deletes or ends a line, or a shortcut that does.

    Ctrl or Alt alone make a shortcut of a letter; AltGr arrives as both and does write.
    """
    if event.key() in _EDITING_KEYS or any(event.matches(key) for key in _EDITS):
        return True
    pressed = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    shortcut = pressed in (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier)
    return bool(event.text()) and event.text().isprintable() and not shortcut


def _pressed(sequence: QKeySequence) -> Iterator[_Pressed]:
    """What is pressed for a key of a menu; both keys that end a line count as Return."""
    if sequence.isEmpty():
        return
    # PySide's own description of the class lacks the operator.
    pressed: QKeyCombination = cast("Any", sequence)[0]
    key, modifiers = pressed.key(), pressed.keyboardModifiers()
    yield key, modifiers
    if key is Qt.Key.Key_Return:
        yield Qt.Key.Key_Enter, modifiers
