"""The menu of the files opened last."""

from __future__ import annotations

import os

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.documents.text_file import shown
from app.files.recent import RecentFiles

_FOLDER = 40
"""Characters of a folder that are shown beside the name of a file."""


class RecentMenu(QMenu):
    """Made anew each time it opens. Nothing is looked up on disk for it: a drive may take its time to answer."""

    chosen = Signal(object)
    """A path: a str, which Qt's own would change where it is not UTF-8."""

    def __init__(self, recents: RecentFiles, parent: QWidget) -> None:
        super().__init__("Open re&cent", parent)
        self.setObjectName("recent_menu")
        self._recents = recents
        self.aboutToShow.connect(self._fill)
        self._fill()

    @Slot()
    def _fill(self) -> None:
        self.clear()
        files = self._recents.all
        for number, recent in enumerate(files, 1):
            folder, name = os.path.split(recent.path)
            label = shown(name).replace("&", "&&")
            action = self.addAction(f"&{number % 10} {label}\t{_short(shown(folder))}")
            action.setObjectName(f"recent_{number}")
            action.setToolTip(shown(recent.path))
            action.triggered.connect(lambda _on, path=recent.path: self.chosen.emit(path))
        if not files:
            nothing = self.addAction("No file has been opened yet")
            nothing.setObjectName("no_recent")
            nothing.setEnabled(False)
            return
        self.addSeparator()
        clear = self.addAction("&Clear list")
        clear.setObjectName("clear_recent")
        clear.triggered.connect(self._recents.clear)


def _short(folder: str) -> str:
    """A folder as it fits into a menu: its end tells more than its start."""
    home = os.path.expanduser("~")
    if folder == home or folder.startswith(home + os.sep):
        folder = "~" + folder[len(home) :]
    return folder if len(folder) <= _FOLDER else "…" + folder[1 - _FOLDER :]
