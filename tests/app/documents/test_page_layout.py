"""Lines are spaced, and painting, caret and mouse agree about their positions."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from app.documents.page_layout import LINE_HEIGHT
from app.documents.text_document import new_document
from app.page.page import Page
from app.theme import LIGHT

PROSE = "It was a bright cold day in the harbour, and the gulls were quarrelling over something unseen. " * 4


@pytest.fixture
def page(qtbot):
    page = Page(19)
    qtbot.addWidget(page)
    page.set_theme(LIGHT)
    page.resize(900, 500)
    page.show()
    qtbot.waitExposed(page)
    return page


def show(page: Page, text: str):
    document = new_document(text, page.font(), page)
    page.show_document(document)
    page.go_to_start()
    return document


def line_boxes(page: Page, block):
    """Top and bottom of the glyphs of each line, in the viewport."""
    top = page.blockBoundingGeometry(block).translated(page.contentOffset()).top()
    lines = block.layout()
    return [
        (top + lines.lineAt(number).rect().top(), top + lines.lineAt(number).rect().bottom())
        for number in range(lines.lineCount())
    ]


def test_from_baseline_to_baseline_it_is_one_step(page):
    document = show(page, PROSE)
    lines = document.firstBlock().layout()
    step = document.documentLayout().line_step
    baselines = [lines.lineAt(number).y() + lines.lineAt(number).ascent() for number in range(lines.lineCount())]
    assert len(baselines) > 3
    assert step == round(19 * LINE_HEIGHT)
    assert baselines == [baselines[0] + number * step for number in range(len(baselines))]


def test_paragraphs_follow_each_other_in_the_same_step(page):
    document = show(page, "one\n\ntwo\nthree")
    step = document.documentLayout().line_step
    tops = []
    block = document.firstBlock()
    while block.isValid():
        tops.append(page.blockBoundingGeometry(block).top())
        block = block.next()
    assert tops == [0, step, 2 * step, 3 * step]


def test_caret_and_mouse_agree_at_every_letter(page):
    document = show(page, PROSE + "\n\nshort\n" + PROSE)
    step = document.documentLayout().line_step
    cursor = QTextCursor(document)
    for position in range(0, document.characterCount() - 1, 5):
        cursor.setPosition(position)
        caret = page.cursorRect(cursor)
        if caret.bottom() > page.viewport().height():
            break
        for down in (0, -round(step / 2) + 1, round(step / 2) - 2):
            clicked = page.position_at(QPoint(caret.left(), caret.center().y() + down))
            assert abs(clicked - position) <= 1
    assert position > 300


def test_a_click_between_two_lines_lands_in_the_nearer_one(page):
    document = show(page, PROSE)
    boxes = line_boxes(page, document.firstBlock())
    gap = boxes[2][0] - boxes[1][1]
    assert gap > 1
    for y, line in ((boxes[1][1] + gap / 4, 1), (boxes[2][0] - gap / 4, 2)):
        QTest.mouseClick(page.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, round(y)))
        column = page.textCursor().position() - document.firstBlock().layout().lineAt(line).textStart()
        assert 10 < column < 60


def test_ink_is_where_the_lines_are(page):
    document = show(page, PROSE)
    picture = page.viewport().grab().toImage()
    boxes = line_boxes(page, document.firstBlock())
    inked = {
        y
        for y in range(picture.height())
        if any(picture.pixelColor(x, y).lightness() < 100 for x in range(45, picture.width(), 2))
    }
    for top, bottom in boxes:
        assert inked & set(range(round(top), round(bottom)))
    assert all(any(top - 1 <= y <= bottom + 1 for top, bottom in boxes) for y in inked)


def test_up_and_down_keep_the_column(page):
    document = show(page, PROSE)
    lines = document.firstBlock().layout()
    cursor = page.textCursor()
    cursor.setPosition(20)
    page.setTextCursor(cursor)
    x = page.cursorRect().left()
    for number in range(1, lines.lineCount() - 1):
        QTest.keyClick(page, Qt.Key.Key_Down)
        line = lines.lineForTextPosition(page.textCursor().position())
        assert line.lineNumber() == number
        assert abs(page.cursorRect().left() - x) < 12
    QTest.keyClick(page, Qt.Key.Key_Up)
    assert lines.lineForTextPosition(page.textCursor().position()).lineNumber() == lines.lineCount() - 3


def test_the_caret_stays_in_sight_while_moving_through_a_long_text(page):
    show(page, "\n".join([PROSE] * 30))
    for _ in range(60):
        QTest.keyClick(page, Qt.Key.Key_Down)
        caret = page.cursorRect()
        assert caret.top() >= 0
        assert caret.bottom() <= page.viewport().height()
    for _ in range(60):
        QTest.keyClick(page, Qt.Key.Key_Up)
        assert page.viewport().rect().contains(page.cursorRect().center())
    assert page.textCursor().position() == 0


def test_taller_glyphs_get_more_room_and_nothing_overlaps(page):
    document = show(page, "word 🙂 word\nשלום\n日本語\nword")
    block = document.firstBlock()
    bottom = 0.0
    while block.isValid():
        for box in line_boxes(page, block):
            assert box[0] >= bottom
            bottom = box[1]
        block = block.next()


def test_a_larger_text_gets_larger_steps(page):
    document = show(page, PROSE)
    page.set_text_size(30)
    assert document.documentLayout().line_step == round(30 * LINE_HEIGHT)
    assert page.blockBoundingGeometry(document.firstBlock()).height() >= 30 * LINE_HEIGHT * 4


def test_reserved_room_follows_its_paragraph(page):
    document = show(page, "one\ntwo\nthree")
    step = document.documentLayout().line_step
    layout = document.documentLayout()
    layout.reserve(document.findBlockByNumber(1), 50)
    QTextCursor(document).insertText("zero\n")
    tops = [page.blockBoundingGeometry(document.findBlockByNumber(number)).top() for number in range(4)]
    assert tops == [0, step, 2 * step, 3 * step + 50]
    layout.reserve(document.findBlockByNumber(2), 0)
    assert page.blockBoundingGeometry(document.findBlockByNumber(3)).top() == 3 * step


def test_of_five_megabytes_only_what_is_seen_is_laid_out(page):
    paragraph = PROSE + "\n"
    document = new_document(paragraph * (5_000_000 // len(paragraph)), page.font(), page)
    page.show_document(document)
    page.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(page, "typing at the end of it")
    block, laid_out = document.firstBlock(), 0
    while block.isValid():
        laid_out += block.layout().lineCount() > 0
        block = block.next()
    assert 0 < laid_out < 100 < document.blockCount()


def test_a_paragraph_from_right_to_left_starts_at_the_right(page):
    """It began at the left, where its lines end."""
    hebrew = "הים שקט היום. " * 12
    document = show(page, f"{PROSE}\n{hebrew}")
    first, second = document.findBlockByNumber(0), document.findBlockByNumber(1)
    left = page.range_rects(0, first.length() - 1)[0].left()
    right = left + first.layout().lineAt(0).width()
    rects = page.range_rects(second.position(), second.position() + len(hebrew))
    assert len(rects) > 1
    assert all(abs(rect.right() - right) < 8 for rect in rects)
    QTest.mouseClick(page.viewport(), Qt.MouseButton.LeftButton, pos=rects[1].toRect().topRight() + QPoint(-1, 9))
    start = second.position() + second.layout().lineAt(1).textStart()
    # At the first letter, on either side of it.
    assert page.textCursor().position() in (start, start + 1)
    assert abs(page.cursorRect().right() - right) < 16
    # A letter from left to right at its start turns it around.
    page.moveCursor(QTextCursor.MoveOperation.StartOfBlock)
    QTest.keyClicks(page, "x")
    assert abs(page.range_rects(second.position(), second.position() + 1)[0].left() - left) < 8
