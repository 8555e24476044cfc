"""What can happen to a file while it is open: nothing is overwritten unasked, and nothing that was written is lost."""

import errno
import os
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from window_driver import CONTROL, KEY, SHIFT, answer, choose_file, press, said, text

SAVED = b"One line.\r\nAnother line.\r\n"
NEW = b"New " + SAVED


def save(window):
    press(window, KEY.Key_S, CONTROL)


def versions(tmp_path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((tmp_path / "state" / "versions").glob("*/*"))]


def test_what_a_session_overwrites_first_is_kept(window, notes, tmp_path):
    for letters in ("a", "b", "c"):
        QTest.keyClicks(window.page, letters)
        save(window)
    assert notes.read_bytes() == b"abc" + SAVED
    assert versions(tmp_path) == [SAVED]


def test_what_is_overwritten_on_purpose_is_kept_too(qtbot, window, notes, monkeypatch, tmp_path):
    """The text of another program, or of a file chosen with Save as, was gone for good."""
    QTest.keyClicks(window.page, "New ")
    save(window)
    notes.write_bytes(b"Theirs.")
    QTest.keyClicks(window.page, "and ")
    answer(qtbot, "overwrite")
    save(window)
    (tmp_path / "chosen.md").write_bytes(b"Chosen.")
    choose_file(monkeypatch, tmp_path / "chosen.md")
    press(window, KEY.Key_S, CONTROL | SHIFT)
    assert sorted(versions(tmp_path)) == sorted([SAVED, b"Theirs.", b"Chosen."])


def test_saving_does_not_depend_on_the_copy(window, notes, tmp_path):
    """A full data folder kept a writer from saving."""
    (tmp_path / "state").mkdir(exist_ok=True)
    (tmp_path / "state" / "versions").write_text("in the way")
    QTest.keyClicks(window.page, "New ")
    save(window)
    assert notes.read_bytes() == NEW
    assert said(window) == "Saved notes.md. No copy of its old content could be kept (Not a directory)."


def test_copies_can_be_switched_off(make_window, settings, notes, tmp_path):
    settings.set_value("versions", False)
    window = make_window(notes)
    QTest.keyClicks(window.page, "New ")
    save(window)
    assert notes.read_bytes() == NEW
    assert versions(tmp_path) == []


def test_a_deleted_file_is_made_anew(window, notes):
    notes.unlink()
    QTest.keyClicks(window.page, "New ")
    save(window)
    assert notes.read_bytes() == NEW


def test_a_file_moved_away_stays_as_it_is_there(window, notes, tmp_path):
    QTest.keyClicks(window.page, "New ")
    notes.rename(tmp_path / "moved.md")
    save(window)
    assert (tmp_path / "moved.md").read_bytes() == SAVED
    assert notes.read_bytes() == NEW


def test_a_deleted_file_that_someone_makes_again_is_asked_about(qtbot, window, notes):
    """After Keep mine it was overwritten without a word."""
    notes.unlink()
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))
    qtbot.waitUntil(window.findChild(QWidget, "disk_notice").isVisible)
    window.open_document.keep_mine()
    notes.write_bytes(b"Theirs.")
    asked = answer(qtbot, None)
    save(window)
    assert asked == ["Another program has created “notes.md” since you opened it."]
    assert notes.read_bytes() == b"Theirs."
    assert window.open_document.unsaved


def test_a_new_file_that_someone_else_makes_first_is_asked_about(qtbot, make_window, tmp_path):
    """`remelt new.md`, and another program wrote new.md: the first save overwrote it."""
    window = make_window(tmp_path / "new.md")
    QTest.keyClicks(window.page, "Mine.")
    (tmp_path / "new.md").write_bytes(b"Theirs.")
    asked = answer(qtbot, None)
    save(window)
    assert asked == ["Another program has created “new.md” since you opened it."]
    assert (tmp_path / "new.md").read_bytes() == b"Theirs."
    answer(qtbot, "overwrite")
    save(window)
    assert (tmp_path / "new.md").read_bytes() == b"Mine."
    assert versions(tmp_path) == [b"Theirs."]


def test_a_folder_that_is_gone_keeps_the_text_on_the_page(make_window, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "text.md").write_bytes(b"old")
    window = make_window(folder / "text.md")
    QTest.keyClicks(window.page, "New ")
    folder.rename(tmp_path / "renamed")
    save(window)
    assert "text.md could not be saved" in said(window)
    assert "Ctrl+Shift+S" in said(window)
    assert text(window) == "New old"
    assert window.open_document.unsaved
    assert (tmp_path / "renamed" / "text.md").read_bytes() == b"old"
    assert not folder.exists()


def test_a_file_that_became_a_folder_is_left_alone(window, notes):
    QTest.keyClicks(window.page, "New ")
    notes.unlink()
    notes.mkdir()
    save(window)
    assert "is not a regular file" in said(window)
    assert window.open_document.unsaved
    assert os.listdir(notes) == []


def test_a_read_only_file_is_not_written(window, notes, monkeypatch):
    """A folder may allow replacing a file that its owner has write-protected."""
    monkeypatch.setattr("app.documents.write_file.is_writable", lambda _: False)
    QTest.keyClicks(window.page, "New ")
    save(window)
    assert "notes.md could not be saved" in said(window)
    assert notes.read_bytes() == SAVED
    assert window.open_document.unsaved


def test_a_file_that_may_no_longer_be_read_is_asked_about(qtbot, window, notes, monkeypatch):
    """Whether it had changed could not be known, and it was overwritten."""
    QTest.keyClicks(window.page, "New ")
    denied = Mock(side_effect=PermissionError(errno.EACCES, "Permission denied"))
    monkeypatch.setattr("app.documents.text_file.Path.read_bytes", denied)
    asked = answer(qtbot, None)
    save(window)
    assert asked == ["Another program has changed “notes.md” since you opened it."]
    monkeypatch.undo()
    assert notes.read_bytes() == SAVED


@pytest.mark.parametrize("step", ["write", "fsync", "rename"])
def test_a_full_disk_leaves_the_old_file_and_the_text(window, notes, monkeypatch, step, tmp_path):
    """Wherever it becomes full, and no draft is left in the folder."""
    QTest.keyClicks(window.page, "New ")
    full = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    before = sorted(os.listdir(notes.parent))
    with monkeypatch.context() as disk:
        if step == "write":
            disk.setattr("app.documents.write_file.os.fdopen", _full_stream(full))
        else:
            disk.setattr(f"app.documents.write_file.os.{'fsync' if step == 'fsync' else 'replace'}", full)
        save(window)
    assert full.called
    line = window.findChild(QLabel, "message").text()
    assert "notes.md could not be saved" in line
    assert "No space left on device" in line
    assert notes.read_bytes() == SAVED
    assert text(window).startswith("New One line.")
    assert window.open_document.unsaved
    assert set(os.listdir(notes.parent)) - set(before) <= {"state"}
    # With room again, the next save succeeds.
    save(window)
    assert notes.read_bytes() == NEW


def _full_stream(full):
    opened = os.fdopen

    def fdopen(*about, **how):
        stream = opened(*about, **how)
        wrapper = Mock(wraps=stream, write=full)
        wrapper.__enter__ = lambda _: wrapper
        wrapper.__exit__ = lambda *_: stream.close()
        return wrapper

    return fdopen
