"""Finding and replacing on the page: what is searched for, the matches, the current one, and the way to the next."""

from __future__ import annotations

from array import array
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextCursor, QTextDocument

from app.documents.text_document import len_utf16
from app.find.aim import Aim
from app.find.matches import Matches, Span, moved
from app.find.matching import Replacement, page_text
from app.find.pattern import Query
from app.find.replacing import Edits, apply
from app.find.searcher import Job, Searcher
from app.find.text_reader import TextReader
from app.page.page import Page
from app.page.view_place import show_range

_PAUSE = 100
"""Milliseconds without an edit before the text is searched again, but no longer than:"""
_LONGEST = 500


class Finder(QObject):
    """Searches the document on the page. Positions are UTF-16 units.

    query: what is searched for. matches: those found so far; those of an edited text follow the edit at once.
    complete: whether these are all. line: why there are none, where what was typed is the reason.
    active: whether matches are shown and kept up to date. scope: the part of the text to search; None for all of it.
    trouble: why the last replacement was not made, where what was typed is the reason.
    refusal: why nothing may be replaced now. replacing: whether a replacement is being worked out.
    """

    changed = Signal()
    """The matches, or which of them is selected, may have changed."""
    edited = Signal()
    """The text was edited, and the matches have moved along with it."""
    scope_lost = Signal()
    """The page shows another document: all of it is searched."""
    message = Signal(str)
    """One line for the writer."""

    def __init__(self, page: Page, parent: QObject, covered: Callable[[], Span | None]) -> None:
        """covered: tells which part of the page shows no text; nothing is found there."""
        super().__init__(parent)
        self.query = Query("")
        self.matches = Matches()
        self.complete = True
        self.line = self.trouble = self.refusal = ""
        self.active = False
        self.scope: Span | None = None
        self._covered = covered
        self._page, self._document = page, page.document()
        self._coming: Matches | None = None
        self._aim: Aim | None = None
        self._origin = 0
        self._wanted: tuple[str, Span | None] | None = None
        self._reader, self._searcher = TextReader(self), Searcher(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._since_edit = QElapsedTimer()
        self._pause.timeout.connect(self._search_again)
        self._reader.read.connect(self._start_job)
        self._searcher.found.connect(self._take_matches)
        self._searcher.searched.connect(self._take_end)
        self._searcher.replaced.connect(self._take_edits)
        page.document_shown.connect(self._take_document)
        page.cursorPositionChanged.connect(self._note_caret)
        self._document.contentsChange.connect(self._take_edit)

    @property
    def number(self) -> int | None:
        """Which match is selected, from 0."""
        cursor = self._page.textCursor()
        number = self.matches.first_from(cursor.selectionStart())
        span = cursor.selectionStart(), cursor.selectionEnd()
        return number if number < len(self.matches) and self.matches[number] == span else None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being searched for or replaced."""
        return self.complete and self._coming is None and self._wanted is None and not self._pause.isActive()

    @property
    def replacing(self) -> bool:
        """Whether a replacement is being worked out."""
        return self._wanted is not None

    def open(self, *, anew: bool) -> None:
        """Show matches, and keep them up to date. anew: from the caret on, and in all of the text."""
        if anew:
            self._origin = self._page.textCursor().selectionStart()
            self.complete = self.complete and self.scope is None
            self.scope = None
        if not self.active:
            self.active = True
            self._begin(fresh=not self.complete)

    def close(self) -> None:
        """Show no matches any more. The match that is selected stays so."""
        self.stop()
        self.active = False
        self.changed.emit()

    def stop(self) -> None:
        """Drop all work in progress."""
        self._pause.stop()
        self._searcher.stop()
        self._reader.forget()
        self._aim = self._wanted = self._coming = None

    def search(self, query: Query, scope: Span | None) -> None:
        """Search for something else, and go to the first match from where the search began."""
        if (query, scope) == (self.query, self.scope):
            return
        self.query, self.scope, self._wanted, self.trouble = query, scope, None, ""
        self._aim = Aim(self._origin)
        self._begin(fresh=True)

    def go(self, by: int) -> None:
        """Select the next (1) or the previous (-1) match."""
        if not self.query.text:
            return
        cursor = self._page.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        # An empty match is left behind by one step.
        past = end + 1 if start == end and self.number is not None else end
        waiting = self._aim is not None
        self._aim = Aim(past if by > 0 else start, by > 0, tell=True)
        if not self.complete and not self.active and not waiting:
            self._begin(fresh=True)
        else:
            self._try_aim()

    def replace(self, template: str) -> None:
        """Replace the selected match and go to the next; where none is selected, only go to the next."""
        number = self.number
        if self._may_replace() and number is not None:
            span = self.matches[number]
            if self.query.is_regex:
                self._ask((template, span))
            else:
                self._replace_one(Replacement(*span, page_text(template)))
        elif not self.refusal and not self.replacing:
            self.go(1)

    def replace_all(self, template: str) -> None:
        """Replace every match, as one undo step."""
        if self._may_replace() and self.query.text:
            self._ask((template, None))

    def refuse(self, reason: str) -> None:
        """Say why nothing may be replaced now; "" allows it again."""
        self.refusal = reason
        if reason and self._wanted:
            self._wanted = None
            self._search_again()
        self.changed.emit()

    def cancel_replacing(self) -> bool:
        """Drop a replacement that is still being worked out. False where there is none."""
        if self._wanted is None:
            return False
        self._wanted = None
        self.message.emit("Nothing was replaced.")
        self._begin(fresh=False)
        return True

    # Searching.

    def _begin(self, *, fresh: bool) -> None:
        """Read the text and search it. fresh: for something else than before."""
        self._searcher.stop()
        self.line = ""
        self._coming = None
        if fresh:
            self.matches, self.complete = Matches(), not self.query.text
        else:
            self._coming = Matches()
        if self.query.text:
            self._reader.start(self._document)
        self.changed.emit()

    @Slot()
    def _search_again(self) -> None:
        self._begin(fresh=False)

    @Slot()
    def _start_job(self) -> None:
        text = self._reader.text
        if text is None:
            return
        scope = self.scope or (0, self._document.characterCount() - 1)
        template, only = self._wanted or (None, None)
        self._searcher.start(Job(text, self.query, scope, template, only))

    @Slot(object, object)
    def _take_matches(self, starts: array[int], ends: array[int]) -> None:
        covered = self._covered()
        if covered is not None:
            kept = [span for span in zip(starts, ends, strict=True) if span[1] <= covered[0] or span[0] >= covered[1]]
            starts, ends = array("q", (start for start, _ in kept)), array("q", (end for _, end in kept))
        (self.matches if self._coming is None else self._coming).add(starts, ends)
        if self._coming is None:
            self._try_aim()
            self.changed.emit()

    @Slot(str)
    def _take_end(self, line: str) -> None:
        if self._coming is not None:
            self.matches, self._coming = self._coming, None
        if line:
            self.matches = Matches()
        self.line, self.complete = line, True
        if not self.active:
            self._reader.forget()
        self._try_aim()
        self.changed.emit()

    def _try_aim(self) -> None:
        """Select the match that is aimed at, if it is known by now."""
        aim = self._aim
        if aim is None:
            return
        if not len(self.matches):
            if self.complete:
                self._aim = None
                if aim.tell and not self.line:
                    self.message.emit(f"“{_short(self.query.text)}” was not found.")
            return
        number = aim.number_in(self.matches, complete=self.complete)
        if number is None:
            return
        self._aim = None
        if aim.tell and not 0 <= number < len(self.matches):
            ends = ("start", "end") if aim.forwards else ("end", "start")
            where = "selection" if self.scope else "text"
            self.message.emit(f"Continued from the {ends[0]} of the {where}.")
        self._select(*self.matches[number % len(self.matches)])
        if aim.tell:
            self._origin = self._page.textCursor().selectionStart()

    def _select(self, start: int, end: int) -> None:
        cursor = QTextCursor(self._document)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        origin = self._origin
        self._page.setTextCursor(cursor)
        self._origin = origin
        show_range(self._page, start, end)
        self.changed.emit()

    # What happens on the page.

    @Slot(object)
    def _take_document(self, document: QTextDocument) -> None:
        """The page shows another document: the writer's own, or the copy of a run."""
        self._document.contentsChange.disconnect(self._take_edit)
        self._document = document
        document.contentsChange.connect(self._take_edit)
        aim = self._aim
        self.stop()
        self._aim = aim
        if self.scope is not None:
            self.scope = None
            self.scope_lost.emit()
        if self.active:
            self._begin(fresh=False)
        else:
            self.matches, self.complete = Matches(), False

    @Slot(int, int, int)
    def _take_edit(self, position: int, removed: int, added: int) -> None:
        # Qt may count the end of the document as if it could be edited.
        added = min(added, self._document.characterCount() - 1 - position)
        self._searcher.stop()
        self._reader.forget()
        if self.scope is not None:
            start, end = (moved(place, position, removed, added) for place in self.scope)
            self.scope = start, end
        if not self.active:
            self.matches, self.complete = Matches(), False
            return
        self.matches.edit(position, removed, added)
        if not self._pause.isActive():
            self._since_edit.start()
        self._pause.start(max(0, min(_PAUSE, _LONGEST - self._since_edit.elapsed())))
        self.edited.emit()

    @Slot()
    def _note_caret(self) -> None:
        self._origin = self._page.textCursor().selectionStart()
        if self.active:
            self.changed.emit()

    # Replacing.

    def _may_replace(self) -> bool:
        self._page.commit_composition()
        if self.refusal:
            self.message.emit(self.refusal)
        return not self.refusal and self._wanted is None

    def _ask(self, wanted: tuple[str, Span | None]) -> None:
        """Have a replacement worked out on the thread; an expression may take long."""
        self._wanted, self.trouble = wanted, ""
        self._begin(fresh=False)

    @Slot(object, str)
    def _take_edits(self, edits: Edits | None, line: str) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None:
            return
        only = wanted[1]
        if edits is None or not edits.each:
            self.trouble = line
            self.message.emit(line or "Nothing was replaced: there are no matches.")
            self._begin(fresh=False)
        elif only is not None:
            self._replace_one(edits.each[0])
        else:
            apply(self._page, edits)
            where = " in the selection" if self.scope else ""
            self.message.emit(f"{len(edits.each):,} replaced{where}. Press Ctrl+Z to undo.")

    def _replace_one(self, edit: Replacement) -> None:
        apply(self._page, Edits([edit], [edit]))
        cursor = self._page.textCursor()
        cursor.setPosition(cursor.selectionEnd())
        if edit.start == edit.end:
            # Else the same place would be found again.
            cursor.setPosition(edit.start + len_utf16(edit.text))
        self._page.setTextCursor(cursor)
        self.go(1)


def _short(text: str) -> str:
    """What was searched for, for a message."""
    line = text.replace("\n", "⏎")
    return line if len(line) <= 40 else f"{line[:39]}…"
