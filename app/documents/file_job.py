"""Makes a file on a thread of its own and writes it in one step, or not at all. Knows no windows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from app.documents.text_file import TextFileError, replace_file

Report = Callable[[float], None]
"""Is told how much is done, 0 to 1. Raises CancelledError when nobody wants the rest."""


class CancelledError(Exception):
    """The file is not wanted any more."""


class FileJob:
    """One file. Nobody is called back from the thread: whoever wants to know looks.

    make: what is written. It may use its thread for itself, and reports several times a second.
    advice: what can be done where the file cannot be written; one sentence.
    done: how much is done, 0 to 1. ended: whether the thread has nothing left to do.
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
        """Give the file up; the thread ends by itself. False when it is too late: the file is being written."""
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
        # Whatever goes wrong must reach the window instead of ending the thread unseen.
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            self.error = f"{self.path.name} could not be made: {reason}. {self._advice}"
        self.ended = True

    def _report(self, done: float) -> None:
        if self._cancelled:
            raise CancelledError
        self.done = done
