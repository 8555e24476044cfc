"""What part of the text a page shows, as a position that can be followed through edits."""

from __future__ import annotations

from app.page.page import Page


def top_position(page: Page) -> int:
    """Where the topmost line on the screen begins, in UTF-16 units."""
    block = page.firstVisibleBlock()
    line = block.layout().lineAt(page.verticalScrollBar().value() - block.firstLineNumber())
    return block.position() + (line.textStart() if line.isValid() else 0)


def scroll_to_position(page: Page, position: int) -> None:
    """Scroll the line that holds a position to the top."""
    block = page.document().findBlock(position)
    # A paragraph not laid out yet has no lines.
    page.document().documentLayout().blockBoundingRect(block)
    line = block.layout().lineForTextPosition(position - block.position())
    page.scroll_to(block, line.lineNumber() if line.isValid() else 0)


def show_range(page: Page, start: int, end: int) -> None:
    """Scroll only where a range is not on the screen as a whole; then to the middle of it."""
    rects = page.range_rects(start, min(end, start + 2_000))
    height = page.viewport().height()
    seen = bool(rects) and rects[0].top() >= 0 and rects[-1].bottom() <= height
    if not seen:
        page.centerCursor()
