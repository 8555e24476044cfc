"""Where the bar lies beside a selection: where it covers the least, and never what the writer is about to read."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF

from app.documents.page_layout import layout_of
from app.page.page import Page

_GAP, _TIGHT = 8.0, 0.0
"""Pixels between the bar and the selection: usually, and where the bar then covers a line less."""
_LEAD = 4.5
"""Pixels of a line box above and below its letters, about; a bar may cover those."""
_EDGE = 4.0
"""Pixels between the bar and the edges of the page."""
_SHIFT = 12.0
"""Pixels by which the bar starts before the selection, so that its first word stands above the selected one."""
_AROUND_POINTER = 6.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around a selection; all rectangles on the viewport.

    selected, others: the visible lines of the selection, and of all other text, without blank ones.
    ahead: the line of the caret, and the one that extending the selection by one line would reach.
    forwards: whether the selection grows downwards.
    step: height of a line. view: the viewport on the page. lowest: the lowest upper edge of a bar.
    pointer: where the mouse is.
    """

    selected: list[QRectF]
    others: list[QRectF]
    ahead: QRectF
    forwards: bool
    step: float
    view: QRectF
    lowest: float
    pointer: QPointF


def look_around(page: Page, lowest: float, pointer: QPoint) -> Surroundings:
    """The surroundings of the selection of a page. lowest: on the page. pointer: on the screen."""
    cursor = page.textCursor()
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    view = QRectF(page.viewport().geometry())
    first, last = page.firstVisibleBlock().position(), page.document().characterCount() - 1
    seen = QRectF(0, 0, view.width(), view.height())
    before = page.range_rects(first, start) if first < start else []
    after = page.range_rects(end, last) if end < last else []
    forwards = cursor.position() == end
    step = layout_of(page.document()).line_step
    caret = QRectF(page.cursorRect())
    # A bar may be wider than the line: what counts is its height.
    ahead = QRectF(0, caret.center().y() - step / 2 - (0 if forwards else step), view.width(), 2 * step)
    return Surroundings(
        selected=[rect for rect in page.range_rects(start, end) if seen.intersects(rect)],
        others=[rect for rect in (*before, *after) if rect.width() > 0 and seen.intersects(rect)],
        ahead=ahead,
        forwards=forwards,
        step=step,
        view=view,
        lowest=lowest - view.top(),
        pointer=QPointF(page.viewport().mapFromGlobal(pointer)),
    )


def place(around: Surroundings, card: QSizeF) -> QPointF:
    """The upper left corner of a bar on the page. Where it can cover nothing, it lies below the selection.

    Otherwise it lies on the side to which the selection does not grow.
    """
    first, last = around.selected[0], around.selected[-1]
    above, below = first.top() - card.height(), last.bottom()
    beside = QPointF(last.left(), below + _GAP), QPointF(first.left(), above - _GAP)
    tight = QPointF(last.left(), below + _TIGHT), QPointF(first.left(), above - _TIGHT)
    further = QPointF(last.left(), below + around.step + _LEAD), QPointF(first.left(), above - around.step - _LEAD)
    if around.forwards:
        beside, tight, further = beside[::-1], tight[::-1], further[::-1]
    # Where the selection fills the page, the bar lies on it, at the edge that is farther from the caret.
    edges = QPointF(first.left(), _EDGE - around.view.top()), QPointF(first.left(), around.lowest)
    places = (*beside, *tight, *further, *(edges if around.forwards else edges[::-1]))
    best = min(places, key=lambda corner: _cost(around, QRectF(_on_page(around, corner, card), card)))
    return _on_page(around, best, card) + around.view.topLeft()


def covers_what_is_read(around: Surroundings, card: QRectF) -> bool:
    """Whether a bar on the viewport covers selected words or the line that comes next."""
    return any(_hits(card, rect) for rect in around.selected) or _hits_ahead(around, card)


def _on_page(around: Surroundings, corner: QPointF, card: QSizeF) -> QPointF:
    """The corner, moved sideways onto the page."""
    margin = around.view.left()
    farthest = around.view.width() + margin - card.width() - _EDGE
    return QPointF(max(_EDGE - margin, min(corner.x() - _SHIFT, farthest)), corner.y())


def _cost(around: Surroundings, card: QRectF) -> tuple[bool, bool, bool, int, bool]:
    """What is bad about a place, the worst first."""
    off = card.top() < _EDGE - around.view.top() - 0.5 or card.top() > around.lowest + 0.5
    pointed = card.adjusted(-_AROUND_POINTER, -_AROUND_POINTER, _AROUND_POINTER, _AROUND_POINTER)
    covered = sum(_hits(card, rect) for rect in around.others)
    return (
        off,
        _hits_ahead(around, card) or pointed.contains(around.pointer),
        any(_hits(card, rect) for rect in around.selected),
        covered,
        not covered and card.center().y() < around.selected[-1].bottom(),
    )


def _hits(card: QRectF, line: QRectF) -> bool:
    """Whether a bar covers letters of a line."""
    return card.intersects(line.adjusted(0, _LEAD, 0, -_LEAD))


def _hits_ahead(around: Surroundings, card: QRectF) -> bool:
    """Whether a bar covers letters of the line of the caret or the next."""
    return card.intersects(around.ahead.adjusted(0, _LEAD, 0, -_LEAD)) and any(
        _hits(around.ahead, line) and _hits(card, line) for line in around.others
    )
