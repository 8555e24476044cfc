"""The menus: an action for every command, and the settings that have a menu item."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from app.commands import COMMANDS
from app.edits import LENGTHS
from app.settings import Settings

_THEMES = {"system": "S&ystem theme", "light": "L&ight theme", "dark": "&Dark theme"}
_SWITCHES = {"floating_bar": "Selection b&ar", "reduced_motion": "&Reduced motion"}

_WRITE_SWITCHES = {"keep_facts": "Keep num&bers and names", "check_as_i_write": "Check as I &write"}


def make_menus(bar: QMenuBar, owner: QObject, handler: Callable[[str], Callable[[], None]]) -> dict[str, QAction]:
    """Fill a menu bar with all commands; returns their actions by name.

    owner: of the actions, whose window listens to their keys. handler: returns the function of a command.
    """
    actions = {}
    for command in COMMANDS:
        menu = menu_of(bar, command.menu)
        if command.rule:
            menu.addSeparator()
        action = QAction(command.text, owner)
        action.setObjectName(command.name)
        action.setShortcut(command.keys)
        # A key held down must not start or accept repeatedly.
        action.setAutoRepeat(command.menu in ("&Edit", "&View"))
        action.triggered.connect(handler(command.name))
        menu.addAction(action)
        actions[command.name] = action
    actions["larger"].setShortcuts(["Ctrl++", "Ctrl+="])
    actions["redo"].setShortcuts(["Ctrl+Shift+Z", "Ctrl+Y"])
    return actions


def add_settings(bar: QMenuBar, settings: Settings) -> None:
    """Add the settings that have a menu item; the items follow every change."""
    view, lengths = menu_of(bar, "&View"), menu_of(bar, "W&rite").addMenu("Len&gth")
    lengths.setObjectName("length_menu")
    view.addSeparator()
    _Choice(view, settings, "theme", _THEMES)
    view.addSeparator()
    write = menu_of(bar, "W&rite")
    for name, text in (_SWITCHES | _WRITE_SWITCHES).items():
        action = _add(write if name in _WRITE_SWITCHES else view, name, text)
        action.setChecked(settings.value(name))
        action.toggled.connect(lambda on, name=name: settings.set_value(name, on))
    _Choice(lengths, settings, "length", _with_mnemonics(LENGTHS))


def separator(owner: QObject) -> QAction:
    """A line between two groups of actions."""
    line = QAction(owner)
    line.setSeparator(True)
    return line


def _with_mnemonics(texts: Mapping[str, str]) -> dict[str, str]:
    """Labels of a menu: each with a capital, and its first letter that no label before it has taken."""
    taken = set[str]()
    labels = {}
    for value, text in texts.items():
        place = next(place for place, letter in enumerate(text) if letter.isalpha() and letter not in taken)
        taken.add(text[place])
        label = text[0].upper() + text[1:]
        labels[value] = f"{label[:place]}&{label[place:]}"
    return labels


def menu_of(bar: QMenuBar, title: str) -> QMenu:
    """The menu with that title, created on first use."""
    name = f"{title.replace('&', '').lower()}_menu"
    menu = bar.findChild(QMenu, name)
    if menu is None:
        menu = bar.addMenu(title)
        menu.setObjectName(name)
        menu.setToolTipsVisible(True)
    return menu


class _Choice(QActionGroup):
    """The values of a setting as exclusive menu items."""

    def __init__(self, menu: QMenu, settings: Settings, name: str, texts: Mapping[str, str]) -> None:
        super().__init__(menu)
        self._name, self._settings = name, settings
        self._actions = {value: _add(menu, f"{name}_{value}", text) for value, text in texts.items()}
        for value, action in self._actions.items():
            action.triggered.connect(lambda _on, value=value: settings.set_value(name, value))
            self.addAction(action)
        self._actions[settings.value(name)].setChecked(True)
        settings.changed.connect(self._take_setting)

    @Slot(str, object)
    def _take_setting(self, name: str, _value: object) -> None:
        if name == self._name:
            self._actions[self._settings.value(name)].setChecked(True)


def _add(menu: QMenu, name: str, text: str) -> QAction:
    action = menu.addAction(text)
    action.setObjectName(name)
    action.setCheckable(True)
    return action
