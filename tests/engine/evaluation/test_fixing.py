"""Correctors are scored by the edits they share with the truth."""

import pytest

from engine.evaluation import fixing, material
from engine.evaluation.fixing import Case, edits, score
from engine.evaluation.spelling import Speller
from engine.training.errors import Chunk

CASE = Case(
    "",
    (
        Chunk("I", "I"),
        Chunk(" saw", " saw"),
        Chunk(" teh", " the", "spelling"),
        Chunk(" cat", " cat"),
        Chunk(" in", " in"),
        Chunk(" house", " the house", "dropped"),
        Chunk(".", "."),
    ),
    "",
)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("I saw teh cat.", "I saw the cat.", {(5, 9, " the")}),
        ("I saw cat.", "I saw the cat.", {(5, 5, " the")}),
        ("I saw the the cat.", "I saw the cat.", {(9, 13, "")}),
        ("one two", "One Two", {(0, 3, "One"), (3, 7, " Two")}),
        ("same", "same", set()),
    ],
)
def test_edits_are_told_by_words(before, after, found) -> None:
    assert edits(before, after) == found


@pytest.mark.parametrize(
    ("result", "precision", "recall", "f05"),
    [
        ("I saw the cat in the house.", 1.0, 1.0, 1.0),
        ("I saw the cat in house.", 1.0, 0.5, 1.25 * 0.5 / 0.75),
        ("I saw the dog in house.", 0.5, 0.5, 0.5),
        ("I saw teh dog in house.", 0.0, 0.0, 0.0),
        ("I saw teh cat in house.", 0.0, 0.0, 0.0),
    ],
)
def test_precision_and_recall(result, precision, recall, f05) -> None:
    row = score([CASE], lambda before, text, after: result)
    assert (row["precision"], row["recall"], row["f05"]) == pytest.approx((precision, recall, f05))
    assert row["mistakes"] == 2


def test_recall_is_told_by_kind_of_mistake() -> None:
    row = score([CASE], lambda before, text, after: "I saw the cat in house.")
    assert row["recall_by_kind"] == {"spelling": 1.0, "dropped": 0.0}


def test_the_truth_scores_everything_and_leaving_alone_nothing() -> None:
    found = material.load(None)
    cases = fixing.real(found.pairs, 100, 0) + fixing.synthetic(fixing.passages(found.documents, 40, 0), found.pairs, 0)
    truth = {case.written: case.right for case in cases}
    assert score(cases, lambda before, text, after: truth[text])["f05"] == 1.0
    unchanged = score(cases, lambda before, text, after: text)
    assert unchanged["edits"] == 0
    assert unchanged["mistakes"] > 40


def test_false_alarms_are_counted_in_a_thousand_words() -> None:
    chosen = [("", "one two three four five", "")] * 10
    found = fixing.false_alarms(chosen, lambda before, text, after: text.replace("two", "too"))
    assert found == {"words": 50, "per_1000": 200.0, "sentences": 10, "sentences_touched": 1.0}


def test_the_speller_mends_what_is_in_no_dictionary() -> None:
    speller = Speller.load()
    assert speller is not None
    assert speller.mend("She recieved the parcel.") == "She received the parcel."
    assert speller.mend("Their is a letter.") == "Their is a letter."
    assert speller.knows("london")
    assert not speller.knows("lodnon")


def test_a_sentence_with_two_alarms_is_touched_once() -> None:
    chosen = [("", "I saw the cat. It slept well. We left.", "")]
    found = fixing.false_alarms(chosen, lambda before, text, after: text.replace("slept well", "slept so good"))
    assert (found["sentences"], found["sentences_touched"]) == (3, pytest.approx(1 / 3))
