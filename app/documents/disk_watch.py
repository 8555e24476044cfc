"""Notices when another program changes or removes the file of the open document."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

from app.documents.open_document import OpenDocument
from app.documents.text_file import TextFile

_PAUSE = 300
"""Milliseconds after a report of the system: the other program may still be writing."""


class DiskWatch(QObject):
    """Follows the file of the open document; its content is read on a thread, only where its size or time differ."""

    changed = Signal(bool)
    """The file differs from what was read or saved last. True where it is gone."""
    unchanged = Signal()
    """It does not, or another one is open."""

    _looked = Signal(object, bool)

    def __init__(self, opened: OpenDocument) -> None:
        super().__init__(opened)
        self._opened = opened
        self._file: TextFile | None = None
        self._stamp: tuple[int, ...] | None = None
        self._watcher = QFileSystemWatcher(self)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self.look)
        self._watcher.fileChanged.connect(self._await_rest)
        self._looked.connect(self._take)
        opened.name_changed.connect(self._follow)

    @Slot()
    def look(self) -> None:
        """Compare the file with what is known of it."""
        file = self._opened.file
        if file is None or not file.digest:
            return
        self._watch(file)
        stamp = _stamp(file)
        if stamp is None:
            self._stamp = None
            self.changed.emit(True)
        elif stamp != self._stamp:
            self._stamp = stamp
            threading.Thread(target=self._compare, args=(file,), name="disk", daemon=True).start()

    @Slot(str)
    def _await_rest(self, _path: str) -> None:
        self._wait.start()

    def _compare(self, file: TextFile) -> None:
        """On a thread."""
        differs = file.changed_on_disk()
        # The window may have closed meanwhile.
        with suppress(RuntimeError):
            self._looked.emit(file, differs)

    @Slot(object, bool)
    def _take(self, file: TextFile, differs: bool) -> None:
        """The answer of the thread; it is stale where the file was saved or another one opened meanwhile."""
        if file is not self._opened.file:
            return
        if differs:
            self.changed.emit(False)
        else:
            self.unchanged.emit()

    @Slot()
    def _follow(self) -> None:
        """Another file is open, or this one was saved."""
        file = self._opened.file
        if file is not self._file:
            self._file = file
            self._stamp = _stamp(file) if file else None
            if file:
                self._watch(file)
            self.unchanged.emit()

    def _watch(self, file: TextFile) -> None:
        """A file that was replaced is no longer watched."""
        path = str(file.path)
        if others := [known for known in self._watcher.files() if known != path]:
            self._watcher.removePaths(others)
        if path not in self._watcher.files() and os.path.exists(path):
            self._watcher.addPath(path)


def _stamp(file: TextFile) -> tuple[int, ...] | None:
    """What changes with the content of a file; None where it is gone."""
    try:
        found = file.path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
