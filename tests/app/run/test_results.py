"""Results are kept during a review, whatever happens to the next run."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.run.review_commands import FRESH
from app.run_state import RunState
from engine import EngineError

TEXT = "Before. The quick fox jumps. After.\n"
SENTENCE = "The quick fox jumps."
RESULTS = ["The slow fox jumps.", "The quick fox leaps.", "A fox."]
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
KEY = Qt.Key


@pytest.fixture
def desk(make_desk):
    desk = make_desk(TEXT)
    desk.select_words(SENTENCE)
    return desk


def result_of(desk) -> str:
    """What would be accepted."""
    controller = desk.controller
    shown = controller.review.shown or controller.scratch
    return shown.text_between(controller.scratch.start, controller.scratch.end)


def again(desk, script, words: str, state: RunState = RunState.REVIEW) -> None:
    """Run once more, with these words as the result."""
    script.replacement = words
    runs = len(desk.engine.requests)
    (desk.rewrite if runs == 0 else lambda: desk.press(KEY.Key_R, CONTROL))()
    assert len(desk.engine.requests) == runs + 1
    if not script.manual:
        desk.wait_for_state(state)


@pytest.fixture
def three(desk, script):
    """A review of the third of three results."""
    for words in RESULTS:
        again(desk, script, words)
    return desk


def shown_number(desk) -> str:
    label = desk.page.findChild(QLabel, "result_number")
    return label.text() if label.isVisible() else ""


def test_one_result_needs_no_choice(desk, script):
    again(desk, script, RESULTS[0])
    assert shown_number(desk) == ""
    desk.press(KEY.Key_Left, ALT)
    assert desk.messages[-1] == "This is the first result."
    desk.press(KEY.Key_Right, ALT)
    assert desk.messages[-1] == "This is the last result. Press Ctrl+R for another."
    assert desk.controller.state is RunState.REVIEW


def test_all_results_can_be_gone_through_and_the_shown_one_is_accepted(three):
    assert (result_of(three), shown_number(three)) == (RESULTS[2], "3 of 3")
    for number in (1, 0):
        three.press(KEY.Key_Left, ALT)
        assert (result_of(three), shown_number(three)) == (RESULTS[number], f"{number + 1} of 3")
        assert three.messages[-1].startswith(f"Result {number + 1} of 3: 1 change.")
    three.press(KEY.Key_Right, ALT)
    three.accept()
    assert three.text == TEXT.replace(SENTENCE, RESULTS[1])
    three.page.undo()
    assert three.text == three.shown == TEXT


def test_the_buttons_do_the_same(three):
    earlier, later = (three.page.findChild(QAbstractButton, f"{name}_result") for name in ("previous", "next"))
    assert (earlier.isEnabled(), later.isEnabled()) == (True, False)
    QTest.mouseClick(earlier, Qt.MouseButton.LeftButton)
    assert shown_number(three) == "2 of 3"
    QTest.mouseClick(later, Qt.MouseButton.LeftButton)
    assert (shown_number(three), later.isEnabled()) == ("3 of 3", False)
    assert {earlier.accessibleName(), later.accessibleName()} == {"Previous result", "Next result"}


def test_what_was_declined_in_a_result_stays_declined_in_it(three):
    three.press(KEY.Key_Left, ALT)
    three.press(KEY.Key_F7)
    three.press(KEY.Key_F8)
    assert result_of(three) == SENTENCE
    three.press(KEY.Key_Right, ALT)
    assert result_of(three) == RESULTS[2]
    three.press(KEY.Key_Left, ALT)
    assert result_of(three) == SENTENCE


def test_a_key_meant_for_another_result_accepts_none_unseen(three):
    QTest.qWait(FRESH + 10)
    three.press(KEY.Key_Left, ALT)
    three.rewrite()
    assert three.controller.state is RunState.REVIEW


def test_the_same_words_are_kept_once(three, script):
    again(three, script, RESULTS[0])
    assert three.messages[-1] == "The new result is the same as an earlier one."
    assert (result_of(three), shown_number(three)) == (RESULTS[0], "1 of 3")


def test_a_run_that_is_stopped_goes_back_to_the_results(three, script):
    three.press(KEY.Key_Left, ALT)
    script.manual = True
    again(three, script, "Never seen.")
    three.engine.play(2)
    three.escape()
    assert three.controller.state is RunState.REVIEW
    assert three.messages[-1] == "Stopped. Showing the previous result."
    assert (result_of(three), shown_number(three)) == (RESULTS[1], "2 of 3")
    three.escape()
    assert three.controller.state is RunState.IDLE
    assert three.text == three.shown == TEXT
    assert three.selected == SENTENCE


def test_undo_during_a_further_run_goes_back_too(three, script):
    script.manual = True
    again(three, script, "Never seen.")
    three.press(KEY.Key_Z, CONTROL)
    assert (three.controller.state, shown_number(three)) == (RunState.REVIEW, "3 of 3")


@pytest.mark.parametrize(
    ("error", "words", "line"),
    [
        (EngineError("There is not enough memory."), "x", "There is not enough memory."),
        (None, SENTENCE, "The engine found no other wording."),
    ],
)
def test_a_run_without_a_result_goes_back_to_the_results(three, script, error, words, line):
    script.error = error
    again(three, script, words)
    assert three.messages[-1] == f"{line} Showing the previous result."
    assert (result_of(three), shown_number(three)) == (RESULTS[2], "3 of 3")


def test_writing_elsewhere_leaves_the_results_valid(three, script):
    three.put_caret(0)
    three.type("So. ")
    three.press(KEY.Key_Left, ALT)
    assert shown_number(three) == "2 of 3"
    again(three, script, "A fourth.")
    assert shown_number(three) == "4 of 4"
    three.accept()
    assert three.text == "So. " + TEXT.replace(SENTENCE, "A fourth.")


def test_another_place_has_results_of_its_own(three, script):
    three.escape()
    three.select_words("After.")
    script.replacement = "Later."
    three.rewrite()
    three.wait_for_state(RunState.REVIEW)
    assert shown_number(three) == ""
    three.escape()
    three.select_words(SENTENCE)
    script.replacement = RESULTS[0]
    three.rewrite()
    three.wait_for_state(RunState.REVIEW)
    assert shown_number(three) == ""


def test_without_a_review_the_keys_are_those_of_the_page(desk, script):
    desk.put_caret(3)
    desk.press(KEY.Key_Left, ALT)
    assert desk.messages == []
    script.manual = True
    desk.select_words(SENTENCE)
    desk.rewrite()
    said = len(desk.messages)
    desk.press(KEY.Key_Right, ALT)
    assert len(desk.messages) == said
    assert desk.controller.state is RunState.RUNNING


# Some words of a result melt again.


@pytest.fixture
def reviewed(desk, script):
    """A review of one result."""
    again(desk, script, "The slow fox jumps high.")
    return desk


def melt(desk, script, words: str, new: str, *, wait: bool = True) -> None:
    """Select words of the result in review, and melt them again."""
    script.replacement = new
    desk.select_words(words)
    desk.press(KEY.Key_R, CONTROL)
    if wait:
        desk.wait_for_state(RunState.REVIEW)


def test_selected_words_of_a_result_melt_again_and_the_others_stay(reviewed, script):
    melt(reviewed, script, "high", "far")
    request = reviewed.engine.requests[-1]
    assert (request.before, request.selection) == ("Before. The slow fox jumps ", "high")
    assert (request.after, request.strength) == (". After.\n", 1.0)
    assert (result_of(reviewed), shown_number(reviewed)) == ("The slow fox jumps far.", "2 of 2")
    reviewed.press(KEY.Key_Left, ALT)
    assert result_of(reviewed) == "The slow fox jumps high."
    reviewed.press(KEY.Key_Right, ALT)
    reviewed.accept()
    assert reviewed.text == TEXT.replace(SENTENCE, "The slow fox jumps far.")
    reviewed.page.undo()
    assert reviewed.text == TEXT


def test_old_words_that_were_put_back_are_part_of_what_stays(reviewed, script):
    reviewed.press(KEY.Key_F7)
    reviewed.press(KEY.Key_F8)
    melt(reviewed, script, "high", "far")
    assert reviewed.engine.requests[-1].before == "Before. The quick fox jumps "
    assert result_of(reviewed) == "The quick fox jumps far."
    reviewed.press(KEY.Key_Left, ALT)
    assert result_of(reviewed) == "The quick fox jumps high."


def test_while_they_melt_the_whole_result_is_on_the_page_and_esc_goes_back_to_it(make_desk, script):
    desk = make_desk(TEXT, reduced_motion=False)
    desk.select_words(SENTENCE)
    again(desk, script, "The slow fox jumps high.")
    script.manual = True
    melt(desk, script, "fox", "cow", wait=False)
    assert desk.messages[-1] == "Rewriting these words… Press Esc to stop."
    desk.engine.play(3)
    scratch = desk.controller.scratch
    desk.wait_for(lambda: scratch.text().startswith("The slow fox") and scratch.text().endswith(" jumps high."))
    assert desk.text == TEXT
    desk.press(KEY.Key_C, CONTROL)
    desk.escape()
    assert desk.messages[-1] == "Stopped. Showing the previous result."
    assert result_of(desk) == "The slow fox jumps high."
    desk.escape()
    assert desk.text == desk.shown == TEXT


@pytest.mark.parametrize("error", [EngineError("There is not enough memory."), None])
def test_where_nothing_comes_of_it_the_result_is_as_it_was(reviewed, script, error):
    script.error = error
    melt(reviewed, script, "high", "high")
    assert reviewed.messages[-1].endswith(" Showing the previous result.")
    assert (result_of(reviewed), shown_number(reviewed)) == ("The slow fox jumps high.", "")


def test_struck_words_cannot_melt_again_so_all_do(reviewed, script):
    melt(reviewed, script, "quick", "A cow.")
    assert reviewed.engine.requests[-1].selection == SENTENCE
    assert result_of(reviewed) == "A cow."


def test_afterwards_all_words_can_be_tried_again_as_at_first(make_desk, script):
    desk = make_desk(TEXT)
    script.replacement = "A fox sleeps here."
    desk.select_words(SENTENCE)
    desk.fill()
    desk.wait_for_state(RunState.REVIEW)
    melt(desk, script, "here", "there")
    assert result_of(desk) == "A fox sleeps there."
    again(desk, script, "A cow.")
    first, _, last = desk.engine.requests
    assert (last.action, last.selection, last.strength) == (first.action, SENTENCE, first.strength)


def test_writing_before_the_words_while_they_melt_keeps_what_stays(reviewed, script):
    script.manual = True
    melt(reviewed, script, "high", "far", wait=False)
    reviewed.put_caret(0)
    reviewed.type("So. ")
    reviewed.engine.play(20)
    reviewed.wait_for_state(RunState.REVIEW)
    assert result_of(reviewed) == "The slow fox jumps far."
    reviewed.accept()
    assert reviewed.text == "So. " + TEXT.replace(SENTENCE, "The slow fox jumps far.")


def test_words_that_belong_to_one_beside_the_result_are_left_alone(reviewed, script, monkeypatch):
    monkeypatch.setattr("scripted_engine.TextMap.widen", lambda _self, start, end: (start - 30, end))
    melt(reviewed, script, "high", "far")
    assert reviewed.messages[-1].startswith("Select fewer words: these can't be rewritten on their own.")
    assert result_of(reviewed) == "The slow fox jumps high."


def test_a_double_click_selects_a_word_of_the_result_and_takes_no_change_back(reviewed):
    cursor = reviewed.page.textCursor()
    cursor.setPosition(reviewed.shown.index("high") + 1)
    place = reviewed.page.cursorRect(cursor).center()
    viewport = reviewed.page.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    assert result_of(reviewed) == "The slow fox jumps."
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place)
    assert reviewed.selected == "high"
    assert result_of(reviewed) == "The slow fox jumps high."


def test_a_result_with_faults_is_shown_only_when_asked_for(desk, script):
    """Broken output was offered like any other."""
    script.doubt = "Nothing better was found: the new text has a word that stands twice (fox)."
    again(desk, script, "The fox fox jumps.")
    assert result_of(desk) == SENTENCE
    assert desk.messages[-1].startswith(script.doubt)
    assert desk.page.findChild(QLabel, "run_progress").text() == "Nothing better found"
    assert desk.page.findChild(QAbstractButton, "accept_change").text() == "Show anyway"
    for key in (KEY.Key_F7, KEY.Key_F8):
        desk.press(key)
    QTest.qWait(FRESH + 20)
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.controller.state is RunState.REVIEW
    assert result_of(desk) == "The fox fox jumps."
    assert desk.page.findChild(QAbstractButton, "accept_change").text() == "Accept"
    assert desk.text == TEXT
    desk.accept()
    assert desk.text == TEXT.replace(SENTENCE, "The fox fox jumps.")
    desk.page.undo()
    assert desk.text == TEXT


def test_leaving_a_held_back_result_changes_nothing_and_a_new_try_may_be_better(desk, script):
    script.doubt = "Nothing better was found."
    again(desk, script, "The fox fox jumps.")
    script.doubt = ""
    again(desk, script, RESULTS[0])
    assert result_of(desk) == RESULTS[0]
    desk.press(KEY.Key_Left, ALT)
    assert result_of(desk) == SENTENCE
    desk.press(KEY.Key_Escape)
    assert desk.controller.state is RunState.IDLE
    assert desk.text == TEXT
