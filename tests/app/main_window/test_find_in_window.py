"""Finding in the whole window: its keys, and what it does during a run and a review."""

import re

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QMenu, QWidget
from window_driver import CONTROL, KEY, SHIFT, press, said, select, text, wait_for

from app.run_state import RunState


def type_in_bar(qtbot, window, words, count):
    QTest.keyClicks(QApplication.focusWidget(), words)
    qtbot.waitUntil(lambda: said(window, "find_count") == count)


def test_find_replace_and_undo_by_keys(qtbot, window):
    press(window, KEY.Key_H, CONTROL)
    type_in_bar(qtbot, window, "line", "1 of 2")
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Tab)
    assert QApplication.focusWidget().objectName() == "replace_field"
    QTest.keyClicks(QApplication.focusWidget(), "row")
    window.findChild(QAbstractButton, "replace_all").click()
    qtbot.waitUntil(lambda: text(window) == "One row.\nAnother row.\n")
    assert said(window) == "2 replaced. Press Ctrl+Z to undo."
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Escape)
    press(window, KEY.Key_Z, CONTROL)
    assert text(window) == "One line.\nAnother line.\n"
    assert not window.document.isModified()
    press(window, KEY.Key_Home, CONTROL)
    press(window, KEY.Key_F3)
    qtbot.waitUntil(lambda: window.page.textCursor().selectedText() == "line")
    press(window, KEY.Key_F3)
    assert window.page.textCursor().blockNumber() == 1
    press(window, KEY.Key_F3, SHIFT)
    assert window.page.textCursor().blockNumber() == 0


def test_the_bar_lies_below_the_page(window):
    """The text is not covered, and the found place is on the part that is left."""
    press(window, KEY.Key_F, CONTROL)
    bar = window.findChild(QWidget, "find_bar")
    assert bar.isVisible()
    QApplication.processEvents()
    assert bar.geometry().top() >= window.page.geometry().bottom()


def test_during_a_run_words_are_found_and_not_replaced(qtbot, ready, script):
    window = ready
    script.manual = True
    select(window, 0, 8)
    press(window, KEY.Key_Return, CONTROL)
    wait_for(qtbot, window, RunState.RUNNING)
    press(window, KEY.Key_H, CONTROL)
    window.findChild(QLineEdit, "find_field").setFocus()
    window.findChild(QLineEdit, "find_field").selectAll()
    type_in_bar(qtbot, window, "line", "1 of 1")
    assert not window.findChild(QAbstractButton, "replace_all").isEnabled()
    assert "during a run" in said(window, "find_note")
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Escape)
    assert window.controller.state is RunState.RUNNING
    press(window, KEY.Key_Escape)
    assert window.controller.state is RunState.IDLE
    assert text(window) == "One line.\nAnother line.\n"


def test_in_a_review_the_new_words_are_found_and_not_replaced(qtbot, ready):
    window = ready
    select(window, 0, 8)
    press(window, KEY.Key_Return, CONTROL)
    wait_for(qtbot, window, RunState.REVIEW)
    press(window, KEY.Key_H, CONTROL)
    window.findChild(QLineEdit, "find_field").setFocus()
    window.findChild(QLineEdit, "find_field").selectAll()
    # The old word, the new one, and one outside.
    type_in_bar(qtbot, window, "line", "3 of 3")
    assert "during a review" in said(window, "find_note")
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Escape)
    press(window, KEY.Key_Escape)
    press(window, KEY.Key_F, CONTROL)
    qtbot.waitUntil(lambda: window.findChild(QLabel, "find_note").text() == "")


def test_every_key_means_one_thing(window):
    """Menu keys, the letters of the menus and those of the bars: no two are the same."""
    press(window, KEY.Key_H, CONTROL)
    keys = [key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()]
    # Named in the text only: they belong to the page.
    keys += [action.text().split("\t")[1] for action in window.findChildren(QAction) if "\t" in action.text()]
    menus = [menu for menu in window.findChild(QWidget, "menu_bar").findChildren(QMenu) if menu.menuAction()]
    letters = [menu.title() for menu in menus if menu.parent() is window.findChild(QWidget, "menu_bar")]
    letters += [button.text() for button in window.findChildren(QAbstractButton) if button.isVisible()]
    keys += [QKeySequence.mnemonic(label).toString() for label in letters if "&" in label]
    assert "Ctrl+F" in keys
    assert len(keys) == len(set(keys)), sorted(key for key in set(keys) if keys.count(key) > 1)


def test_letters_of_a_menu_are_different(window):
    for menu in window.findChild(QWidget, "menu_bar").findChildren(QMenu):
        letters = [re.findall("&(.)", action.text())[0].lower() for action in menu.actions() if "&" in action.text()]
        assert len(letters) == len(set(letters)), menu.title()
