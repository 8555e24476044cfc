"""What the engine's thread does while no run is waiting: it finds other words, checks the newest text, and scores it.

A task proceeds in slices: a run can start after any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from engine.contracts.checks import CheckRequest
from engine.contracts.errors import EngineError
from engine.contracts.events import (
    CheckFailed,
    CheckStarted,
    Event,
    LineChecked,
    Scored,
    ScoreFailed,
    WordsFailed,
    WordsFound,
)
from engine.contracts.scores import paragraphs
from engine.contracts.words import WordsRequest

if TYPE_CHECKING:
    from engine.runs.checker import Checker
    from engine.runs.scorer import Scorer
    from engine.runs.session import Session


class Kind(IntEnum):
    """The kinds of tasks, the more urgent first."""

    WORDS = 0
    CHECK = 1
    SCORE = 2


_FAILED = {Kind.WORDS: WordsFailed, Kind.CHECK: CheckFailed, Kind.SCORE: ScoreFailed}
_SAID = {
    Kind.WORDS: "Other words could not be found",
    Kind.CHECK: "The check failed",
    Kind.SCORE: "The scoring failed",
}


@dataclass(slots=True)
class Task:
    """One task. number: its id, among those of its kind. slices: an event or None after each slice, once it started."""

    kind: Kind
    number: int
    subject: WordsRequest | CheckRequest | str
    slices: Iterator[Event | None] | None = None


class Background:
    """The newest task of each kind, and what does them. Not thread-safe.

    fail: turns an error that is none of the engine's own into one line.
    """

    def __init__(self, fail: Callable[[Exception], str]) -> None:
        self._fail = fail
        self._tasks: dict[Kind, Task] = {}
        self._numbers = dict.fromkeys(Kind, 0)
        self._checker: Checker | None = None
        self._scorer: Scorer | None = None

    def put(self, kind: Kind, subject: WordsRequest | CheckRequest | str) -> int:
        """Replace the task of a kind; returns the number of the new one."""
        self._numbers[kind] += 1
        self._tasks[kind] = Task(kind, self._numbers[kind], subject)
        return self._numbers[kind]

    def drop(self, kind: Kind, task: Task | None = None) -> None:
        """Forget the task of a kind; where one is given, only if it is that."""
        if task is None or self._tasks.get(kind) is task:
            self._tasks.pop(kind, None)

    def holds(self, task: Task) -> bool:
        """Whether a task has neither ended nor been replaced."""
        return self._tasks.get(task.kind) is task

    @property
    def next(self) -> Task | None:
        """The most urgent task."""
        return self._tasks[min(self._tasks)] if self._tasks else None

    def slice(self, task: Task, session: Session | None, failure: EngineError) -> tuple[Event | None, bool]:
        """Do a slice of a task: what is to be reported, and whether it has ended. session: None if loading failed."""
        failed = _FAILED[task.kind]
        if session is None:
            return failed(task.number, failure), True
        try:
            if task.slices is None:
                task.slices = self._begin(task, session)
            event = next(task.slices)
        except StopIteration:
            return None, True
        except EngineError as error:
            return failed(task.number, error), True
        # Whatever else goes wrong, the thread keeps running and the writer is told.
        except Exception as error:
            return failed(task.number, EngineError(f"{_SAID[task.kind]}: {self._fail(error)}")), True
        ended = isinstance(event, WordsFound) or (isinstance(event, Scored | LineChecked) and event.done == event.total)
        return event, ended

    def _begin(self, task: Task, session: Session) -> Iterator[Event | None]:
        if isinstance(task.subject, WordsRequest):
            return self._search(session, task, task.subject)
        if isinstance(task.subject, str):
            return self._score(session, task.number, task.subject)
        return self._check(session, task.number, task.subject)

    def _search(self, session: Session, task: Task, request: WordsRequest) -> Iterator[Event | None]:
        yield WordsFound(task.number, session.words(request, cancelled=lambda: not self.holds(task)))

    def _score(self, session: Session, number: int, text: str) -> Iterator[Event | None]:
        if self._scorer is None:
            from engine.runs.scorer import Scorer

            self._scorer = Scorer(session)
        done, total = 0, len(paragraphs(text))
        for found in self._scorer.score(text):
            done += len(found)
            yield Scored(number, found, done, total) if found else None
        if not total:
            yield Scored(number, (), 0, 0)

    def _check(self, session: Session, number: int, request: CheckRequest) -> Iterator[Event | None]:
        if self._checker is None:
            from engine.runs.checker import Checker

            self._checker = Checker(session)
        done, total = 0, len(request.lines)
        for found in self._checker.check(request):
            if isinstance(found, bytes):
                yield CheckStarted(number, found)
            elif found is not None:
                done += 1
                yield LineChecked(number, *found, done, total)
            else:
                yield None
