"""The words that a writer has added to the dictionary: a plain text file with one word on each line."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject, Signal


def default_path() -> Path:
    """The file of this user."""
    return Path(platformdirs.user_data_dir("remelt", appauthor=False)) / "words.txt"


class OwnWords(QObject):
    """Reads and keeps the words. The file may also be edited by hand; it is read again whenever it has changed.

    path: None to keep the words only until the program ends.
    trouble: one line for the writer when the file could not be read or written; "" when all is well.
    """

    changed = Signal()
    """A word was added or removed here."""

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.trouble = ""
        self._lines: list[str] = []
        self._seen: tuple[int, int] | None = None

    @property
    def words(self) -> frozenset[str]:
        """The words now."""
        self._read()
        return frozenset(filter(None, map(str.strip, self._lines)))

    def add(self, word: str) -> bool:
        """Add a word. False, with `trouble` set, if that is impossible."""
        return word in self.words or self._write([*self._lines, word])

    def remove(self, word: str) -> bool:
        """Remove a word. False, with `trouble` set, if that is impossible."""
        if word not in self.words:
            return True
        return self._write([line for line in self._lines if line.strip() != word])

    def _read(self) -> None:
        """Read the file if it has changed since."""
        if self.path is None:
            return
        try:
            status = self.path.stat()
            seen = status.st_mtime_ns, status.st_size
            if seen != self._seen or self.trouble:
                self._lines = self.path.read_text("utf-8").splitlines()
                self._seen, self.trouble = seen, ""
        except FileNotFoundError:
            self._lines, self._seen, self.trouble = [], None, ""
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self.trouble = f"Your own words in {self.path} can't be read: {why}."

    def _write(self, lines: list[str]) -> bool:
        """Replace the file in one step. What could not be read is not overwritten."""
        if self.trouble:
            return False
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                handle, draft = tempfile.mkstemp(dir=self.path.parent, prefix=".words-")
                try:
                    with os.fdopen(handle, "w", encoding="utf-8") as stream:
                        stream.write("".join(f"{line}\n" for line in lines))
                    os.replace(draft, self.path)
                except OSError:
                    os.unlink(draft)
                    raise
            except OSError as error:
                self.trouble = f"Your own words can't be saved in {self.path}: {error.strerror}."
                return False
        self._lines, self._seen = lines, None
        self.changed.emit()
        return True
