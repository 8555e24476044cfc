"""The line height of the page. QPlainTextEdit ignores block line heights, so its document layout spaces the lines.

The base class lays a paragraph out with its lines close together; the lines are then moved apart. Painting, the caret,
selections and scrolling all read the positions of the lines, so they agree by themselves.
"""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextBlock, QTextCursor, QTextDocument, QTextLine
from PySide6.QtWidgets import QPlainTextDocumentLayout

LINE_HEIGHT = 1.55
"""From baseline to baseline, in heights of the font (its size in pixels)."""


class PageLayout(QPlainTextDocumentLayout):
    """Lays paragraphs out with `line_step` pixels from baseline to baseline; a line with taller glyphs takes more.

    line_step: height of one line box. A whole number, so that every line is equally sharp.
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        # Never ask self.document() for it: PySide would then take the layout for the document's owner, find that the
        # two own only each other, and delete a document that is still on the page.
        self._document = document
        self._font = QFont()
        self._reserved: QTextCursor | None = None
        self._reserved_height = 0.0
        self._measure(document.defaultFont())

    def reserve(self, block: QTextBlock, height: float) -> None:
        """Keep `height` free pixels under a paragraph, wherever edits move it. Replaces an earlier reservation."""
        self._reserved = QTextCursor(block) if height > 0 else None
        self._reserved_height = height
        self.documentSizeChanged.emit(self.documentSize())
        self.update.emit()

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """The box of a paragraph, its lines moved apart."""
        rect = super().blockBoundingRect(block)
        if not block.isValid() or not block.isVisible():
            return rect
        lines = block.layout()
        # The base class puts the first line at 0 whenever it lays out a paragraph.
        if lines.lineAt(0).y() == 0:
            self._space(block)
        last = lines.lineAt(lines.lineCount() - 1)
        height = last.y() + last.ascent() + max(self.line_step - self._baseline, last.descent())
        if not block.next().isValid():
            height += self._document.documentMargin()
        if self._reserved is not None and self._reserved.block() == block:
            height += self._reserved_height
        rect.setHeight(height)
        return rect

    def documentChanged(self, position: int, removed: int, added: int) -> None:
        """Called by the document after every edit, and when it gets another font."""
        font = self._document.defaultFont()
        if font != self._font:
            self._measure(font)
        super().documentChanged(position, removed, added)

    def _measure(self, font: QFont) -> None:
        """Take the line height from a font."""
        metrics = QFontMetricsF(font)
        self._font = font
        self.line_step = float(round(max(font.pixelSize() * LINE_HEIGHT, metrics.height())))
        # Half of the free space above the glyphs, half below.
        self._baseline = round((self.line_step - metrics.height()) / 2 + metrics.ascent())

    def _space(self, block: QTextBlock) -> None:
        """Move the lines of one paragraph apart, baseline by baseline; lines from right to left start at the right."""
        lines = block.layout()
        if block.textDirection() == Qt.LayoutDirection.RightToLeft:
            option = lines.textOption()
            option.setAlignment(Qt.AlignmentFlag.AlignRight)
            lines.setTextOption(option)
        top = 0.0
        for number in range(lines.lineCount()):
            line = lines.lineAt(number)
            baseline = top + max(self._baseline, line.ascent())
            position = line.position()
            position.setY(baseline - line.ascent())
            line.setPosition(position)
            top = baseline + max(self.line_step - self._baseline, line.descent())


def layout_of(document: QTextDocument) -> PageLayout:
    """The layout of a document made by `new_document`."""
    layout = document.documentLayout()
    assert isinstance(layout, PageLayout)
    return layout


def x_of(line: QTextLine, position: int) -> float:
    """Where a position of the paragraph is on a line: pixels from the left edge of the layout."""
    x, _ = cast("tuple[float, int]", line.cursorToX(position))  # PySide's stubs say `object`.
    return x
