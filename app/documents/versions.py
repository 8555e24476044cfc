"""What a file held before Remelt first overwrote it: the last few of each file, in a folder of this user's. No Qt."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

OF_EACH = 5
"""Versions kept of one file."""
ALTOGETHER = 200_000_000
"""Bytes kept of all files; the oldest versions go first."""
_NAME = 80
"""Bytes of the name of a file by which a person finds its folder."""


class Versions:
    """Keeps a copy of every content that a save is about to overwrite, unless this session wrote it itself.

    folder: of the versions of all files, one folder for each file; None to keep none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._own = set[bytes]()

    def keep(self, path: Path) -> str:
        """Copy a file that is about to be overwritten. Returns why that was not possible; "" otherwise."""
        if self._folder is None:
            return ""
        try:
            content = path.read_bytes()
        except OSError:
            # There is nothing to overwrite, or saving itself says why it cannot.
            return ""
        if not content or _digest(content) in self._own:
            return ""
        try:
            self._copy(path, content)
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def note_written(self, digest: bytes) -> None:
        """This session has written a content with that SHA-256: it need not be kept."""
        self._own.add(digest)

    def folder_of(self, path: Path) -> Path | None:
        """Where the versions of a file lie; it exists once there is one. None where none are kept."""
        if self._folder is None:
            return None
        real = os.fsencode(os.path.realpath(path))
        # Shortened by bytes, since a name may be as long as names can be.
        name = os.path.basename(real)[:_NAME] + b"-" + _digest(real).hex()[:8].encode()
        return self._folder / os.fsdecode(name)

    def _copy(self, path: Path, content: bytes) -> None:
        folder = self.folder_of(path)
        assert folder is not None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = _by_age(folder.iterdir())
        if known and known[-1].read_bytes() == content:
            return
        copy = folder / f"{datetime.now():%Y-%m-%d %H.%M.%S.%f}{path.suffix}"
        handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
        except BaseException:
            copy.unlink()
            raise
        # What cannot be removed is only in the way.
        with suppress(OSError):
            for old in [*known, copy][:-OF_EACH]:
                old.unlink()
            self._limit(copy)

    def _limit(self, newest: Path) -> None:
        """Remove the oldest versions of all files until the rest is small enough; never the one just made."""
        assert self._folder is not None
        every = _by_age(self._folder.glob("*/*"))
        size = sum(version.stat().st_size for version in every)
        for version in every:
            if size <= ALTOGETHER:
                break
            if version != newest:
                size -= version.stat().st_size
                version.unlink()


def _by_age(versions: Iterable[Path]) -> list[Path]:
    """The oldest first: their names begin with the time."""
    return sorted(versions, key=lambda version: version.name)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
