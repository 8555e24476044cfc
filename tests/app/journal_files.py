"""What the journals of a folder hold."""

import contextlib
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from app.documents.journal import Journal, JournalError, UnitText, read

SECONDS = 5


def wait_for(ready):
    deadline = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < deadline
        QCoreApplication.processEvents()
        time.sleep(0.002)


def journals(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.journal"))


def kept(folder: Path) -> list[str]:
    """The texts that would survive now."""
    texts = []
    for path in journals(folder):
        # The keeper's thread may take one away between the listing and the reading.
        with contextlib.suppress(JournalError):
            texts.append(read(path).text)
    return texts


def written(path, text, edits, about=None):
    """Write a journal of some edits; returns every text it has held."""
    texts = [text]
    writer = Journal(path, pytest.fail)
    writer.begin(about or {"title": "Sample", "file": None}, text)
    now = UnitText(text)
    for position, removed, inserted in edits:
        position = min(position, len(now))
        removed = min(removed, len(now) - position)
        now.edit(position, removed, inserted)
        writer.edit(position, removed, inserted)
        texts.append(str(now))
    writer.close()
    return texts
