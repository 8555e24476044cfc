"""Undo and redo stay where the writer is."""

import pytest

from app.documents.text_document import new_document, plain_text, replace_range
from app.page.page import Page
from app.page.undoing import redo, undo

LINES = [f"Line {number}." for number in range(400)]


@pytest.fixture
def page(qtbot):
    page = Page(19)
    qtbot.addWidget(page)
    page.resize(800, 500)
    page.show_document(new_document("\n".join(LINES), page.font(), page))
    page.show()
    return page


def first_seen(page) -> str:
    return page.firstVisibleBlock().text()


def accept(page, first: int, last: int):
    """Replace whole lines as an accepted change does."""
    document = page.document()
    start = document.findBlockByNumber(first).position()
    end = document.findBlockByNumber(last).position()
    replace_range(document, start, end, plain_text(document)[start:end].upper())
    return start


def test_after_a_long_change_the_view_stays_at_its_start(page):
    """It jumped to the end of what had come back."""
    start = accept(page, 3, 380)
    page.go_to_start()
    for change, word in ((undo, "Line 3."), (redo, "LINE 3."), (undo, "Line 3.")):
        change(page)
        assert first_seen(page) == "Line 0."
        assert page.textCursor().position() == start
        assert page.textCursor().block().text() == word


def test_a_change_out_of_sight_is_gone_to(page):
    accept(page, 3, 4)
    page.verticalScrollBar().setValue(200)
    undo(page)
    assert page.viewport().rect().intersects(page.cursorRect())
    assert page.textCursor().block().text() in ("Line 3.", "Line 4.")


def test_a_change_in_sight_leaves_the_view_and_puts_the_caret_after_it(page):
    page.verticalScrollBar().setValue(200)
    top = first_seen(page)
    accept(page, 203, 205)
    undo(page)
    assert first_seen(page) == top
    assert page.textCursor().block().text() == "Line 205."


def test_with_nothing_to_undo_nothing_moves(page):
    page.verticalScrollBar().setValue(200)
    undo(page)
    assert first_seen(page) == "Line 200."
