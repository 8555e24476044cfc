"""Mistakes that stand near each other: each is judged with the others mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine import Action, EditRequest
from engine.contracts.corrections import Mistake
from engine.mending.candidates import Candidate
from engine.mending.choose import Judged, Weights, taken
from engine.mending.together import judged_together

WEIGHTS = Weights({"faulty gain": 5.0}, 0.8)
"""The probability is the logistic function of the gain."""
SURE, LIKELY, UNLIKELY = 3.0, 0.0, -2.0


def row(start: int, gain: float) -> Judged:
    return Judged(Candidate(start, start + 3, "new", Mistake.SPELLING, faulty=True), "old", 0.0, gain, 0.0)


def found(rows: Sequence[Judged], gain: Callable[[int, set[int]], float]) -> list[int]:
    """Where candidates are right. gain: of the one at a place if others, at these places, are made."""

    def anew(rows, others):
        yield
        places = {item.start for item in others}
        return [replace(row, gain=gain(row.candidate.start, places)) for row in rows]

    run = judged_together(list(rows), WEIGHTS, anew)
    while True:
        try:
            next(run)
        except StopIteration as done:
            return [each.candidate.start for each in taken(done.value, WEIGHTS)]


def test_two_mistakes_that_only_spoil_each_other_are_both_found():
    rows = [row(0, LIKELY), row(10, LIKELY)]
    assert found(rows, lambda at, others: SURE) == [0, 10]


def test_one_that_is_seen_only_when_the_other_is_mended_is_found():
    rows = [row(0, SURE), row(10, UNLIKELY)]
    assert found(rows, lambda at, others: SURE if at == 0 or 0 in others else UNLIKELY) == [0, 10]


def test_what_holds_only_with_a_change_that_does_not_is_left():
    """Would catch a change that was accepted beside one that was then taken back."""
    rows = [row(0, LIKELY), row(10, LIKELY)]
    assert found(rows, lambda at, others: UNLIKELY if at == 0 else SURE if 0 in others else LIKELY) == []


def test_nothing_likely_costs_no_further_pass():
    asked = []
    assert found([row(0, UNLIKELY), row(10, UNLIKELY)], lambda at, others: asked.append(at) or SURE) == []
    assert not asked


def test_mistakes_side_by_side_are_mended(session):
    """Nothing of it was mended: each mistake was judged beside the others."""
    request = EditRequest("", "The rest was never mesured wel; we saw it on the screen.", "", Action.FIX)
    assert session.run(request).replacement == "The rest was never measured well; we saw it on the screen."
