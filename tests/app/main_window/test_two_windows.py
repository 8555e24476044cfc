"""One file in two windows: neither overwrites what the other has saved."""

import pytest
from PySide6.QtTest import QTest
from window_driver import CONTROL, KEY, answer, choose_file, press, said, text

SAVED = "One line.\nAnother line.\n"


@pytest.fixture
def second(qtbot, window, make_window, tmp_path):
    """A second window beside the one that has notes.md open."""
    (tmp_path / "other.md").write_text("other")
    return make_window(tmp_path / "other.md")


def test_a_file_that_another_window_has_is_asked_about(qtbot, second, notes):
    """Both windows opened it, and the last one to save won."""
    asked = answer(qtbot, None)
    second.open_document.open(str(notes))
    assert asked == ["“notes.md” is open in another Remelt window."]
    assert text(second) == "other"
    answer(qtbot, "yes")
    second.open_document.open(str(notes))
    assert text(second) == SAVED
    assert "notes.md is open in another Remelt window." in said(second)


def test_it_cannot_be_saved_here_until_it_is_closed_there(qtbot, window, second, notes, monkeypatch, tmp_path):
    answer(qtbot, "yes")
    second.open_document.open(str(notes))
    QTest.keyClicks(second.page, "Mine. ")
    press(second, KEY.Key_S, CONTROL)
    assert "notes.md was not saved: it is open in another Remelt window." in said(second)
    assert notes.read_bytes().startswith(b"One line.")
    assert second.open_document.unsaved
    # Another name can be had at once.
    choose_file(monkeypatch, tmp_path / "mine.md")
    second.save_as()
    assert (tmp_path / "mine.md").read_bytes().startswith(b"Mine. One line.")
    # And this name too, once the other window is closed.
    window.close()
    choose_file(monkeypatch, notes)
    second.save_as()
    assert notes.read_bytes().startswith(b"Mine. One line.")


def test_what_the_other_window_saved_is_asked_about_after_it_is_closed(qtbot, window, second, notes):
    answer(qtbot, "yes")
    second.open_document.open(str(notes))
    press(window, KEY.Key_T)
    press(window, KEY.Key_S, CONTROL)
    window.close()
    press(second, KEY.Key_M)
    asked = answer(qtbot, None)
    press(second, KEY.Key_S, CONTROL)
    assert asked == ["Another program has changed “notes.md” since you opened it."]
    assert notes.read_bytes().startswith(b"tOne line.")


def test_the_name_of_a_file_that_is_open_elsewhere_cannot_be_taken(second, notes, monkeypatch):
    QTest.keyClicks(second.page, "Mine. ")
    choose_file(monkeypatch, notes)
    second.save_as()
    assert "notes.md was not saved" in said(second)
    assert notes.read_bytes().startswith(b"One line.")
    assert second.open_document.name == "other.md"


def test_a_window_frees_the_file_that_it_leaves(window, second, notes, tmp_path):
    window.new()
    second.open_document.open(str(notes))
    assert text(second) == SAVED
    window.open_document.open(str(tmp_path / "other.md"))
    assert text(window) == "other"


def test_a_failed_save_as_keeps_the_lock_of_the_open_file(qtbot, window, second, notes, monkeypatch, tmp_path):
    """The file was free for others while it was still open here."""
    choose_file(monkeypatch, tmp_path / "no folder" / "text.md")
    window.save_as()
    assert "could not be saved" in said(window)
    asked = answer(qtbot, None)
    second.open_document.open(str(notes))
    assert asked == ["“notes.md” is open in another Remelt window."]


def test_a_start_with_such_a_file_asks_too(qtbot, second, notes):
    asked = answer(qtbot, "yes")
    second.open_document.open_or_begin(str(notes))
    qtbot.waitUntil(lambda: text(second) == SAVED)
    assert asked == ["“notes.md” is open in another Remelt window."]
