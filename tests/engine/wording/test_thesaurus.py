"""What is known of words apart from any text: their forms, and which of them are one word, alike or opposite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mending.dictionary import Dictionary
from engine.wording.inflection import Tag, bases, regular
from engine.wording.thesaurus import Nearness, Thesaurus


@pytest.fixture(scope="module")
def thesaurus() -> Thesaurus:
    return Thesaurus.english()


@pytest.mark.parametrize(
    ("word", "tag", "form"),
    [
        ("stop", Tag.PAST, "stopped"),
        ("visit", Tag.ING, "visiting"),
        ("try", Tag.THIRD, "tries"),
        ("play", Tag.PAST, "played"),
        ("box", Tag.PLURAL, "boxes"),
        ("die", Tag.ING, "dying"),
        ("see", Tag.ING, "seeing"),
        ("make", Tag.ING, "making"),
        ("happy", Tag.SUPERLATIVE, "happiest"),
        ("large", Tag.COMPARATIVE, "larger"),
        ("go", Tag.PAST, "went"),
        ("take", Tag.PARTICIPLE, "taken"),
        ("child", Tag.PLURAL, "children"),
        ("good", Tag.COMPARATIVE, "better"),
        ("give up", Tag.PAST, "gave up"),
        ("take place", Tag.ING, "taking place"),
    ],
)
def test_words_are_inflected(thesaurus, word, tag, form) -> None:
    assert thesaurus.inflected(word, tag)[0] == form
    assert (word, tag) in thesaurus.readings(form)


def test_a_verb_without_a_form_of_its_own_is_not_made_up(thesaurus) -> None:
    assert "goed" not in thesaurus.inflected("go", Tag.PAST)
    assert thesaurus.inflected("take", Tag.PAST) == ["took"]


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=10), st.sampled_from(list(Tag)))
def test_what_the_rules_make_they_take_apart_again(word, tag) -> None:
    for form in regular(word, tag):
        assert (word, tag) in bases(form)


@pytest.mark.parametrize(
    ("one", "other"),
    [("walked", "walking"), ("went", "gone"), ("colour", "colors"), ("quick", "quickly"), ("child", "children")],
)
def test_forms_and_spellings_of_a_word_are_one(thesaurus, one, other) -> None:
    assert thesaurus.are_one(one, other)
    assert thesaurus.are_one(other, one)


@pytest.mark.parametrize(("one", "other"), [("walk", "talk"), ("wing", "wind"), ("offer", "often"), ("ran", "rain")])
def test_other_words_are_not(thesaurus, one, other) -> None:
    assert not thesaurus.are_one(one, other)


@pytest.mark.parametrize(
    ("one", "other", "nearness"),
    [
        ("glad", "happy", Nearness.SAME),
        ("quickly", "rapidly", Nearness.SAME),
        ("raised", "increased", Nearness.NEAR),
        ("hot", "cold", Nearness.OPPOSITE),
        ("unhappy", "happy", Nearness.OPPOSITE),
        # By way of "large", which means the same as "big".
        ("big", "small", Nearness.OPPOSITE),
        ("glad", "table", Nearness.UNKNOWN),
    ],
)
def test_nearness_in_meaning(thesaurus, one, other, nearness) -> None:
    assert thesaurus.nearness(one, other) is nearness
    assert thesaurus.nearness(other, one) is nearness


@pytest.mark.parametrize("word", ["walked", "houses", "bigger", "important", "took place", "quickly"])
def test_related_words_have_the_form_of_the_word_and_exist(thesaurus, word) -> None:
    related = thesaurus.related(word)
    assert related
    for other in related:
        assert all(map(Dictionary.english().is_common, other.split()))
        assert not thesaurus.are_one(word, other)
        assert " " in other or thesaurus.tags(word) & thesaurus.tags(other), other


def test_an_unknown_word_has_nothing(thesaurus) -> None:
    assert not thesaurus.tags("flibbertigib")
    assert not thesaurus.related("flibbertigib")
