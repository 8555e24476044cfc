"""A file is open in one window; a window that has crashed holds none."""

import os
import signal
import subprocess
import sys

import pytest

from app.documents.file_lock import FileLocks

HOLDS = """
import sys, time
from pathlib import Path
from app.documents.file_lock import FileLocks
locks = FileLocks(Path(sys.argv[1]))
print(locks.take(Path(sys.argv[2])), flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "locks"


def test_one_window_holds_a_file_under_all_of_its_names(tmp_path, folder):
    """By a symbolic link, two windows saved over each other."""
    notes = tmp_path / "notes.md"
    notes.write_text("")
    (tmp_path / "link.md").symlink_to(notes)
    first, second = FileLocks(folder), FileLocks(folder)
    assert first.take(notes)
    assert first.take(tmp_path / "link.md")
    assert first.is_free(notes)
    assert not second.is_free(tmp_path / "link.md")
    assert not second.take(notes)
    first.keep_only(tmp_path / "other.md")
    assert second.is_free(notes)
    assert second.take(notes)
    second.keep_only(None)
    assert list(folder.iterdir()) == []
    assert sorted(os.listdir(tmp_path)) == ["link.md", "locks", "notes.md"]


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path, folder):
    """After a crash the file could not be saved."""
    notes = tmp_path / "notes.md"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder), str(notes)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "True\n"
        locks = FileLocks(folder)
        assert not locks.is_free(notes)
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert len(list(folder.iterdir())) == 1
    assert locks.is_free(notes)
    assert locks.take(notes)


def test_where_nothing_can_be_locked_nothing_is_refused(tmp_path):
    """Saving was impossible where the folder of the locks could not be written."""
    (tmp_path / "blocked").write_text("")
    for locks in (FileLocks(None), FileLocks(tmp_path / "blocked")):
        assert locks.take(tmp_path / "notes.md")
        assert locks.is_free(tmp_path / "notes.md")
