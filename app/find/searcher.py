"""Searches on a thread of its own, one job at a time: a new one makes the old one stale."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from PySide6.QtCore import QObject, Signal, Slot

from app.find.matching import Replacement, find, page_text, replacements
from app.find.pattern import Pattern, PatternError, Query
from app.find.replacing import Edits
from engine import TextMap

_REPORT = 0.06
"""Seconds between two reports of matches."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to do. Positions are UTF-16 units.

    text: the whole text. scope: where in it to search. template: for a replacement; None only to find.
    only: the one match to replace; None for all.
    """

    text: TextMap
    query: Query
    scope: tuple[int, int]
    template: str | None = None
    only: tuple[int, int] | None = None


class Searcher(QObject):
    """Reports only the newest job, by queued signals."""

    found = Signal(object, object)
    """More matches: their starts and their ends, in order."""
    searched = Signal(str)
    """All matches have been reported; or one line that says why not."""
    replaced = Signal(object, str)
    """The Edits of a job; or None, and one line that says why."""
    _report = Signal(int, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._newest = 0
        self._lock = threading.Lock()
        self._report.connect(self._take)

    def start(self, job: Job) -> None:
        """Begin a job; an earlier one is dropped."""
        self.stop()
        threading.Thread(target=self._work, args=(self._newest, job), name="find", daemon=True).start()

    def stop(self) -> None:
        """Drop the job in progress. Does not wait for the thread, which ends by itself."""
        with self._lock:
            self._newest += 1

    def _work(self, number: int, job: Job) -> None:
        """On the thread."""

        def is_stale() -> bool:
            return number != self._newest

        def report(call: Callable[[], None]) -> None:
            with self._lock:
                if not is_stale():
                    self._report.emit(number, call)

        line = ""
        try:
            pattern = Pattern(job.query)
            if job.template is None:
                self._find(pattern, job, is_stale, report)
            else:
                pattern.check_template(job.template)
                edits = _edits(pattern, job, is_stale)
                report(lambda: self.replaced.emit(edits, ""))
                return
        except PatternError as error:
            line = str(error)
        # Whatever an expression does to the package must reach the bar instead of ending the thread unnoticed.
        except Exception as error:
            line = f"Expression: it can't be searched for ({type(error).__name__}). Simplify it."
        if job.template is None:
            report(lambda: self.searched.emit(line))
        else:
            report(lambda: self.replaced.emit(None, line))

    def _find(
        self, pattern: Pattern, job: Job, is_stale: Callable[[], bool], report: Callable[[Callable[[], None]], None]
    ) -> None:
        """Report all matches, a batch at a time."""
        starts, ends = array("q"), array("q")
        reported = time.monotonic()
        to_units = job.text.to_utf16
        for match in find(pattern, job.text.text, *_points(job.text, job.scope), is_stale):
            starts.append(to_units(match.start()))
            ends.append(to_units(match.end()))
            if time.monotonic() - reported > _REPORT:
                if is_stale():
                    return
                report(lambda starts=starts, ends=ends: self.found.emit(starts, ends))
                starts, ends = array("q"), array("q")
                reported = time.monotonic()
        report(lambda: self.found.emit(starts, ends))

    @Slot(int, object)
    def _take(self, number: int, call: Callable[[], None]) -> None:
        """On the thread of the window."""
        if number == self._newest:
            call()


def _edits(pattern: Pattern, job: Job, is_stale: Callable[[], bool]) -> Edits:
    """The edits of a job."""
    place, text, template = _points(job.text, job.scope), job.text.text, job.template or ""
    if job.only is None:
        each = list(replacements(pattern, template, text, *place, is_stale))
    else:
        only = _points(job.text, job.only)
        # From the start, as it was found: elsewhere other matches could come first.
        matches = (match for match in find(pattern, text, *place, is_stale) if match.span() == only)
        each = [Replacement(*only, page_text(pattern.replacement(match, template))) for match in islice(matches, 1)]
    return Edits.of(each, job.text)


def _points(text: TextMap, scope: tuple[int, int]) -> tuple[int, int]:
    return text.from_utf16(scope[0]), text.from_utf16(scope[1])
