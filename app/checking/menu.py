"""The small menu at a mistake: corrections with the reason, and what else a writer may want."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.checking.mark import Mark


class CorrectionsMenu(QMenu):
    """Offers what can be done about one mistake. It deletes itself once it is closed.

    more: actions to add below, where the menu takes the place of the page's own.
    """

    chosen = Signal(str)
    """The text that takes the place of what was written."""
    ignored = Signal()
    added = Signal()
    """The word is to be added to the dictionary."""

    def __init__(self, mark: Mark, more: Sequence[QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("corrections_menu")
        self.setAccessibleName(f"Corrections of “{mark.written.strip()}”: {mark.correction.reason}")
        for text in mark.choices:
            # After a tab stands what other menus show as the key.
            action = self.addAction(f"{_label(mark, text)}\t{mark.correction.reason}")
            action.setObjectName("correction")
            action.triggered.connect(lambda _on=False, text=text: self.chosen.emit(text))
        self.addSeparator()
        self._add("ignore_mistake", "&Ignore in this document").triggered.connect(self.ignored)
        if mark.is_unknown_word:
            self._add("add_word", "&Add to dictionary").triggered.connect(self.added)
        if more:
            self.addSeparator()
            self.addActions(more)
        # Return alone takes the best one.
        self.setActiveAction(self.actions()[0])
        self.aboutToHide.connect(self.deleteLater)

    def _add(self, name: str, text: str) -> QAction:
        action = self.addAction(text)
        action.setObjectName(name)
        return action


def _label(mark: Mark, text: str) -> str:
    """What a correction does, in as few words as possible."""
    written, new = mark.written.strip(), text.strip().replace("&", "&&")
    if not new:
        return f"Remove “{written.replace('&', '&&')}”" if written else "Remove the space"
    return new if written else f"Insert “{new}”"
