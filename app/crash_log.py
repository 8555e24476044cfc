"""What Python and Qt left behind when the process died: written as it happens, offered at the next start.

Each process has a file, locked for as long as it runs, which is removed at a regular end. It begins with one line: the
versions. What follows that line is the report.
"""

from __future__ import annotations

import faulthandler
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from PySide6.QtCore import QLockFile

from app.versions import versions

_ENDING = ".crash"
_LONGEST = 200_000
"""Bytes of a report that are read; a deep recursion has many lines, of which the first say everything."""


class CrashLog:
    """The log of this process. Where it cannot be written there is none, which is no reason not to start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"{os.getpid()}{_ENDING}"
        self._file: IO[str] | None = None
        self._lock = _lock_of(self._path)

    def open(self) -> None:
        """Have a crash of this process written down from now on."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._lock.tryLock(0):
                self._file = self._path.open("w", encoding="utf-8")
                self._file.write(f"{' · '.join(versions())}\n")
                self._file.flush()
                faulthandler.enable(self._file)

    def close(self) -> None:
        """The process ends as it should."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        with suppress(OSError):
            self._path.unlink()
        self._lock.unlock()

    def take_earlier(self) -> str:
        """The newest report of a process that has crashed, once; "" where there is none. Removes all of them."""
        newest, report = 0.0, ""
        for path in self._folder.glob(f"*{_ENDING}"):
            lock = _lock_of(path)
            if not lock.tryLock(0):
                continue
            with suppress(OSError):
                written = path.stat().st_mtime
                with path.open("rb") as stream:
                    text = stream.read(_LONGEST).decode("utf-8", "replace")
                path.unlink()
                # Without a report, the process was killed or the power failed: nothing of ours to look at.
                if text.partition("\n")[2].strip() and written > newest:
                    newest, report = written, text
            lock.unlock()
        return report


def _lock_of(path: Path) -> QLockFile:
    """The lock of a log. It holds for as long as its process runs."""
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    return lock
