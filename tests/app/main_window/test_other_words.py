"""Other words in the window: the list under a word, its keys, and what choosing does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu
from window_driver import ALT, CONTROL, KEY, press, said, select, text, wait_for

from app.page.floating_bar import SHADOW
from app.run_state import RunState
from engine import EngineError

SENTENCE = "She was happy to see us 😀 here."


@pytest.fixture
def page(ready, qtbot):
    """A window with one sentence, the caret in "happy"."""
    ready.new()
    QTest.keyClicks(ready.page, SENTENCE[:24])
    ready.page.insertPlainText(SENTENCE[24:])
    select(ready, 10, 10)
    return ready


def shown(window) -> list[str]:
    return [row.text() for row in window.other_words.list.findChildren(QAbstractButton) if row.isVisible()]


@pytest.fixture
def listed(page, qtbot):
    press(page, KEY.Key_W, ALT)
    qtbot.waitUntil(lambda: bool(shown(page)))
    return page


def test_the_list_lies_under_the_word_and_leaves_the_keyboard_to_the_page(listed):
    words = listed.other_words.list
    assert shown(listed) == ["glad", "pleased", "delighted"]
    assert [row.accessibleName() for row in words.findChildren(QAbstractButton) if row.isVisible()] == [
        "glad, 1 of 3",
        "pleased, 2 of 3",
        "delighted, 3 of 3",
    ]
    assert listed.page.hasFocus()
    card = words.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW).translated(-listed.page.viewport().pos())
    (word,) = listed.page.range_rects(8, 13)
    assert card.top() >= word.bottom()
    assert card.left() <= word.left() <= card.right()
    assert listed.bridge.engine.searches[-1].before == SENTENCE[:10]


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ([KEY.Key_Return], "glad"),
        ([KEY.Key_Down, KEY.Key_Return], "pleased"),
        ([KEY.Key_Up, KEY.Key_Enter], "delighted"),
        ([KEY.Key_Down, KEY.Key_Down, KEY.Key_Down, KEY.Key_Return], "glad"),
        ([KEY.Key_3], "delighted"),
    ],
)
def test_keys_choose_a_word_and_one_undo_brings_the_old_one_back(listed, keys, word):
    for key in keys:
        QTest.keyClick(listed.page, key)
    assert text(listed) == SENTENCE.replace("happy", word)
    assert listed.page.textCursor().position() == 8 + len(word)
    assert not listed.other_words.is_open
    press(listed, KEY.Key_Z, CONTROL)
    assert text(listed) == SENTENCE


def test_a_word_behind_an_emoji_is_replaced_where_qt_counts_it(page, qtbot):
    select(page, SENTENCE.index("here") + 2, SENTENCE.index("here") + 2)
    press(page, KEY.Key_W, ALT)
    qtbot.waitUntil(lambda: bool(shown(page)))
    QTest.keyClick(page.page, KEY.Key_2)
    assert text(page) == SENTENCE.replace("here", "pleased")


def test_a_click_chooses(listed):
    QTest.mouseClick(listed.other_words.list.findChild(QAbstractButton, "other_word_2"), Qt.MouseButton.LeftButton)
    assert text(listed) == SENTENCE.replace("happy", "pleased")


def test_escape_closes_and_changes_nothing(listed):
    QTest.keyClick(listed.page, KEY.Key_Escape)
    assert not listed.other_words.is_open
    assert text(listed) == SENTENCE


@pytest.mark.parametrize("typed", ["x", "9", " "])
def test_typing_closes_the_list_and_types(listed, typed):
    QTest.keyClicks(listed.page, typed)
    assert not listed.other_words.is_open
    assert text(listed) == SENTENCE[:10] + typed + SENTENCE[10:]


def test_a_click_elsewhere_and_moving_the_caret_close_it(listed, qtbot):
    QTest.mouseClick(listed.page.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    assert not listed.other_words.is_open
    press(listed, KEY.Key_W, ALT)
    qtbot.waitUntil(lambda: listed.other_words.is_open)
    QTest.keyClick(listed.page, KEY.Key_Right)
    assert not listed.other_words.is_open


def test_a_slow_search_says_so_and_can_be_given_up(page, script, qtbot):
    """A search that is given up must not put its list under whatever is being written by then."""
    script.searching.clear()
    press(page, KEY.Key_W, ALT)
    line = page.other_words.list.findChild(QLabel, "word_list_line")
    qtbot.waitUntil(line.isVisible)
    assert line.text() == "Looking for other words…"
    QTest.keyClick(page.page, KEY.Key_Return)
    assert text(page) == SENTENCE
    QTest.keyClick(page.page, KEY.Key_Escape)
    assert not page.other_words.is_open
    script.searching.set()
    QTest.qWait(50)
    assert not page.other_words.is_open


def test_where_nothing_is_found_it_says_so(page, script, qtbot):
    script.other_words = ()
    press(page, KEY.Key_W, ALT)
    line = page.other_words.list.findChild(QLabel, "word_list_line")
    qtbot.waitUntil(line.isVisible)
    assert line.text() == "No other words found here."
    QTest.keyClick(page.page, KEY.Key_Return)
    assert not page.other_words.is_open
    assert text(page) == SENTENCE


def test_a_failure_is_told_in_one_line(page, script, qtbot):
    script.other_words = EngineError("There is not enough memory.")
    press(page, KEY.Key_W, ALT)
    qtbot.waitUntil(lambda: said(page) == "There is not enough memory.")
    assert not page.other_words.is_open


def test_not_during_a_review(page, qtbot):
    press(page, KEY.Key_Return, CONTROL)
    wait_for(qtbot, page, RunState.REVIEW)
    press(page, KEY.Key_W, ALT)
    assert not page.other_words.is_open
    assert said(page).startswith("Stop the run or finish its review first.")


def test_it_is_in_the_write_menu_with_its_key_and_on_the_bar_for_a_few_words(page, qtbot):
    action = page.actions_by_name["other_words"]
    assert action in page.findChild(QMenu, "write_menu").actions()
    assert action.shortcut().toString() == "Alt+W"
    button = page.controller.selection_bar.findChild(QAbstractButton, "other_words_selection")
    select(page, 0, len(SENTENCE))
    qtbot.waitUntil(page.controller.selection_bar.isVisible)
    assert not button.isVisible()
    select(page, 8, 16)
    qtbot.waitUntil(button.isVisible)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(shown(page)))
    assert page.bridge.engine.searches[-1].words == SENTENCE[8:16]
    assert not page.controller.selection_bar.isVisible()
