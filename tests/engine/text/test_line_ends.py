"""Line ends: what a model is shown, and the way back to the writer's text."""

from __future__ import annotations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from engine.text.line_ends import UnixText

ENDS = ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"]
TEXTS = st.lists(st.sampled_from(["a", " ", *ENDS]), max_size=24).map("".join)
ANY_END = regex.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


@given(own=TEXTS)
@example(own="one\r\ntwo\rthree\u2028four")
def test_a_model_sees_one_kind_of_end_and_every_position_comes_back(own: str) -> None:
    unix = UnixText(own)
    assert unix.text == ANY_END.sub("\n", own)
    assert unix.same == (unix.text == own)
    for position in range(len(unix.text) + 1):
        assert unix.from_own(unix.to_own(position)) == position
        assert ANY_END.sub("\n", own[: unix.to_own(position)]) == unix.text[:position]
    for position in range(len(own) + 1):
        inside = own[max(0, position - 1) : position + 1] == "\r\n"
        assert unix.to_own(unix.from_own(position)) == position - inside
        assert unix.to_own(unix.from_own(position, after=True)) == position + inside


@given(own=TEXTS, place=st.tuples(st.integers(0, 24), st.integers(0, 24)), cut=st.integers(0, 24))
def test_what_is_unchanged_comes_back_as_it_was(own: str, place: tuple[int, int], cut: int) -> None:
    unix = UnixText(own)
    start, end = sorted(min(each, len(unix.text)) for each in place)
    same = unix.text[start:end]
    parts = unix.with_own_ends(start, end, [same[:cut], same[cut:]])
    assert "".join(parts) == own[unix.to_own(start) : unix.to_own(end)]
    assert [ANY_END.sub("\n", part) for part in parts] == [same[:cut], same[cut:]]


@given(own=TEXTS, place=st.tuples(st.integers(0, 24), st.integers(0, 24)), new=st.text("ab\n", max_size=8))
@example(own="a\r\n", place=(0, 1), new="b\nc\nd")
@example(own="x\r\rb\n", place=(2, 4), new="\n")
def test_new_lines_are_as_many_as_were_written_and_end_as_some_line_does(
    own: str, place: tuple[int, int], new: str
) -> None:
    unix = UnixText(own)
    start, end = sorted(min(each, len(unix.text)) for each in place)
    (part,) = unix.with_own_ends(start, end, [new])
    assert ANY_END.sub("\n", part) == new
    if new:
        whole = own[: unix.to_own(start)] + part + own[unix.to_own(end) :]
        assert ANY_END.sub("\n", whole) == unix.text[:start] + new + unix.text[end:]
    if not unix.same:
        assert set(ANY_END.findall(part)) <= {*ANY_END.findall(own), "\r\n"}


@pytest.mark.parametrize(
    ("own", "place", "new", "wanted"),
    [
        # The neighbour before; the one after at the start of the text; lines of both sides keep theirs.
        ("one\r\ntwo\n", (0, 3), "one\nhalf", "one\r\nhalf"),
        ("one\r\ntwo\rthree", (4, 7), "two\nhalf", "two\r\nhalf"),
        ("a\r\nb\rc\nd", (0, 7), "a\nb\nx\nc\nd", "a\r\nb\rx\rc\nd"),
        ("a\r\nb\rc\nd", (0, 7), "a\nd", "a\r\nd"),
        ("a\u2029b", (1, 1), "\nx", "\u2029x"),
    ],
)
def test_a_new_line_takes_the_end_of_its_neighbour(own: str, place: tuple[int, int], new: str, wanted: str) -> None:
    assert UnixText(own).with_own_ends(*place, [new]) == [wanted]
