"""Whatever frames arrive, wherever a run is cancelled or edited: no character of the writer's text is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from app.documents.folding import NOTHING, SPACE
from app.documents.folds import insert_marked
from app.run_state import RunState
from engine import Action, Frame, SlotState, TextMap

ALPHABET = "ab .,\n\u00a0é😀ש水\u200d-"
WRITING = st.text(st.sampled_from(ALPHABET), max_size=24)
MARKED = st.text(st.sampled_from(ALPHABET + SPACE + NOTHING), max_size=24)
"""What is on the page: folded anywhere, as very long lines are."""
NEW = st.text(st.sampled_from("xy .\n😀水"), max_size=16)
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
MOVES = ["type", "wait", "stop", "accept", "again", "part", "fill", "earlier", "later", "decline"]
FREELY = settings(
    # Each is a whole run in a window.
    max_examples=settings.default.max_examples // 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def frames(draw) -> Frame:
    """Any frame, sensible or not; the engine sets run and range."""
    slots = draw(st.integers(0, 6))
    groups = draw(st.integers(1, 3))

    def row(of):
        return tuple(draw(st.lists(of, min_size=slots, max_size=slots)))

    return Frame(
        run=0,
        variant=0,
        group=draw(st.integers(0, groups - 1)),
        groups=groups,
        start=0,
        end=0,
        head=draw(NEW),
        tail=draw(st.one_of(st.just(""), WRITING)),
        step=draw(st.integers(0, 3)),
        steps=3,
        temperature=0.8,
        forward_passes=1,
        seconds=0.1,
        canvas_tokens=row(st.integers(0, 9999)),
        draft_tokens=row(st.integers(0, 9999)),
        canvas_pieces=row(NEW),
        pieces=row(NEW),
        states=row(st.sampled_from(SlotState)),
        entropies=row(st.floats(0, 12)),
        melts=row(st.integers(0, 3)),
    )


@pytest.fixture
def desk(make_desk):
    """One desk for all examples of a test; each example resets it."""
    return make_desk("")


def begin(desk, text: str, *, motion: bool) -> None:
    """An empty history, this text, no run."""
    desk.settings.set_value("reduced_motion", not motion)
    desk.controller.cancel()
    desk.controller.reject()
    desk.document.setPlainText("")
    insert_marked(QTextCursor(desk.document), text)
    desk.document.clearUndoRedoStacks()


def typed_and_rest(text: str) -> tuple[int, str]:
    """How many letters the test has typed, and the text without them."""
    rest = text.replace("q", "").replace("z", "")
    return len(text) - len(rest), rest


def places(text: str) -> st.SearchStrategy[int]:
    """The possible caret positions in a text."""
    return st.integers(0, len(text)).map(TextMap(text).to_utf16)


@FREELY
@given(data=st.data(), text=MARKED, new=NEW, shown=st.lists(frames(), max_size=4), motion=st.booleans())
def test_accept_changes_only_the_range_and_one_undo_brings_it_back(desk, script, data, text, new, shown, motion):
    script.frames, script.replacement, script.pause = shown, new, 0.001 if motion else 0.0
    begin(desk, text, motion=motion)
    text = desk.text
    start, end = sorted(data.draw(st.tuples(places(text), places(text)), "selection"))
    desk.select(start, end)
    before = len(desk.results)
    desk.controller.edit(Action.REWRITE)
    if desk.controller.state is RunState.IDLE:
        assert desk.text == text
        return
    desk.wait_for(lambda: len(desk.results) > before)
    desk.wait_for(lambda: desk.controller.state is not RunState.RUNNING)
    result = desk.results[-1]
    assert desk.text == text
    if desk.controller.state is RunState.REVIEW:
        desk.controller.accept()
        assert desk.text == text[: result.start] + new + text[result.end :]
        desk.page.undo()
    assert desk.text == desk.shown == text


@FREELY
@given(data=st.data(), text=MARKED, new=NEW, played=st.lists(frames(), max_size=4), motion=st.booleans())
def test_writing_anywhere_at_any_time_loses_nothing(desk, script, data, text, new, played, motion):
    script.frames, script.replacement, script.pause = played, new, 0.001 if motion else 0.0
    begin(desk, text, motion=motion)
    text = desk.text
    start, end = sorted(data.draw(st.tuples(places(text), places(text)), "selection"))
    desk.select(start, end)
    desk.controller.edit(Action.REWRITE)
    typed = 0
    for _ in range(data.draw(st.integers(1, 6), "moves")):
        match data.draw(st.sampled_from(MOVES), "move"):
            case "type":
                # Drawn apart from what is shown, which depends on how fast the machine is.
                shown = TextMap(desk.shown)
                desk.put_caret(shown.to_utf16(data.draw(st.integers(0, 60), "place") % (len(shown.text) + 1)))
                letters, rest = typed_and_rest(desk.text)
                desk.type(data.draw(st.sampled_from(["q", "zq"]), "letters"))
                typed, rest_now = typed_and_rest(desk.text)
                assert rest_now == rest
                assert typed > letters or desk.controller.state is RunState.REVIEW
            case "wait":
                QTest.qWait(data.draw(st.integers(0, 30), "milliseconds"))
            case "stop":
                desk.escape()
            case "accept":
                desk.controller.accept()
            case "again":
                desk.controller.again()
            case "part":
                shown = TextMap(desk.shown)
                ends = (data.draw(st.integers(0, 60), "place") % (len(shown.text) + 1) for _ in range(2))
                desk.select(*map(shown.to_utf16, ends))
                desk.controller.again()
            case "fill":
                desk.fill()
            case "earlier" | "later" as way:
                desk.press(Qt.Key.Key_Left if way == "earlier" else Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
            case "decline":
                desk.press(Qt.Key.Key_F7)
                desk.press(Qt.Key.Key_F8)
    desk.controller.cancel()
    desk.controller.reject()
    QTest.qWait(0)
    assert desk.controller.state is RunState.IDLE
    assert desk.page.document() is desk.document
    assert typed_and_rest(desk.text)[0] == typed
    while desk.document.isUndoAvailable():
        desk.page.undo()
    assert desk.text == text


@FREELY
@given(text=MARKED, shown=st.lists(frames(), min_size=1, max_size=4), wait=st.integers(0, 12), motion=st.booleans())
def test_stopping_at_any_step_leaves_the_text_alone(desk, script, text, shown, wait, motion):
    script.frames, script.replacement = [replace(frame, groups=max(1, frame.groups)) for frame in shown], "new"
    script.pause = 0.002
    begin(desk, text, motion=motion)
    text = desk.text
    desk.page.selectAll()
    desk.controller.edit(Action.FILL)
    QTest.qWait(wait)
    desk.escape()
    assert desk.text == desk.shown == text
    assert not desk.document.isUndoAvailable()
