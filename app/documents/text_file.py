"""A text file on disk, read and written without losing a character. Knows no windows."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QIODevice, QSaveFile

from app.documents.line_ends import LineEnds

LARGEST = 10_000_000
"""Bytes; a larger file is refused."""

_BOM = "\ufeff"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class TextFileError(Exception):
    """A file cannot be read or written. `str(error)` is one line that a writer can act on."""


class MissingFileError(TextFileError):
    """There is no such file."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """What is known about a file besides its text.

    path: its absolute path.
    bom: whether it starts with a byte order mark.
    line_ends: how its lines end.
    digest: SHA-256 of its bytes when it was last read or written; b"" where it was neither.
    """

    path: Path
    bom: bool = False
    line_ends: LineEnds = field(default_factory=LineEnds)
    digest: bytes = b""

    @classmethod
    def read(cls, path: str | Path) -> tuple[str, TextFile]:
        """The text, with "\\n" between lines, and the file. Raises TextFileError."""
        path = Path(path).absolute()
        content = _read_bytes(path)
        if b"\0" in content:
            raise TextFileError(f"{path.name} is not a text file: it contains binary data. Open a UTF-8 text file.")
        try:
            raw = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TextFileError(
                f"{path.name} is not UTF-8 text (byte {error.start + 1} is invalid). Convert it to UTF-8 first."
            ) from None
        text, line_ends = LineEnds.split(raw.removeprefix(_BOM))
        return text, cls(path, raw.startswith(_BOM), line_ends, _digest(content))

    def save(self, text: str) -> TextFile:
        """Replace the file atomically: if anything fails, the old one stays. Raises TextFileError."""
        # Half a surrogate pair is no character and has no UTF-8 form.
        whole = _LONE_SURROGATE.sub("\ufffd", text)
        content = (_BOM * self.bom + self.line_ends.join(whole)).encode("utf-8")
        replace_file(self.path, content, "Save your text elsewhere with Ctrl+Shift+S.")
        # Forget the ends of removed lines.
        line_ends = LineEnds.split(self.line_ends.join(whole))[1] if self.line_ends.mixed else self.line_ends
        return replace(self, line_ends=line_ends, digest=_digest(content))

    def moved(self, path: str | Path) -> TextFile:
        """The same kind of file elsewhere, not yet written."""
        return replace(self, path=Path(path).absolute(), digest=b"")

    def changed_on_disk(self) -> bool:
        """Whether another program has written the file since; False where it is gone or cannot be read."""
        try:
            return bool(self.digest) and _digest(self.path.read_bytes()) != self.digest
        except OSError:
            return False


def _read_bytes(path: Path) -> bytes:
    """The content of a regular file that is not too large. Raises TextFileError."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise TextFileError(f"{path} is a folder. Open a text file inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise TextFileError(f"{path} is a device or a pipe. Open a text file.")
        if status.st_size > LARGEST:
            raise TextFileError(
                f"{path.name} has {status.st_size / 1e6:.0f} MB. Remelt opens text of up to {LARGEST / 1e6:.0f} MB; "
                "split it first."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(f"There is no file {path}.") from None
    except PermissionError:
        raise TextFileError(f"You don't have permission to read {path}.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is not valid"
        raise TextFileError(f"{path} can't be read: {_reason(reason or str(error))}") from None


def replace_file(path: Path, content: bytes, advice: str) -> None:
    """Replace a file atomically, or leave it as it is. Raises TextFileError, whose message ends with the advice."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise TextFileError(f"{path} is not a regular file. {advice}")
    stream = QSaveFile(str(path))
    written = 0
    if stream.open(QIODevice.OpenModeFlag.WriteOnly):
        while written < len(content):
            # A full disk accepts a part and reports an error only on the next write.
            count = stream.write(content[written:])
            if count <= 0:
                break
            written += count
        if written == len(content) and stream.commit():
            return
    reason = _reason(stream.errorString())
    stream.cancelWriting()
    raise TextFileError(f"{path.name} could not be saved in {path.parent}: {reason} {advice}")


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _reason(words: str) -> str:
    """The system's words as the end of a sentence."""
    return words.rstrip(".") + "."
