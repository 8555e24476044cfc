"""Create a file on a thread of its own and write it atomically. Knows no windows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from app.documents.text_file import TextFileError, replace_file, shown

Report = Callable[[float], None]
"""Takes the progress, 0 to 1. Raises CancelledError when the rest is not wanted."""


class CancelledError(Exception):
    """The file is no longer wanted."""


class FileJob:
    """One file. The thread calls nobody back: poll `ended`, `done` and `error`.

    make: returns the content. It runs on the thread and reports its progress several times a second.
    advice: what to do if the file cannot be written; one sentence.
    done: progress, 0 to 1. ended: whether the thread has finished.
    error: why there is no file, in one line; "" where there is one, or where it was cancelled.
    """

    def __init__(self, path: Path, make: Callable[[Report], bytes], advice: str) -> None:
        self.path = path
        self.done = 0.0
        self.ended = False
        self.error = ""
        self._make = make
        self._advice = advice
        self._lock = threading.Lock()
        self._cancelled = self._writing = False
        threading.Thread(target=self._work, name="file").start()

    def cancel(self) -> bool:
        """Drop the file; the thread ends by itself. False when it is too late: the file is being written."""
        with self._lock:
            self._cancelled = not self._writing
            return self._cancelled

    def _work(self) -> None:
        try:
            content = self._make(self._report)
            with self._lock:
                self._report(1.0)
                self._writing = True
            replace_file(self.path, content, self._advice)
        except CancelledError:
            pass
        except TextFileError as error:
            self.error = str(error)
        # Any failure must reach the window instead of ending the thread unnoticed.
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            self.error = f"{shown(self.path.name)} could not be created: {reason}. {self._advice}"
        self.ended = True

    def _report(self, done: float) -> None:
        if self._cancelled:
            raise CancelledError
        self.done = done
