"""Races and the engine: one side after the other, never during a run in the editor, and nothing left over."""

from dataclasses import replace

import pytest

from app.race.recording import LONGEST, race_on
from app.run_state import RunState
from engine import Action, Decoder, EditRequest, EngineError

SUBJECT = race_on("Once there was ", "a grey house", " by the sea.")


def test_the_second_side_starts_when_the_first_has_ended(qtbot, runner, ready_bridge, script):
    script.manual = True
    order = []
    runner.side_started.connect(order.append)
    ready_bridge.run_finished.connect(lambda run, *_: order.append(run))
    runner.start(SUBJECT, 0)
    assert order == [Decoder.DIFFUSION]
    with qtbot.waitSignal(runner.finished):
        ready_bridge.engine.play(100)
    # The runner hears of the first end before the test does.
    assert order == [Decoder.DIFFUSION, Decoder.AUTOREGRESSIVE, 1, 2]


def test_live_frames_are_those_of_the_side_at_work(qtbot, runner, ready_bridge, script):
    script.manual = True
    assert runner.take_frames() == []
    runner.start(SUBJECT, 0)
    ready_bridge.engine.play(2)
    frames = []
    qtbot.waitUntil(lambda: frames.extend(runner.take_frames()) or any(frames))
    assert [(decoder, frame.run) for decoder, frame in frames[:1]] == [(Decoder.DIFFUSION, 1)]


def test_stopping_cancels_and_says_so_once(qtbot, runner, ready_bridge, script):
    script.manual = True
    with qtbot.waitSignal(ready_bridge.run_started):
        runner.start(SUBJECT, 0)
    with qtbot.waitSignal(ready_bridge.run_cancelled):
        runner.stop()
    runner.stop()
    assert runner.endings == ["Stopped."]
    assert not runner.running


def test_a_new_race_takes_the_place_of_the_one_under_way(qtbot, runner, ready_bridge, script):
    script.manual = True
    with qtbot.waitSignal(ready_bridge.run_started):
        runner.start(SUBJECT, 0)
    runner.start(SUBJECT, 1)
    ready_bridge.engine.play(100)
    with qtbot.waitSignal(runner.finished) as finished:
        pass
    assert [side.request.seed for side in finished.args[0]] == [1, 1]
    assert runner.endings == []


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.REVIEW])
def test_no_race_starts_beside_a_run_or_review_of_the_editor(runner, ready_bridge, state):
    runner.note_editor(state)
    runner.start(SUBJECT, 0)
    assert "Finish it first" in runner.endings[0]
    assert ready_bridge.engine.requests == []
    runner.note_editor(RunState.IDLE)
    runner.start(SUBJECT, 0)
    assert len(ready_bridge.engine.requests) == 1


def test_a_run_of_the_editor_ends_the_race_and_lives_on(qtbot, runner, ready_bridge, script):
    script.manual = True
    with qtbot.waitSignal(ready_bridge.run_started):
        runner.start(SUBJECT, 0)
    edit = ready_bridge.submit(EditRequest("", "words", "", Action.FILL))
    runner.note_editor(RunState.RUNNING)
    assert runner.endings == ["The race was stopped because a run started in the editor."]
    ready_bridge.engine.play(100)
    with qtbot.waitSignal(ready_bridge.run_finished) as finished:
        pass
    assert finished.args[0] == edit
    assert len(ready_bridge.engine.requests) == 2
    assert len(runner.endings) == 1
    assert not runner.running


def test_errors_of_the_engine_are_one_line(qtbot, runner, script):
    script.error = EngineError("There is not enough memory.")
    with qtbot.waitSignal(runner.ended):
        runner.start(SUBJECT, 0)
    assert runner.endings == ["There is not enough memory."]
    assert not runner.running


def test_a_checkpoint_that_cannot_fill_says_so(qtbot, runner, ready_bridge):
    ready_bridge.checkpoint = replace(ready_bridge.checkpoint, tasks=())
    runner.start(SUBJECT, 0)
    assert "was not trained to fill gaps" in runner.endings[0]
    assert ready_bridge.engine.requests == []


def test_an_engine_that_gives_up_ends_the_race(qtbot, runner, ready_bridge, script):
    script.manual = True
    with qtbot.waitSignal(ready_bridge.run_started):
        runner.start(SUBJECT, 0)
    with qtbot.waitSignal(runner.ended):
        ready_bridge.cancel()
    assert runner.endings == ["The race was stopped."]


def test_where_diffusion_writes_nothing_there_is_no_race(qtbot, runner, ready_bridge, script):
    script.replacement = ""
    script.note = "The model found nothing to put here."
    with qtbot.waitSignal(runner.ended):
        runner.start(SUBJECT, 0)
    assert runner.endings == ["The model found nothing to put here."]
    assert len(ready_bridge.engine.requests) == 1


@pytest.mark.parametrize(
    ("subject", "line"),
    [(race_on(" \n", "", ""), "Enter a few words"), (race_on("", "word " * LONGEST, ""), "The selection is too long")],
)
def test_what_cannot_be_compared(runner, ready_bridge, subject, line):
    runner.start(subject, 0)
    assert runner.endings[0].startswith(line)
    assert ready_bridge.engine.requests == []
