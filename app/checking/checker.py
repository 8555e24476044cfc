"""Asks the engine for the mistakes of a document, a few paragraphs at a time, while the writer rests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from itertools import islice

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextDocument

from app.bridge import EngineBridge
from app.checking.mark import Mark, make_mark
from app.checking.marks import Marks
from app.documents.folds import is_folded
from app.documents.text_document import kind_of_document, text_of_paragraphs
from app.own_words import OwnWords
from app.page.page import Page
from app.page.underlines import visible_blocks
from app.run_state import RunState
from engine import CheckRequest, CheckStarted, LineChecked

_PAUSE = 700
"""Milliseconds without typing before a check begins."""
_SCROLLED = 200
"""Milliseconds of a still page before what is on it goes first."""
_SHORT = 40
"""Milliseconds after a run."""
_BATCH = 60
"""Paragraphs of one request."""
_PROSE = ("md", "txt", "text")
_LOOKED_AT = 4000
"""Paragraphs that are looked at for a request, which takes a few milliseconds."""


class Checker(QObject):
    """Checks the paragraphs of the marks that are due: those on the screen first, then the ones after and before it.

    marks: what was found.
    """

    found = Signal(int)
    """The marks of this paragraph are others now; -1 for all."""
    failed = Signal(str)
    """One line for the writer; after it, nothing is checked until `start`."""

    def __init__(self, page: Page, bridge: EngineBridge, own_words: OwnWords, parent: QObject) -> None:
        super().__init__(parent)
        self.marks = Marks(self)
        self._page, self._bridge, self._own_words = page, bridge, own_words
        self._document: QTextDocument | None = None
        self._ignored: set[tuple[str, ...]] = set()
        self._idle = True
        self._check = 0
        self._revision = 0
        self._urgent: frozenset[int] = frozenset()
        self._wait = self._timer(self._ask)
        self._scrolled = self._timer(self._look_at_page)
        self.marks.edited.connect(self._take_edit)
        page.view_changed.connect(self._take_view)
        bridge.ready.connect(self._take_ready)
        bridge.replaced.connect(self._take_other_engine)
        bridge.check_started.connect(self._take_start)
        bridge.line_checked.connect(self._take_line)
        bridge.check_failed.connect(self._take_failure)

    def _timer(self, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        return timer

    @property
    def is_on(self) -> bool:
        """Whether a document is checked."""
        return self._document is not None

    @property
    def is_busy(self) -> bool:
        """Whether some paragraphs have not been checked yet."""
        return self.is_on and self.marks.is_due

    def start(self, document: QTextDocument) -> None:
        """Check a document from its beginning. What was ignored in another one is no longer."""
        if document is not self._document:
            self._ignored = set()
        self.stop()
        self._document = document
        self.marks.watch(document)
        self._wait.start(_SHORT)

    def stop(self) -> None:
        """Check nothing, and show no marks."""
        self._pause()
        self._document = None
        self.marks.watch(None)
        self.found.emit(-1)

    @Slot(object)
    def take_state(self, state: RunState) -> None:
        """Pause during a run and its review."""
        self._idle = state is RunState.IDLE
        self._pause()
        if self._idle and self.is_on:
            self._wait.start(_SHORT)

    @property
    def ignored_words(self) -> frozenset[str]:
        """The unknown words that are not marked in this document."""
        return frozenset(key[1] for key in self._ignored if len(key) == 2)

    def ignore(self, mark: Mark) -> None:
        """Do not mark it again in this document."""
        self._ignored.add(mark.key)
        self.marks.drop(lambda each: each.key == mark.key)
        self.found.emit(-1)

    def look_again_for(self, word: str) -> None:
        """Check the paragraphs again that have a word, which is no longer right or wrong as it was."""
        if self._document is None:
            return
        self._pause()
        for number, line in enumerate(text_of_paragraphs(self._document).split("\n")):
            if word.casefold() in line.casefold():
                self.marks.want(number)
        self._wait.start(_SHORT)

    def _pause(self) -> None:
        self._wait.stop()
        if self._check:
            self._bridge.stop_check()
            self._check = 0

    @Slot()
    def _take_edit(self) -> None:
        self._pause()
        self._wait.start(_PAUSE)

    @Slot()
    def _take_view(self) -> None:
        if self._check:
            self._scrolled.start(_SCROLLED)

    @Slot()
    def _look_at_page(self) -> None:
        """Ask anew if what is on the screen now would come late."""
        if self._check and not self._urgent.issuperset(self._visible()):
            self._pause()
            self._ask()

    @Slot()
    def _take_ready(self) -> None:
        if self.is_on:
            self._wait.start(_SHORT)

    @Slot()
    def _take_other_engine(self) -> None:
        """Nobody answers the last check any more; what it had not looked at is still due."""
        self._wait.stop()
        self._check = 0

    def _visible(self) -> list[int]:
        """The paragraphs on the screen that are to be checked."""
        numbers = [block.blockNumber() for block, _ in visible_blocks(self._page)]
        return list(self.marks.due(numbers[0], numbers[-1] + 1)) if numbers else []

    @Slot()
    def _ask(self) -> None:
        """Request the next paragraphs."""
        document = self._document
        if document is None or not self._idle or self._bridge.checkpoint is None:
            return
        if self._page.is_composing:
            self._wait.start(_PAUSE)
            return
        visible = self._visible()
        lines = list(islice(self._written(document, visible), _BATCH))
        if not lines:
            if self.marks.is_due:
                self._wait.start(0)
            return
        text = text_of_paragraphs(document)
        request = CheckRequest(text, tuple(lines), kind_of_document(document), self._own_words.words)
        self._urgent, self._revision = frozenset(visible), self.marks.revision
        self._check = self._bridge.check(request)

    def _written(self, document: QTextDocument, visible: list[int]) -> Iterator[int]:
        """The paragraphs to check that are not empty, in the order of their urgency; empty ones are done.

        So are those of a folded line of anything but prose: without its other parts, data reads like words.
        """
        is_prose = kind_of_document(document) in _PROSE
        after = visible[-1] + 1 if visible else self._page.firstVisibleBlock().blockNumber()
        rest = (number for first, last in ((after, None), (0, after)) for number in self.marks.due(first, last))
        beside = (number for number in islice(rest, _LOOKED_AT) if number not in visible)
        for number in itertools.chain(visible, beside):
            block = document.findBlockByNumber(number)
            if block.text().strip() and (is_prose or not is_folded(block)):
                yield number
            else:
                self.marks.put(number, ())

    @Slot(object)
    def _take_start(self, event: CheckStarted) -> None:
        if event.check == self._check and self._revision == self.marks.revision:
            self.marks.take_code(event.code)

    @Slot(object)
    def _take_line(self, event: LineChecked) -> None:
        """A paragraph was checked. One of an older text may have become another."""
        document = self._document
        if event.check != self._check or self._revision != self.marks.revision or document is None:
            return
        text = document.findBlockByNumber(event.line).text()
        marks = [make_mark(text, correction) for correction in event.corrections]
        self.marks.put(event.line, [mark for mark in marks if mark.key not in self._ignored])
        self.found.emit(event.line)
        if event.done == event.total:
            self._check = 0
            self._wait.start(0)

    @Slot(int, str)
    def _take_failure(self, check: int, reason: str) -> None:
        if check == self._check:
            self._check = 0
            self.stop()
            self.failed.emit(reason)
