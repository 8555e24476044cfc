"""Cut, copied, dragged and pasted text keeps every character."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.documents.text_document import new_document, plain_text, replace_range
from app.documents.text_file import TextFile
from app.page.clipboard import insertable_text, selected_data
from app.page.page import Page

CONTROL = Qt.KeyboardModifier.ControlModifier
SPACES = [chr(point) for point in range(sys.maxunicode + 1) if chr(point).isspace()] + ["\u200b", "\u2060", "\ufeff"]
"""Unicode's White_Space, the information separators, and the spaces without width."""


@pytest.fixture
def page(qtbot):
    page = Page(19)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    return page


@pytest.mark.parametrize("space", SPACES, ids=ascii)
def test_every_white_space_survives_cut_and_paste(page, tmp_path, space):
    path = tmp_path / "spaces.txt"
    content = f"{space}one{space}two{space}{space}three{space}".encode()
    path.write_bytes(content)
    text, file = TextFile.read(path)
    page.show_document(new_document(text, page.font(), page))
    page.selectAll()
    QTest.keyClick(page, Qt.Key.Key_X, CONTROL)
    assert plain_text(page.document()) == ""
    assert QApplication.clipboard().text() == text
    QTest.keyClick(page, Qt.Key.Key_V, CONTROL)
    file.save(plain_text(page.document()))
    assert path.read_bytes() == content


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\u2029\ufdd0\ufdd1")))
def test_any_text_travels_unchanged(qapp, text):
    source = new_document(text, qapp.font())
    cursor = QTextCursor(source)
    cursor.select(QTextCursor.SelectionType.Document)
    target = new_document("", qapp.font())
    replace_range(target, 0, 0, insertable_text(selected_data(cursor)))
    assert plain_text(target) == text


def test_a_paste_replaces_the_selection_as_one_undo_step(page):
    page.show_document(new_document("one two three", page.font(), page))
    page.moveCursor(QTextCursor.MoveOperation.WordRight)
    page.moveCursor(QTextCursor.MoveOperation.EndOfWord, QTextCursor.MoveMode.KeepAnchor)
    QApplication.clipboard().setText("2\u00a0\n22")
    QTest.keyClick(page, Qt.Key.Key_V, CONTROL)
    assert plain_text(page.document()) == "one 2\u00a0\n22 three"
    QTest.keyClicks(page, "!")
    assert plain_text(page.document()) == "one 2\u00a0\n22! three"
    page.undo()
    page.undo()
    assert plain_text(page.document()) == "one two three"


def test_nothing_is_pasted_into_a_page_that_is_only_read(page):
    page.setReadOnly(True)
    data = QMimeData()
    data.setText("words")
    page.insertFromMimeData(data)
    assert plain_text(page.document()) == ""
