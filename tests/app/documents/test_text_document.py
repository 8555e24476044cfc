"""Documents hold a writer's text unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor

from app.documents.text_document import clone_document, fill, new_document, plain_text, qt_string
from app.page.reading_font import reading_font

any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\u2029\ufdd0\ufdd1\0"), max_size=60)


@pytest.fixture
def font(qapp):
    return reading_font(19)


@given(text=any_text)
def test_any_text_comes_back(qapp, text):
    document = new_document(text, reading_font(19))
    assert plain_text(document) == text
    assert plain_text(clone_document(document)) == text


@pytest.mark.parametrize(
    "text",
    ["", "a\u00a0b", "a\u2028b", "\ufeffa", "\ufffea", "🙂\U0010ffff", "a\n\nb\n", "e\u0301", "a\u200db", "\u202ea\tb"],
)
def test_characters_that_qt_likes_to_change(font, text):
    assert plain_text(new_document(text, font)) == text


@given(text=any_text, size=st.integers(1, 9))
def test_a_text_is_filled_in_slice_by_slice(qapp, text, size):
    document = new_document("", reading_font(19), undo=False)
    done = list(fill(document, text, size))
    assert plain_text(document) == text
    assert done == sorted(done)
    assert len(done) == -(-len(text) // size)


@given(before=any_text, added=any_text)
def test_inserted_text_comes_back(qapp, before, added):
    document = new_document(before, reading_font(19))
    cursor = QTextCursor(document)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.insertText(qt_string(added))
    assert plain_text(document) == before + added


def test_a_clone_is_a_document_of_its_own(font):
    document = new_document("one\ntwo", font)
    clone = clone_document(document)
    QTextCursor(clone).insertText("zero ")
    assert plain_text(document) == "one\ntwo"
    assert not document.isModified()
    assert not document.isUndoAvailable()
    assert not clone.isUndoAvailable()
    assert clone.documentMargin() == document.documentMargin()
    assert clone.documentLayout().line_step == document.documentLayout().line_step


def test_a_new_document_has_nothing_to_undo_and_nothing_unsaved(font):
    document = new_document("text", font)
    assert not document.isUndoAvailable()
    assert not document.isModified()
