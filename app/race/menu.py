"""Rarely used commands of a race: the plot's other axis, another opponent, and the export."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

NO_RACE = "There is no finished race yet. Run one first."
_EXPORT = "Export the race as a film, as frames or as figures"
_COPY = "Copy the figures as a Markdown table"
_BUSY = "A race or an export is in progress. Press Esc to stop it."
_AT_ONCE = (
    "Run both sides at the same time, on two engines. Each slows the other down, and the right side writes as many "
    "tokens as are selected, because the length of the left side is not known yet."
)


class RaceMenu(QMenu):
    """It requests; the window acts. The keys it names belong to the window."""

    over_passes_toggled = Signal(bool)
    """Whether the plot counts forward passes instead of seconds."""
    same_requested = Signal()
    """The same checkpoint on both sides."""
    folder_requested = Signal()
    """Another checkpoint on the right side, chosen in a dialog."""
    at_once_toggled = Signal(bool)
    """Whether both sides write at the same time."""
    export_requested = Signal()
    copy_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("race_menu")
        self.setToolTipsVisible(True)
        over_passes = self._add("over_passes", "Plot over forward &passes", "Count passes instead of seconds")
        over_passes.setCheckable(True)
        over_passes.toggled.connect(self.over_passes_toggled)
        self.addSeparator()
        group = QActionGroup(self)
        self._same = self._add("same", "Opponent: &same checkpoint", "The same weights on both sides")
        self._other = self._add("other", "", "The checkpoint chosen for the right side")
        self._same.triggered.connect(self.same_requested)
        for action in (self._same, self._other):
            action.setCheckable(True)
            group.addAction(action)
        folder = self._add("folder", "Choose opponent &folder…", "Use another checkpoint on the right side")
        folder.triggered.connect(self.folder_requested)
        self._at_once = self._add("at_once", "Run both at &once", _AT_ONCE)
        self._at_once.setCheckable(True)
        self._at_once.triggered.connect(self.at_once_toggled)
        self.addSeparator()
        self.export = self._add("export", "&Export…\tCtrl+E", _EXPORT)
        self.export.triggered.connect(self.export_requested)
        self.copy = self._add("copy", "&Copy table\tCtrl+Shift+C", _COPY)
        self.copy.triggered.connect(self.copy_requested)
        self.show_opponent("", at_once=False)

    def offer(self, *, computing: bool, recorded: bool) -> None:
        """Enable what is possible.

        computing: a race or an export is in progress. recorded: there is a race to export.
        """
        _offer(self.copy, recorded, _COPY if recorded else NO_RACE)
        _offer(self.export, recorded and not computing, NO_RACE if not recorded else _BUSY if computing else _EXPORT)

    def show_opponent(self, name: str, *, at_once: bool) -> None:
        """Show the current choice. name: of the other checkpoint; "" where both sides are the same.

        at_once: whether both write at the same time.
        """
        (self._other if name else self._same).setChecked(True)
        # An ampersand would underline the next letter.
        self._other.setText(f"Opponent: {name.replace('&', '&&')}")
        self._other.setVisible(bool(name))
        self._at_once.setChecked(at_once)

    def _add(self, name: str, text: str, tip: str) -> QAction:
        action = self.addAction(text)
        action.setObjectName(f"race_{name}")
        action.setToolTip(tip)
        return action


def _offer(action: QAction, can_be_used: bool, tip: str) -> None:
    """Enable or disable it, and say what it does or why it cannot."""
    action.setEnabled(can_be_used)
    action.setToolTip(tip)
