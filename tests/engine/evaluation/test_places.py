"""Places in documents, and the judge of what is written there."""

import pytest

from engine.evaluation import material
from engine.evaluation.places import Lexicon, Place, places

PLACE = Place("letters", "The old gardener ", "carried a boat", " in the rain.")


@pytest.fixture(scope="module")
def documents() -> dict[str, list[str]]:
    return material.load(None).documents


def test_places_are_whole_words_inside_a_paragraph(documents) -> None:
    found = places(documents, words=3, count=10, seed=0)
    assert {place.source for place in found} == set(documents)
    assert found == places(documents, words=3, count=10, seed=0)
    for place in found:
        assert any(place.before + place.gap + place.after in text for text in documents[place.source])
        assert place.before.endswith(" ")
        assert not place.gap.startswith(" ")
        assert place.gap[-1].isalnum()
        assert "\n" not in place.gap


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(["The old gardener carried a boat in the rain. He carried a boat a day."] * 4)


@pytest.mark.parametrize(
    ("fill", "faults"),
    [
        ("carried a boat", []),
        ("carried a bot", ["words", "seams"]),
        ("boat a carried", ["seams"]),
        ("carried carried carried a boat", ["repetition"]),
        ('carried "a boat', ["quotes"]),
        ("carried (a boat", ["quotes"]),
        ("", ["empty"]),
        ("...", ["empty"]),
    ],
)
def test_what_is_wrong_with_a_fill(lexicon, fill, faults) -> None:
    assert lexicon.faults(PLACE, fill) == faults


def test_known_pairs_are_counted_with_the_seams(lexicon) -> None:
    assert lexicon.known_pairs(PLACE, "carried a") == pytest.approx(2 / 3)
    assert lexicon.known_pairs(PLACE, "") == 0


def test_without_documents_a_dictionary_judges_the_words_and_nobody_the_seams() -> None:
    lexicon = Lexicon([], knows=lambda word: word in {"a", "boat"})
    assert lexicon.faults(PLACE, "a boat") == []
    assert lexicon.faults(PLACE, "a bot") == ["words"]
