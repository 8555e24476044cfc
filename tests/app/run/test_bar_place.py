"""Where the bar lies beside a selection: what it must not cover."""

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest

from app.documents.page_layout import layout_of
from app.page.floating_bar import SHADOW

LINES = [f"Line {number} of a text that fills most of the width of the page." for number in range(60)]
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(autouse=True)
def pointer():
    """The mouse, out of the way; it is put back."""
    before = QCursor.pos()
    QCursor.setPos(0, 0)
    yield QCursor
    QCursor.setPos(before)


def card(bar) -> QRectF:
    """The visible part, on the viewport."""
    return QRectF(bar.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)).translated(-bar.page.viewport().pos())


def letters(desk, text: str) -> QRectF:
    """The middle of a line of the page, where its letters are."""
    start = desk.text.index(text)
    return desk.page.range_rects(start, start + len(text))[0].adjusted(0, 5, 0, -5)


def bar_of(desk):
    bar = desk.controller.selection_bar
    desk.wait_for(bar.isVisible)
    return bar


@pytest.mark.parametrize("line", [0, 1, 2, 9])
@pytest.mark.parametrize("down", [True, False])
def test_the_line_that_the_selection_grows_into_stays_readable(make_desk, line, down):
    """It covered the next line at the top of the page, where there is no room above."""
    desk = make_desk("\n".join(LINES), engine=False)
    start = desk.text.index(LINES[line + 1])
    desk.put_caret(start + 5)
    for extended in range(1, 4):
        if not down and line + 1 < extended:
            break
        desk.press(Qt.Key.Key_Down if down else Qt.Key.Key_Up, SHIFT)
        following = line + 1 + (extended + 1 if down else -extended - 1)
        bar = desk.controller.selection_bar
        if bar.isVisible():
            # It has not yet moved.
            assert following < 0 or not card(bar).intersects(letters(desk, LINES[following]))
        QTest.qWait(190)
        assert bar_of(desk).isVisible()
        assert following < 0 or not card(bar).intersects(letters(desk, LINES[following]))
        for rect in desk.page.range_rects(*sorted((desk.page.textCursor().anchor(), desk.caret))):
            assert not card(bar).intersects(rect.adjusted(0, 5, 0, -5))


def test_where_there_is_room_below_it_covers_nothing(make_desk):
    """It covered the line above although there was no text below."""
    desk = make_desk(f"{LINES[0]}\n{LINES[1]}\n\n\n{LINES[2]}", engine=False)
    start = desk.text.index(LINES[1])
    desk.select(start, start + 20)
    bar = bar_of(desk)
    assert card(bar).top() > letters(desk, LINES[1]).bottom()
    assert not any(card(bar).intersects(letters(desk, line)) for line in LINES[:3])


def test_it_never_comes_up_under_the_mouse(make_desk, pointer):
    """A third click, or a second double click, pressed a button and started a run."""
    desk = make_desk("\n".join(LINES), engine=False)
    start = desk.text.index(LINES[9])
    desk.select(start, start + 20)
    place = card(bar_of(desk)).center().toPoint()
    desk.put_caret(0)
    pointer.setPos(desk.page.viewport().mapToGlobal(place))
    desk.select(start, start + 21)
    assert not card(bar_of(desk)).contains(place)


def test_a_selection_larger_than_the_page_leaves_the_line_of_the_caret_free(make_desk):
    desk = make_desk("\n".join(LINES), engine=False)
    desk.select(desk.text.index(LINES[1]), desk.text.index(LINES[50]))
    desk.page.ensureCursorVisible()
    bar = bar_of(desk)
    QTest.qWait(190)
    caret = desk.page.cursorRect()
    assert not card(bar).intersects(QRectF(0, caret.top(), 900, layout_of(desk.document).line_step))
    assert desk.page.rect().contains(bar.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW))


def test_it_waits_for_the_mouse_to_be_released(make_desk):
    desk = make_desk("\n".join(LINES), engine=False)
    view, bar = desk.page.viewport(), desk.controller.selection_bar
    first, last = (desk.page.range_rects(at, at + 4)[0].center().toPoint() for at in (3, 40))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(view, last + QPoint(2, 0))
    desk.select(3, 40)
    QTest.qWait(250)
    assert not bar.isVisible()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=last)
    desk.select(3, 41)
    desk.wait_for(bar.isVisible)
