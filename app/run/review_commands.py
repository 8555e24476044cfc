"""What the writer does in a review: compare results, go from change to change, and accept or decline each."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, Signal, Slot

from app.documents.scratch import Scratch
from app.page.page import Page
from app.run.change_hints import ChangeHints
from app.run.results import Results
from app.run.review import Review, counted
from app.run.view import RunView

FRESH = 400
"""Milliseconds for which a result must have been on the screen before a key press can accept it."""

_HOW = "Click a change to keep your words; Ctrl+R retries selected words."


class ReviewCommands(QObject):
    """The review of the results of one run.

    shown: the changes of the result on the page; None outside a review.
    """

    message = Signal(str)
    """One line for the writer."""

    def __init__(self, page: Page, view: RunView, parent: QObject) -> None:
        super().__init__(parent)
        self.shown: Review | None = None
        self._page, self._view = page, view
        self._scratch: Scratch | None = None
        self._results: Results | None = None
        self._shown_for = QElapsedTimer()
        ChangeHints(page, view, lambda: self.shown, self)
        view.bar.result_requested.connect(self.move_to_result)
        view.bar.change_requested.connect(self.move_to_change)

    def open(self, scratch: Scratch, results: Results, line: str = "") -> None:
        """Review the current one of the results. line: the message; "" for the number of changes."""
        self._scratch, self._results = scratch, results
        kept = results.current
        self.shown = Review(scratch, results.original, kept)
        self._view.open_review(self.shown, results.shown + 1, len(results), held_back=bool(kept.doubt))
        self._shown_for.start()
        if kept.doubt:
            self.message.emit(f"{kept.doubt} Your text is unchanged.")
            return
        which = f"Result {results.shown + 1} of {len(results)}: " if len(results) > 1 else ""
        self.message.emit(line or kept.note or f"{which}{counted(len(self.shown.changes))}. {_HOW}")

    @property
    def holds_back(self) -> bool:
        """Whether the current result is not shown, because the engine found it not worth showing."""
        return self._results is not None and bool(self._results.current.doubt)

    def show_anyway(self) -> None:
        """Show the result that was held back."""
        if self._scratch is not None and self._results is not None:
            self._results.current.doubt = ""
            self.open(self._scratch, self._results)

    def close(self) -> None:
        """End the review. The page is the caller's."""
        self.shown = self._scratch = self._results = None

    @property
    def is_fresh(self) -> bool:
        """Whether the result has not been on the screen long enough to be accepted by a key press."""
        return self._shown_for.elapsed() < FRESH

    @Slot(int)
    def move_to_result(self, by: int) -> None:
        """Show the next (1) or the previous (-1) result."""
        if self._scratch is None or self._results is None:
            self.message.emit("No results yet. Select words and press Ctrl+Return.")
        elif self._results.move(by):
            self.open(self._scratch, self._results)
        elif by > 0:
            self.message.emit("This is the last result. Press Ctrl+R for another.")
        else:
            self.message.emit("This is the first result.")

    @Slot(int)
    def move_to_change(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) change."""
        if self.shown is not None and self.shown.changes:
            left = self.shown.current
            change = self.shown.move(by)
            self._view.refresh_review(*{number for number in (left, change) if number is not None})
            place, _ = self.shown.range_of(change)
            self._view.select(place, place)
            self._page.ensureCursorVisible()
            self.message.emit(self.shown.sentence_of(change))

    # As commands of the menu.

    def next_change(self) -> None:
        """Go to the next change."""
        self.move_to_change(1)

    def previous_change(self) -> None:
        """Go to the previous change."""
        self.move_to_change(-1)

    def previous_result(self) -> None:
        """Show the previous result."""
        self.move_to_result(-1)

    def next_result(self) -> None:
        """Show the next result."""
        self.move_to_result(1)

    def toggle_change(self) -> None:
        """Decline the current change, or accept it after all."""
        if self.shown is None:
            return
        if self.shown.current is None:
            self.message.emit("Press F7 to go to a change first.")
            return
        self.toggle_change_number(self.shown.current)

    def toggle_change_at(self, position: int) -> int | None:
        """Toggle the change at a position of the page; returns its number, None where there is none."""
        number = self.shown.change_at(position) if self.shown is not None else None
        if number is not None:
            self.toggle_change_number(number)
        return number

    def toggle_change_number(self, number: int) -> None:
        """Toggle the change with that number."""
        if self.shown is not None:
            self.shown.toggle(number)
            self._view.refresh_review(number)
