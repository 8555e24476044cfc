"""Which key starts which command: those of the program, with the writer's changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from app.commands import COMMANDS
from app.settings import Settings

_FIXED = ("escape", "previous_result", "next_result", "show_corrections")
"""Commands whose keys mean other things elsewhere."""


class Keymap(QObject):
    """Gives the actions of a window their keys, and keeps in the settings those that were changed.

    listener: told all keys, by command, now and after every change.
    trouble: one line on changed keys in the settings that can't be used; "" where all can.
    """

    changed = Signal()

    def __init__(
        self,
        actions: Mapping[str, QAction],
        settings: Settings,
        parent: QObject,
        listener: Callable[[Mapping[str, QKeySequence]], None] = lambda keys: None,
    ) -> None:
        super().__init__(parent)
        self._listener = listener
        self._actions, self._settings = actions, settings
        self._usual = {name: action.shortcuts() for name, action in actions.items()}
        self.trouble = ""
        self._read()
        listener(self.keys)

    @property
    def names(self) -> tuple[str, ...]:
        """The commands whose key may be changed, in the order of the menus."""
        return tuple(command.name for command in COMMANDS if command.name not in _FIXED)

    @property
    def keys(self) -> dict[str, QKeySequence]:
        """The key of each command that may be changed; an empty one where there is none."""
        return {name: self._actions[name].shortcut() for name in self.names}

    def label(self, name: str) -> str:
        """What a command is called, with its menu."""
        command = next(command for command in COMMANDS if command.name == name)
        menu, text = (part.replace("&", "") for part in (command.menu, command.text.partition("\t")[0]))
        return f"{menu} > {text}"

    def owner(self, key: QKeySequence, but: str = "") -> str:
        """The command that a key starts, by name; "" if none does. but: a command that is not looked at."""
        others = (name for name in self._actions if name != but)
        return next((name for name in others if key in self._actions[name].shortcuts()), "")

    def change(self, name: str, key: QKeySequence) -> str:
        """Give a command another key, or none. Returns why that is impossible, in one line; "" where it is done."""
        if trouble := self._trouble(name, key):
            return trouble
        self._actions[name].setShortcut(key)
        self._keep()
        return ""

    def reset(self, name: str) -> str:
        """Give a command its usual keys back. Returns as `change` does."""
        for key in self._usual[name]:
            if owner := self.owner(key, but=name):
                return f"{_shown(key)} starts {self.label(owner)} now. Give that another key first."
        self._actions[name].setShortcuts(self._usual[name])
        self._keep()
        return ""

    def is_usual(self, name: str) -> bool:
        """Whether a command has its usual keys."""
        return self._actions[name].shortcuts() == self._usual[name]

    def _trouble(self, name: str, key: QKeySequence) -> str:
        if key.isEmpty():
            return ""
        if key.count() > 1:
            return "Choose a single key with Ctrl, Alt or Shift, or a function key."
        if _writes(key):
            return f"{_shown(key)} writes or moves in the text. Add Ctrl or Alt."
        if owner := self.owner(key, but=name):
            return f"{_shown(key)} starts {self.label(owner)} already."
        return ""

    def _keep(self) -> None:
        changed = tuple(
            f"{name}={self._actions[name].shortcut().toString()}" for name in self.names if not self.is_usual(name)
        )
        self._settings.set_value("keys", changed)
        self._listener(self.keys)
        self.changed.emit()

    def _read(self) -> None:
        wrong = []
        # First all are taken away, so that two commands may have swapped their keys.
        wanted = dict(entry.partition("=")[::2] for entry in self._settings.value("keys"))
        for name in set(wanted) & set(self.names):
            self._actions[name].setShortcuts([])
        for name, written in wanted.items():
            key = QKeySequence(written)
            if name not in self.names or (written and key.isEmpty()) or self._trouble(name, key):
                wrong.append(name)
                if name in self.names:
                    self._actions[name].setShortcuts(self._usual[name])
            else:
                self._actions[name].setShortcut(key)
        if wrong:
            self.trouble = f"The keys of {', '.join(wrong)} in the settings can't be used. They have their usual ones."


def _writes(key: QKeySequence) -> bool:
    """Whether a key alone, or with Shift, is one that the page needs."""
    text = key.toString().removeprefix("Shift+")
    is_function = text[:1] == "F" and text[1:].isdigit()
    return not is_function and not any(part in text for part in ("Ctrl+", "Alt+", "Meta+"))


def _shown(key: QKeySequence) -> str:
    return key.toString(QKeySequence.SequenceFormat.NativeText)
