from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import TextMap
from engine.text.segments import Segment, SegmentKind, cut

PARTS = [
    *("👨‍👩‍👧", "🇩🇪", "e\u0301", "\u0301", "\u200d", "\ufeff", "\ud83d", "𝔘", "שלום", "مرحبا", "漢字", "ไทย", "3.14"),
    *("one", "Two", "don’t", "well-known", ".", "! ", "?”", "...", ",", " ", "   ", "\t", "\u00a0", "\x1f", "\x00"),
    *("\n", "\r\n", "\n\n", "\r", "\u2028", "\u0085", "  \n  ", "\n- ", "\n1. ", "\n## ", "\n> ", "- ", "# ", "> "),
    *("**", "*", "__", "_", "~~", "|", "`", "`code x`", "[", "](", "](u v)", "![", "https://a.b/c", "<b>", "</b>", "<"),
]
JOINTS = list("👩\u200d\u0301🇩🇪 a1_漢'-*`[](<>#\n\r\t\ufeff\ud83d")
texts = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=14).map("".join) | st.text(
    st.sampled_from(JOINTS), max_size=14
)


@st.composite
def cases(draw) -> tuple[str, int, int, list[tuple[int, int]]]:
    """A text, a range of whole words as the engine cuts it, and pins inside the range."""
    text = draw(texts)
    ends = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    start, end = TextMap(text).widen(*ends)
    pins = []
    if start < end:
        for _ in range(draw(st.integers(0, 3))):
            low = draw(st.integers(start, end - 1))
            pins.append((low, draw(st.integers(low + 1, end))))
    return text, start, end, pins


def fixed(segments: list[Segment]) -> list[str]:
    return [segment.text for segment in segments if segment.kind is SegmentKind.FIXED]


def words(segments: list[Segment]) -> list[str]:
    return [segment.text for segment in segments if segment.kind is SegmentKind.WORD]


def covered(segments: list[Segment], low: int, high: int) -> bool:
    """Whether low..high lies within segments that must not change."""
    return all(
        segment.kind is SegmentKind.FIXED for segment in segments if max(low, segment.start) < min(high, segment.end)
    )


@given(cases())
def test_segments_joined_are_the_range_without_gap_or_overlap(case):
    text, start, end, pins = case
    position = start
    for segment in cut(text, start, end, pins):
        assert segment.start == position
        assert segment.text
        assert segment.text == text[segment.start : segment.end]
        position = segment.end
    assert position == end


@given(cases())
def test_pins_lie_in_segments_that_stay(case):
    text, start, end, pins = case
    segments = cut(text, start, end, pins)
    for low, high in pins:
        assert covered(segments, low, high)


@given(cases())
@example(("one\rtwo", 0, 7, []))
@example(("one\u2028two", 0, 7, []))
def test_white_space_at_the_end_and_every_line_break_stay(case):
    text, start, end, pins = case
    segments = cut(text, start, end, pins)
    assert covered(segments, start + len(text[start:end].rstrip(" \t\n\r")), end)
    for position in range(start, end):
        if text[position] in "\n\r\u2028\u2029":
            assert covered(segments, position, position + 1), f"line break {text[position]!r} at {position}"


@given(cases())
def test_only_white_space_before_a_word_belongs_to_it(case):
    text, start, end, pins = case
    for segment in cut(text, start, end, pins):
        if segment.kind is not SegmentKind.FIXED:
            assert segment.text[-1] not in " \t\n\u00a0"
            assert not any(
                character in " \t\n" for character in segment.text.lstrip(" \t\n\r\x0b\x0c\u0085\u00a0\u2028")
            )


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("one two", []),
        ("one  \n  two", ["  \n  "]),
        ("one\r\n\r\ntwo", ["\r\n\r\n"]),
        ("- one\n- two\n  1. three", ["- ", "\n- ", "\n  1. "]),
        ("# Head\n\n> said", ["# ", "\n\n> "]),
        ("a **bold** word", [" **", "**"]),
        ("a _slanted_ snake_case", ["_", "_", "snake_case"]),
        ("use `x = 1` here", ["`x = 1`"]),
        ("see [the page](https://a.b/c) now", ["[", "](https://a.b/c)"]),
        ("at https://a.b/c?d=1 there", ["https://a.b/c?d=1"]),
        ("a <em>word</em>", ["<em>", "</em>"]),
        ("| a | b |", ["| ", " |", " |"]),
        ("\ufeffone", ["\ufeff"]),
        ("one two  ", ["  "]),
        ("   ", ["   "]),
    ],
)
def test_marks_of_markdown_and_line_breaks_stay(text, stays):
    found = fixed(cut(text, 0, len(text)))
    assert [mark.strip(" ") for mark in found] == [mark.strip(" ") for mark in stays]


def test_a_hyphen_or_a_number_inside_a_line_is_no_mark_of_a_list():
    text = "so - as of 1. May - it is"
    assert fixed(cut(text, 0, len(text))) == []
    assert fixed(cut(text, 3, len(text))) == []


def test_a_mark_at_the_start_of_the_range_counts_only_at_the_start_of_a_line():
    text = "x\n- one"
    assert fixed(cut(text, 2, len(text))) == ["- "]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It cost 3.14 or 1,000.5 now.", ["It", " cost", " 3.14", " or", " 1,000.5", " now"]),
        ("don’t well-known", ["don’t", " well-known"]),
        ("漢字か", ["漢", "字", "か"]),
        ("Hi 👨‍👩‍👧!", ["Hi", " 👨‍👩‍👧"]),
        ("(a, b)", ["a", " b"]),
    ],
)
def test_words_are_what_a_writer_calls_words(text, expected):
    assert words(cut(text, 0, len(text))) == expected


def test_a_pin_is_widened_to_its_word_and_the_space_before_it():
    text = "one two three"
    segments = cut(text, 0, len(text), [(5, 6)])
    assert fixed(segments) == [" two"]
    assert words(segments) == ["one", " three"]


def test_a_pin_never_reaches_out_of_the_range():
    text = "one two three"
    segments = cut(text, 3, 7, [(4, 7)])
    assert "".join(segment.text for segment in segments) == " two"
    assert segments[0].start == 3


@pytest.mark.parametrize("end", [".", "!", "?", "…", "。", "？", ".”", '!"', ".)"])
def test_sentences_end_where_a_reader_stops(end):
    assert Segment(SegmentKind.MARK, 0, end).ends_sentence
    assert Segment(SegmentKind.WORD, 0, "x" + end).ends_sentence


def test_a_line_break_ends_a_sentence_and_a_comma_does_not():
    assert Segment(SegmentKind.FIXED, 0, "\n\n").ends_sentence
    assert not Segment(SegmentKind.MARK, 0, ",").ends_sentence
    assert not Segment(SegmentKind.WORD, 0, " one").ends_sentence


@pytest.mark.parametrize("row", [" ", "<a", "](", "[x", "\n", "_a", "- ", "a'", "\u0301", "👩\u200d", "**", "`", "1."])
def test_a_long_row_of_anything_is_cut_in_time_proportional_to_its_length(row):
    """Four times the text may take about four times as long. Sixteen times would be a trap: minutes for a long line."""

    def seconds(count: int) -> float:
        text = "x" + row * count + "y"
        taken = []
        for _ in range(2):
            started = time.process_time()
            cut(text, 0, len(text))
            taken.append(time.process_time() - started)
        return min(taken)

    assert seconds(12_000) < 9 * seconds(3_000) + 0.1
