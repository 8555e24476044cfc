"""The most probable candidate of a place is taken, and none where leaving it is more probable."""

import json
from importlib.resources import files

import pytest

from engine.contracts.corrections import Correction, Mistake, corrected, moved
from engine.mending.candidates import Candidate
from engine.mending.choose import Judged, Weights, choose, probability, taken

GAIN = Weights({"all": -4.0, "faulty gain": 4.0}, 0.5)


def judged(start: int, end: int, text: str, gain: float, kind: Mistake = Mistake.SPELLING) -> Judged:
    return Judged(Candidate(start, end, text, kind, 1, kind is Mistake.SPELLING), "teh", 0.0, gain, gain)


def test_the_best_of_a_place_is_taken_with_the_others_as_alternatives() -> None:
    rows = [judged(0, 3, "ten", 9.0), judged(0, 3, "the", 12.0), judged(0, 3, "tea", 2.0)]
    assert choose(rows, GAIN) == [Correction(0, 3, "the", Mistake.SPELLING, 12.0, ("ten", "tea"))]


def test_what_gains_too_little_is_left() -> None:
    assert choose([judged(0, 3, "the", 3.0)], GAIN) == []


def test_neighbours_that_touch_are_not_both_changed() -> None:
    rows = [judged(0, 3, "the", 12.0), judged(3, 5, " a", 11.0), judged(8, 9, "x", 10.0)]
    assert [row.candidate.text for row in taken(rows, GAIN)] == ["the", "x"]


def test_corrections_stand_in_order_and_make_the_text() -> None:
    found = choose([judged(9, 12, "the", 9.0), judged(2, 5, "saw", 12.0)], GAIN)
    assert corrected("I swa it teh day.", found) == "I saw it the day."
    assert corrected("I swa it teh day."[2:], [moved(item, -2) for item in found]) == "saw it the day."


@pytest.mark.parametrize("gain", [-1000.0, 0.0, 1000.0])
def test_probabilities_lie_between_0_and_1(gain) -> None:
    assert 0 <= probability(judged(0, 3, "the", gain), Weights.fitted()) <= 1


def test_the_shipped_weights_count_what_is_known_of_a_candidate() -> None:
    """A figure that was renamed would silently count nothing."""
    candidates = [Candidate(0, 1, "a", kind, 1, faulty) for kind in Mistake for faulty in (False, True)]
    names = {name for item in candidates for name in Judged(item, "an", 0.0, 1.0, 1.0).figures()}
    shipped = json.loads(files("resources").joinpath("mending.json").read_text("utf-8"))
    assert set(shipped["figures"]) <= names
    assert 0 < shipped["threshold"] < 1


def test_reasons_are_two_words_at_most() -> None:
    assert all(1 <= len(kind.value.split()) <= 2 for kind in Mistake)
