"""The window's documents: starting with one, writing, opening, saving, and the questions before anything is lost."""

import os
from pathlib import Path
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from window_driver import CONTROL, KEY, SHIFT, answer, choose_file, press, said, text

from app.settings import Settings


def test_the_first_start_shows_a_sample_and_the_next_an_empty_page(make_window, settings):
    window = make_window()
    assert "Select this sentence and press Ctrl+Return." in text(window)
    assert said(window, "document_name") == "Sample"
    assert not window.document.isModified()
    assert text(make_window()) == ""
    assert Settings(settings.path).value("greeted")


def test_a_file_is_opened(window):
    assert text(window) == "One line.\nAnother line.\n"
    assert said(window, "document_name") == "notes.md"
    assert window.page.hasFocus()
    assert window.page.textCursor().position() == 0


def test_a_file_that_does_not_exist_yet_is_begun(make_window, tmp_path):
    window = make_window(tmp_path / "new.md")
    assert "new.md is a new file" in said(window)
    QTest.keyClicks(window.page, "words")
    press(window, KEY.Key_S, CONTROL)
    assert (tmp_path / "new.md").read_text() == "words"


@pytest.mark.parametrize("bad", ["", "nowhere/file.md", "picture.png"])
def test_a_file_that_cannot_be_opened_is_one_line(make_window, tmp_path, bad):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0")
    window = make_window(tmp_path / bad)
    assert said(window)
    assert text(window) == ""


def test_broken_settings_are_one_line(make_window, settings):
    settings.trouble = "The settings file was broken."
    assert said(make_window()) == "The settings file was broken."


def test_the_engine_is_waited_for_in_the_status_bar(qtbot, window):
    assert said(window, "engine_state").startswith("Loading model…")
    window.bridge.start()
    qtbot.waitUntil(lambda: said(window, "engine_state") == "Ready")
    assert said(window, "words") == "4 words"


def test_typing_saving_and_line_ends(window, notes):
    press(window, KEY.Key_End)
    QTest.keyClicks(window.page, " More.")
    assert said(window, "document_name") == "notes.md — edited"
    assert window.isWindowModified()
    press(window, KEY.Key_S, CONTROL)
    assert notes.read_bytes() == b"One line. More.\r\nAnother line.\r\n"
    assert said(window, "document_name") == "notes.md"
    assert said(window) == "Saved notes.md."
    press(window, KEY.Key_Z, CONTROL)
    assert text(window).startswith("One line.\n")
    assert window.isWindowModified()
    press(window, KEY.Key_Z, CONTROL | SHIFT)
    assert not window.isWindowModified()


def test_a_letter_in_a_file_with_mixed_line_ends_changes_one_line(make_window, tmp_path):
    path = tmp_path / "mixed.txt"
    path.write_bytes(b"alpha\r\nbeta\ngamma\r\n\ndelta")
    window = make_window(path)
    assert said(window, "line_ends") == "Mixed line ends"
    press(window, KEY.Key_Down)
    QTest.keyClicks(window.page, "x")
    press(window, KEY.Key_S, CONTROL)
    assert path.read_bytes() == b"alpha\r\nxbeta\ngamma\r\n\ndelta"
    # Return over a selection that ends with a line end, and undo beyond the last save.
    press(window, KEY.Key_Down, SHIFT)
    press(window, KEY.Key_Return)
    press(window, KEY.Key_S, CONTROL)
    assert path.read_bytes() == b"alpha\r\nx\namma\r\n\ndelta"
    press(window, KEY.Key_A, CONTROL)
    press(window, KEY.Key_Delete)
    press(window, KEY.Key_S, CONTROL)
    assert said(window, "line_ends") == ""
    press(window, KEY.Key_Z, CONTROL)
    press(window, KEY.Key_Z, CONTROL)
    press(window, KEY.Key_Z, CONTROL)
    press(window, KEY.Key_S, CONTROL)
    assert path.read_bytes() == b"alpha\r\nbeta\ngamma\r\n\ndelta"


def test_save_as_and_open(window, monkeypatch, tmp_path, notes):
    choose_file(monkeypatch, tmp_path / "copy.md")
    press(window, KEY.Key_S, CONTROL | SHIFT)
    assert (tmp_path / "copy.md").read_bytes() == notes.read_bytes()
    assert said(window, "document_name") == "copy.md"
    choose_file(monkeypatch, notes)
    press(window, KEY.Key_O, CONTROL)
    assert said(window, "document_name") == "notes.md"


@pytest.fixture
def latin(tmp_path) -> Path:
    """A file whose name is not UTF-8."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md"))
    path.write_text("old")
    return path


def test_a_file_name_that_is_no_utf8_names_the_same_file_all_the_way(make_window, latin, monkeypatch):
    window = make_window(latin)
    names = sorted(os.listdir(latin.parent))
    assert said(window, "document_name") == "caf\ufffd.md"
    QTest.keyClicks(window.page, "new ")
    press(window, KEY.Key_S, CONTROL)
    assert said(window) == "Saved caf\ufffd.md."
    QTest.keyClicks(window.page, "and ")
    # Qt's dialog offers, and returns, what it can show of the name.
    choose_file(monkeypatch, latin.with_name("caf\ufffd.md"))
    press(window, KEY.Key_S, CONTROL | SHIFT)
    assert latin.read_text() == "new and old"
    assert sorted(os.listdir(latin.parent)) == names


def test_a_file_whose_name_the_dialog_cannot_show_is_opened(window, monkeypatch, latin):
    choose_file(monkeypatch, latin.with_name("caf\ufffd.md"))
    press(window, KEY.Key_O, CONTROL)
    assert text(window) == "old"
    assert window.open_document.file.path == latin


LARGE = "abc\n" * 20_000 + "the end"


def test_a_large_file_is_opened_in_slices(window, tmp_path, qtbot):
    (tmp_path / "large.txt").write_text(LARGE)
    window.open_document.open(str(tmp_path / "large.txt"))
    assert text(window) == LARGE
    assert not window.document.isModified()
    assert not window.document.isUndoAvailable()
    QTest.keyClicks(window.page, "x")
    press(window, KEY.Key_Z, CONTROL)
    assert text(window) == LARGE
    qtbot.waitUntil(lambda: said(window, "words") == "20,002 words")


def test_opening_a_large_file_can_be_cancelled(window, tmp_path, monkeypatch):
    (tmp_path / "large.txt").write_text(LARGE)
    monkeypatch.setattr("PySide6.QtWidgets.QProgressDialog.setValue", lambda dialog, _: dialog.cancel())
    before = text(window)
    window.open_document.open(str(tmp_path / "large.txt"))
    assert text(window) == before
    assert said(window, "document_name") == "notes.md"


def test_a_read_only_file_says_so(make_window, notes, monkeypatch):
    monkeypatch.setattr("app.documents.text_file.is_writable", lambda _: False)
    assert said(make_window(notes)) == "notes.md is read-only. Save it under another name with Ctrl+Shift+S."


def test_a_file_with_other_links_says_how_it_was_saved(window, notes, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    os.link(notes, tmp_path / "other.md")
    QTest.keyClicks(window.page, "New ")
    press(window, KEY.Key_S, CONTROL)
    assert said(window) == "Saved notes.md. Its old content was overwritten, since it has other hard links."
    assert (tmp_path / "other.md").read_bytes().startswith(b"New One line.\r\n")


def test_a_cancelled_dialog_changes_nothing(window, monkeypatch, notes):
    choose_file(monkeypatch, None)
    press(window, KEY.Key_O, CONTROL)
    press(window, KEY.Key_S, CONTROL | SHIFT)
    assert said(window, "document_name") == "notes.md"


def test_what_cannot_be_saved_stays_on_the_page(window, monkeypatch, tmp_path):
    choose_file(monkeypatch, tmp_path / "no folder" / "text.md")
    QTest.keyClicks(window.page, "New ")
    press(window, KEY.Key_S, CONTROL | SHIFT)
    assert "could not be saved" in said(window)
    assert text(window).startswith("New One line.")
    assert window.isWindowModified()
    assert said(window, "document_name") == "notes.md — edited"


def test_a_file_changed_by_another_program_is_asked_about(qtbot, window, notes, monkeypatch, tmp_path):
    notes.write_text("From elsewhere.")
    QTest.keyClicks(window.page, "Mine. ")
    asked = answer(qtbot, None)
    press(window, KEY.Key_S, CONTROL)
    assert "Another program has changed “notes.md”" in asked[0]
    assert notes.read_text() == "From elsewhere."
    choose_file(monkeypatch, tmp_path / "mine.md")
    answer(qtbot, "save_as")
    press(window, KEY.Key_S, CONTROL)
    assert notes.read_text() == "From elsewhere."
    assert "Mine." in (tmp_path / "mine.md").read_text()


def test_overwriting_a_changed_file(qtbot, window, notes):
    notes.write_text("From elsewhere.")
    QTest.keyClicks(window.page, "Mine. ")
    answer(qtbot, "overwrite")
    press(window, KEY.Key_S, CONTROL)
    assert notes.read_bytes() == b"Mine. One line.\r\nAnother line.\r\n"


def test_a_dropped_file_replaces_the_text(window, tmp_path):
    (tmp_path / "other.txt").write_text("other")
    window.page.file_dropped.emit(str(tmp_path / "other.txt"))
    assert text(window) == "other"
    window.page.file_dropped.emit(str(tmp_path))
    assert "is a folder" in said(window)
    assert text(window) == "other"


def test_closing_asks_nothing_without_changes(qtbot, window):
    with qtbot.waitSignal(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert not window.isVisible()


def test_closing_and_staying(qtbot, window, notes):
    QTest.keyClicks(window.page, "New ")
    asked = answer(qtbot, None)
    with qtbot.assertNotEmitted(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert asked == ["Save changes to “notes.md”?"]
    assert window.isVisible()
    assert text(window).startswith("New ")


def test_closing_and_saving(qtbot, window, notes):
    QTest.keyClicks(window.page, "New ")
    answer(qtbot, "save")
    with qtbot.waitSignal(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert notes.read_bytes().startswith(b"New One line.\r\n")


def test_closing_without_saving(qtbot, window, notes):
    QTest.keyClicks(window.page, "New ")
    answer(qtbot, "discard")
    with qtbot.waitSignal(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert notes.read_bytes().startswith(b"One line.\r\n")


def test_closing_stays_where_saving_fails(qtbot, window, monkeypatch):
    QTest.keyClicks(window.page, "New ")
    monkeypatch.setattr("app.documents.write_file.os.replace", Mock(side_effect=OSError(28, "No space left on device")))
    answer(qtbot, "save")
    with qtbot.assertNotEmitted(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert "could not be saved" in said(window)


def test_a_new_page_asks_first(qtbot, window):
    QTest.keyClicks(window.page, "New ")
    answer(qtbot, None)
    press(window, KEY.Key_N, CONTROL)
    assert text(window).startswith("New ")
    answer(qtbot, "discard")
    press(window, KEY.Key_N, CONTROL)
    assert text(window) == ""
    assert said(window, "document_name") == "Untitled"


def test_the_window_comes_back_where_it_was(qtbot, make_window, notes):
    window = make_window(notes)
    window.resize(777, 555)
    with qtbot.waitSignal(window.closed):
        window.close()
    later = make_window(notes)
    assert (later.width(), later.height()) == (777, 555)


def test_a_text_without_a_file_is_saved_beside_the_last_one(make_window, settings, notes, monkeypatch, tmp_path):
    """The dialogs opened where the program had been started."""
    starts = []

    def choose(_parent, _title, start, _kinds):
        starts.append(start)
        return "", ""

    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, choose)
    documents = tmp_path / "Documents"
    documents.mkdir()
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _which: str(documents))
    window = make_window()
    window.save_as()
    window.open()
    assert starts == [str(documents / "Sample.md"), str(documents)]
    window.open_document.open(str(notes))
    window.new()
    settings.set_value("reopen_last", False)
    make_window().save_as()
    window.open()
    assert starts[2:] == [str(notes.parent / "Untitled.md"), str(notes.parent)]
    settings.set_value("folder", str(tmp_path / "gone"))
    make_window().open()
    assert starts[-1] == str(documents)
