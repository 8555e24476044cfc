"""Line ends are preserved; an edit does not affect those of other lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.line_ends import LineEnds

raw_text = st.text(st.sampled_from("ab\n\r\u2029\ufdd0\ufdd1"), max_size=30)


@given(st.one_of(raw_text, st.text()))
def test_an_untouched_text_comes_back(raw):
    text, ends = LineEnds.split(raw)
    assert "\r" not in text
    assert ends.join(text) == raw


@given(raw_text, st.text(st.sampled_from("ab\n"), max_size=20))
def test_an_edited_text_is_read_again_as_it_was_written(raw, text):
    _, ends = LineEnds.split(raw)
    assert LineEnds.split(ends.join(text))[0] == text


@pytest.mark.parametrize(
    ("raw", "usual"),
    [("", "\n"), ("one", "\n"), ("a\nb", "\n"), ("a\r\nb\r\n", "\r\n"), ("a\rb", "\r"), ("a\r\nb\nc\r\n", "\r\n")],
)
def test_new_lines_end_like_most_others(raw, usual):
    assert LineEnds.split(raw)[1].usual == usual


def test_lines_around_an_edit_keep_their_ends():
    text, ends = LineEnds.split("one\r\ntwo\nthree\r\nfour\nfive")
    assert text == "one\ntwo\nthree\nfour\nfive"
    assert ends.join("one\ntwo\nTHREE\nmore\nfour\nfive") == "one\r\ntwo\nTHREE\r\nmore\r\nfour\nfive"
    assert ends.join("two\nthree\nfour\nfive") == "two\nthree\r\nfour\nfive"
    assert ends.join("four\none\ntwo\nthree\nfive") == "four\none\r\ntwo\nthree\r\nfive"
