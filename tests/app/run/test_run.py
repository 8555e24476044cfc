"""A run from the first key to the last."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.documents.text_document import new_document, plain_text
from app.run_state import RunState
from engine import Action, DenoisingError, RequestError

TEXT = "It was late. The house stood by the river. Nobody came.\nA second paragraph.\n"
SENTENCE = "The house stood by the river."
CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def desk(make_desk, script):
    script.replacement = lambda old: old.replace("house", "old cottage").replace("river", "sea")
    desk = make_desk(TEXT)
    desk.select_words(SENTENCE)
    return desk


@pytest.fixture
def running(desk, script):
    """A desk during a run; every frame waits for `engine.play()`."""
    script.manual = True
    desk.rewrite()
    desk.wait_for(lambda: desk.engine.requests)
    assert desk.controller.state is RunState.RUNNING
    return desk


@pytest.fixture
def review(desk):
    """A desk with a result that may be accepted."""
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    return desk


def changed(text: str = TEXT) -> str:
    return text.replace("house", "old cottage").replace("river", "sea")


def test_select_rewrite_accept_undo(review):
    assert review.text == TEXT
    assert "house\u2009old cottage" in review.shown
    review.accept()
    assert review.controller.state is RunState.IDLE
    assert review.text == review.shown == changed()
    assert review.caret == changed().index(" Nobody")
    assert review.messages[-1] == "Accepted 2 changes. Press Ctrl+Z to undo."
    review.page.undo()
    assert review.text == TEXT
    assert not review.document.isUndoAvailable()


def test_the_request_is_what_was_selected(review):
    request = review.engine.requests[0]
    assert request.text == TEXT
    assert request.selection == SENTENCE
    assert request.action is Action.REWRITE
    assert request.strength == review.settings.value("strength")


def test_reject_keeps_every_letter_and_the_selection(review):
    review.escape()
    assert review.controller.state is RunState.IDLE
    assert review.text == review.shown == TEXT
    assert review.selected == SENTENCE
    assert not review.document.isUndoAvailable()
    assert not review.document.isModified()


def test_undo_in_a_review_rejects(review):
    review.press(Qt.Key.Key_Z, CONTROL)
    assert review.controller.state is RunState.IDLE
    assert review.text == TEXT


def test_undo_during_a_run_stops_it(running):
    running.press(Qt.Key.Key_Z, CONTROL)
    assert running.controller.state is RunState.IDLE
    assert running.text == running.shown == TEXT


def test_escape_during_a_run_stops_it_and_late_frames_are_dropped(running):
    running.engine.play(2)
    QTest.qWait(50)
    running.escape()
    running.engine.play(9)
    QTest.qWait(50)
    assert running.controller.state is RunState.IDLE
    assert running.text == running.shown == TEXT
    assert running.messages[-1] == "Stopped. Your text is unchanged."


def test_a_double_press_never_accepts_unseen(review):
    review.rewrite()
    assert review.controller.state is RunState.REVIEW
    assert review.text == TEXT


def test_a_held_key_never_accepts(review):
    QTest.qWait(450)
    held = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Return, CONTROL, "\r", True)
    QApplication.sendEvent(review.page, held)
    assert review.controller.state is RunState.REVIEW


def test_a_second_press_during_a_run_is_a_slip(running):
    running.rewrite()
    assert len(running.engine.requests) == 1


def test_again_asks_for_the_same_with_the_next_seed(review):
    review.press(Qt.Key.Key_R, CONTROL)
    review.wait_for_state(RunState.REVIEW)
    first, second = review.engine.requests
    assert (first.text, first.start, first.end) == (second.text, second.start, second.end)
    assert second.seed == first.seed + 1
    review.escape()
    assert review.selected == SENTENCE


def test_typing_right_after_again_does_not_end_the_new_run(running):
    running.press(Qt.Key.Key_R, CONTROL)
    running.put_caret(0)
    running.type("Yes. ")
    assert running.controller.state is RunState.RUNNING
    assert running.text == "Yes. " + TEXT


def test_a_caret_among_the_words_never_comes_back_as_a_selection(review):
    review.put_caret(review.shown.index("cottage"))
    review.controller.set_document(review.document)
    assert review.controller.state is RunState.IDLE
    assert not review.selected


def test_again_without_a_run_says_so(desk):
    desk.press(Qt.Key.Key_R, CONTROL)
    assert desk.messages == ["Nothing to retry. Select words and press Ctrl+Return."]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [(0, "It was late."), (5, "It was late."), (13, SENTENCE), (20, SENTENCE), (55, "Nobody came."), (60, TEXT[56:-1])],
)
def test_without_a_selection_the_sentence_under_the_caret_is_rewritten(desk, place, sentence):
    desk.put_caret(place)
    desk.rewrite()
    desk.wait_for(lambda: desk.engine.requests)
    assert desk.engine.requests[0].selection == sentence
    desk.escape()
    assert desk.caret == place
    assert not desk.selected


def test_where_there_is_no_sentence_one_line_says_what_to_do(desk):
    desk.put_caret(len(TEXT))
    desk.rewrite()
    assert desk.controller.state is RunState.IDLE
    assert desk.messages == ["There is no sentence here. Place the caret in one, or select words."]


def test_fill_at_the_caret(desk, script):
    script.replacement = " And it rained."
    desk.put_caret(12)
    desk.fill()
    desk.wait_for_state(RunState.REVIEW)
    request = desk.engine.requests[0]
    assert (request.action, request.selection, len(request.before)) == (Action.FILL, "", 12)
    desk.accept()
    assert desk.text == TEXT[:12] + " And it rained." + TEXT[12:]
    assert desk.caret == 12 + len(" And it rained.")


@pytest.mark.parametrize(("start", "end"), [(12, 12), (3, 12), (12, 3)])
def test_a_continuation_starts_behind_the_selection(desk, script, start, end):
    script.replacement = " And it rained."
    desk.select(start, end)
    desk.controller.edit(Action.CONTINUE)
    desk.wait_for_state(RunState.REVIEW)
    request = desk.engine.requests[0]
    assert (request.action, request.selection, len(request.before)) == (Action.CONTINUE, "", 12)
    desk.accept()
    assert desk.text == TEXT[:12] + " And it rained." + TEXT[12:]


def test_half_a_word_is_widened_to_the_whole(desk):
    desk.select(TEXT.index("ouse"), TEXT.index("ouse") + 2)
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    desk.accept()
    assert desk.text == TEXT.replace("house", "old cottage")


def test_saving_during_run_and_review_means_the_real_text(running):
    running.engine.play(3)
    QTest.qWait(50)
    assert plain_text(running.controller.real_document) == TEXT
    assert running.page.document() is not running.document
    assert not running.document.isModified()


def test_typing_elsewhere_is_kept_and_undone_apart(running, script):
    running.engine.play(2)
    running.put_caret(0)
    running.type("Yes. ")
    assert running.text == "Yes. " + TEXT
    assert running.controller.state is RunState.RUNNING
    running.engine.play(9)
    running.wait_for_state(RunState.REVIEW)
    running.put_caret(len(running.shown))
    running.type("The end.")
    running.accept()
    assert running.text == "Yes. " + changed() + "The end."
    assert running.caret == len(running.text)
    running.page.undo()
    assert running.text == "Yes. " + TEXT + "The end."
    running.page.undo()
    assert running.text == "Yes. " + TEXT
    running.page.undo()
    assert running.text == TEXT


def test_typing_right_after_the_start_goes_behind_the_words(running):
    running.type(" So.")
    assert running.controller.state is RunState.RUNNING
    assert running.text == TEXT.replace("river.", "river. So.")


def test_the_caret_passes_over_the_moving_words(running):
    running.engine.play(1)
    QTest.qWait(40)
    scratch = running.controller.scratch
    running.press(Qt.Key.Key_Left)
    assert running.caret == scratch.start
    running.press(Qt.Key.Key_Right)
    assert running.caret == scratch.end


def test_deleting_into_the_range_ends_the_run_first(running):
    running.press(Qt.Key.Key_Backspace)
    assert running.controller.state is RunState.IDLE
    assert running.text == TEXT.replace("river.", "river")


def test_typing_over_a_selection_in_the_range_ends_the_run_and_keeps_what_is_not_selected(running):
    running.engine.play(2)
    QTest.qWait(40)
    scratch = running.controller.scratch
    running.select(scratch.start - 6, scratch.start + 3)
    running.type("X")
    assert running.controller.state is RunState.IDLE
    assert running.text == TEXT.replace("late. " + SENTENCE, "X")
    running.page.undo()
    assert running.text == TEXT


def test_a_drop_into_the_range_keeps_the_original(running):
    scratch = running.controller.scratch
    running.put_caret(scratch.start)
    cursor = running.page.textCursor()
    cursor.setPosition(scratch.start + 3)
    cursor.insertText("dropped")
    running.wait_for_state(RunState.IDLE)
    assert running.text == TEXT.replace(SENTENCE, SENTENCE + "dropped")
    assert running.messages[-1].startswith("The run stopped because you changed its words.")


def test_copying_during_a_run_copies_the_words_behind_the_noise(running):
    running.engine.play(2)
    QTest.qWait(40)
    running.page.selectAll()
    running.press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == TEXT
    assert running.controller.state is RunState.RUNNING


def test_cutting_everything_during_a_run_takes_the_writers_words(running):
    running.page.selectAll()
    running.press(Qt.Key.Key_X, CONTROL)
    assert QGuiApplication.clipboard().text() == TEXT
    assert running.text == ""
    running.page.undo()
    assert running.text == TEXT


def test_a_fill_replaces_a_running_rewrite(running):
    running.fill()
    running.wait_for(lambda: len(running.engine.requests) == 2)
    assert running.engine.requests[1].action is Action.FILL
    assert running.engine.requests[1].selection == SENTENCE
    running.engine.play(20)
    running.wait_for_state(RunState.REVIEW)
    assert [result.run for result in running.results] == [2]


def test_a_selection_elsewhere_replaces_the_run(running):
    running.select_words("Nobody came.")
    running.rewrite()
    running.wait_for(lambda: len(running.engine.requests) == 2)
    assert running.engine.requests[1].selection == "Nobody came."
    assert running.text == TEXT


def test_an_unchanged_result_keeps_the_words_and_says_so(desk, script):
    script.replacement = lambda old: old
    desk.rewrite()
    desk.wait_for(lambda: desk.results)
    desk.wait_for_state(RunState.IDLE)
    assert desk.text == desk.shown == TEXT
    assert desk.messages[-1] == "The engine found no other wording. Your text is unchanged."


def test_an_empty_result_keeps_the_words_and_says_why(desk, script):
    script.replacement, script.note = "", "Nothing came out of it three times."
    desk.rewrite()
    desk.wait_for(lambda: desk.results)
    desk.wait_for_state(RunState.IDLE)
    assert desk.text == TEXT
    assert desk.messages[-1] == "Nothing came out of it three times."


def test_a_letter_typed_as_a_run_ends_by_itself_replaces_nothing(desk, script):
    script.replacement = lambda old: old
    desk.rewrite()
    desk.wait_for_state(RunState.IDLE)
    assert not desk.selected
    desk.type("!")
    assert desk.text == TEXT.replace(SENTENCE, SENTENCE + "!")


def test_a_failed_run_keeps_the_words_and_says_why(desk, script):
    script.error = DenoisingError("The model lost its way. Try again with another seed.")
    desk.rewrite()
    desk.wait_for_state(RunState.IDLE)
    assert desk.text == desk.shown == TEXT
    assert desk.messages[-1] == "The model lost its way. Try again with another seed."


def test_a_checkpoint_that_cannot_fill_says_so(make_desk, script):
    script.tasks = ("continue",)
    desk = make_desk(TEXT)
    desk.fill()
    assert desk.controller.state is RunState.IDLE
    assert desk.messages == [
        "This model was not trained to fill gaps. Leave out --model to use the one that comes with Remelt."
    ]


def test_without_an_engine_the_reason_is_given(make_desk, script):
    script.load_error = RequestError("The checkpoint is broken. Choose another one.")
    desk = make_desk(TEXT)
    desk.rewrite()
    assert desk.controller.state is RunState.IDLE
    assert desk.messages == ["The checkpoint is broken. Choose another one."]


def test_a_run_may_be_asked_for_before_the_engine_is_ready(make_desk):
    desk = make_desk(TEXT, engine=False)
    desk.rewrite()
    assert desk.controller.state is RunState.RUNNING
    desk.open_engine()
    desk.wait_for_state(RunState.REVIEW)


def test_opening_another_document_ends_the_run(running):
    other = new_document("Other.", running.page.font(), running)
    running.controller.set_document(other)
    assert running.controller.state is RunState.IDLE
    assert running.page.document() is other
    running.engine.play(9)
    QTest.qWait(50)
    assert running.text == "Other."
    assert plain_text(running.document) == TEXT


def test_an_edit_of_the_document_from_outside_ends_the_run(running):
    running.document.setPlainText("Replaced by the window.")
    assert running.controller.state is RunState.IDLE
    assert running.page.document() is running.document
    assert running.text == "Replaced by the window."


def test_strength_by_keyboard(desk):
    desk.press(Qt.Key.Key_Up, ALT)
    assert desk.settings.value("strength") == 0.6
    assert desk.messages[-1] == "Strength: 60%"
    for _ in range(9):
        desk.press(Qt.Key.Key_Down, ALT)
    assert desk.settings.value("strength") == 0.0
    desk.rewrite()
    desk.wait_for(lambda: desk.engine.requests)
    assert desk.engine.requests[0].strength == 0.0


@pytest.mark.parametrize("groups", [2, 3])
def test_a_long_selection_in_several_groups_is_one_review_and_one_undo(make_desk, script, groups):
    script.groups, script.replacement = groups, str.upper
    desk = make_desk(TEXT, reduced_motion=False)
    desk.page.selectAll()
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    desk.accept()
    assert desk.text == TEXT.upper()
    desk.page.undo()
    assert desk.text == TEXT
