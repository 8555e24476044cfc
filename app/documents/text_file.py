"""A text file on disk, read and written without losing a character. Knows no Qt.

A path is a str in which os.fsdecode has kept bytes that are no UTF-8, so that it always names the same file.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.documents.line_ends import LineEnds
from app.documents.write_file import is_writable, write_file
from engine import TextEncoding, TextEncodingError, UnknownEncodingError, decode_text, encode_text, unwritable

LARGEST = 10_000_000
"""Bytes; a larger file is refused."""

_UNREADABLE = re.compile("[\0\ud800-\udfff]")
"""What no file may hold: it could not be read again."""


class TextFileError(Exception):
    """A file cannot be read or written. `str(error)` is one line that a writer can act on."""


class MissingFileError(TextFileError):
    """There is no such file."""


class UnknownFileEncodingError(TextFileError):
    """The encoding of a file is not known; the writer may choose one."""


class UnwritableError(TextFileError):
    """A text has characters that the encoding of its file lacks.

    characters: which, and how often each occurs, in the order of their first place.
    """

    def __init__(self, file: TextFile, characters: dict[str, int]) -> None:
        super().__init__(f"{file.name} was not saved: {file.encoding.label} has no way to write all of its characters.")
        self.characters = characters


@dataclass(frozen=True, slots=True)
class TextFile:
    """What is known about a file besides its text.

    path: its absolute path.
    encoding: how its characters are written, and whether a byte order mark stands first.
    line_ends: how its lines end.
    digest: SHA-256 of its bytes when it was last read or written; b"" where it was neither.
    overwritten: why the last save had to overwrite the file itself, as the end of a sentence; "" where it did not.
    """

    path: Path
    encoding: TextEncoding = field(default_factory=TextEncoding)
    line_ends: LineEnds = field(default_factory=LineEnds)
    digest: bytes = b""
    overwritten: str = ""

    @property
    def name(self) -> str:
        """Its name as it can be shown: bytes that are no UTF-8 become U+FFFD."""
        return shown(self.path.name)

    @property
    def read_only(self) -> bool:
        """Whether it is there and cannot be written."""
        return os.path.exists(self.path) and not is_writable(self.path)

    @classmethod
    def read(cls, path: str | Path, encoding: TextEncoding | None = None) -> tuple[str, TextFile]:
        """The text, with "\\n" between lines, and the file. Raises TextFileError.

        encoding: in which to read it, with a byte order mark or without one; None to find out.
        """
        path = Path(path).absolute()
        content = _read_bytes(path)
        try:
            raw, found = decode_text(content, encoding)
        except UnknownEncodingError as error:
            raise UnknownFileEncodingError(f"{shown(path.name)} can't be opened. {error}") from None
        except TextEncodingError as error:
            raise TextFileError(f"{shown(path.name)} can't be opened. {error}") from None
        text, line_ends = LineEnds.split(raw)
        return text, cls(path, found, line_ends, _digest(content))

    def save(self, text: str, ends: Sequence[str] | None = None) -> TextFile:
        """Write the file: if anything fails, the old one stays. Raises TextFileError.

        ends: of the lines, as for `LineEnds.join`.
        """
        if unreadable := _UNREADABLE.search(text):
            what = "a NUL character" if unreadable[0] == "\0" else "half a character"
            line = text.count("\n", 0, unreadable.start()) + 1
            raise TextFileError(
                f"{self.name} was not saved: line {line:,} has {what} (U+{ord(unreadable[0]):04X}). "
                "Delete it, then save again."
            )
        raw = self.line_ends.join(text, ends)
        try:
            content = encode_text(raw, self.encoding)
        except TextEncodingError:
            raise UnwritableError(self, unwritable(raw, self.encoding)) from None
        overwritten = replace_file(self.path, content, "Save your text elsewhere with Ctrl+Shift+S.")
        # Forget the ends of removed lines.
        line_ends = LineEnds.split(raw)[1] if self.line_ends.mixed or ends is not None else self.line_ends
        return replace(self, line_ends=line_ends, digest=_digest(content), overwritten=overwritten)

    def written_in(self, encoding: TextEncoding) -> TextFile:
        """The same file in another encoding, not yet written."""
        return replace(self, encoding=encoding)

    def moved(self, path: str | Path) -> TextFile:
        """The same kind of file elsewhere, not yet written."""
        return replace(self, path=Path(path).absolute(), digest=b"", overwritten="")

    def as_on_disk(self) -> TextFile:
        """The same file, taking what is on disk now for known: saving will overwrite it without a question."""
        try:
            return replace(self, digest=_digest(self.path.read_bytes()))
        except OSError:
            return replace(self, digest=b"")

    def changed_on_disk(self) -> bool:
        """Whether another program has written, or created, the file since; False where it is gone.

        True where that can't be found out because it may not be read.
        """
        try:
            return _digest(self.path.read_bytes()) != self.digest
        except PermissionError:
            return True
        except OSError:
            return False


def _read_bytes(path: Path) -> bytes:
    """The content of a regular file that is not too large. Raises TextFileError."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise TextFileError(f"{shown(path)} is a folder. Open a text file inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise TextFileError(f"{shown(path)} is a device or a pipe. Open a text file.")
        if status.st_size > LARGEST:
            raise TextFileError(
                f"{shown(path.name)} has {status.st_size / 1e6:.0f} MB. "
                f"Remelt opens text of up to {LARGEST / 1e6:.0f} MB; split it first."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(f"There is no file {shown(path)}.") from None
    except PermissionError:
        raise TextFileError(f"You don't have permission to read {shown(path)}.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is not valid"
        raise TextFileError(f"{shown(path)} can't be read: {_reason(reason or str(error))}") from None


def replace_file(path: Path, content: bytes, advice: str) -> str:
    """Replace the content of a file, or leave it as it is. Raises TextFileError, whose message ends with the advice.

    Returns why the file itself was overwritten, as `write_file` does.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise TextFileError(f"{shown(path)} is not a regular file. {advice}")
    try:
        return write_file(path, content)
    except OSError as error:
        reason = _reason(error.strerror or str(error))
        raise TextFileError(
            f"{shown(path.name)} could not be saved in {shown(path.parent)}: {reason} {advice}"
        ) from None


def shown(path: str | Path) -> str:
    """A path as it can be shown and written anywhere."""
    return os.fsencode(path).decode("utf-8", "replace")


def path_shown_as(path: str) -> str:
    """The file that Qt shows under a path: in names that are no UTF-8 it has replaced bytes with U+FFFD.

    Returns `path` itself where it exists, or where none or several files of its folder could be meant.
    """
    if "\ufffd" not in path or os.path.exists(path):
        return path
    folder, name = os.path.split(path)
    if folder == path:
        return path
    folder = path_shown_as(folder)
    with suppress(OSError):
        meant = [other for other in os.listdir(folder or ".") if shown(other) == name]
        if len(meant) == 1:
            return os.path.join(folder, meant[0])
    return path


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _reason(words: str) -> str:
    """The system's words as the end of a sentence."""
    return words.rstrip(".") + "."
