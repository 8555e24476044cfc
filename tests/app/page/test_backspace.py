"""Backspace removes a joined emoji as a whole, and one code point of anything else."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from app.documents.text_document import new_document, plain_text
from app.page.page import Page


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\U0001f468\u200d\U0001f469\u200d\U0001f467", "a"),
        ("a\u2764\ufe0f\u200d\U0001f525", "a"),
        ("\U0001f44d\U0001f3fd", ""),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea"),
        ("a1\ufe0f\u20e3", "a"),
        ("a\U0001f600", "a"),
        ("cafe\u0301", "cafe"),
        ("one\ntwo", "one\ntw"),
        ("one\n", "one"),
        ("", ""),
    ],
    ids=ascii,
)
def test_backspace(qtbot, text, left):
    page = Page(19)
    qtbot.addWidget(page)
    page.show_document(new_document(text, page.font(), page))
    page.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClick(page, Qt.Key.Key_Backspace)
    assert plain_text(page.document()) == left
    page.undo()
    assert plain_text(page.document()) == text


def test_backspace_removes_a_selection_that_ends_with_an_emoji(qtbot):
    page = Page(19)
    qtbot.addWidget(page)
    page.show_document(new_document("one \U0001f44d\U0001f3fd", page.font(), page))
    page.selectAll()
    QTest.keyClick(page, Qt.Key.Key_Backspace)
    assert plain_text(page.document()) == ""
