"""The animation: where slots go, and that it ends with the words of the result."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from scripted_engine import Script, invented_frames

from app.documents.page_layout import layout_of
from app.melt.model import MeltModel
from app.melt.noise_glyphs import grains, mark
from app.melt.overlay import MeltOverlay
from app.run_state import RunState
from engine import EditRequest, SlotState

WIDTH = 300.0
OLD = "the quick brown fox jumps over the lazy dog and sleeps"
NEW = "a slow brown fox leaps over some remarkably lazy dogs and then\nit sleeps"


def measure(text: str) -> float:
    """A font in which every letter is ten pixels wide."""
    return 10.0 * len(text)


def played(new: str = NEW, steps: int = 6) -> list:
    return list(invented_frames(EditRequest("", OLD, ""), OLD, new, Script(steps=steps)))


@given(st.text(st.sampled_from("abc d\n,é水"), max_size=120), st.floats(0, WIDTH))
def test_no_slot_is_placed_outside_the_column_or_on_another(new: str, start: float):
    model = MeltModel(measure)
    for frame in played(new):
        model.show(frame)
        model.flow(start, WIDTH)
        end = {0: start}
        for slot in model.slots:
            left, right = slot.goal_across + slot.gap, slot.goal_across + slot.goal_width
            line = int(slot.goal_line)
            if right > left:
                assert left >= end.get(line, 0.0) - 0.01
                end[line] = right
                # Only a word that is wider than the column sticks out of it.
                fits = sum(part.goal_width for part in model.slots if part.goal_line == line) <= WIDTH
                assert not fits or right <= WIDTH + 0.01 or line == 0


@given(st.text(st.sampled_from("abc d,é水"), max_size=120), st.sampled_from([0.0, 100.0]), st.floats(0.01, 0.2))
def test_no_slot_is_on_another_on_its_way(new: str, start: float, pace: float):
    model = MeltModel(measure)
    for frame in played(new):
        model.show(frame)
        model.flow(start, WIDTH)
        for _ in range(3):
            ends: dict[float, float] = {}
            for slot in model.slots:
                # Only the space before a word may come and go at once.
                assert slot.across + slot.gap >= ends.get(slot.line, 0.0) - measure(" ") - 0.01
                ends[slot.line] = slot.across + slot.width
            model.advance(pace)


def test_after_settling_it_says_the_result():
    model = MeltModel(measure)
    frames = played()
    for frame in frames:
        model.show(frame)
        model.flow(0.0, WIDTH)
        model.advance(0.05)
    model.settle()
    model.flow(0.0, WIDTH)
    for _ in range(200):
        model.advance(0.016)
    assert not model.advance(0.016)
    assert not model.noisy
    words = [(slot.gap, slot.text, slot.breaks) for slot in model.slots if slot.presence > 0.5]
    assert "".join(" " * bool(gap) + text + "\n" * breaks for gap, text, breaks in words) == NEW
    assert all(slot.ink > 0.9 for slot in model.slots if slot.text)


def test_a_word_that_lands_glows_and_one_that_melts_sinks():
    model = MeltModel(measure)
    frames = played(steps=8)
    glowing, melting = set(), set()
    for frame in frames:
        model.show(frame)
        model.flow(0.0, WIDTH)
        glowing |= {slot.text for slot in model.slots if slot.glow == 1.0}
        melting |= {slot.ghost for slot in model.slots if slot.melt == 1.0}
        model.advance(0.03)
    assert "brown" in glowing or "slow" in glowing
    assert melting


def test_the_same_token_always_looks_the_same_and_marks_keep_to_their_cell():
    assert grains(17, 3) == grains(17, 3)
    assert len({tuple(grains(token, 3)) for token in range(200)}) > 100
    for grain in range(15):
        box = mark(grain, 10.0, 10.0).boundingRect()
        assert box.left() >= -1.0
        assert box.right() <= 11.0


@pytest.fixture
def running(make_desk, script):
    script.manual, script.steps = True, 6
    script.replacement = NEW.replace("\n", " ")
    desk = make_desk(f"Before it. {OLD}. Behind it there is more.\nNext paragraph.", reduced_motion=False)
    desk.select_words(OLD)
    desk.rewrite()
    return desk


def test_the_line_behind_the_range_moves_once_and_then_stays(running):
    running.engine.play(1)
    QTest.qWait(250)
    scratch = running.controller.scratch
    places = set()
    for _ in range(6):
        running.engine.play(1)
        QTest.qWait(60)
        rect = running.page.range_rects(scratch.end, scratch.end + 5)[0]
        places.add((round(rect.x()), round(rect.y())))
    assert len(places) == 1


def test_noise_is_on_the_screen_and_not_in_the_text(running):
    before = running.text
    running.engine.play(1)
    QTest.qWait(250)
    overlay = running.page.findChild(MeltOverlay)
    assert overlay.isVisible()
    picture = overlay.grab().toImage()
    assert running.text == before
    paper = QColor(picture.pixel(1, 1))
    inked = sum(
        QColor(picture.pixel(x, y)) != paper
        for x in range(0, picture.width(), 3)
        for y in range(0, picture.height(), 3)
    )
    assert inked > 50


def test_reduced_motion_paints_nothing_and_comes_to_the_same_end(make_desk, script):
    script.replacement = NEW
    desk = make_desk(OLD, reduced_motion=True)
    desk.page.selectAll()
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    overlay = desk.page.findChild(MeltOverlay)
    assert overlay.model is None
    assert overlay.reflow is None
    desk.accept()
    assert desk.text == NEW


def test_waiting_words_follow_the_ones_that_settle(qtbot, make_desk, script):
    """Catches words that float in mid-page, after lines kept for a part that needs them no more."""
    script.manual, script.steps, script.groups = True, 4, 2
    script.replacement = "Brief words. Other words."
    old = f"{' '.join([OLD] * 4)}. Then. Waiting {' '.join([OLD] * 4)}."
    desk = make_desk(f"{old}\nNext paragraph.", reduced_motion=False)
    desk.select_words(old)
    desk.rewrite()
    desk.engine.play(1)
    page = desk.page
    qtbot.waitUntil(lambda: page.findChild(MeltOverlay).model is not None)

    def lines_between() -> int:
        scratch = desk.controller.scratch
        waiting = scratch.document.find("Waiting").selectionStart()
        top, here = (page.range_rects(place, place + 1)[0].top() for place in (scratch.start, waiting))
        return round((here - top) / layout_of(scratch.document).line_step)

    qtbot.waitUntil(lambda: lines_between() <= 1)


def test_old_words_kept_in_one_piece_break_into_lines():
    """Catches a sentence drawn in one line, beyond the edge of the column: no fill was better than the old words."""
    frame = played()[-1]
    count = len(frame.pieces)
    kept = replace(frame, pieces=(OLD, *[""] * (count - 1)), states=(SlotState.ACCEPTED,) * count)
    model = MeltModel(measure)
    model.show(kept)
    model.flow(0.0, WIDTH)
    assert max(slot.goal_across + slot.goal_width for slot in model.slots) <= WIDTH
    assert "".join(" " * bool(slot.gap) + slot.text for slot in model.slots) == OLD
