from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.run.word_diff import Piece, word_diff, words

PROSE = st.lists(
    st.sampled_from(
        ["the", "quick", "brown", "fox", " ", "  ", "\n", ",", ".", "’", "é", "e\u0301", "水", "שלום", "👩‍👩‍👧"]
    ),
    max_size=30,
).map("".join)
ANY = st.one_of(PROSE, st.text(max_size=60))


@given(ANY)
def test_words_joined_are_the_text(text: str):
    assert "".join(words(text)) == text


@given(ANY, ANY)
def test_both_texts_can_be_rebuilt(old: str, new: str):
    pieces = word_diff(old, new)
    assert "".join(piece.old for piece in pieces) == old
    assert "".join(piece.new for piece in pieces) == new


@given(ANY, ANY)
def test_changed_and_unchanged_alternate_and_none_is_empty(old: str, new: str):
    pieces = word_diff(old, new)
    assert all(piece.old or piece.new for piece in pieces)
    assert all(first.changed != second.changed for first, second in itertools.pairwise(pieces))


@given(ANY)
def test_equal_texts_have_no_change(text: str):
    assert not any(piece.changed for piece in word_diff(text, text))


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("the quick fox", "the slow fox", [("quick", "slow")]),
        ("the quick brown fox", "the slow red fox", [("quick brown", "slow red")]),
        ("came without fail", "came", [(" without fail", "")]),
        ("a fox", "a sly fox", [("", "sly ")]),
        ("one\ntwo", "one\nthree", [("two", "three")]),
        ("don't go", "do not go", [("don't", "do not")]),
        ("水が流れる", "水は流れる", [("が", "は")]),
        ("", "new", [("", "new")]),
        ("an exam\u00adple", "an instance", [("exam\u00adple", "instance")]),
        ("a non\u2011stop run", "a long run", [("non\u2011stop", "long")]),
    ],
)
def test_a_reader_would_call_it_that(old: str, new: str, changes: list[tuple[str, str]]):
    assert [(piece.old, piece.new) for piece in word_diff(old, new) if piece.changed] == changes


def test_letters_that_look_alike_are_not_the_same():
    assert word_diff("a\u00a0b", "a b") == [Piece("a", "a"), Piece("\u00a0", " "), Piece("b", "b")]


def test_long_texts_are_compared_too():
    old = " ".join(f"word{number % 97}" for number in range(6000))
    new = " ".join(f"word{number % 89}" for number in range(6000))
    pieces = word_diff(old, new)
    assert ("".join(piece.old for piece in pieces), "".join(piece.new for piece in pieces)) == (old, new)
