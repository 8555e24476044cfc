"""Which files are open in which window: one lock for each, in a folder of this user's, never beside the file."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QLockFile


class FileLocks:
    """The locks of one window. A lock ends with its process: that of a crashed window is taken over.

    folder: of the locks of all windows; None to lock nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: dict[Path, QLockFile] = {}

    def take(self, path: Path) -> bool:
        """Lock a file for this window. False where another window has it open."""
        place = self._place(path)
        if place is None or place in self._held:
            return True
        # If the folder can't be made, nothing can be locked, and the journal reports why.
        with suppress(OSError):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = QLockFile(str(place))
        lock.setStaleLockTime(0)
        if lock.tryLock(0):
            self._held[place] = lock
            return True
        return lock.error() is not QLockFile.LockError.LockFailedError

    def is_free(self, path: Path) -> bool:
        """Whether no other window has a file open."""
        place = self._place(path)
        if place is None or place in self._held or not place.exists():
            return True
        free = self.take(path)
        if lock := self._held.pop(place, None):
            lock.unlock()
        return free

    def keep_only(self, path: Path | None) -> None:
        """Unlock all files but this one."""
        kept = self._place(path) if path else None
        for place in [place for place in self._held if place != kept]:
            self._held.pop(place).unlock()

    def _place(self, path: Path) -> Path | None:
        """The lock of a file, the same for all symbolic links to it."""
        if self._folder is None:
            return None
        real = os.fsencode(os.path.realpath(path))
        return self._folder / f"{hashlib.sha256(real).hexdigest()[:32]}.lock"
