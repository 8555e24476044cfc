"""Mistakes put into a text leave the right text known to the letter."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.training.errors import KINDS, Chunk, clean, corrupt, right, written

TEXT = (
    "The old dog, which was tired, didn't want to go there. They know that he likes an apple in the morning; you "
    "should have seen it. It is a quiet place where everyone was happy, but the weather changes. She asked "
    "whether their friends were here in London.\n\n- We have two old boats and a long list of things to do "
    "before the summer."
)
KNOWN = {"weather": ["wether"], "morning": ["mornig"], "friends": ["freinds"]}


def many(rate: float = 0.5) -> list[list[Chunk]]:
    return [corrupt(TEXT, rate, KNOWN, random.Random(seed)) for seed in range(60)]


@given(st.text(max_size=80) | st.just(TEXT), st.floats(0, 1), st.integers(0, 2**32))
def test_the_right_text_is_kept_to_the_letter(text, rate, seed) -> None:
    chunks = corrupt(text, rate, KNOWN, random.Random(seed))
    assert right(chunks) == text
    for chunk in chunks:
        assert bool(chunk.kind) == (chunk.written != chunk.right)
        assert not chunk.fixed or chunk.written == chunk.right


def test_every_kind_of_mistake_is_made() -> None:
    found = Counter(chunk.kind for chunks in many() for chunk in chunks if chunk.kind)
    assert set(found) == set(KINDS)


def test_line_breaks_and_marks_of_lines_stay() -> None:
    assert all("\n\n- " in written(chunks) for chunks in many(1.0))


def test_nothing_is_wrong_at_rate_zero() -> None:
    chunks = corrupt(TEXT, 0.0, KNOWN, random.Random(0))
    assert written(chunks) == TEXT
    assert chunks == clean(TEXT)


def test_more_mistakes_at_a_higher_rate() -> None:
    few, many_ = (sum(bool(c.kind) for chunks in many(rate) for c in chunks) for rate in (0.05, 0.5))
    assert 3 * few < many_


def test_people_s_own_misspellings_are_used() -> None:
    found = {chunk.written.strip() for chunks in many(1.0) for chunk in chunks if chunk.kind == "spelling"}
    assert found & {"wether", "mornig", "freinds"}


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("article", (" a", " an")), ("doubled", (" old", "")), ("confusion", (" there", " their"))],
)
def test_what_some_kinds_look_like(kind, wrong) -> None:
    found = {(chunk.written, chunk.right) for chunks in many(1.0) for chunk in chunks if chunk.kind == kind}
    assert wrong in found


def test_the_same_seed_makes_the_same_mistakes() -> None:
    assert many() == many()
