"""The text before a canvas: where what is read of it begins, and that this stays the same while a person works."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.context import context_tokens
from engine.text.words import as_read

SENTENCES = (
    "The harbour was quiet when we came down in the morning. ",
    "An old man sold coffee from a cart, and nobody hurried! ",
    "“Where are you going?” ",
    "Nobody crosses the bay in this month because the wind turns at noon and does not turn back before dark. ",
    "We thanked him. ",
)


def prose(breaks: str, sentences: int = 300) -> str:
    """Paragraphs of one to five sentences with these breaks between them."""
    text, left = "", 0
    for number in range(sentences):
        text += SENTENCES[number * number % 7 % len(SENTENCES)]
        left -= 1
        if breaks and left <= 0:
            text, left = text.rstrip() + breaks, 1 + number * 3 % 5
    return text


@pytest.fixture
def begins(vocabulary):
    """Where in a text the context of its end begins."""

    def find(before: str, room: int) -> int:
        read = vocabulary.text(context_tokens(before, room, vocabulary))
        before = before[:-1] if before.endswith(" ") else before
        assert before.endswith(read)
        return len(before) - len(read)

    return find


@pytest.mark.parametrize("room", [40, 127, 600])
@pytest.mark.parametrize("breaks", ["\n\n", "\n", ""])
def test_what_does_not_fit_is_cut_at_a_good_place_that_costs_no_more_than_a_quarter(vocabulary, begins, breaks, room):
    text = prose(breaks)
    for end in range(len(text) // 2, len(text) // 2 + 400, 9):
        length = len(context_tokens(text[:end], room, vocabulary)) - 1
        assert 0.75 * room - 1 <= length <= room
        start = begins(text[:end], room)
        assert text[start - 1].isspace() or text[start] == " "
        if room == 600:
            # There is a paragraph, or else the end of a sentence, within any tenth of that.
            assert text[:start].endswith(breaks or (".", "!", "”"))


@pytest.mark.parametrize("breaks", ["\n\n", ""])
def test_the_beginning_stays_while_a_person_works_behind_it(begins, breaks):
    text, room = prose(breaks), 600
    places = range(len(text) // 2, len(text) // 2 + 3000, 31)
    starts = [begins(text[:end], room) for end in places]
    assert starts == sorted(starts)
    # A tenth of what is read lies behind one another, so that most runs find the beginning of the run before.
    assert len(set(starts)) <= 3000 / (room * 3 / 10) + 2
    edited = [begins(text[: end - 40] + "and then she said " + text[end - 30 : end], room) for end in places]
    assert sum(map(int.__eq__, starts, edited)) > 0.9 * len(starts)


def test_selections_near_each_other_read_the_same_beginning(vocabulary):
    text = prose("\n\n")
    read = [context_tokens(text[:end], 600, vocabulary) for end in range(9000, 9400, 20)]
    shared = [
        sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(*pair, strict=False)))
        for pair in itertools.pairwise(read)
    ]
    assert sorted(shared)[2] > 400


PARTS = [
    "one",
    " two",
    " ",
    "   ",
    "\n",
    "\n\n",
    "\r\n",
    ". ",
    "?” ",
    "漢字",
    "。",
    "ไทยนี้",
    "👨‍👩‍👧",
    "e\u0301",
    "-" * 90,
    "y" * 70,
    "\ud83d",
]
texts = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=40).map("".join)


@given(before=texts, room=st.integers(0, 60))
def test_any_text_is_read_to_its_end_and_never_beyond_the_room(vocabulary, before, room):
    first, *rest = context_tokens(before, room, vocabulary)
    assert first == vocabulary.bos
    assert len(rest) <= room
    before = as_read(before)
    whole = vocabulary.encode(before[:-1] if before.endswith(" ") else before)
    if len(whole) <= room and len(before) <= 16 * room:
        assert rest == whole
    elif room > 20 and "\ud83d" not in before:
        read = "".join(vocabulary.pieces(rest))
        assert before.endswith((read, read + " "))
        assert len(rest) >= 0.75 * room - 1 or max(map(len, before.split())) > 20


@pytest.mark.parametrize("text", ["漢字" * 900, "ไทยนี้" * 500, "y" * 4000, "-" * 9000, " " * 9000, "\n" * 9000])
def test_text_without_words_is_read_too(vocabulary, text):
    for room in (1, 2, 30, 127):
        read = context_tokens(text, room, vocabulary)[1:]
        assert 0.7 * room - 2 <= len(read) <= room
        assert "".join(vocabulary.pieces(read)).strip("\ufffd") in text
