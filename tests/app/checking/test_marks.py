"""Marks stay with their words, whatever is edited."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QTextCursor

from app.checking.mark import make_mark
from app.checking.marks import Marks
from app.documents.text_document import new_document, plain_text, replace_range
from engine import Correction, Mistake, TextMap

EDITS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12), st.sampled_from(["", "x", " ", "\n", "a\nb", "😀", "teh "])),
    max_size=6,
)
LINES = ["teh cat 😀 teh", "", "a teh", "😀teh b", "none"]


def mark_all(marks: Marks, document) -> None:
    """Mark every "teh", as a check of all that is due would."""
    for number in list(marks.due()):
        text = document.findBlockByNumber(number).text()
        places = [at for at in range(len(text)) if text.startswith("teh", at)]
        found = [Correction(at, at + 3, "the", Mistake.SPELLING, 1.0) for at in places]
        marks.put(number, [make_mark(text, each) for each in found])


def marked(document, marks: Marks) -> list[int]:
    """Where the marks lie; fails if one lies elsewhere than on its word."""
    units = plain_text(document).encode("utf-16-le")
    places = []
    for start, mark in marks.places():
        first, last = start + mark.first, start + mark.last
        assert units[2 * first : 2 * last].decode("utf-16-le") == mark.written == "teh"
        places.append(first)
    return places


@pytest.fixture
def watched(qapp):
    document = new_document("\n".join(LINES), QFont())
    marks = Marks()
    marks.watch(document)
    mark_all(marks, document)
    yield document, marks
    marks.watch(None)


@settings(max_examples=settings.default.max_examples // 3)
@given(edits=EDITS, undo=st.booleans())
def test_every_mark_lies_on_its_word_after_any_edits_and_what_changed_is_due(qapp, edits, undo):
    document = new_document("\n".join(LINES), QFont())
    marks = Marks()
    marks.watch(document)
    mark_all(marks, document)
    before = plain_text(document).split("\n")
    for start, size, text in edits:
        # Of whole characters, as all edits of a person are.
        units, now = TextMap(plain_text(document)), plain_text(document)
        first, last = min(start, len(now)), min(start + size, len(now))
        replace_range(document, units.to_utf16(first), units.to_utf16(last), text)
        marked(document, marks)
    if undo and edits:
        document.undo()
        marked(document, marks)
    due = set(marks.due())
    now = plain_text(document).split("\n")
    assert all(number in due for number, line in enumerate(now) if line not in before)
    mark_all(marks, document)
    assert len(marked(document, marks)) == plain_text(document).count("teh")
    marks.watch(None)


def test_a_line_break_before_a_mark_moves_it_with_its_word(watched):
    document, marks = watched
    cursor = QTextCursor(document)
    cursor.setPosition(8)
    cursor.insertBlock()
    assert list(marks.due()) == [0, 1]
    assert len(marked(document, marks)) == 4


def test_an_edit_of_a_marked_word_drops_its_mark_alone(watched):
    document, marks = watched
    replace_range(document, 1, 2, "E")
    assert len(marked(document, marks)) == 3
    assert list(marks.due()) == [0]


def test_what_turns_out_to_lie_in_code_is_due_without_marks(watched):
    document, marks = watched
    marks.take_code(bytes(5))
    assert not marks.is_due
    marks.take_code(bytes([0, 0, 1, 1, 0]))
    assert list(marks.due()) == [2, 3]
    assert len(marked(document, marks)) == 2


@pytest.mark.parametrize(
    ("text", "start", "end", "shown"),
    [
        ("in the the rain", 6, 10, "the"),
        ("We went school.", 7, 7, "went school."),
        ("Then", 4, 4, "Then"),
        ("One ,two", 3, 4, "One ,two"),
        ("😀 teh", 2, 5, "teh"),
    ],
)
def test_what_is_underlined_can_be_seen(text, start, end, shown):
    mark = make_mark(text, Correction(start, end, "x", Mistake.MISSING, 1.0))
    units = text.encode("utf-16-le")
    assert units[2 * mark.start : 2 * mark.end].decode("utf-16-le") == shown
    assert units[2 * mark.first : 2 * mark.last].decode("utf-16-le") == text[start:end]
