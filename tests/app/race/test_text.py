"""Text that starts where other text has ended."""

import pytest
from PySide6.QtGui import QFontMetricsF

from app.page.reading_font import reading_font
from app.race.canvas import _first_words
from app.race.text import Column, Passage, Place, runs_right_to_left

STEP = 25.0


@pytest.fixture
def make_column(qapp):
    def make(width=300.0, *, mirrored=False):
        return Column(reading_font(16), width, STEP, mirrored=mirrored)

    return make


def width_of(text: str) -> float:
    return QFontMetricsF(reading_font(16)).horizontalAdvance(text)


@pytest.mark.parametrize(("text", "mirrored"), [("Once there", False), ("שלום עולם", True)])
def test_a_passage_ends_as_far_from_its_leading_edge_as_it_is_wide(make_column, text, mirrored):
    end = Passage(text, make_column(mirrored=mirrored), Place(2, 40.0)).end
    assert end.line == 2
    assert end.across == pytest.approx(40 + width_of(text), abs=1.5)


@pytest.mark.parametrize("mirrored", [False, True])
def test_two_passages_end_where_one_of_both_does(make_column, mirrored):
    words = ("אתמול הלכנו אל הים וישבנו שם עד " if mirrored else "She wrote down the weather of every day ") * 3
    column = make_column(mirrored=mirrored)
    whole = Passage(words + words, column, Place(0, 0.0)).end
    half = Passage(words, column, Place(0, 0.0)).end
    both = Passage(words, column, half).end
    assert half.line > 0
    assert both.line == whole.line
    assert both.across == pytest.approx(whole.across, abs=1.5)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_word_that_does_not_fit_any_more_goes_to_the_next_line_whole(make_column, mirrored):
    word = "וישבנו" if mirrored else "wonderful"
    column = make_column(mirrored=mirrored)
    there = Passage(word, column, Place(1, 0.0)).end
    assert Passage(word, column, Place(0, 290.0)).end == there
    # The space before it stays behind.
    assert Passage(" " + word, column, Place(0, 290.0)).end.across == pytest.approx(there.across, abs=1.5)


def test_a_word_longer_than_the_column_is_broken_and_line_breaks_are_kept(make_column):
    assert Passage("w" * 200, make_column(), Place(0, 0.0)).end.line > 3
    assert Passage("One\n\nTwo\n", make_column(), Place(0, 0.0)).end == Place(3, 0.0)
    assert Passage("", make_column(), Place(4, 7.0)).end == Place(4, 7.0)


@pytest.mark.parametrize(
    ("text", "so"), [("", False), ("12 !", False), ("One שלום", False), ("12 שלום one", True), ("سلام", True)]
)
def test_the_first_letter_tells_the_direction(text, so):
    assert runs_right_to_left(text) is so


def test_the_text_behind_ends_with_a_word():
    whole = "the same way " * 60
    shown = _first_words(whole)
    assert shown.endswith((" the …", " same …", " way …"))
    assert whole.startswith(shown.removesuffix(" …"))
    assert _first_words("short text") == "short text"
    assert _first_words("x" * 900).endswith("x …")
