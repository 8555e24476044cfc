"""Fix: only mistakes melt, the result is reviewed like any other, and a text without mistakes is reported."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

from app.melt.overlay import MeltOverlay
from app.run_state import RunState
from engine import Action, Correction, Mistake

TEXT = "It were late. She recieved a letter in the the rain. Nobody came.\n"
MENDED = "It was late. She received a letter in the rain. Nobody came.\n"
SENTENCE = "She recieved a letter in the the rain."
ALT, CONTROL, KEYPAD = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.KeypadModifier,
)
RIGHT = "No mistakes were found, so your text stays as it was."


def mend(old: str) -> str:
    return old.replace("recieved", "received").replace("the the", "the").replace("It were", "It was")


@pytest.fixture
def desk(make_desk, script):
    script.replacement = mend
    return make_desk(TEXT)


def progress(desk) -> str:
    return desk.page.findChild(QLabel, "run_progress").text()


def test_everything_selected_is_fixed_reviewed_accepted_and_undone_at_once(desk):
    desk.page.selectAll()
    desk.fix()
    desk.wait_for_state(RunState.REVIEW)
    request = desk.engine.requests[0]
    assert (request.action, request.selection) == (Action.FIX, TEXT)
    assert desk.messages[-1] == "3 changes. Click a change to keep your words; Ctrl+R retries selected words."
    desk.click(desk.shown.index("received"))
    desk.accept()
    assert desk.text == MENDED.replace("received", "recieved")
    assert desk.messages[-1] == "Accepted 2 changes. Press Ctrl+Z to undo."
    desk.page.undo()
    assert desk.text == TEXT
    assert not desk.document.isUndoAvailable()


@pytest.mark.parametrize(("key", "modifiers"), [(Qt.Key.Key_Return, ALT), (Qt.Key.Key_Enter, ALT | KEYPAD)])
def test_without_a_selection_the_sentence_under_the_caret_is_fixed(desk, key, modifiers):
    desk.put_caret(TEXT.index("letter"))
    desk.press(key, modifiers)
    desk.wait_for_state(RunState.REVIEW)
    assert desk.engine.requests[0].selection == SENTENCE
    desk.escape()
    assert desk.text == TEXT


@pytest.mark.parametrize("reduced_motion", [True, False])
def test_where_nothing_is_wrong_it_is_said_and_there_is_nothing_to_try_again(make_desk, script, reduced_motion):
    script.replacement, script.note = mend, RIGHT
    desk = make_desk(MENDED, reduced_motion=reduced_motion)
    desk.page.selectAll()
    desk.fix()
    desk.wait_for(lambda: desk.results)
    desk.wait_for_state(RunState.IDLE)
    assert desk.messages[-1] == RIGHT
    assert desk.text == desk.shown == MENDED
    desk.press(Qt.Key.Key_R, CONTROL)
    assert desk.messages[-1].startswith("Nothing to retry.")


def test_again_fixes_again_with_the_next_seed(desk):
    desk.select_words(SENTENCE)
    desk.fix()
    desk.wait_for_state(RunState.REVIEW)
    desk.press(Qt.Key.Key_R, CONTROL)
    desk.wait_for_state(RunState.REVIEW)
    first, second = desk.engine.requests
    assert (second.action, second.selection, second.seed) == (Action.FIX, SENTENCE, first.seed + 1)


def test_a_word_too_many_is_mended_by_nothing(desk, script):
    script.replacement = ""
    desk.select_words(" the")
    desk.fix()
    desk.wait_for_state(RunState.REVIEW)
    desk.accept()
    assert desk.text == TEXT.replace("the the", "the")


def test_a_refused_fix_leaves_the_review_as_it_is(make_desk, script):
    script.tasks = ("fill",)
    desk = make_desk(TEXT)
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    shown = desk.shown
    desk.fix()
    assert desk.controller.state is RunState.REVIEW
    assert desk.shown == shown
    assert desk.messages[-1] == (
        "This model was not trained to fix spelling and grammar. "
        "Leave out --model to use the one that comes with Remelt."
    )
    assert len(desk.engine.requests) == 1


def test_parts_in_which_nothing_is_wrong_count_as_progress(desk, script):
    script.manual, script.groups, script.steps = True, 2, 3
    script.replacement = lambda old: old.replace("It were", "It was")
    desk.page.selectAll()
    desk.fix()
    desk.engine.play(2)
    desk.wait_for(lambda: progress(desk) == "Fixing · part 1 of 2")
    desk.engine.play(2)
    desk.wait_for(lambda: progress(desk) == "Fixing · part 2 of 2")
    desk.bridge.run_progress.emit(1, 0, 2)
    assert progress(desk) == "Fixing · part 2 of 2"
    desk.engine.play(1)
    desk.wait_for_state(RunState.REVIEW)


def test_right_words_are_on_the_screen_during_the_run_and_not_underlined_as_if_they_were_wrong(make_desk, script):
    script.manual, script.replacement = True, mend
    desk = make_desk(TEXT, reduced_motion=False)
    desk.page.selectAll()
    desk.fix()
    desk.engine.play(1)
    overlay = desk.page.findChild(MeltOverlay)
    desk.wait_for(lambda: overlay.model is not None)
    QTest.qWait(400)
    words = {slot.text for slot in overlay.model.slots if slot.goal_ink and slot.ink > 0.9}
    assert {"late.", "She", "came."} <= words
    assert not words & {"received", "recieved", "were", "was"}
    picture = overlay.grab().toImage()
    colors = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height() // 2)]
    assert not any(color.alpha() > 60 and color.blue() > color.red() + 30 for color in colors)


def wrong(written: str, right: str, kind: Mistake, occurrence: int = 0) -> Correction:
    """A correction of TEXT."""
    start = TEXT.index(written)
    for _ in range(occurrence):
        start = TEXT.index(written, start + 1)
    return Correction(start, start + len(written), right, kind, 3.0)


@pytest.fixture
def reasoned(make_desk, script):
    """The review of a fix of the whole text: three changes with their reasons."""
    script.corrections = (
        wrong("were", "was", Mistake.AGREEMENT),
        wrong("recieved", "received", Mistake.SPELLING),
        wrong(" the", "", Mistake.DOUBLED, occurrence=1),
    )
    desk = make_desk("Before. " + TEXT)
    script.corrections = tuple(replace(each, start=each.start + 8, end=each.end + 8) for each in script.corrections)
    desk.select(8, 8 + len(TEXT))
    desk.fix()
    desk.wait_for_state(RunState.REVIEW)
    return desk


def test_each_change_of_a_fix_says_its_reason_in_the_bar_and_to_screen_readers(reasoned):
    assert progress(reasoned) == "3 changes"
    seen = []
    for _ in range(3):
        reasoned.press(Qt.Key.Key_F7)
        seen.append((progress(reasoned), reasoned.messages[-1]))
    assert seen == [
        ("Change 1 of 3 · agreement", "Change 1 of 3 · agreement: “were” → “was”"),
        ("Change 2 of 3 · spelling", "Change 2 of 3 · spelling: “recieved” → “received”"),
        ("Change 3 of 3 · doubled word", "Change 3 of 3 · doubled word: remove “the”"),
    ]


def test_a_change_of_a_fix_is_rejected_by_itself(reasoned):
    reasoned.press(Qt.Key.Key_F7)
    reasoned.press(Qt.Key.Key_F7)
    reasoned.press(Qt.Key.Key_F8)
    assert progress(reasoned) == "Change 2 of 3 · spelling · 1 declined"
    reasoned.accept()
    assert reasoned.text == "Before. " + MENDED.replace("received", "recieved")
    reasoned.page.undo()
    assert reasoned.text == "Before. " + TEXT


def test_the_mouse_on_a_change_shows_its_reason_in_the_bar_and_beside_it(reasoned):
    viewport = reasoned.page.viewport()
    start = reasoned.shown.index("received") + 3
    (rect,) = reasoned.page.range_rects(start, start + 1)
    QTest.mouseMove(viewport, rect.center().toPoint())
    reasoned.wait_for(lambda: progress(reasoned) == "Change 2 of 3 · spelling")
    point = rect.center().toPoint()
    QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, point, viewport.mapToGlobal(point)))
    assert QToolTip.text() == "Change 2 of 3 · spelling: “recieved” → “received”"
    QToolTip.hideText()
    QTest.mouseMove(viewport, QPoint(3, viewport.height() - 3))
    reasoned.wait_for(lambda: progress(reasoned) == "3 changes")
    reasoned.wait_for(lambda: not QToolTip.isVisible())
