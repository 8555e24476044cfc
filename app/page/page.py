"""The page: one centred column of text, and nothing else."""

from __future__ import annotations

import bisect

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QFontMetricsF,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPointingDevice,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app.documents.page_layout import x_of
from app.documents.text_document import MARGIN, new_document, replace_range
from app.page.backspace import remove_emoji, remove_over_fold
from app.page.clipboard import insertable_text, local_file, selected_data
from app.page.quiet_scroll_bar import QuietScrollBar
from app.page.reading_font import reading_font
from app.page.underlines import Underlines
from app.theme import Theme

COLUMN = 74
"""Characters of ordinary prose in a full line."""
BOTTOM = 6
"""Pixels of paper that always stay free under the last visible line."""

_HINT = "Write here, or open a text with Ctrl+O.\nThe Help menu has a sample text to try things out."
_PROSE = "the quick brown fox jumps over the lazy dog and then goes home to sleep in the sun, as foxes do."
_MOUSE = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.MouseMove,
)
_WINDOW_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class Page(QPlainTextEdit):
    """Shows a document that it does not own. Positions are those of Qt: UTF-16 units."""

    document_shown = Signal(object)
    """The page shows another QTextDocument."""
    view_changed = Signal()
    """Text may have moved on the screen: scrolling, resizing, another font or document."""
    composition_changed = Signal(bool)
    """An input method began (True) or ended (False) composing text."""
    file_dropped = Signal(object)
    """The path of a file that was dropped or pasted: a str, which Qt's own would change where it is not UTF-8."""
    message = Signal(str)
    """One line for the writer."""

    def __init__(self, text_size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName("Text")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setCursorWidth(2)
        self.setVerticalScrollBar(QuietScrollBar(Qt.Orientation.Vertical))
        # Always shown, so that the text does not move sideways when it outgrows the window.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.underlines = Underlines()
        self.setPlaceholderText(_HINT)
        self._composing = self._chose_word = False
        self._foot, self._column = BOTTOM, COLUMN
        font = reading_font(text_size)
        self.setFont(font)
        # Shown until the window sets a document, so that the layout is right from the start.
        self._blank = new_document("", font, self)
        self.show_document(self._blank)
        self.verticalScrollBar().valueChanged.connect(self._tell_view_changed)
        self.set_text_size(text_size)

    def show_document(self, document: QTextDocument) -> None:
        """Show another document. The visible lines and the selection stay where they are."""
        anchor, position = self.textCursor().anchor(), self.textCursor().position()
        top = self.firstVisibleBlock()
        number = top.blockNumber()
        # The scroll bar counts lines only of paragraphs laid out so far: its value means nothing in another document.
        line = self.verticalScrollBar().value() - top.firstLineNumber()
        if document.defaultFont() != self.font():
            document.setDefaultFont(self.font())
        self.setDocument(document)
        if self._chose_word:
            self._forget_word()
        self._select(anchor, position)
        self.scroll_to(document.findBlockByNumber(number), line)
        self.document_shown.emit(document)
        self.view_changed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of a theme; the margins beside the column are paper too."""
        palette = theme.palette()
        palette.setColor(QPalette.ColorRole.Window, theme.paper)
        self.setPalette(palette)

    def go_to_start(self) -> None:
        """Move the caret and the view to the start of the text."""
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(0)

    def set_text_size(self, size: int, column: int = COLUMN) -> None:
        """Set the height of the text in pixels, in the reading font, and the characters of a full line."""
        font, self._column = reading_font(size), column
        self.setFont(font)
        self.document().setDefaultFont(font)
        self.setTabStopDistance(4 * QFontMetricsF(font).horizontalAdvance(" "))
        self._centre_column()
        self.view_changed.emit()

    @property
    def is_composing(self) -> bool:
        """Whether an input method is composing text that is not yet part of the document."""
        return self._composing

    def commit_composition(self) -> None:
        """Have the input method insert its composed text into the document."""
        if self._composing:
            QGuiApplication.inputMethod().commit()

    def range_rects(self, start: int, end: int) -> list[QRectF]:
        """The visible part of start..end on the viewport: one rectangle per line, as high as the line box."""
        rects = []
        block = self.document().findBlock(start)
        if block.blockNumber() < self.firstVisibleBlock().blockNumber():
            block = self.firstVisibleBlock()
        while block.isValid() and block.position() <= end:
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if box.top() > self.viewport().height():
                break
            rects += self._block_rects(block, box, start - block.position(), end - block.position())
            block = block.next()
        return rects

    def position_at(self, point: QPoint) -> int:
        """The position nearest to a point of the viewport; the space between two lines belongs to the nearer one."""
        return self.cursorForPosition(self._snap(QPointF(point)).toPoint()).position()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Underline, and leave out a line that would be cut off at the edge of the page."""
        super().paintEvent(event)
        self.underlines.paint(self)
        foot = self.last_line_bottom
        if foot < self.viewport().height():
            with QPainter(self.viewport()) as painter:
                rest = QRectF(0, foot, self.viewport().width(), self.viewport().height() - foot)
                painter.fillRect(rest, self.palette().color(QPalette.ColorRole.Base))

    @property
    def last_line_bottom(self) -> float:
        """Where the last line that is shown as a whole ends on the viewport; its height where no line is cut off."""
        bottom = self.viewport().height()
        glyphs = self._glyphs_at(bottom)
        return glyphs.top() if 0 < glyphs.top() < bottom < glyphs.bottom() else bottom

    def viewportEvent(self, event: QEvent) -> bool:
        """Move mouse events between two lines onto a line: Qt would send the caret to the end of the line."""
        if event.type() in _MOUSE and isinstance(event, QMouseEvent):
            device = event.device()
            snapped = QMouseEvent(
                event.type(),
                self._snap(event.position()),
                event.scenePosition(),
                event.globalPosition(),
                event.button(),
                event.buttons(),
                event.modifiers(),
                device if isinstance(device, QPointingDevice) else QPointingDevice.primaryPointingDevice(),
            )
            snapped.setTimestamp(event.timestamp())
            self._chose_word = self._chose_word or event.type() == QEvent.Type.MouseButtonDblClick
            done = super().viewportEvent(snapped)
            event.setAccepted(snapped.isAccepted())
            return done
        return super().viewportEvent(event)

    def _forget_word(self) -> None:
        """Simulate a click: Qt remembers the position of a double click even after another document is shown.

        Shift+click would extend the selection from there.
        """
        self._chose_word = False
        none, left, plain = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        here = QPointF()
        self.blockSignals(True)
        for kind, buttons in ((QEvent.Type.MouseButtonPress, left), (QEvent.Type.MouseButtonRelease, none)):
            super().viewportEvent(QMouseEvent(kind, here, here, left, buttons, plain))
        self.blockSignals(False)

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window, which knows whether a run is in progress."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and any(event.matches(key) for key in _WINDOW_KEYS)
        ):
            event.ignore()
            return True
        if event.type() == QEvent.Type.Resize:
            # Before the viewport is resized, so that it is laid out only once, with the right margins.
            self._centre_column()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Make Shift+Return end a paragraph like Return: Qt would insert U+2028, which other programs do not expect."""
        plain_backspace = event.key() == Qt.Key.Key_Backspace and not event.modifiers()
        cursor = self.textCursor()
        if (not self.isReadOnly() and remove_over_fold(cursor, event)) or (plain_backspace and remove_emoji(cursor)):
            self.ensureCursorVisible()
            return
        if event.matches(QKeySequence.StandardKey.InsertLineSeparator):
            event = QKeyEvent(event.type(), event.key(), Qt.KeyboardModifier.NoModifier, "\r", event.isAutoRepeat())
        returns = event.matches(QKeySequence.StandardKey.InsertParagraphSeparator) or event.text() == "\r"
        if returns and self.textCursor().hasSelection() and not self.isReadOnly():
            self._replace_selection("\n")
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Notice when an input method starts or ends composing."""
        super().inputMethodEvent(event)
        composing = bool(event.preeditString())
        if composing != self._composing:
            self._composing = composing
            self.composition_changed.emit(composing)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Cut, copy or drag the selection."""
        return selected_data(self.textCursor())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Accept text, and files, which are opened instead of having their address inserted."""
        return bool(local_file(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste or drop."""
        path = local_file(source)
        if path:
            self.file_dropped.emit(path)
        elif not self.isReadOnly():
            self._replace_selection(insertable_text(source))
            if "\0" in source.text():
                self.message.emit("NUL characters were left out of what was inserted: no text file can hold them.")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Report that the text has moved."""
        super().resizeEvent(event)
        self.view_changed.emit()

    def keep_foot_free(self, height: int = BOTTOM) -> None:
        """Keep so many pixels free at the lower edge of the page."""
        self._foot = height
        self._centre_column()

    def _centre_column(self) -> None:
        """Set the viewport's margins so that the column is centred; the document has a margin of its own."""
        per_character = QFontMetricsF(self.font()).horizontalAdvance(_PROSE) / len(_PROSE)
        column = self._column * per_character + 2 * MARGIN
        side = max(0, round((self.width() - column) / 2))
        # The scroll bar lies in the right margin, so that the column stays centred in the window.
        right = max(0, side - self.verticalScrollBar().sizeHint().width())
        self.setViewportMargins(side, 0, right, self._foot)

    def _replace_selection(self, text: str) -> None:
        cursor = self.textCursor()
        cursor.setPosition(replace_range(self.document(), cursor.selectionStart(), cursor.selectionEnd(), text))
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    @Slot()
    def _tell_view_changed(self) -> None:
        self.view_changed.emit()

    def _select(self, anchor: int, position: int) -> None:
        """Restore a selection as far as the text reaches."""
        last = self.document().characterCount() - 1
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(anchor, last))
        cursor.setPosition(min(position, last), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def scroll_to(self, block: QTextBlock, line: int) -> None:
        """Scroll a line of a paragraph to the top."""
        if not block.isValid():
            return
        # A paragraph not laid out yet counts as one line.
        self.document().documentLayout().blockBoundingRect(block)
        self.verticalScrollBar().setValue(block.firstLineNumber() + line)

    def _block_rects(self, block: QTextBlock, box: QRectF, start: int, end: int) -> list[QRectF]:
        """The rectangles of start..end, in positions of the paragraph."""
        rects = []
        lines = block.layout()
        top = box.top()
        for number in range(lines.lineCount()):
            line = lines.lineAt(number)
            next_top = box.top() + self._line_bottom(block, number)
            first = max(start, line.textStart())
            last = min(end, line.textStart() + line.textLength())
            if first < last or (start == end == first == last):
                left, right = sorted((x_of(line, first), x_of(line, last)))
                rects.append(QRectF(box.left() + left, top, right - left, next_top - top))
            top = next_top
        return rects

    def _line_bottom(self, block: QTextBlock, number: int) -> float:
        """The lower edge of a line box, in coordinates of the paragraph: half way to the next line's glyphs."""
        lines = block.layout()
        rect = lines.lineAt(number).rect()
        if number + 1 < lines.lineCount():
            return (rect.bottom() + lines.lineAt(number + 1).y()) / 2
        return rect.bottom() + lines.lineAt(0).y()

    def _snap(self, point: QPointF) -> QPointF:
        """The point, moved vertically onto the glyphs of the line whose box contains it."""
        glyphs = self._glyphs_at(point.y())
        return QPointF(point.x(), min(max(point.y(), glyphs.top() + 1), glyphs.bottom() - 1))

    def _glyphs_at(self, y: float) -> QRectF:
        """The rectangle of the glyphs of the line whose box contains the height `y` of the viewport."""
        block = self.firstVisibleBlock()
        box = self.blockBoundingGeometry(block).translated(self.contentOffset())
        while box.bottom() <= y and block.next().isValid():
            block = block.next()
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
        lines = block.layout()
        others = range(lines.lineCount() - 1)
        number = bisect.bisect_right(others, y - box.top(), key=lambda number: self._line_bottom(block, number))
        return lines.lineAt(number).rect().translated(box.topLeft())
