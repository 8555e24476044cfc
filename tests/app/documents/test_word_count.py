"""Words are counted as a person would, and only where something changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor

from app.documents import word_count
from app.documents.text_document import new_document, plain_text
from app.documents.word_count import WordCount, count_words
from app.page.reading_font import reading_font


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("  \n ", 0),
        ("one", 1),
        ("It’s a well-known rock'n'roll song — isn't it?", 7),
        ("42 times 3.5", 4),
        ("日本語です", 5),
        ("naïve café", 2),
        ("# Heading\n- item", 2),
        ("🙂 …", 0),
        ("שלום עולם", 2),
        ("exam\u00adple non\u2011stop win\u200bdow let\u2060ter", 4),
        ("nai\u0308ve cafe\u0301", 2),
    ],
)
def test_what_a_word_is(text, words):
    assert count_words(text) == words


@given(st.text(st.sampled_from("aé1_²ª'’-–“ .\n\xa0\xad"), max_size=20))
def test_western_text_is_counted_as_any_other(text):
    """A paragraph in another script, which is counted by the pattern for all scripts, changes nothing."""
    assert count_words(text) == count_words(text + "\n漢") - 1


@pytest.fixture
def count(qtbot, monkeypatch):
    monkeypatch.setattr(word_count, "_PAUSE", 1)
    return WordCount()


def test_follows_every_edit(qtbot, count):
    document = new_document("one two\nthree\n\nfour five six", reading_font(19))
    with qtbot.waitSignal(count.counted) as counted:
        count.set_document(document)
    assert counted.args == [6]
    cursor = QTextCursor(document)
    for edit in (
        lambda: cursor.insertText("zero\nzero "),
        lambda: (
            cursor.setPosition(3),
            cursor.setPosition(14, QTextCursor.MoveMode.KeepAnchor),
            cursor.removeSelectedText(),
        ),
        lambda: (cursor.movePosition(QTextCursor.MoveOperation.End), cursor.insertText("\n\nlast words\n")),
        document.undo,
        document.undo,
        lambda: (cursor.select(QTextCursor.SelectionType.Document), cursor.removeSelectedText()),
        document.undo,
    ):
        with qtbot.waitSignal(count.counted):
            edit()
        assert count.words == count_words(plain_text(document))


def test_another_document(qtbot, count):
    first, second = new_document("one", reading_font(19)), new_document("one two", reading_font(19))
    with qtbot.waitSignal(count.counted):
        count.set_document(first)
    with qtbot.waitSignal(count.counted):
        count.set_document(second)
    assert count.words == 2
    with qtbot.assertNotEmitted(count.counted, wait=20):
        QTextCursor(first).insertText("more words ")


def test_words_of_a_selection(qtbot, count):
    text = "one two 🙂three\nfour five\nsix seven eight"
    document = new_document(text, reading_font(19))
    with qtbot.waitSignal(count.counted):
        count.set_document(document)
    units = text.encode("utf-16-le")
    for start in range(0, len(units) // 2 + 1, 3):
        for end in range(start, len(units) // 2 + 1, 4):
            part = units[2 * start : 2 * end].decode("utf-16-le", "replace")
            assert count.count_between(start, end) == count_words(part)


def test_a_large_text_is_counted_in_slices(qtbot, count, monkeypatch):
    monkeypatch.setattr(word_count, "_SLICE", 0)
    with qtbot.waitSignal(count.counted):
        count.set_document(new_document("two words\n" * 300, reading_font(19)))
    assert count.words == 600
