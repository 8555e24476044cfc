"""Reverting to the saved file, and reading it again: off the GUI thread, and nothing is lost."""

import threading

import pytest
from PySide6.QtTest import QTest
from window_driver import CONTROL, KEY, answer, choose_file, press, said, select, text, wait_for

from app.documents.text_file import TextFile
from app.run_state import RunState

SAVED = "One line.\nAnother line.\n"


def test_it_asks_and_one_undo_brings_the_text_back(qtbot, window, notes):
    QTest.keyClicks(window.page, "New ")
    asked = answer(qtbot, None)
    window.actions_by_name["revert"].trigger()
    assert asked == ["Revert “notes.md” to the saved file?"]
    assert text(window) == "New " + SAVED
    answer(qtbot, "yes")
    window.actions_by_name["revert"].trigger()
    assert text(window) == SAVED
    assert not window.open_document.unsaved
    assert said(window) == "Reverted notes.md. Press Ctrl+Z for the text before."
    press(window, KEY.Key_Z, CONTROL)
    assert text(window) == "New " + SAVED
    assert window.open_document.unsaved
    assert notes.read_bytes() == b"One line.\r\nAnother line.\r\n"


def test_without_changes_it_asks_nothing_and_shows_what_is_on_disk(window, notes):
    notes.write_bytes(b"Theirs.\n")
    window.actions_by_name["revert"].trigger()
    assert text(window) == "Theirs.\n"
    assert not window.open_document.unsaved


@pytest.mark.parametrize("name", [None, "new.md"])
def test_a_text_that_was_never_saved_stays(make_window, tmp_path, name):
    window = make_window(name and tmp_path / name)
    before = text(window)
    window.actions_by_name["revert"].trigger()
    assert said(window) == "This text was never saved. There is nothing to revert to."
    assert text(window) == before


def test_a_file_that_is_gone_leaves_the_text(window, notes):
    QTest.keyClicks(window.page, "New ")
    notes.unlink()
    window.actions_by_name["revert"].trigger()
    assert said(window) == f"There is no file {notes}."
    assert text(window) == "New " + SAVED
    assert window.open_document.unsaved


def test_with_mixed_line_ends_it_says_that_it_is_final(qtbot, make_window, tmp_path):
    """Line ends can't be set as an edit: an undo would have mixed up those of the file."""
    path = tmp_path / "mixed.txt"
    path.write_bytes(b"alpha\r\nbeta\n")
    window = make_window(path)
    QTest.keyClicks(window.page, "x")
    answer(qtbot, None)
    window.actions_by_name["revert"].trigger()
    assert text(window) == "xalpha\nbeta\n"
    answer(qtbot, "yes")
    window.actions_by_name["revert"].trigger()
    assert text(window) == "alpha\nbeta\n"
    QTest.keyClicks(window.page, "y")
    press(window, KEY.Key_S, CONTROL)
    # The caret stays where it was.
    assert path.read_bytes() == b"aylpha\r\nbeta\n"


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.REVIEW])
def test_a_run_ends_first(qtbot, ready, script, notes, state):
    """Its result was put into a text that was another one by then."""
    script.manual = state is RunState.RUNNING
    select(ready, 0, 9)
    press(ready, KEY.Key_Return, CONTROL)
    wait_for(qtbot, ready, state)
    notes.write_bytes(b"Theirs, and much longer than it was.\n")
    ready.open_document.reload()
    assert ready.controller.state is RunState.IDLE
    assert ready.page.document() is ready.document
    assert text(ready) == "Theirs, and much longer than it was.\n"
    press(ready, KEY.Key_Z, CONTROL)
    assert text(ready) == SAVED


def test_a_large_file_is_read_on_a_thread(window, tmp_path, monkeypatch):
    """Reading again blocked the window for as long as the disk took."""
    path = tmp_path / "large.txt"
    path.write_text("abc\n" * 60_000)
    window.open_document.open(str(path))
    threads = []
    read = TextFile.read
    monkeypatch.setattr(TextFile, "read", lambda *about: threads.append(threading.current_thread()) or read(*about))
    path.write_text("abcd\n" * 60_000)
    window.open_document.reload()
    assert text(window) == "abcd\n" * 60_000
    assert threads != []
    assert threading.main_thread() not in threads


def test_cancelling_a_slow_one_leaves_the_text(window, tmp_path, monkeypatch):
    path = tmp_path / "large.txt"
    path.write_text("abc\n" * 60_000)
    window.open_document.open(str(path))
    path.write_text("abcd\n" * 60_000)
    monkeypatch.setattr("PySide6.QtWidgets.QProgressDialog.wasCanceled", lambda _: True)
    window.open_document.reload()
    assert text(window) == "abc\n" * 60_000


def test_another_file_opened_meanwhile_is_not_replaced(window, notes, tmp_path, monkeypatch):
    """What was read of one file was put into the text of another."""
    (tmp_path / "other.md").write_text("other")

    def read_slowly(path, _window, encoding=None):
        monkeypatch.undo()
        window.open_document.open(str(tmp_path / "other.md"))
        return TextFile.read(path, encoding)

    monkeypatch.setattr("app.documents.open_document.read_file", read_slowly)
    window.open_document.reload()
    assert text(window) == "other"
    assert window.open_document.name == "other.md"


def test_save_as_moves_what_one_reverts_to(qtbot, window, monkeypatch, tmp_path, notes):
    QTest.keyClicks(window.page, "New ")
    choose_file(monkeypatch, tmp_path / "copy.md")
    window.save_as()
    QTest.keyClicks(window.page, "and more ")
    answer(qtbot, "yes")
    window.actions_by_name["revert"].trigger()
    assert text(window) == "New " + SAVED
