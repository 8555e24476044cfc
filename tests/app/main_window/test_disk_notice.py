"""A file that another program changes is noticed, and neither text is lost."""

import os

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from window_driver import CONTROL, KEY, press, said, text

from app.documents.text_document import new_document, plain_text, replace_text


def notice(window) -> QWidget:
    return window.findChild(QWidget, "disk_notice")


def click(window, name):
    QTest.mouseClick(window.findChild(QToolButton, name), Qt.MouseButton.LeftButton)


def come_back(window):
    """The window becomes active again, without waiting for the system to report the file."""
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))


@pytest.mark.parametrize("told_by", ["system", "window"])
@pytest.mark.parametrize("how", ["written", "replaced"])
def test_it_is_noticed_and_reloaded_and_the_own_text_comes_back(qtbot, window, notes, tmp_path, told_by, how):
    """It was noticed on saving only."""
    press(window, KEY.Key_M)
    if how == "written":
        notes.write_bytes(b"One line.\r\nTheir line.\r\n")
    else:
        (tmp_path / "draft").write_bytes(b"One line.\r\nTheir line.\r\n")
        os.replace(tmp_path / "draft", notes)
    if told_by == "window":
        come_back(window)
    qtbot.waitUntil(notice(window).isVisible)
    line = window.findChild(QLabel, "disk_line").text()
    assert line == "Another program has changed notes.md. You have unsaved changes."
    click(window, "reload_file")
    assert text(window) == "One line.\nTheir line.\n"
    assert not window.open_document.unsaved
    assert not notice(window).isVisible()
    press(window, KEY.Key_Z, CONTROL)
    assert text(window) == "mOne line.\nAnother line.\n"
    assert window.open_document.unsaved


def test_keeping_the_own_text_overwrites_theirs_only_on_saving(qtbot, window, notes):
    notes.write_bytes(b"Theirs.\n")
    come_back(window)
    qtbot.waitUntil(notice(window).isVisible)
    click(window, "keep_mine")
    assert not notice(window).isVisible()
    assert window.open_document.unsaved
    assert notes.read_bytes() == b"Theirs.\n"
    # The writer has decided: no second question.
    press(window, KEY.Key_S, CONTROL)
    assert notes.read_bytes() == b"One line.\r\nAnother line.\r\n"
    assert said(window) == "Saved notes.md."


def test_a_file_that_is_gone_can_be_kept(qtbot, window, notes):
    notes.unlink()
    come_back(window)
    qtbot.waitUntil(notice(window).isVisible)
    assert "moved or deleted" in window.findChild(QLabel, "disk_line").text()
    assert not window.findChild(QToolButton, "reload_file").isVisible()
    click(window, "keep_mine")
    assert window.open_document.unsaved


def test_own_saving_and_a_touch_are_no_change(qtbot, window, notes):
    press(window, KEY.Key_M)
    press(window, KEY.Key_S, CONTROL)
    os.utime(notes, (1, 1))
    come_back(window)
    qtbot.wait(400)
    assert not notice(window).isVisible()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "a"),
        ("a", ""),
        ("aaa", "aa"),
        ("one\ntwo\nthree", "one\n2\nthree"),
        ("👩x👩", "👩y👩‍🏽"),
        ("ab", "ab"),
        ("ab", "ba"),
    ],
)
def test_a_whole_text_is_replaced_in_one_step(qapp, old, new):
    document = new_document(old, qapp.font())
    replace_text(document, new)
    assert plain_text(document) == new
    document.undo()
    assert plain_text(document) == old
