"""Words are known in the forms in which writers use them, and what comes near an unknown one is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mending.dictionary import Dictionary


@pytest.fixture(scope="module")
def english() -> Dictionary:
    return Dictionary.english()


@pytest.mark.parametrize(
    "word",
    [
        *("colour", "color", "organise", "organize", "Received", "don't", "don’t", "John's", "well-known", "HELLO"),
        *("x86", "lik'd"),
    ],
)
def test_both_spellings_and_usual_forms_are_known(english, word) -> None:
    assert english.knows(word)


@pytest.mark.parametrize("word", ["recieve", "teh", "alot", "wellknownly", "monday", "beleive's"])
def test_what_is_no_word_is_unknown(english, word) -> None:
    assert not english.knows(word)


@pytest.mark.parametrize(
    ("wrong", "right"), [("recieve", "receive"), ("teh", "the"), ("definately", "definitely"), ("monday", "Monday")]
)
def test_the_right_word_is_among_the_first_suggestions(english, wrong, right) -> None:
    assert right in [item.word for item in english.near(wrong)[:3]]


def test_a_writers_own_word_is_known_and_not_suggested() -> None:
    own = Dictionary(["melt"], own=["Remelt"])
    assert own.knows("Remelt")
    assert [item.word for item in own.near("mlt")] == ["melt"]


def test_rare_words_are_known_and_not_suggested(english) -> None:
    rare = Dictionary(["calendar"], rare=["calender"])
    assert rare.knows("calender")
    assert [item.word for item in rare.near("calendr")] == ["calendar"]


@given(st.text(max_size=12))
def test_any_text_may_be_asked_for(word) -> None:
    english = Dictionary.english()
    assert all(item.distance <= 2 and item.word != word for item in english.near(word))
    assert english.knows(word) in (True, False)
