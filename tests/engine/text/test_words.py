"""A word with characters that nobody sees is one word everywhere, and read without them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import WORD, TextMap
from engine.diffusion.length import count_words
from engine.text.markup import protected
from engine.text.segments import SegmentKind, cut
from engine.text.words import as_read, bare, for_patterns, unread, with_hidden

INSIDE = ["\u00ad", "\u2011", "\u2010", "\u200b", "\u2060", "\u200c", "\u200d", "\u00ad\u2060"]
TEXTS = st.text(st.sampled_from("ab é\u0301'-.漢ไ\u00ad\u2011\u200b\u2060\u200c\u200d👩\n"), max_size=16)


@pytest.mark.parametrize("inside", INSIDE)
def test_a_word_is_not_cut_where_nobody_sees_anything(inside: str) -> None:
    """Half words were left over by a rewrite: each half was a word of its own."""
    text = f"One exam{inside}ple two"
    word = f"exam{inside}ple"
    assert WORD.findall(text) == ["One", word, "two"]
    assert count_words(text) == 3
    start = text.index(word)
    for position in range(start, start + len(word)):
        assert TextMap(text).widen(position, position + 1) == (start, start + len(word))
    segments = [(segment.kind, segment.text) for segment in cut(text, 0, len(text))]
    assert segments == [(SegmentKind.WORD, each) for each in ("One", f" {word}", " two")]


@pytest.mark.parametrize("inside", ["\u00ad", "\u2011", "\u200b", "\u2060", "\u200c"])
@pytest.mark.parametrize(("name", "text"), [("Lon{}don", "We saw Lon{}don."), ("10{}year", "It is a 10{}year plan.")])
def test_a_name_and_a_number_are_kept_whole(inside: str, name: str, text: str) -> None:
    text, name = text.format(inside), name.format(inside)
    assert name in [text[each.start : each.end] for each in protected(text, 0, len(text))]


@given(text=TEXTS)
@example(text="a\u200b\u00adb")
def test_what_is_read_is_the_text_without_what_is_not(text: str) -> None:
    hidden = {*unread(text)}
    shown = "".join(character for at, character in enumerate(text) if at not in hidden)
    assert as_read(text) == shown.replace("\u2011", "-")
    assert as_read(as_read(text)) == as_read(text)
    assert len(for_patterns(text)) == len(text)
    assert not {*bare(text)} & {*"\u00ad\u2011\u200b\u2060\u200c\u200d"}


def test_what_scripts_and_emoji_need_is_read() -> None:
    for text in ("👨\u200d👩\u200d👧", "می\u200cخواهم", "ไทย\u200bไทย"):
        assert as_read(text) == text
    assert (
        as_read("exam\u200bple, exam\u00adple, exam\u200cple, non\u2011stop") == "example, example, example, non-stop"
    )


@given(text=TEXTS)
@example(text="ex\u00adam\u00adple")
@example(text="\u00ad")
def test_a_text_is_in_the_pieces_of_its_tokens_whatever_the_model_is_shown(vocabulary, text: str) -> None:
    tokens = vocabulary.encode(text)
    assert tokens == vocabulary.encode(as_read(text))
    pieces = vocabulary.own_pieces(text, tokens)
    assert len(pieces) == max(1, len(tokens)) or not text
    assert "".join(pieces) == text


def test_hidden_characters_do_not_join_tokens(vocabulary) -> None:
    text = "The exam\u00adple is here"
    pieces = vocabulary.own_pieces(text, vocabulary.encode(text))
    assert [as_read(piece) for piece in pieces] == ["The", " example", " is", " here"]


@pytest.mark.parametrize(
    ("own", "new", "wanted"),
    [
        ("re\u00adcieved", "received", "re\u00adceived"),
        ("reci\u00adeved", "received", "received"),
        ("exam\u00adple", "example", "exam\u00adple"),
        ("a\u00adb\u2060c", "xabc", "xa\u00adb\u2060c"),
        ("plain", "plane", "plain".replace("in", "ne")),
    ],
)
def test_a_hidden_character_stays_between_letters_that_stay(own: str, new: str, wanted: str) -> None:
    assert with_hidden(own, new) == wanted


@given(own=TEXTS, new=st.text("ab ", max_size=8))
def test_hidden_characters_change_no_letter(own: str, new: str) -> None:
    assert bare(with_hidden(own, new)) == new
    letters = bare(own)
    if letters == own.replace("\u2011", "-"):
        assert with_hidden(own, new) == new
