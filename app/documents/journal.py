"""The journal of unsaved text: what was written since the last save, on disk within a second. Knows no Qt.

A file of lines. Each is the CRC-32 of the rest in eight hexadecimal digits, a space, and a JSON value: first what is
known about the text, then the text in pieces, then one edit after another. A line that a crash has damaged is dropped
with all that follow; the lines before it give a text that was once on the page. Positions and counts are UTF-16 units,
as in Qt; very long lines are marked where the page folds them.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from app.documents.folding import unfolded

VERSION = 1
ENDING = ".journal"
DRAFT = ".new"
WITHIN = 0.5
"""Seconds after which an edit is on disk."""
_IDLE = 2.0
"""Seconds without an edit after which a long journal is shortened."""
_LONG = 65_536
"""Bytes of edits below which shortening is not worth it."""
_PIECE = 32_768
"""UTF-16 units of a text that are written at once: writing all of a long text at once would block the window."""


class JournalError(Exception):
    """A journal cannot be read. `str(error)` is one line for the writer."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The content of a journal.

    about: as given to `Journal.begin`. written: its last change, as time.time(). place: where that was.
    """

    path: Path
    about: dict[str, Any]
    text: str
    written: float
    place: int = 0


class UnitText:
    """A text that is edited by UTF-16 units. Half a surrogate pair is kept as it is."""

    def __init__(self, text: str) -> None:
        self._units = bytearray(_encoded(text))

    def edit(self, position: int, removed: int, inserted: str) -> None:
        """Replace `removed` units with a text. Raises ValueError outside the text."""
        if not 0 <= 2 * position <= 2 * (position + removed) <= len(self._units):
            raise ValueError("an edit is outside the text")
        self._units[2 * position : 2 * (position + removed)] = _encoded(inserted)

    def pieces(self) -> Iterator[str]:
        """The text in pieces, which may cut a surrogate pair in two."""
        for start in range(0, len(self._units), 2 * _PIECE):
            yield self._units[start : start + 2 * _PIECE].decode("utf-16-le", "surrogatepass")

    def __str__(self) -> str:
        return self._units.decode("utf-16-le", "surrogatepass")

    def __len__(self) -> int:
        return len(self._units) // 2


def read(path: Path) -> Recovered:
    """Read a journal up to the first damaged line. Raises JournalError."""
    try:
        written, content = path.stat().st_mtime, path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path} can't be read: {error.strerror}.") from None
    values = _values(content)
    about = next(values, None)
    if not isinstance(about, dict) or "version" not in about:
        raise JournalError(f"{path} contains no text to restore.")
    if about["version"] != VERSION:
        raise JournalError(f"{path} was written by another version of Remelt. Use that version to restore its text.")
    pieces = [piece for piece in islice(values, about["pieces"]) if isinstance(piece, str)]
    if len(pieces) < about["pieces"]:
        raise JournalError(f"{path} contains no text to restore.")
    text = UnitText("".join(pieces))
    place = about.get("place", 0)
    for value in values:
        try:
            text.edit(*value)
        except (TypeError, ValueError):
            break
        place = value[0] + len(_encoded(value[2])) // 2
    return Recovered(path, about["about"], unfolded(str(text)), written, min(place, len(text)))


class Journal:
    """Writes one journal on a thread of its own: no call makes the writer wait.

    path: of the file, which exists only while there is unsaved text. on_trouble: called on that thread with one line
    when the journal cannot be written, once until it is begun again.
    """

    def __init__(self, path: Path, on_trouble: Callable[[str], None]) -> None:
        self.path = path
        self._on_trouble = on_trouble
        self._jobs: queue.SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]] | None] = queue.SimpleQueue()
        self._file: IO[bytes] | None = None
        self._about: dict[str, Any] = {}
        self._text = UnitText("")
        self._grown = self._place = 0
        self._unsynced = False
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def begin(self, about: dict[str, Any], text: str, place: int = 0) -> None:
        """Keep this text from now on, instead of any earlier one.

        about: JSON values that are returned with it. place: where it was edited last.
        """
        self._jobs.put((self._begin, (about, text, place)))

    def edit(self, position: int, removed: int, inserted: str) -> None:
        """The text was edited."""
        self._jobs.put((self._edit, (position, removed, inserted)))

    def drop(self, other: Path | None = None) -> None:
        """Stop keeping the text; or remove another journal, whose text this one holds now."""
        self._jobs.put((_remove, (other,)) if other else (self._drop, ()))

    def secure(self, patience: float) -> bool:
        """Write what is pending at once, waiting at most so many seconds. Whether the text is on disk."""
        answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._jobs.put((self._secure, (answer,)))
        try:
            return answer.get(timeout=patience)
        except queue.Empty:
            return False

    def close(self) -> None:
        """Write what is pending and end the thread."""
        self._jobs.put(None)
        self._thread.join()

    # On the thread.

    def _work(self) -> None:
        due = 0.0
        while True:
            long = self._file is not None and self._grown > max(_LONG, 2 * len(self._text))
            wait = max(0.0, due - time.monotonic()) if self._unsynced else _IDLE if long else None
            try:
                job = self._jobs.get(timeout=wait)
            except queue.Empty:
                self._try(self._sync if self._unsynced else self._shorten)
                continue
            if job is None:
                self._try(self._close)
                return
            was_due = self._unsynced
            self._try(job[0], *job[1])
            if self._unsynced and not was_due:
                due = time.monotonic() + WITHIN
            elif self._unsynced and time.monotonic() >= due:
                self._try(self._sync)

    def _try(self, work: Callable[..., None], *arguments: Any) -> None:
        """Access the disk; after a failure the text is not kept until the journal is begun again."""
        try:
            work(*arguments)
        # A ValueError is an edit that does not fit the text; neither error may end the thread unnoticed.
        except (OSError, ValueError) as error:
            # What is on disk is older, but better than nothing.
            if self._file is not None:
                self._abandon()
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self._on_trouble(
                f"Unsaved text is not protected against a crash: {self.path.parent} can't be written ({reason}). "
                "Save your text to be safe."
            )

    def _begin(self, about: dict[str, Any], text: str, place: int) -> None:
        self._about, self._text, self._place = about, UnitText(text), place
        self._start()

    def _start(self) -> None:
        """Write a new file and replace the old one with it."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_suffix(DRAFT)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            pieces = -(-len(self._text) // _PIECE)
            stream.write(_line({"version": VERSION, "about": self._about, "pieces": pieces, "place": self._place}))
            for piece in self._text.pieces():
                stream.write(_line(piece))
            stream.flush()
            os.fsync(stream.fileno())
        self._close()
        os.replace(draft, self.path)
        self._file = self.path.open("ab")
        self._grown = 0

    def _edit(self, position: int, removed: int, inserted: str) -> None:
        if self._file is None:
            return
        self._text.edit(position, removed, inserted)
        self._place = position + len(_encoded(inserted)) // 2
        line = _line([position, removed, inserted])
        self._file.write(line)
        self._grown += len(line)
        self._unsynced = True

    def _sync(self) -> None:
        self._unsynced = False
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def _secure(self, answer: queue.SimpleQueue[bool]) -> None:
        kept = False
        try:
            self._sync()
            kept = self._file is not None
        finally:
            answer.put(kept)

    def _shorten(self) -> None:
        """One text instead of a text and many edits."""
        self._grown = 0
        self._start()

    def _close(self) -> None:
        file, self._file = self._file, None
        self._unsynced = False
        if file is not None:
            file.close()

    def _abandon(self) -> None:
        try:
            self._close()
        except OSError:
            # The same data failed to be written before.
            self._file = None

    def _drop(self) -> None:
        self._abandon()
        # If it cannot be removed, the next start asks about it, which is better than a warning now.
        with suppress(OSError):
            _remove(self.path)


def _values(content: bytes) -> Iterator[Any]:
    """The values of a journal, up to the first damaged line."""
    for line in content.split(b"\n"):
        try:
            if line[8:9] != b" " or int(line[:8], 16) != zlib.crc32(line[9:]):
                return
            yield json.loads(line[9:])
        except ValueError:
            return


def _line(value: Any) -> bytes:
    """A value as a line."""
    content = json.dumps(value, separators=(",", ":")).encode("ascii")
    return b"%08x %b\n" % (zlib.crc32(content), content)


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
