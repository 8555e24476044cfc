from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Action,
    CheckpointError,
    EditRequest,
    EngineError,
    EngineThread,
    Event,
    Frame,
    LoadFailed,
    Loading,
    Melt,
    Pin,
    Ready,
    RequestError,
    RunCancelled,
    RunChanged,
    RunFailed,
    RunFinished,
    RunProgress,
    RunStarted,
    SamplerSettings,
    Scored,
    ScoreFailed,
)
from engine.contracts.scores import paragraphs
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.runs.session import Session

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

LONG = EditRequest(
    "", "The quick brown fox jumps over the lazy dog.", "", strength=1, settings=SamplerSettings(10_000, 1e-6)
)
"""Runs for minutes unless somebody cancels it."""
SHORT = EditRequest("One ", "two three", " four.", settings=SamplerSettings(steps=2))
ENDS = (RunFinished, RunCancelled, RunFailed)
PAGE = "\n".join(f"The {word} was closed that day." for word in ("shop", "bank", "road", "door", "mill", "well"))
PATIENCE = 20.0


class Listener:
    """Collects events and lets a test wait for one. reply: called on the engine's thread with each event."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.changed = threading.Condition()
        self.reply: Callable[[Event], None] = lambda event: None

    def __call__(self, event: Event) -> None:
        self.reply(event)
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait(self, matches: Callable[[Event], bool]) -> Event:
        """The first event that matches; fails when none comes in time."""
        with self.changed:
            assert self.changed.wait_for(lambda: any(map(matches, self.events)), PATIENCE), self.events
            return next(filter(matches, self.events))

    def end(self, run: int) -> Event:
        """The event with which a run ends."""
        return self.wait(lambda event: isinstance(event, ENDS) and event.run == run)

    def ready(self) -> Event:
        return self.wait(lambda event: isinstance(event, Ready | LoadFailed))

    def of(self, run: int) -> list[type]:
        """Kinds of the events of a run, in order."""
        return [type(event) for event in self.events if getattr(event, "run", None) == run]


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def engine(listener: Listener) -> Iterator[EngineThread]:
    """An engine that is closed at the end of the test, started or not."""
    thread = EngineThread(listener)
    yield thread
    assert thread.close(PATIENCE)


@pytest.fixture
def running(loaded_once, engine: EngineThread, listener: Listener) -> EngineThread:
    """An engine that is ready, its checkpoint loaded before."""
    engine.start()
    assert isinstance(listener.ready(), Ready)
    return engine


def first_frame(engine: EngineThread, run: int, step: int = 1) -> Frame:
    """Wait until a run has shown a step."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while time.monotonic() < deadline:
        frame = engine.frames.take()
        if frame is not None and frame.run == run and frame.step >= step:
            return frame
        pause.wait(0.001)
    raise AssertionError("no frame came")


def test_events_come_in_order(engine, listener):
    engine.start()
    run = engine.submit(SHORT)
    finished = listener.end(run)
    kinds = [type(event) for event in listener.events]
    loading = [event for event in listener.events if isinstance(event, Loading)]
    assert kinds == [Loading] * len(loading) + [Ready, RunStarted, RunFinished]
    fractions = [event.fraction for event in loading]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] < 1
    assert all(event.stage for event in loading)
    assert finished.result.run == run == 1
    assert (finished.result.start, finished.result.end) == (4, 13)


def test_ready_carries_the_checkpoint_and_the_device(running, listener):
    ready = listener.ready()
    assert ready.checkpoint.name == "embedded"
    assert ready.device == "cpu"
    assert ready.seconds > 0


def test_all_events_come_on_one_thread_that_is_not_the_callers(engine, listener):
    threads = set()
    listener.reply = lambda event: threads.add(threading.get_ident())
    engine.start()
    listener.end(engine.submit(SHORT))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_a_request_before_start_is_served(engine, listener):
    run = engine.submit(SHORT)
    engine.start()
    assert isinstance(listener.end(run), RunFinished)


def test_only_the_newest_of_the_requests_before_ready_is_run(engine, listener):
    runs = [engine.submit(SHORT) for _ in range(4)]
    engine.start()
    assert isinstance(listener.end(runs[-1]), RunFinished)
    assert runs == [1, 2, 3, 4]
    assert [listener.of(run) for run in runs[:-1]] == [[RunCancelled]] * 3


def test_run_started_names_the_range(running, listener):
    run = running.submit(EditRequest("One tw", "o thr", "ee four.", settings=SamplerSettings(steps=1)))
    listener.end(run)
    started = listener.wait(lambda event: isinstance(event, RunStarted))
    assert (started.run, started.start, started.end) == (run, 4, 13)


def test_the_result_is_that_of_a_session(running, listener, session):
    expected = session.run(SHORT)
    result = listener.end(running.submit(SHORT)).result
    assert (result.variants, result.steps, result.melts) == (expected.variants, expected.steps, expected.melts)


def test_the_last_frame_lies_in_the_mailbox_once(running, listener):
    run = running.submit(SHORT)
    result = listener.end(run).result
    frame = running.frames.take()
    assert (frame.run, frame.draft) == (run, result.replacement)
    assert running.frames.take() is None


def test_a_newer_request_replaces_the_run_under_way(running, listener):
    older = running.submit(LONG)
    first_frame(running, older)
    newer = running.submit(SHORT)
    assert newer == older + 1
    assert isinstance(listener.end(newer), RunFinished)
    assert listener.of(older) == [RunStarted, RunCancelled]
    assert listener.of(newer) == [RunStarted, RunFinished]
    order = [(event.run, type(event)) for event in listener.events if hasattr(event, "run")]
    assert order.index((older, RunCancelled)) < order.index((newer, RunStarted))


def test_a_word_typed_during_a_run_is_in_its_next_frames(running, listener):
    run = running.submit(LONG)
    frame = first_frame(running, run)
    assert running.change(run, Pin(2, "Oslo", group=frame.group))
    assert listener.wait(lambda event: isinstance(event, RunChanged)) == RunChanged(run, Pin(2, "Oslo", 0), "")
    later = first_frame(running, run, frame.step + 3)
    assert "Oslo" in later.draft
    running.cancel()
    assert isinstance(listener.end(run), RunCancelled)


def test_a_change_that_cannot_be_is_answered_and_the_run_goes_on(running, listener):
    run = running.submit(LONG)
    frame = first_frame(running, run)
    assert running.change(run, Melt(900))
    assert "no slot" in listener.wait(lambda event: isinstance(event, RunChanged)).refusal
    assert first_frame(running, run, frame.step + 3)
    running.cancel()
    assert isinstance(listener.end(run), RunCancelled)


def test_a_run_that_is_over_cannot_be_changed(running, listener):
    run = running.submit(SHORT)
    listener.end(run)
    newer = running.submit(LONG)
    first_frame(running, newer)
    assert not running.change(run, Melt(0))
    running.cancel()
    listener.end(newer)
    assert not running.change(newer, Melt(0))


def test_of_many_requests_at_once_only_the_last_finishes(running, listener):
    runs = [running.submit(LONG if number < 9 else SHORT) for number in range(10)]
    assert isinstance(listener.end(runs[-1]), RunFinished)
    for run in runs[:-1]:
        assert listener.of(run)[-1] is RunCancelled
        assert listener.of(run).count(RunCancelled) == 1


def test_cancel_answers_within_one_step(running, listener):
    for step in (0, 1, 5):
        run = running.submit(LONG)
        seen = first_frame(running, run, step)
        running.frames.take()
        running.cancel()
        at_cancel = running.frames.take() or seen
        assert isinstance(listener.end(run), RunCancelled)
        last = running.frames.take() or at_cancel
        # One step may have been under way, and one frame may have come between the two calls above.
        assert last.step - at_cancel.step <= 2


def test_the_step_under_way_is_the_last_one(running, listener, monkeypatch):
    """Cancelled while a frame is being put, a run makes no other frame."""
    steps = []
    put = running.frames.put

    def cancelling(frame: Frame) -> None:
        steps.append(frame.step)
        put(frame)
        if frame.step == 3:
            running.cancel()

    monkeypatch.setattr(running.frames, "put", cancelling)
    run = running.submit(LONG)
    assert isinstance(listener.end(run), RunCancelled)
    assert steps == [0, 1, 2, 3]


@pytest.mark.usefixtures("loaded_once")
@settings(max_examples=EXAMPLES // 10, derandomize=True)
@given(steps=st.lists(st.integers(0, 4), min_size=1, max_size=3))
def test_runs_cancelled_anywhere_leave_the_engine_well(steps):
    listener = Listener()
    engine = shared_engine(listener)
    try:
        for step in steps:
            run = engine.submit(LONG)
            first_frame(engine, run, step)
            engine.cancel()
            assert isinstance(listener.end(run), RunCancelled)
        assert isinstance(listener.end(engine.submit(SHORT)), RunFinished)
    finally:
        assert engine.close(PATIENCE)


def shared_engine(listener: Listener) -> EngineThread:
    """A started engine."""
    engine = EngineThread(listener)
    engine.start()
    return engine


def test_cancelling_nothing_does_nothing(running, listener):
    running.cancel()
    run = running.submit(SHORT)
    assert isinstance(listener.end(run), RunFinished)
    running.cancel()
    assert isinstance(listener.end(running.submit(SHORT)), RunFinished)


def test_cancel_before_ready_cancels_the_waiting_request(engine, listener):
    run = engine.submit(SHORT)
    engine.cancel()
    engine.start()
    listener.end(run)
    assert listener.of(run) == [RunCancelled]


def test_a_cancelled_run_never_finishes_even_in_its_last_step(running, listener, monkeypatch):
    put = running.frames.put

    def cancelling(frame: Frame) -> None:
        put(frame)
        if frame.alternatives is not None:
            running.cancel()

    monkeypatch.setattr(running.frames, "put", cancelling)
    run = running.submit(SHORT)
    assert isinstance(listener.end(run), RunCancelled)


def test_a_request_from_within_an_event_is_served(engine, listener):
    second = []

    def reply(event: Event) -> None:
        if isinstance(event, RunFinished) and not second:
            second.append(engine.submit(SHORT))

    listener.reply = reply
    engine.start()
    engine.submit(SHORT)
    assert isinstance(listener.end(2), RunFinished)


def test_progress_of_a_long_selection(running, listener):
    text = "The quick brown fox jumps over the lazy dog and sleeps in the sun until noon. " * 5
    run = running.submit(EditRequest("", text, "", strength=1, settings=SamplerSettings(steps=1)))
    assert isinstance(listener.end(run), RunFinished)
    told = [event for event in listener.events if isinstance(event, RunProgress)]
    assert len(told) == told[0].groups > 1
    assert [event.group for event in told] == list(range(len(told)))
    assert {event.run for event in told} == {run}


def test_an_impossible_request_fails_and_the_engine_lives_on(running, listener):
    run = running.submit(EditRequest("", "", "", Action.FILL, length=9_999))
    failed = listener.end(run)
    assert isinstance(failed, RunFailed)
    assert isinstance(failed.error, RequestError)
    assert isinstance(listener.end(running.submit(SHORT)), RunFinished)


@pytest.mark.parametrize("error", [ValueError("first\nsecond"), RuntimeError(""), MemoryError(), KeyError("x")])
def test_a_fault_in_a_run_is_told_in_one_line_and_the_engine_lives_on(running, listener, monkeypatch, error):
    def broken(*arguments, **options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Session, "run", broken)
        failed = listener.end(running.submit(SHORT))
    assert isinstance(failed, RunFailed)
    assert isinstance(failed.error, EngineError)
    assert len(str(failed.error).splitlines()) == 1
    assert isinstance(listener.end(running.submit(SHORT)), RunFinished)


def test_a_broken_checkpoint_fails_to_load_and_every_request_says_why(tmp_path: Path, listener):
    (tmp_path / "config.json").write_text("{")
    engine = EngineThread(listener, tmp_path)
    try:
        engine.start()
        failed = listener.ready()
        assert isinstance(failed, LoadFailed)
        assert isinstance(failed.error, CheckpointError)
        for _ in range(2):
            answer = listener.end(engine.submit(SHORT))
            assert isinstance(answer, RunFailed)
            assert str(answer.error) == str(failed.error)
        assert not any(isinstance(event, Ready) for event in listener.events)
    finally:
        assert engine.close(PATIENCE)


def test_an_installation_that_cannot_load_is_told_in_one_line(engine, listener, monkeypatch):
    def broken(*arguments, **options):
        raise ImportError("no torch\nhere")

    monkeypatch.setattr(Session, "open", broken)
    engine.start()
    failed = listener.ready()
    assert isinstance(failed, LoadFailed)
    assert "no torch" in str(failed.error)
    assert len(str(failed.error).splitlines()) == 1
    assert isinstance(listener.end(engine.submit(SHORT)), RunFailed)


def test_a_missing_device_fails_to_load(listener):
    engine = EngineThread(listener, device="nonsense")
    try:
        engine.start()
        assert isinstance(listener.ready(), LoadFailed)
    finally:
        assert engine.close(PATIENCE)


def test_closing_may_be_repeated(running):
    assert running.close(PATIENCE)
    assert running.close(PATIENCE)
    assert running.close(0)


def test_closing_in_the_middle_of_a_run_cancels_it(running, listener):
    run = running.submit(LONG)
    first_frame(running, run)
    assert running.close(PATIENCE)
    assert listener.of(run) == [RunStarted, RunCancelled]


def test_closing_answers_waiting_requests(running, listener):
    runs = [running.submit(LONG) for _ in range(3)]
    assert running.close(PATIENCE)
    assert [listener.of(run)[-1] for run in runs] == [RunCancelled] * 3


def test_closing_before_start(listener):
    engine = EngineThread(listener)
    engine.submit(SHORT)
    assert engine.close(PATIENCE)
    assert engine.close(PATIENCE)
    assert listener.events == []


@pytest.mark.parametrize("fraction", [0.0, 0.9, 0.91, 0.96, 0.98])
def test_closing_while_loading_ends_the_thread_without_an_error(engine, listener, fraction):
    """Closed by another thread during each stage of loading, the engine loads no further and complains of nothing."""

    def reply(event: Event) -> None:
        if isinstance(event, Loading) and event.fraction >= fraction:
            closing = threading.Thread(target=engine.close, args=(0,))
            closing.start()
            closing.join(PATIENCE)

    listener.reply = reply
    run = engine.submit(SHORT)
    engine.start()
    listener.wait(lambda event: isinstance(event, Loading) and event.fraction >= fraction)
    assert engine.close(PATIENCE)
    kinds = {type(event) for event in listener.events}
    assert LoadFailed not in kinds
    assert RunFinished not in kinds
    assert listener.of(run) in ([], [RunCancelled])


def test_closing_right_after_start(engine):
    engine.start()
    assert engine.close(PATIENCE)


def test_a_request_after_closing_is_never_run(running, listener):
    assert running.close(PATIENCE)
    count = len(listener.events)
    with suppress(EngineError):
        running.submit(SHORT)
    running.cancel()
    assert running.close(PATIENCE)
    assert not any(isinstance(event, RunStarted) for event in listener.events[count:])


def test_submit_and_cancel_do_not_wait_for_the_engine(running, listener):
    at_work, go_on = threading.Event(), threading.Event()

    def stand_still(event: Event) -> None:
        if isinstance(event, RunStarted):
            at_work.set()
            assert go_on.wait(PATIENCE)

    listener.reply = stand_still
    running.submit(LONG)
    assert at_work.wait(PATIENCE)
    runs = []
    for _ in range(50):
        runs.append(running.submit(LONG))
        running.cancel()
    assert not any(isinstance(event, ENDS) for event in listener.events)
    go_on.set()
    assert all(isinstance(listener.end(run), RunCancelled) for run in runs)


def test_requests_from_many_threads_each_end_once(running, listener):
    runs: list[int] = []

    def submit() -> None:
        for _ in range(5):
            runs.append(running.submit(SHORT))

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    listener.end(max(runs))
    assert sorted(runs) == list(range(1, 21))
    ends = [event.run for event in listener.events if isinstance(event, ENDS)]
    assert sorted(ends) == sorted(runs)


def test_a_recorded_run_brings_all_its_frames(running, listener):
    ended = listener.end(running.submit(replace(SHORT, recorded=True)))
    assert [frame.step for frame in ended.frames] == list(range(ended.result.steps + 1))
    assert ended.frames[-1].draft == ended.result.replacement
    assert ended.result.causal_bits > 0
    assert listener.end(running.submit(SHORT)).frames == ()


def told(listener: Listener, score: int) -> list[Scored]:
    """All that was told of the scores of a text, when it is done."""
    listener.wait(lambda event: isinstance(event, Scored) and event.score == score and event.done == event.total)
    return [event for event in listener.events if isinstance(event, Scored) and event.score == score]


def test_a_text_is_scored_part_by_part(running, listener):
    score = running.score(PAGE)
    events = told(listener, score)
    scored = [paragraph for event in events for paragraph in event.paragraphs]
    assert score == 1
    assert [(paragraph.start, paragraph.end) for paragraph in scored] == paragraphs(PAGE)
    assert [event.done for event in events] == list(accumulate(len(event.paragraphs) for event in events))
    assert all(event.paragraphs and event.total == 6 for event in events)
    assert "".join(token.text for token in scored[2].tokens) == "The road was closed that day."


def test_a_text_is_scored_before_start_and_when_it_is_empty(engine, listener):
    score = engine.score(PAGE)
    engine.start()
    assert told(listener, score)[-1].total == 6
    for text in ("", " \n"):
        score = engine.score(text)
        assert told(listener, score) == [Scored(score, (), 0, 0)]


def test_a_run_comes_between_two_parts_and_scoring_goes_on_afterwards(running, listener):
    runs = []

    def reply(event: Event) -> None:
        if isinstance(event, Scored) and not runs:
            runs.append(running.submit(SHORT))

    listener.reply = reply
    events = told(listener, running.score(PAGE))
    order = [type(event) for event in listener.events if not isinstance(event, Loading | Ready)]
    assert order[:3] == [Scored, RunStarted, RunFinished]
    assert set(order[3:]) == {Scored}
    assert sum(len(event.paragraphs) for event in events) == 6


def test_a_waiting_run_comes_before_scoring(engine, listener):
    engine.score(PAGE)
    run = engine.submit(SHORT)
    engine.start()
    assert isinstance(listener.end(run), RunFinished)
    assert told(listener, 1)
    assert [type(event) for event in listener.events if not isinstance(event, Loading | Ready)][:2] == [
        RunStarted,
        RunFinished,
    ]


def test_a_newer_text_replaces_the_one_under_way(running, listener):
    newer = []

    def reply(event: Event) -> None:
        if isinstance(event, Scored) and event.score == 1:
            newer.append(running.score("Another text."))

    listener.reply = reply
    older = running.score(PAGE)
    assert len(told(listener, older + 1)) == 1
    assert newer == [older + 1]
    assert sum(isinstance(event, Scored) and event.score == older for event in listener.events) == 1


def test_cancel_does_not_end_scoring(running, listener):
    listener.reply = lambda event: running.cancel() if isinstance(event, Scored) else None
    assert told(listener, running.score(PAGE))[-1].done == 6


def test_closing_ends_scoring(running, listener):
    def reply(event: Event) -> None:
        if isinstance(event, Scored):
            running.close()

    listener.reply = reply
    running.score(PAGE)
    listener.wait(lambda event: isinstance(event, Scored))
    assert running.close(PATIENCE)
    assert sum(isinstance(event, Scored) for event in listener.events) == 1


@pytest.mark.parametrize("error", [ValueError("first\nsecond"), RequestError("It does not fit."), MemoryError()])
def test_a_fault_in_scoring_is_told_in_one_line_and_the_engine_lives_on(running, listener, monkeypatch, error):
    def broken(*arguments, **options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(DiffusionGemmaDenoiser, "prefill_rows", broken)
        score = running.score(PAGE)
        failed = listener.wait(lambda event: isinstance(event, ScoreFailed))
    assert failed.score == score
    assert isinstance(failed.error, EngineError)
    assert len(str(failed.error).splitlines()) == 1
    assert told(listener, running.score(PAGE))
    assert isinstance(listener.end(running.submit(SHORT)), RunFinished)


def test_without_a_checkpoint_scoring_says_why(tmp_path: Path, listener):
    engine = EngineThread(listener, tmp_path)
    try:
        score = engine.score(PAGE)
        engine.start()
        failed = listener.wait(lambda event: isinstance(event, ScoreFailed))
        assert failed.score == score
        assert str(failed.error) == str(listener.ready().error)
        run = engine.submit(SHORT)
        assert isinstance(listener.end(run), RunFailed)
    finally:
        assert engine.close(PATIENCE)
