"""What a run looks like: the scratch document, the animation, the review and the bar on the page."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QTextCursor, QTextDocument

from app.documents.page_layout import layout_of
from app.documents.scratch import Scratch
from app.melt.stage import MeltStage
from app.page.page import Page
from app.run.bar import ROOM, RunBar
from app.run.review import Review
from app.run.time_left import TimeLeft
from app.settings import Settings
from app.theme import Theme, ThemeSource
from engine import Frame, SlotState

SETTLE = 340
"""Milliseconds for the last words to land before the review begins."""


class RunView(QObject):
    """Shows one run at a time. Knows nothing of the engine.

    bar: the bar below the words. stage: the animation; its `ticked` asks for the newest frame.
    """

    def __init__(self, page: Page, themes: ThemeSource, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bar = RunBar(page, themes.theme)
        self.stage = MeltStage(page, themes, self)
        self._page, self._themes, self._settings = page, themes, settings
        self._scratch: Scratch | None = None
        self._review: Review | None = None
        self._which = 1, 1
        self._hovered: int | None = None
        self._held_back = False
        self._time_left = TimeLeft()
        self._done = 0.0
        self._caret_width = page.cursorWidth()
        page.view_changed.connect(self._place_bar)
        page.cursorPositionChanged.connect(self._show_caret)
        themes.theme_changed.connect(self._take_theme)

    def open(self, scratch: Scratch, text: str, *, mark_pinned: bool = True) -> None:
        """A run was requested: show its scratch document, and `text` on the bar. mark_pinned: see MeltOverlay."""
        self._scratch = scratch
        self.stage.mark_pinned(mark_pinned)
        self.stage.moves = not self._settings.value("reduced_motion")
        # If the words end below the screen, the bar lies at the edge of the page, where it must not cover text either.
        self._page.keep_foot_free(round(self._page.height() - self.bar.lowest) + 6)
        self._page.show_document(scratch.document)
        self.select(scratch.end, scratch.end)
        self.stage.begin(scratch)
        with self.stage.reflowing():
            # Keep room for the bar, so that it never covers text.
            layout_of(scratch.document).reserve(scratch.document.findBlock(scratch.end), ROOM)
        self._time_left.start()
        self._show_progress([text], 0.0)

    def reopen(self, words: str, text: str) -> None:
        """Some words of the result in review melt again. words: the whole result. text: for the bar."""
        scratch = self._shown
        self._review = None
        with self.stage.reflowing():
            scratch.replace(0, scratch.end - scratch.start, words)
            self.stage.begin(scratch, rest_stays=True)
        self.select(scratch.end, scratch.end)
        self._show_progress([text], 0.0)

    def widen(self) -> None:
        """The range of the scratch document has changed before anything was shown."""
        self.stage.begin(self._shown)

    def show_frame(self, frame: Frame, doing: str) -> None:
        """Show a frame. doing: what is being done, in one word."""
        self.stage.show(frame)
        share = _settled(frame)
        self._time_left.begin_part(frame.group, frame.groups)
        words = [doing, f"{share:.0%} settled"]
        if frame.groups > 1:
            words = [doing, *self._where(frame.group, frame.groups)]
        self._show_progress(words, (frame.group + share) / max(1, frame.groups))

    def show_group(self, group: int, groups: int, doing: str) -> None:
        """A group (from 0) begins. Its frames may have come first; then they know better."""
        if group / groups >= self._done:
            self._time_left.begin_part(group, groups)
            self._show_progress([doing, *self._where(group, groups)], group / groups)

    def settle(self) -> int:
        """The run has ended: let the last words land. Returns how many milliseconds that takes."""
        self.stage.settle()
        return SETTLE if self.stage.moves else 0

    def open_review(self, review: Review, number: int, results: int, *, held_back: bool = False) -> None:
        """Show the changes instead of the animation or of another result. number: that of the result, from 1.

        held_back: whether the old words are shown instead of the result, which has faults.
        """
        self._review, self._which, self._held_back = review, (number, results), held_back
        self._hovered = None
        with self.stage.reflowing():
            review.show(self._themes.theme)
            self.stage.stop()
        self.select(self._shown.end, self._shown.end)
        self._show_caret()
        self._count_changes(review)
        self.stage.reveal()

    def refresh_review(self, *changes: int) -> None:
        """Changes with these numbers were accepted, declined, selected or left."""
        if self._review is not None:
            for number in changes:
                self._review.update(number, self._themes.theme)
            self._count_changes(self._review)

    def hover(self, number: int | None) -> None:
        """The mouse is on a change, whose reason the bar shows; None where it is on none."""
        if self._review is not None and number != self._hovered:
            self._hovered = number
            self._count_changes(self._review)

    def close(self, real: QTextDocument, replacement: str | None, selection: tuple[int, int] | None) -> None:
        """Put the real document back on the page, with `replacement` in the range if there is one.

        selection: anchor and position in the real document to restore; None leaves the caret after the new
            words. Either way, a caret or selection that the writer has moved elsewhere in the meantime stays there.
        """
        scratch, cursor = self._shown, self._page.textCursor()
        inside = scratch.start <= cursor.selectionStart() and cursor.selectionEnd() <= scratch.end
        forwards = cursor.anchor() <= cursor.position()
        # The two ends of a selection leave the range on their own sides; a caret must not become a selection.
        anchor = scratch.to_real(cursor.anchor(), outwards_left=forwards and cursor.hasSelection())
        position = scratch.to_real(cursor.position(), outwards_left=not forwards)
        start, end, grown = scratch.start, scratch.real_end, 0
        with self.stage.reflowing():
            if replacement is not None:
                scratch.commit(replacement)
                grown = scratch.real_end - end
            if self._page.document() is scratch.document:
                self._page.show_document(real)
            if inside and selection is not None:
                anchor, position = selection
            elif inside and replacement is not None:
                anchor = position = scratch.real_end
            else:
                anchor, position = (place + grown if place > start else place for place in (anchor, position))
            self.select(anchor, position)
            self.stage.stop()
        self.stage.end()
        self.bar.hide()
        self._page.keep_foot_free()
        self._scratch = self._review = None
        self._show_caret()

    def select(self, anchor: int, position: int) -> None:
        """Set caret and selection on the page, as far as its text reaches. The lines on the screen stay there."""
        document = self._page.document()
        last = document.characterCount() - 1
        cursor = QTextCursor(document)
        cursor.setPosition(max(0, min(anchor, last)))
        cursor.setPosition(max(0, min(position, last)), QTextCursor.MoveMode.KeepAnchor)
        lines = self._page.verticalScrollBar()
        line = lines.value()
        self._page.setTextCursor(cursor)
        lines.setValue(line)

    @property
    def _shown(self) -> Scratch:
        """The scratch document on the page; only asked for between `open` and `close`."""
        assert self._scratch is not None
        return self._scratch

    def _show_progress(self, words: list[str], done: float) -> None:
        """Show the progress of the run on the bar. done: 0 to 1."""
        self._done = done
        self.bar.show_progress(" · ".join(words), done)
        self._place_bar()
        self._show_caret()

    def _where(self, group: int, groups: int) -> list[str]:
        """Which part it is, and how long the rest will take."""
        left = str(self._time_left)
        return [f"part {group + 1} of {groups}", *([left] if left else [])]

    def _count_changes(self, review: Review) -> None:
        if self._held_back:
            self.bar.show_held_back(*self._which)
        else:
            number = review.current if self._hovered is None else self._hovered
            place = (0, "") if number is None else (review.position_of(number), review.pieces[number].reason)
            self.bar.show_review(review.taken, len(review.changes), *self._which, *place)
        self._place_bar()

    @Slot()
    def _show_caret(self) -> None:
        """Hide the caret after the moving words, where it would blink in the room kept for them."""
        scratch = self._scratch if self._review is None else None
        hidden = scratch is not None and self._page.textCursor().position() == scratch.end
        self._page.setCursorWidth(0 if hidden else self._caret_width)

    @Slot()
    def _place_bar(self) -> None:
        if self._scratch is not None and self._page.document() is self._scratch.document:
            self.bar.follow(self._scratch.start, self._scratch.end)

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self.bar.take_theme(theme)
        if self._review is not None:
            self._review.show(theme)


def _settled(frame: Frame) -> float:
    """Share of the positions to be written that the sampler has accepted, 0 to 1. It may fall: words melt again."""
    free = [state for state in frame.states if state not in (SlotState.PINNED, SlotState.KEPT)]
    return sum(state is SlotState.ACCEPTED for state in free) / len(free) if free else 1.0
