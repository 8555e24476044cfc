"""The menu of presets."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.ask.presets import Preset


class PresetMenu(QObject):
    """Lists the presets in a menu. What is not possible is grey, and says why."""

    chosen = Signal(object)
    """A Preset."""
    own_requested = Signal()
    """The writer wants to see the presets of their own."""

    def __init__(self, menu: QMenu) -> None:
        super().__init__(menu)
        self._menu = menu
        self._actions: list[QAction] = []
        self._edit = QAction("Presets of your own…", menu)
        self._edit.setObjectName("edit_presets")
        self._edit.setToolTip("Open the file with your own instructions and their keys.")
        self._edit.triggered.connect(self.own_requested)

    def fill(self, included: Sequence[Preset], own: Sequence[Preset], refusal: str) -> None:
        """List presets. refusal: why none is possible; "" where they are."""
        for action in self._menu.actions():
            self._menu.removeAction(action)
            if action is not self._edit:
                action.deleteLater()
        self._actions = []
        for presets in (included, own):
            for preset in presets:
                self._actions.append(self._action(preset))
            if presets:
                self._menu.addActions(self._actions[-len(presets) :])
                self._menu.addSeparator()
        self._menu.addAction(self._edit)
        self.offer(refusal)

    def offer(self, refusal: str) -> None:
        """Make the presets grey, or not. refusal: as in `fill`."""
        for action in self._actions:
            action.setEnabled(not refusal)
            action.setToolTip(refusal or action.data())

    def _action(self, preset: Preset) -> QAction:
        # An ampersand would underline the letter after it.
        action = QAction(preset.name.replace("&", "&&"), self._menu)
        action.setObjectName(f"preset_{preset.name}")
        action.setShortcut(preset.key)
        action.setAutoRepeat(False)
        action.setData(preset.asked.instruction.text)
        action.triggered.connect(lambda: self.chosen.emit(preset))
        return action
