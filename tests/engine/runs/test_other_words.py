"""Searches for other words on the engine's thread: the newest is answered, runs come first, faults are told."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine import (
    EditRequest,
    EngineError,
    EngineThread,
    Event,
    Loading,
    Ready,
    RequestError,
    RunFinished,
    RunStarted,
    SamplerSettings,
    WordsFailed,
    WordsFound,
    WordsRequest,
)
from engine.wording.alternatives import Alternatives

PLACE = WordsRequest("She ", "walked", " slowly to the old house.")
OTHER = WordsRequest("She was ", "happy", " to see us.")
SHORT = EditRequest("One ", "two three", " four.", settings=SamplerSettings(steps=2))
PATIENCE = 20.0


class Engine(EngineThread):
    """An engine whose events wait in a queue."""

    def __init__(self, checkpoint: Path | None = None) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        super().__init__(self.events.put, checkpoint)

    def next(self) -> Event:
        """The next event that is not about loading."""
        while isinstance(event := self.events.get(timeout=PATIENCE), Loading | Ready):
            pass
        return event


@pytest.fixture
def engine(loaded_once) -> Iterator[Engine]:
    engine = Engine()
    yield engine
    assert engine.close(PATIENCE)


def test_what_is_found_is_what_a_session_finds(engine, session) -> None:
    search = engine.find_words(PLACE)
    engine.start()
    event, expected = engine.next(), session.words(PLACE)
    assert event.search == search
    # What is read once and what is read in two parts differ in the last bit.
    assert replace(event.result, words=()) == replace(expected, words=())
    assert [word.text for word in event.result.words] == [word.text for word in expected.words]


def test_the_newest_search_alone_is_answered(engine) -> None:
    engine.find_words(PLACE)
    search = engine.find_words(OTHER)
    engine.start()
    found = engine.next()
    assert (found.search, found.result.original) == (search, "happy")
    engine.submit(SHORT)
    assert isinstance(engine.next(), RunStarted)


def test_a_search_that_was_given_up_is_not_answered(engine, monkeypatch) -> None:
    """The list of an old search would open under a word that is not asked about any more."""
    find = Alternatives.find

    def give_up(alternatives: Alternatives, request: WordsRequest, go_on):
        engine.cancel_words()
        return find(alternatives, request, go_on)

    monkeypatch.setattr(Alternatives, "find", give_up)
    engine.find_words(PLACE)
    engine.start()
    run = engine.submit(SHORT)
    kinds = [type(engine.next()) for _ in range(2)]
    assert kinds == [RunStarted, RunFinished]
    assert run == 1
    monkeypatch.undo()
    search = engine.find_words(OTHER)
    assert engine.next().search == search


def test_a_run_comes_first_and_scores_come_last(engine) -> None:
    engine.score("One line.")
    engine.find_words(PLACE)
    engine.submit(SHORT)
    engine.start()
    kinds = [type(engine.next()).__name__ for _ in range(4)]
    assert kinds == ["RunStarted", "RunFinished", "WordsFound", "Scored"]


@pytest.mark.parametrize("error", [ValueError("first\nsecond"), RequestError("It does not fit."), MemoryError()])
def test_a_fault_is_told_in_one_line_and_the_engine_lives_on(engine, monkeypatch, error) -> None:
    def broken(*arguments, **options):
        raise error

    monkeypatch.setattr(Alternatives, "find", broken)
    search = engine.find_words(PLACE)
    engine.start()
    failed = engine.next()
    assert isinstance(failed, WordsFailed)
    assert failed.search == search
    assert isinstance(failed.error, EngineError)
    assert len(str(failed.error).splitlines()) == 1
    monkeypatch.undo()
    engine.find_words(OTHER)
    assert isinstance(engine.next(), WordsFound)


def test_without_a_checkpoint_it_says_why(tmp_path) -> None:
    engine = Engine(tmp_path)
    try:
        engine.find_words(PLACE)
        engine.start()
        events = [engine.next(), engine.next()]
        assert str(events[0].error) == str(events[1].error)
        assert isinstance(events[1], WordsFailed)
    finally:
        assert engine.close(PATIENCE)
