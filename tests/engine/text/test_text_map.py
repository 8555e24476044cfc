from __future__ import annotations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from engine import TextMap
from engine.text.text_map import graphemes
from engine.text.words import WORD

PARTS = [
    *("👨‍👩‍👧", "👍🏽", "🇩🇪", "e\u0301", "\u0301", "\u200d", "\u200b", "\ufeff", "\ud83d", "\udc4d", "𝔘", "𐍈"),
    *("שלום", "مرحبا", "漢", "字かな", "ไทย", "नमस्ते", "می\u200cخواهم", "don’t", "well-known", "it's", "x1_y"),
    *(" ", "  ", "\t", "\u00a0", "\n", "\r\n", "\r", "\u2028", ".", "-", "'", "**", "[a](b)"),
]
JOINTS = list("👩\u200d\u0301🇩🇪 a1_漢か'’-\n\r\ufeff\ud83d")
"""Code points that join with their neighbours, or do not, in any order."""
texts = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=14).map("".join) | st.text(
    st.sampled_from(JOINTS), max_size=12
)


@st.composite
def texts_with_range(draw) -> tuple[str, int, int]:
    text = draw(texts)
    first, second = draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))
    return text, min(first, second), max(first, second)


def units_utf16(text: str) -> int:
    """UTF-16 units of a text, by Python's own codec."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cuts(text: str, position: int) -> list[str]:
    """The graphemes and words of the whole text that a boundary divides."""
    spans = [match.span() for pattern in (regex.compile(r"\X"), WORD) for match in pattern.finditer(text)]
    return [text[start:end] for start, end in spans if start < position < end]


@given(texts)
def test_utf16_positions_are_those_of_the_codec(text):
    text_map = TextMap(text)
    for position in range(len(text) + 1):
        assert text_map.to_utf16(position) == units_utf16(text[:position])


@given(texts)
def test_from_utf16_undoes_to_utf16_and_moves_before_a_divided_pair(text):
    text_map = TextMap(text)
    expected = []
    for position, character in enumerate(text):
        expected += [position] * units_utf16(character)
    expected.append(len(text))
    assert [text_map.from_utf16(units) for units in range(len(expected))] == expected


def test_from_utf16_behind_the_end_is_the_end():
    assert TextMap("a👍").from_utf16(99) == 2


def test_a_very_long_text_of_wide_characters_converts_both_ways():
    text_map = TextMap("a👍" * 50_000)
    assert text_map.to_utf16(100_000) == 150_000
    assert text_map.from_utf16(150_000) == 100_000
    assert text_map.from_utf16(149_999) == 99_999


@given(texts_with_range())
def test_widen_holds_the_range_and_stays_in_the_text(case):
    text, start, end = case
    low, high = TextMap(text).widen(start, end)
    assert 0 <= low <= high <= len(text)
    assert high >= end
    assert low <= start if start < end else low == high


@given(texts_with_range())
@example((" \u0301a", 1, 3))
@example(("👩\u200dabc", 1, 1))
def test_widen_divides_no_grapheme_and_no_word(case):
    text, start, end = case
    low, high = TextMap(text).widen(start, end)
    assert not cuts(text, low)
    assert not cuts(text, high)


@given(texts_with_range())
@example(("👩\u200dabc", 1, 1))
def test_widening_twice_is_widening_once(case):
    text, start, end = case
    once = TextMap(text).widen(start, end)
    assert TextMap(text).widen(*once) == once


@given(texts_with_range())
def test_widen_takes_no_more_than_the_units_it_would_divide(case):
    """Each end moves only where it lies inside a unit, so a range between units is left as it is."""
    text, start, end = case
    low, high = TextMap(text).widen(start, end)
    if start < end:
        assert cuts(text, start) or low == start
        assert cuts(text, end) or high == end


@pytest.mark.parametrize(
    ("text", "selected", "widened"),
    [
        ("one two three", (5, 6), "two"),
        ("one two three", (4, 7), "two"),
        ("one two three", (2, 5), "one two"),
        ("one two three", (3, 4), " "),
        ("I don't know", (3, 4), "don't"),
        ("a well-known man", (4, 5), "well-known"),
        ("rock -'n'- roll", (6, 7), "'"),
        ("日本語の文章", (1, 3), "本語"),
        ("ab日本cd", (1, 3), "ab日"),
        ("x👨‍👩‍👧y", (2, 3), "👨‍👩‍👧"),
        ("cafe\u0301!", (4, 5), "cafe\u0301"),
        ("می\u200cخواهم", (3, 4), "می\u200cخواهم"),
        ("a\r\nb", (2, 3), "\r\n"),
        ("שלום עולם", (6, 7), "עולם"),
        ("🇩🇪🇫🇷", (1, 2), "🇩🇪"),
        ("", (0, 0), ""),
    ],
)
def test_widen_to_what_a_writer_calls_a_word(text, selected, widened):
    low, high = TextMap(text).widen(*selected)
    assert text[low:high] == widened


def test_an_empty_range_moves_behind_the_word_it_divides():
    assert TextMap("one two").widen(1, 1) == (3, 3)
    assert TextMap("one two").widen(3, 3) == (3, 3)
    assert TextMap("one two").widen(4, 4) == (4, 4)
    assert TextMap("x👍🏽y").widen(2, 2) == (3, 3)


def test_a_word_as_long_as_the_reach_is_taken_whole():
    text = "a " + "x" * 100 + " b"
    assert TextMap(text).widen(50, 51) == (2, 102)
    assert TextMap(text).widen(3, 4) == (2, 102)
    assert TextMap(text).widen(100, 101) == (2, 102)


def test_a_long_row_of_flags_without_a_space_is_not_divided():
    text = "🇩🇪" * 80
    for position in range(90, 130):
        low, high = TextMap(text).widen(position, position + 1)
        assert (low % 2, high % 2) == (0, 0)


def test_letters_without_end_take_no_time_without_end():
    """Nothing longer than the reach is a word a person wrote; a megabyte of letters is widened to a window."""
    text = "x" * 1_000_000
    low, high = TextMap(text).widen(500_000, 500_001)
    assert low <= 500_000
    assert high >= 500_001
    assert high - low <= 500


@given(texts)
def test_graphemes_joined_are_the_text(text):
    found = graphemes(text)
    assert "".join(found) == text
    assert all(found)


def test_graphemes_are_what_a_reader_sees():
    assert graphemes("👨‍👩‍👧e\u0301\r\n🇩🇪a") == ["👨‍👩‍👧", "e\u0301", "\r\n", "🇩🇪", "a"]
