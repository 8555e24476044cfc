from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QTextCursor, QTextDocument

from app.documents.scratch import HIDDEN, Scratch
from app.documents.text_document import new_document, plain_text, slice_of
from engine import TextMap

WRITING = st.text(st.sampled_from("ab \n\u00a0\u2028é😀ש水\ufeff"), max_size=12)


@pytest.fixture
def owner(qapp):
    """Owns documents, so that they are deleted when the test ends."""
    return QObject()


def make(owner: QObject, text: str, start: int, end: int) -> Scratch:
    return Scratch(new_document(text, QFont(), owner), start, end, owner)


def edit(document: QTextDocument, start: int, end: int, text: str) -> None:
    """What typing or pasting does."""
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(text)


def assert_in_step(scratch: Scratch) -> None:
    """Before and after the range both documents have the same text."""
    last, real_last = (document.characterCount() - 1 for document in (scratch.document, scratch.real))
    assert slice_of(scratch.document, 0, scratch.start) == slice_of(scratch.real, 0, scratch.start)
    assert slice_of(scratch.document, scratch.end, last) == slice_of(scratch.real, scratch.real_end, real_last)


def test_who_hears_of_a_change_already_finds_where_the_range_ends(owner):
    scratch = make(owner, "one two", 4, 7)
    heard = []
    scratch.document.contentsChanged.connect(lambda: heard.append((scratch.text(), scratch.end)))
    scratch.replace(0, 3, "a longer text")
    scratch.replace(0, 13, "x")
    assert heard == [("a longer text", 17), ("x", 5)]


def test_the_range_can_say_something_else_and_the_real_text_does_not_notice(owner):
    scratch = make(owner, "one two three", 4, 7)
    scratch.replace(0, 3, "nnnn\nnnnn 😀")
    assert plain_text(scratch.document) == "one nnnn\nnnnn 😀 three"
    assert plain_text(scratch.real) == "one two three"
    assert scratch.text() == "nnnn\nnnnn 😀"
    assert scratch.real_text() == "two"
    assert not scratch.real.isUndoAvailable()


def test_typing_outside_goes_to_both_and_is_undone_letter_by_word_as_always(owner):
    scratch = make(owner, "one two three", 4, 7)
    scratch.replace(0, 3, "noise and noise")
    for place, letter in enumerate("xyz"):
        edit(scratch.document, place, place, letter)
    assert plain_text(scratch.real) == "xyzone two three"
    assert scratch.real_text() == "two"
    scratch.real.undo()
    assert plain_text(scratch.real) == "one two three"


def test_words_typed_beside_the_range_are_not_hidden_with_it(owner):
    scratch = make(owner, "one two three", 4, 7)
    scratch.paint([(0, 3, HIDDEN)])
    edit(scratch.document, 7, 7, "!")
    formats = scratch.document.firstBlock().layout().formats()
    assert [(part.start, part.length) for part in formats] == [(4, 3)]
    assert not scratch.document.allFormats()[0].hasProperty(HIDDEN.Property.ForegroundBrush)


def test_commit_is_one_step_and_keeps_older_history(owner):
    scratch = make(owner, "one two three", 4, 7)
    edit(scratch.document, 0, 0, "A")
    scratch.commit("2 or so")
    assert plain_text(scratch.real) == "Aone 2 or so three"
    scratch.real.undo()
    assert plain_text(scratch.real) == "Aone two three"
    scratch.real.undo()
    assert plain_text(scratch.real) == "one two three"


def test_an_edit_of_the_real_document_by_somebody_else_is_reported(owner, qtbot):
    scratch = make(owner, "one two three", 4, 7)
    with qtbot.waitSignal(scratch.overtaken):
        edit(scratch.real, 0, 1, "X")


def test_our_own_edits_are_not_reported_as_foreign(owner, qtbot):
    scratch = make(owner, "one two three", 4, 7)
    with qtbot.assertNotEmitted(scratch.overtaken):
        edit(scratch.document, 0, 1, "X")
        scratch.commit("new")


@pytest.mark.parametrize(
    ("start", "end", "typed", "real"),
    [
        (5, 6, "Z", "one twoZ three"),
        (2, 6, "Z", "onZtwo three"),
        (6, 9, "Z", "one twoZhree"),
        (4, 7, "Z", "one Z three"),
        (0, 13, "Z", "Z"),
        (6, 6, "Z", "one twoZ three"),
    ],
)
def test_an_edit_that_reaches_in_keeps_the_original(owner, qtbot, start, end, typed, real):
    scratch = make(owner, "one two three", 4, 7)
    scratch.replace(0, 3, "ttt")
    with qtbot.waitSignal(scratch.touched):
        edit(scratch.document, start, end, typed)
    assert plain_text(scratch.real) == real
    assert_in_step(scratch)


def draw_range(data, document: QTextDocument, name: str) -> tuple[int, int]:
    """Two caret positions: not inside a character of two units."""
    text = TextMap(plain_text(document))
    places = st.integers(0, len(text.text)).map(text.to_utf16)
    return tuple(sorted(data.draw(st.tuples(places, places), name)))


@given(data=st.data())
def test_whatever_is_edited_nothing_is_lost(qapp, data):
    owner = QObject()
    text = data.draw(WRITING, "text")
    document = new_document(text, QFont(), owner)
    scratch = Scratch(document, *draw_range(data, document, "range"), owner)
    text, original = plain_text(scratch.real), scratch.real_text()
    for _ in range(data.draw(st.integers(1, 6), "edits")):
        if data.draw(st.booleans(), "ours"):
            scratch.replace(0, scratch.end - scratch.start, data.draw(WRITING, "noise"))
        else:
            first, behind = draw_range(data, scratch.document, "place")
            whole = first < behind and first <= scratch.start and behind >= scratch.end
            edit(scratch.document, first, behind, data.draw(WRITING, "typed"))
            original = "" if whole else original
        assert_in_step(scratch)
        assert original in plain_text(scratch.real)
    while scratch.real.isUndoAvailable():
        scratch.real.undo()
    assert plain_text(scratch.real) == text
    owner.deleteLater()
