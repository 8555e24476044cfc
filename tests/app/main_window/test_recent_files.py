"""The files opened last: their menu, and the place where the writer was in each."""

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from window_driver import CONTROL, KEY, answer, choose_file, press, said, text

from app.settings import Settings

LONG = "\n".join(f"Line {number} " + "of many words " * 12 for number in range(300))


@pytest.fixture(autouse=True)
def _greeted(settings):
    """A later start than the very first, which shows the sample."""
    settings.set_value("greeted", True)


@pytest.fixture
def files(tmp_path):
    """A dozen small files."""
    paths = [tmp_path / f"file {number}.md" for number in range(12)]
    for path in paths:
        path.write_text(path.name)
    return paths


def menu_of(window) -> QMenu:
    menu = window.findChild(QMenu, "recent_menu")
    menu.aboutToShow.emit()
    return menu


def labels(window) -> list[str]:
    return [action.text().split("\t")[0] for action in menu_of(window).actions() if not action.isSeparator()]


def choose(window, name):
    next(action for action in menu_of(window).actions() if action.objectName() == name).trigger()


def test_the_last_ten_the_newest_first(window, files):
    """There was no list at all."""
    for path in [*files, files[5]]:
        window.open_document.open(str(path))
    numbers = [5, 11, 10, 9, 8, 7, 6, 4, 3, 2]
    assert labels(window) == [f"&{n % 10} file {number}.md" for n, number in enumerate(numbers, 1)] + ["&Clear list"]
    choose(window, "recent_3")
    assert text(window) == "file 10.md"
    assert labels(window)[:2] == ["&1 file 10.md", "&2 file 5.md"]


def test_it_stands_after_open_and_says_the_folder(window, tmp_path):
    actions = window.findChild(QMenu, "file_menu").actions()
    assert actions[actions.index(window.actions_by_name["open"]) + 1] is menu_of(window).menuAction()
    shown = menu_of(window).actions()[0].text().split("\t")[1]
    assert str(tmp_path).endswith(shown.removeprefix("…"))


def test_saving_under_a_name_puts_it_first_and_clearing_empties_the_list(window, monkeypatch, tmp_path, settings):
    choose_file(monkeypatch, tmp_path / "a && b.md")
    window.save_as()
    assert labels(window) == ["&1 a &&&& b.md", "&2 notes.md", "&Clear list"]
    choose(window, "clear_recent")
    assert labels(window) == ["No file has been opened yet"]
    assert Settings(settings.path).value("recent_files") == ()


def test_a_missing_file_is_said_and_leaves_the_list(window, files):
    window.open_document.open(str(files[0]))
    window.open_document.open(str(files[1]))
    files[0].unlink()
    choose(window, "recent_2")
    assert said(window) == f"There is no file {files[0]} any more. It is off the list now."
    assert text(window) == "file 1.md"
    assert labels(window) == ["&1 file 1.md", "&2 notes.md", "&Clear list"]


def test_a_recent_file_asks_before_unsaved_changes_go(qtbot, window, files):
    window.open_document.open(str(files[0]))
    QTest.keyClicks(window.page, "New ")
    asked = answer(qtbot, None)
    choose(window, "recent_2")
    assert asked == ["Save changes to “file 0.md”?"]
    assert text(window) == "New file 0.md"


def test_the_next_start_shows_the_last_file_where_it_was_left(make_window, settings, tmp_path):
    """A blank page at the second start, without a hint."""
    path = tmp_path / "long.md"
    path.write_text(LONG)
    window = make_window(path)
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    window.page.moveCursor(QTextCursor.MoveOperation.PreviousWord)
    caret, top = window.page.textCursor().position(), window.page.firstVisibleBlock().blockNumber()
    assert top > 200
    window.close()
    later = make_window()
    assert text(later) == LONG
    assert later.page.textCursor().position() == caret
    assert later.page.firstVisibleBlock().blockNumber() == top
    # A file that is shorter by now.
    later.close()
    path.write_text("short")
    assert make_window().page.textCursor().position() == 5


@pytest.mark.parametrize("why", ["gone", "switched off", "open in another window", "nonsense in the settings"])
def test_the_next_start_shows_an_empty_page_where_the_last_file_cannot_be_had(make_window, settings, notes, why):
    window = make_window(notes)
    if why == "open in another window":
        assert text(make_window()) == ""
        return
    window.close()
    if why == "gone":
        notes.unlink()
    elif why == "switched off":
        settings.set_value("reopen_last", False)
    else:
        settings.set_value("recent_files", ("", "x y z notes.md", f"-7 -7 -7 {notes}"))
        later = make_window()
        assert text(later) == "One line.\nAnother line.\n"
        assert later.page.textCursor().position() == 0
        return
    assert text(make_window()) == ""


def test_each_file_of_the_list_is_shown_where_it_was_left(window, tmp_path, notes):
    (tmp_path / "long.md").write_text(LONG)
    window.open_document.open(str(tmp_path / "long.md"))
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    window.open_document.open(str(notes))
    assert window.page.textCursor().position() == 0
    press(window, KEY.Key_Down)
    window.open_document.open(str(tmp_path / "long.md"))
    assert window.page.textCursor().atEnd()
    window.open_document.open(str(notes))
    assert window.page.textCursor().position() == len("One line.\n")


def test_a_name_that_is_no_utf8_comes_back(make_window, settings, tmp_path):
    """Such a path could not be written into the settings: opening the file raised an error."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \xc3\xa9.md"))
    path.write_text("old")
    window = make_window(path)
    assert labels(window)[0] == "&1 caf\ufffd é.md"
    window.close()
    assert Settings(settings.path).trouble == ""
    again = make_window()
    assert again.open_document.file.path == path


def test_two_windows_keep_one_list(make_window, settings, files):
    """The window that wrote last erased what the other had opened."""
    window = make_window(files[0])
    other = Settings(settings.path)
    other.set_value("theme", "dark")
    other.set_value("recent_files", (f"0 0 0 {files[1]}", *other.value("recent_files")))
    window.open_document.open(str(files[2]))
    assert [label[3:] for label in labels(window)[:-1]] == ["file 2.md", "file 1.md", "file 0.md"]
    assert Settings(settings.path).value("theme") == settings.value("theme") == "dark"


def test_undo_after_restoring_a_place_is_none(make_window, notes):
    make_window(notes).close()
    window = make_window()
    press(window, KEY.Key_Z, CONTROL)
    assert not window.open_document.unsaved
