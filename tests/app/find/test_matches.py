"""Matches follow every edit: the same as a plain list of pairs would."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.find import matches as module
from app.find.matches import Matches

edits = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 10), st.integers(0, 10)), max_size=6)


@pytest.fixture(autouse=True, scope="module")
def _small_chunks():
    before, module._CHUNK = module._CHUNK, 3
    yield
    module._CHUNK = before


@settings(max_examples=50)
@given(st.lists(st.integers(0, 3), max_size=25), st.lists(st.integers(0, 3), max_size=25), edits, st.integers(0, 70))
def test_as_a_list_would(gaps, sizes, edits, place):
    plain, position = [], 0
    for gap, size in zip(gaps, sizes, strict=False):
        position += gap + (0 if size else 1)
        plain.append((position, position + size))
        position += size
    matches = Matches()
    for first in range(0, len(plain), 5):
        batch = plain[first : first + 5]
        matches.add([start for start, _ in batch], [end for _, end in batch])
    for position, removed, added in edits:
        matches.edit(position, removed, added)
        end, delta = position + removed, added - removed
        plain = [
            (first, last) if last <= position else (first + delta, last + delta)
            for first, last in plain
            if last <= position or first >= end
        ]
    assert [matches[number] for number in range(len(matches))] == plain
    assert matches.first_from(place) == sum(first < place for first, _ in plain)
    assert list(matches.within(place, place + 5)) == [
        span for span in plain if span[1] >= place and span[0] <= place + 5
    ]
