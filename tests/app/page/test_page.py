"""The page: a centred column that shows documents it does not own."""

import gc
import os
from itertools import pairwise

import pytest
import shiboken6
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QFontInfo, QInputMethodEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.documents.page_layout import layout_of
from app.documents.text_document import MARGIN, clone_document, new_document, plain_text
from app.page.page import COLUMN, Page

PARAGRAPH = "Somebody had left the window open, and the rain had come in and read the letters on the desk. " * 3


@pytest.fixture
def page(qtbot):
    page = Page(19)
    qtbot.addWidget(page)
    page.resize(1000, 500)
    page.show()
    qtbot.waitExposed(page)
    return page


@pytest.fixture
def long_page(page):
    page.show_document(new_document("\n".join([PARAGRAPH] * 200), page.font(), page))
    return page


def first_line(page: Page) -> tuple[int, int]:
    """Paragraph and line at the top of the page."""
    block = page.firstVisibleBlock()
    return block.blockNumber(), page.verticalScrollBar().value() - block.firstLineNumber()


def test_the_face_is_source_serif(page):
    assert QFontInfo(page.font()).family().startswith("Source Serif")


@pytest.mark.parametrize("width", [700, 1000, 1600])
def test_the_column_is_centred_and_as_wide_as_a_line_of_prose(page, width):
    page.resize(width, 500)
    page.show_document(new_document(PARAGRAPH, page.font(), page))
    left = page.viewport().geometry().left()
    right = page.width() - page.viewport().geometry().right() - 1
    assert abs(left - right) <= 1 or left == 0
    lines = page.document().firstBlock().layout()
    lengths = [lines.lineAt(number).textLength() for number in range(lines.lineCount() - 1)]
    if width >= 1000:
        assert COLUMN - 14 <= sum(lengths) / len(lengths) <= COLUMN + 4
        assert max(lengths) <= 80


def test_a_larger_text_keeps_the_characters_in_a_line(page):
    page.resize(1800, 500)
    page.show_document(new_document(PARAGRAPH, page.font(), page))
    small = page.document().firstBlock().layout().lineAt(0).textLength()
    page.set_text_size(32)
    large = page.document().firstBlock().layout().lineAt(0).textLength()
    assert abs(small - large) <= 4


def test_a_clone_takes_the_place_without_a_jump(long_page):
    page = long_page
    for _ in range(13):
        QTest.keyClick(page, Qt.Key.Key_PageDown)
    page.moveCursor(QTextCursor.MoveOperation.WordRight, QTextCursor.MoveMode.KeepAnchor)
    real = page.document()
    top = first_line(page)
    selected = page.textCursor().anchor(), page.textCursor().position()
    assert top > (0, 0)
    assert selected[0] != selected[1]
    clone = clone_document(real, page)
    page.show_document(clone)
    assert first_line(page) == top
    assert (page.textCursor().anchor(), page.textCursor().position()) == selected
    page.show_document(real)
    assert first_line(page) == top
    assert shiboken6.isValid(clone)


def test_a_shorter_document_takes_the_caret_to_its_end(long_page):
    long_page.moveCursor(QTextCursor.MoveOperation.End)
    long_page.show_document(new_document("short", long_page.font(), long_page))
    assert long_page.textCursor().position() == 5


def test_a_shown_document_takes_the_size_of_the_page(page):
    other = new_document("text", page.font(), page)
    page.set_text_size(25)
    page.show_document(other)
    assert other.defaultFont().pixelSize() == 25


def test_a_shown_document_outlives_the_garbage_collector(page):
    page.show_document(new_document(PARAGRAPH, page.font(), page))
    page.viewport().repaint()
    page.position_at(QPoint(200, 60))
    gc.collect()
    assert plain_text(page.document()) == PARAGRAPH


def test_range_rects_cover_the_words_and_nothing_else(page):
    page.show_document(new_document(PARAGRAPH, page.font(), page))
    rects = page.range_rects(9, 12)
    assert len(rects) == 1
    cursor = page.textCursor()
    cursor.setPosition(9)
    assert abs(rects[0].left() - page.cursorRect(cursor).left()) <= 2
    assert rects[0].contains(page.cursorRect(cursor).center())
    all_lines = page.range_rects(0, len(PARAGRAPH))
    assert len(all_lines) == page.document().firstBlock().lineCount()
    assert all(above.bottom() == pytest.approx(below.top()) for above, below in pairwise(all_lines))
    assert len(page.range_rects(4, 4)) == 1


def test_range_rects_of_what_is_out_of_sight(long_page):
    assert long_page.range_rects(30_000, 30_010) == []
    long_page.moveCursor(QTextCursor.MoveOperation.End)
    assert long_page.range_rects(0, 10) == []


def test_shift_return_ends_a_paragraph(page):
    QTest.keyClicks(page, "one")
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(page, "two")
    assert plain_text(page.document()) == "one\ntwo"


def test_a_dropped_file_is_opened_and_not_written_into_the_text(qtbot, page, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "letter.md"))])
    assert page.canInsertFromMimeData(data)
    with qtbot.waitSignal(page.file_dropped) as dropped:
        page.insertFromMimeData(data)
    assert dropped.args == [str(tmp_path / "letter.md")]
    assert plain_text(page.document()) == ""


def test_a_dropped_file_keeps_the_bytes_of_its_name(qtbot, page):
    data = QMimeData()
    data.setUrls([QUrl.fromEncoded(b"file:///letters/caf%E9%20%231.md")])
    with qtbot.waitSignal(page.file_dropped) as dropped:
        page.insertFromMimeData(data)
    assert os.fsencode(dropped.args[0]) == b"/letters/caf\xe9 #1.md"


def test_pasted_text_has_no_nul(page):
    QApplication.clipboard().setText("two\0 words")
    QTest.keyClick(page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert plain_text(page.document()) == "two words"


def test_a_composition_is_told_and_can_be_committed(qtbot, page):
    with qtbot.waitSignal(page.composition_changed) as began:
        QApplication.sendEvent(page, QInputMethodEvent("にほ", []))
    assert began.args == [True]
    assert page.is_composing
    assert plain_text(page.document()) == ""
    event = QInputMethodEvent("", [])
    event.setCommitString("日本")
    with qtbot.waitSignal(page.composition_changed) as ended:
        QApplication.sendEvent(page, event)
    assert ended.args == [False]
    assert plain_text(page.document()) == "日本"
    page.commit_composition()


def test_double_click_selects_a_word(page):
    page.show_document(new_document(PARAGRAPH, page.font(), page))
    cursor = page.textCursor()
    cursor.setPosition(11)
    QTest.mouseDClick(page.viewport(), Qt.MouseButton.LeftButton, pos=page.cursorRect(cursor).center() + QPoint(1, 0))
    assert page.textCursor().selectedText() == "had"


def test_the_margin_is_part_of_the_document(page):
    assert page.document().documentMargin() == MARGIN


def test_a_double_click_in_a_document_that_is_gone_does_not_extend_a_selection(page):
    def place(position: int) -> QPoint:
        cursor = QTextCursor(page.document())
        cursor.setPosition(position)
        return page.cursorRect(cursor).center() + QPoint(1, 0)

    page.show_document(new_document(PARAGRAPH, page.font(), page))
    QTest.mouseDClick(page.viewport(), Qt.MouseButton.LeftButton, pos=place(70))
    assert page.textCursor().selectedText() == "the"
    page.show_document(new_document("One two three four five.", page.font(), page))
    cursor = page.textCursor()
    cursor.setPosition(4)
    page.setTextCursor(cursor)
    QTest.mouseClick(page.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, place(13))
    assert page.textCursor().selectedText() == "two three"


def test_a_word_that_a_double_click_has_selected_stays_selected_in_another_document(page):
    page.show_document(new_document(PARAGRAPH, page.font(), page))
    cursor = QTextCursor(page.document())
    cursor.setPosition(70)
    QTest.mouseDClick(page.viewport(), Qt.MouseButton.LeftButton, pos=page.cursorRect(cursor).center() + QPoint(1, 0))
    page.show_document(clone_document(page.document(), page))
    assert page.textCursor().selectedText() == "the"


@pytest.mark.parametrize("height", [480, 487, 494, 501])
def test_a_line_is_shown_as_a_whole_or_not_at_all(long_page, height):
    """Catches half letters above the edge of the page."""
    long_page.resize(1000, 600)
    tall = long_page.viewport().grab().toImage()
    long_page.resize(1000, height)
    short = long_page.viewport().grab().toImage()
    paper = short.pixel(short.width() - 1, short.height() - 1)

    def inked(picture, y) -> bool:
        return any(picture.pixel(x, y) != paper for x in range(0, picture.width(), 2))

    last = next(y for y in reversed(range(short.height())) if inked(short, y))
    assert not any(inked(tall, y) for y in (last + 1, last + 2))
    # As many whole lines as there is room for.
    assert short.height() - last < 2 * layout_of(long_page.document()).line_step


def test_an_empty_page_says_how_to_begin(page):
    """Catches a blank page without a hint at the second start."""
    empty = page.viewport().grab().toImage()
    page.show_document(new_document("x", page.font(), page))
    page.document().clear()
    assert "Ctrl+O" in page.placeholderText()
    assert page.viewport().grab().toImage() == empty
    assert sum(empty.pixel(x, y) != empty.pixel(0, 0) for x in range(60, 400) for y in range(0, 120)) > 500
