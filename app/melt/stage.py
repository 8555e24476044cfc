"""Animate a run on the page: frames in, an animation in place of the selected words out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QRectF, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap, QTextBlock, QTextLine

from app.documents.page_layout import layout_of, x_of
from app.documents.scratch import HIDDEN, Scratch, look
from app.documents.text_document import len_utf16
from app.melt.brush import Anchor
from app.melt.frame_clock import FrameClock
from app.melt.model import MeltModel
from app.melt.overlay import MeltOverlay
from app.melt.reflow import Reflow
from app.page.page import Page
from app.theme import Theme, ThemeSource
from engine import Frame

_FILLER = " nnnn"
"""Invisible words that keep room open after the original; words, because spaces would not wrap."""
_LINES_ABOVE = 4
"""Lines that stay visible above a group when scrolling to it."""
_FAR = 300
"""Paragraphs."""


class MeltStage(QObject):
    """Owns the animation of one run at a time. The scratch document keeps the room, the overlay paints the motion.

    moves: False under reduced motion: nothing is painted, and text moves at once.
    """

    ticked = Signal()
    """Time to look into the engine's mailbox; every 16 ms during a run."""

    def __init__(self, page: Page, themes: ThemeSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.moves = True
        self._page = page
        self._themes = themes
        self._overlay = MeltOverlay(page, themes.theme, self._find_anchor)
        self._scratch: Scratch | None = None
        self._running = False
        self._lead = self._rest = 0
        self._head = self._tail = ""
        self._rest_stays = False
        self._group = 0
        self._clock = FrameClock(self)
        self._clock.ticked.connect(self._move_on)
        page.view_changed.connect(self._follow_page)
        themes.theme_changed.connect(self._take_theme)

    def mark_pinned(self, wanted: bool) -> None:
        """Set whether pinned words are underlined in the next run."""
        self._overlay.mark_pinned = wanted

    def begin(self, scratch: Scratch, *, rest_stays: bool = False) -> None:
        """A run on the range of `scratch` was requested; until its first frame the words only turn faint.

        rest_stays: words outside the frames are not still to come, but stay as they are.
        """
        self._scratch = scratch
        self._running = True
        self._rest_stays = rest_stays
        self._lead, self._rest = 0, scratch.end - scratch.start
        self._head, self._tail = "", scratch.text()
        self._overlay.model = None
        self._paint_scratch()
        self._wake()

    def show(self, frame: Frame) -> None:
        """Show a frame of the run that `begin` announced."""
        if self._scratch is None or not self.moves:
            return
        model = self._overlay.model
        if model is None or frame.group != self._group:
            model = self._open_group(frame)
        else:
            model.show(frame)
        self._flow()
        line, across = model.end()
        if self._lacks_room(line, across):
            with self.reflowing(self._lead, self._rest):
                self._make_room(line, across)
        elif frame.groups > 1:
            self._give_room_back(model)

    def settle(self) -> None:
        """The last frame is the result: let every slot land."""
        if self._overlay.model is not None:
            self._overlay.model.settle()
            self._flow()

    def stop(self) -> None:
        """Remove the animation; the text beneath is the caller's."""
        self._running = False
        self._lead = self._rest = 0
        self._overlay.model = None

    def reveal(self) -> None:
        """Scroll to the current group, or to the first words of a review, unless its start is visible."""
        if self._is_visible():
            return
        position = self._shown.start + self._lead
        line = _line_number(self._shown.document.findBlock(position), position)
        self._page.verticalScrollBar().setValue(max(0, line - _LINES_ABOVE))

    def end(self) -> None:
        """Drop the scratch document, which is about to be deleted."""
        self._scratch = None

    @contextmanager
    def reflowing(self, lead: int = 0, rest: int = 0) -> Iterator[None]:
        """Show what the body does to the text on the page as one smooth transition.

        lead, rest: how many units at the start and at the end of the range stay unchanged.
        """
        before = self._picture(lead, rest)
        yield
        after = self._picture(lead, rest)
        if before and after and before[1] == after[1]:
            self._overlay.reflow = Reflow(before[0], after[0], before[1], before[2], after[2])
            self._wake()

    def _picture(self, lead: int, rest: int) -> tuple[QPixmap, float, float] | None:
        """A picture of the viewport, with the top of what changes and the end of its last paragraph."""
        scratch = self._scratch
        if scratch is None or not self.moves or not self._page.isVisible():
            return None
        document = self._page.document()
        first = scratch.start + lead
        last = (scratch.end if document is scratch.document else scratch.real_end) - rest
        if not (self._near(document.findBlock(first)) and self._near(document.findBlock(last))):
            return None
        height = self._page.viewport().height()
        line = _line_at(document.findBlock(first), first)
        top = self._box(document.findBlock(first)).top() + (line.y() if line else 0.0)
        bottom = self._box(document.findBlock(last)).bottom()
        picture = self._page.viewport().grab()
        painter = QPainter(picture)
        self._overlay.paint_slots(painter)
        painter.end()
        return picture, min(max(0.0, top), height), min(max(0.0, bottom), height)

    def _open_group(self, frame: Frame) -> MeltModel:
        """A group of words begins: finished words become text, the current ones are hidden under the animation."""
        # A writer who has scrolled away during the run is looking at something else.
        follow = self._overlay.model is None or self._is_visible()
        rest = len_utf16(frame.tail) if self._tail.endswith(frame.tail) else 0
        with self.reflowing(self._lead, rest):
            self._put_head(frame, rest)
            model = MeltModel(QFontMetricsF(self._page.font()).horizontalAdvance)
            model.show(frame)
            self._overlay.model = model
            self._group = frame.group
            anchor = self._find_anchor()
            if anchor is not None:
                self._make_room(*model.extent(anchor.first_across, anchor.width))
        if follow:
            self.reveal()
        return model

    def _put_head(self, frame: Frame, rest: int) -> None:
        """Put the words of finished groups into the scratch text. rest: units of the words still to come."""
        scratch, head = self._shown, frame.head
        waiting = self._tail[: len(self._tail) - len(frame.tail)] if rest or not frame.tail else self._tail
        if head.startswith(self._head):
            done = head[len(self._head) :]
            waiting = waiting.removeprefix(done)
        else:
            done, self._lead = head, 0
        scratch.replace(self._lead, scratch.end - scratch.start - rest, done + waiting)
        self._lead += len_utf16(done)
        self._rest = rest
        self._head, self._tail = head, frame.tail if rest else ""
        self._paint_scratch()

    @property
    def _shown(self) -> Scratch:
        """The scratch document on the page; only asked for between `begin` and `end`."""
        assert self._scratch is not None
        return self._scratch

    def _is_visible(self) -> bool:
        """Whether the start of the current group is visible."""
        anchor = self._find_anchor()
        return anchor is not None and 0 <= anchor.baseline <= self._page.viewport().height()

    def _paint_scratch(self) -> None:
        """Show finished words in ink, words still to come faint, and hide the current group: the overlay paints it."""
        scratch = self._shown
        size = scratch.end - scratch.start
        theme = self._themes.theme
        rest = look(theme.ink if self._rest_stays else theme.ink_faint)
        spans = [(self._lead, size - self._rest, HIDDEN), (size - self._rest, size, rest)]
        scratch.paint([span for span in spans if span[0] < span[1]])

    def _make_room(self, line: int, across: float) -> None:
        """Lengthen the hidden text until it reaches that line and position."""
        word = QFontMetricsF(self._page.font()).horizontalAdvance(_FILLER)
        for _ in range(6):
            missing = self._lacks_room(line, across)
            if not missing:
                break
            at = self._shown.end - self._shown.start - self._rest
            self._shown.replace(at, at, _FILLER * math.ceil(missing / word))
        self._paint_scratch()
        self._flow()

    def _give_room_back(self, model: MeltModel) -> None:
        """Move what follows up once the current group surely needs fewer lines: no words wait after an empty stretch.

        Not in a run of one group, whose line after the range stays in its place until the end.
        """
        anchor = self._find_anchor()
        if anchor is None or self._rest_stays:
            return
        line, across = model.extent(anchor.first_across, anchor.width)
        if self._lines_kept() > line:
            with self.reflowing(self._lead, self._rest):
                self._shown.replace(self._lead, self._shown.end - self._shown.start - self._rest, "")
                self._make_room(line, across)

    def _lines_kept(self) -> int:
        """How many lines after its first one the hidden text reaches down."""
        document = self._shown.document
        first, last = self._shown.start + self._lead, self._shown.end - self._rest
        self._lay_out(first, last)
        return _line_number(document.findBlock(last), last) - _line_number(document.findBlock(first), first)

    def _lacks_room(self, line: int, across: float) -> float:
        """How many pixels of text are missing until the hidden text reaches that line and position."""
        anchor = self._find_anchor()
        if anchor is None:
            return 0.0
        lines = self._lines_kept()
        document, last = self._shown.document, self._shown.end - self._rest
        end_line = _line_at(document.findBlock(last), last)
        reached = _across(end_line, last - document.findBlock(last).position(), anchor.mirrored) if end_line else 0.0
        return max(0.0, (line - lines) * anchor.width + across - reached)

    def _flow(self) -> None:
        anchor = self._find_anchor()
        if anchor is not None and self._overlay.model is not None:
            self._overlay.model.flow(anchor.first_across, anchor.width)

    def _find_anchor(self) -> Anchor | None:
        """Where the current group starts on the viewport."""
        if self._scratch is None:
            return None
        position = self._scratch.start + self._lead
        block = self._scratch.document.findBlock(position)
        if not self._near(block):
            return None
        self._lay_out(position, position)
        line = _line_at(block, position)
        if line is None:
            return None
        box = self._box(block)
        mirrored = block.textDirection() == block.textDirection().RightToLeft
        return Anchor(
            left=box.left() + line.x(),
            width=line.width(),
            first_across=_across(line, position - block.position(), mirrored),
            baseline=box.top() + line.y() + line.ascent(),
            line_step=layout_of(self._scratch.document).line_step,
            mirrored=mirrored,
        )

    def _lay_out(self, first: int, last: int) -> None:
        """Lay out the paragraphs of a range; Qt does so only when it has to paint them."""
        document = self._page.document()
        block = document.findBlock(first)
        while block.isValid() and block.position() <= last:
            document.documentLayout().blockBoundingRect(block)
            block = block.next()

    def _near(self, block: QTextBlock) -> bool:
        """Whether a paragraph exists and is close enough to the screen: Qt walks there paragraph by paragraph."""
        return block.isValid() and abs(block.blockNumber() - self._page.firstVisibleBlock().blockNumber()) < _FAR

    def _box(self, block: QTextBlock) -> QRectF:
        return self._page.blockBoundingGeometry(block).translated(self._page.contentOffset())

    def _wake(self) -> None:
        """Show the overlay and start the clock."""
        self._overlay.cover()
        self._overlay.show()
        self._overlay.raise_()
        self._clock.wake()

    @Slot(float)
    def _move_on(self, seconds: float) -> None:
        """Advance the animation by the time that has passed."""
        if self._running:
            self.ticked.emit()
            self._flow()
        if not self._overlay.advance(seconds) and not self._running:
            self._clock.rest()
            self._overlay.hide()

    @Slot()
    def _follow_page(self) -> None:
        """The text has moved on the screen: cover it again."""
        self._overlay.cover()
        self._overlay.update()

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self._overlay.theme = theme
        self._overlay.reflow = None
        if self._scratch is not None and self._running:
            self._paint_scratch()
        self._overlay.update()


def _line_at(block: QTextBlock, position: int) -> QTextLine | None:
    """The line of a paragraph that holds a position of the document."""
    line = block.layout().lineForTextPosition(position - block.position())
    return line if line.isValid() else None


def _line_number(block: QTextBlock, position: int) -> int:
    """The number of that line in the document."""
    line = _line_at(block, position)
    return block.firstLineNumber() + (line.lineNumber() if line else 0)


def _across(line: QTextLine, position: int, mirrored: bool) -> float:
    """The distance of a position of the paragraph from the leading edge of its line."""
    x = x_of(line, position) - line.x()
    return line.width() - x if mirrored else x
