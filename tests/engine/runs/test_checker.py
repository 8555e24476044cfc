"""A check finds mistakes line by line, leaves alone what is no prose, and lets a run go first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from engine import (
    CheckFailed,
    CheckRequest,
    CheckStarted,
    EditRequest,
    EngineThread,
    Event,
    LineChecked,
    Loading,
    Ready,
    RequestError,
    RunFinished,
    RunStarted,
    SamplerSettings,
)
from engine.runs.checker import LONGEST, Checker
from engine.runs.session import Session

TEXT = (
    "---\ntitle: teh boook\n---\nWe walked along the rivver.\n\n"
    "```\nteh recieved\n```\nThe weather is beautifull today."
)


@pytest.fixture
def checker(session: Session) -> Checker:
    offered = Session(replace(session.checkpoint, tasks=("fix",)), session.denoiser, session.vocabulary)
    return Checker(offered)


def check(checker: Checker, text: str, *lines: int, **more) -> tuple[bytes, dict[int, list[str]]]:
    """The lines in code, and for each line its mistakes and what should stand there, in the order of the answers."""
    code, *found = [each for each in checker.check(CheckRequest(text, lines, **more)) if each is not None]
    written = text.split("\n")
    return code, {
        line: [f"{written[line][item.start : item.end]}>{item.replacement}" for item in items] for line, items in found
    }


def test_lines_are_answered_in_the_order_of_the_request_in_places_of_the_line(checker) -> None:
    _, found = check(checker, TEXT, 8, 4, 3)
    assert list(found.items()) == [(8, ["beautifull>beautiful"]), (4, []), (3, ["rivver>river"])]


def test_front_matter_and_code_have_no_mistakes_and_are_told(checker) -> None:
    code, found = check(checker, TEXT, *range(9))
    assert {line for line, items in found.items() if items} == {3, 8}
    assert [line for line, mark in enumerate(code) if mark] == [0, 1, 2, 5, 6, 7]


def test_the_start_of_a_code_block_tells_of_all_lines_after_it(checker) -> None:
    text = "One.\n\nTwo.\n\nThree."
    assert check(checker, text)[0] == bytes(5)
    assert check(checker, text.replace("Two", "```\nTwo"))[0] == bytes([0, 0, 1, 1, 1, 1])


def test_a_word_of_ones_own_is_right_with_and_without_a_capital_and_as_a_possessive(checker) -> None:
    text = "We walked along the rivver. Rivver banks are wet. The rivver's water was cold and the weather beautifull."
    assert check(checker, text, 0, own_words=frozenset({"rivver"}))[1] == {0: ["beautifull>beautiful"]}
    assert "rivver>river" in check(checker, text.replace("Rivver", "Those"), 0)[1][0]


def test_a_very_long_line_and_one_that_does_not_exist_have_no_mistakes(checker) -> None:
    text = "teh rivver " * (LONGEST // 11 + 1)
    assert check(checker, text, 0)[1] == {0: []}
    assert list(checker.check(CheckRequest("Fine.", (7,)))) == [bytes(1), (7, ())]


def test_something_else_can_run_between_the_passes_of_a_line(checker) -> None:
    items = list(checker.check(CheckRequest(TEXT, (3,))))
    assert items.count(None) >= 4


def test_a_checkpoint_that_was_not_trained_for_it_says_so(session) -> None:
    poor = Session(replace(session.checkpoint, tasks=("fill",)), session.denoiser, session.vocabulary)
    with pytest.raises(RequestError, match="not trained to fix"):
        next(Checker(poor).check(CheckRequest("teh", (0,))))
    other = Session(
        replace(session.checkpoint, languages=("de",), tasks=("fix",)), session.denoiser, session.vocabulary
    )
    with pytest.raises(RequestError, match="cannot find mistakes"):
        next(Checker(other).check(CheckRequest("teh", (0,))))


class Listener:
    """Collects the events of an engine's thread."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.changed = threading.Condition()
        self.reply: Callable[[Event], None] = lambda event: None

    def __call__(self, event: Event) -> None:
        self.reply(event)
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait(self, matches: Callable[[Event], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: any(map(matches, self.events)), 60), self.events


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def thread(loaded_once, listener) -> Iterator[EngineThread]:
    engine = EngineThread(listener)
    engine.start()
    yield engine
    assert engine.close(60)


def test_the_thread_tells_what_it_finds_and_goes_on_after_a_run(thread, listener) -> None:
    def submit_once(event: Event) -> None:
        if isinstance(event, CheckStarted) and event.check == 1:
            thread.submit(EditRequest("One ", "two", " three.", settings=SamplerSettings(steps=1)))

    listener.reply = submit_once
    assert thread.check(CheckRequest(TEXT, (3,))) == 1
    listener.wait(lambda event: isinstance(event, LineChecked))
    kinds = [type(event) for event in listener.events if not isinstance(event, Loading | Ready)]
    assert kinds == [CheckStarted, RunStarted, RunFinished, LineChecked]
    assert (listener.events[-1].line, listener.events[-1].done, listener.events[-1].total) == (3, 1, 1)
    assert [item.replacement for item in listener.events[-1].corrections] == ["river"]


def test_a_check_that_is_replaced_or_given_up_is_told_of_once_at_most(thread, listener) -> None:
    def replace_once(event: Event) -> None:
        if isinstance(event, CheckStarted) and event.check == 1:
            thread.check(CheckRequest("", (0,)))
        elif isinstance(event, CheckStarted) and event.check == 3:
            thread.stop_check()
            thread.check(CheckRequest("", (0,)))

    listener.reply = replace_once
    thread.check(CheckRequest(TEXT, (3, 8)))
    listener.wait(lambda event: isinstance(event, LineChecked) and event.check == 2)
    thread.check(CheckRequest(TEXT, (3, 8)))
    listener.wait(lambda event: isinstance(event, LineChecked) and event.check == 4)
    assert [event.check for event in listener.events if isinstance(event, LineChecked)] == [2, 4]


def test_a_check_that_breaks_is_told_in_one_line_and_the_thread_goes_on(thread, listener, monkeypatch) -> None:
    def breaks(*_arguments: object) -> None:
        raise ValueError("no such luck\nand more")

    with monkeypatch.context() as broken:
        broken.setattr(Checker, "check", breaks)
        thread.check(CheckRequest(TEXT, (3,)))
        listener.wait(lambda event: isinstance(event, CheckFailed))
    assert str(listener.events[-1].error) == "The check failed: no such luck"
    thread.check(CheckRequest("", (0,)))
    listener.wait(lambda event: isinstance(event, LineChecked))
