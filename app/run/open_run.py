"""A run from its request to the end of its review: the words it is about, and what was asked of the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtGui import QTextCursor

from app.documents.scratch import Scratch
from app.edits import Asked, Wish, doing
from app.run.request import Target
from app.run.results import Results
from engine import EditResult

Range = tuple[int, int]
"""Start and end, or anchor and position, in UTF-16 units of the document."""


@dataclass(slots=True, eq=False)
class OpenRun:
    """The run or review in progress.

    wish: what the writer asked for; trying again repeats it. refined: a result, and what was asked for about
        it; trying again then repeats this instead.
    target: the latest request to the engine. selection: anchor and position when it was made.
    scratch: what the page shows. result: how the latest run ended. results: those reviewed so far.
    """

    wish: Wish
    target: Target
    selection: Range
    scratch: Scratch
    result: EditResult | None = None
    results: Results | None = None
    refined: tuple[str, Asked] | None = None

    @property
    def range(self) -> Range:
        """The range of the run in the real document."""
        return self.scratch.start, self.scratch.real_end

    @property
    def original_selection(self) -> Range:
        """Anchor and position of the selection the run was started with, where they are now."""
        moved = self.scratch.start - self.target.start
        return self.selection[0] + moved, self.selection[1] + moved

    @property
    def doing(self) -> str:
        """What the engine is doing, in one word."""
        # Of the latest request: words of a result melt again as in a rewrite, whatever was asked for first.
        request = self.target.request
        return doing(request.action if request.instruction is None else Asked(request.instruction))

    def restart(self, target: Target) -> None:
        """Another request is made, on a result of an earlier one."""
        self.selection, self.target, self.result = self.original_selection, target, None

    def selection_beside(self, cursor: QTextCursor) -> Range | None:
        """Start and end in the real document of what is selected on the page outside the range; None if nothing is."""
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        if first == last or self.scratch.overlaps(first, last):
            return None
        return self.scratch.to_real(first, outwards_left=True), self.scratch.to_real(last, outwards_left=False)

    def widen(self, start: int, end: int) -> bool:
        """Replace start..end (code points of the request's text), which the engine has widened to whole words.

        Returns whether that is another range than before.
        """
        first, last = self.target.place(start), self.target.place(end)
        before, after = self.target.start - first, last - self.target.end
        if before or after:
            self.target = replace(self.target, start=first, end=last)
            self.scratch.extend(before, after)
        return bool(before or after)
