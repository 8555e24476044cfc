"""From the writer's selection to the request to the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QTextBoundaryFinder
from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from app.documents.text_document import kind_of_document, len_utf16, mapped_text
from app.edits import Asked, Wish, action_of
from app.run.results import Kept
from engine import Action, EditRequest, EditResult, Frame, Length, TextMap

Words = Callable[[], frozenset[str]]
"""Tells which words are right, whatever the dictionaries say."""


@dataclass(frozen=True, slots=True)
class Target:
    """The words of a run. start, end: of the range in the document, in UTF-16 units, widened to whole words.

    place: tells where a code point of the text was in the document, for a request about the document's own text.
    result: where only some words of a result are to melt again, the code points of the request's text at which that
        result starts and ends; the request then has it in the place of the range. Otherwise None.
    """

    request: EditRequest
    start: int
    end: int
    place: Callable[[int], int]
    result: tuple[int, int] | None = None

    def holds(self, start: int, end: int) -> bool:
        """Whether code points start..end of the request's text, which the engine replaces, lie within the result."""
        return self.result is not None and self.result[0] <= start <= end <= self.result[1]

    def frame_of_all(self, frame: Frame) -> Frame:
        """A frame of the run as one of the whole range."""
        head, tail = self._around(frame.start, frame.end)
        return replace(frame, head=head + frame.head, tail=frame.tail + tail) if head or tail else frame

    def kept(self, result: EditResult) -> Kept:
        """The result of the run as one of the whole range. Of words that melted again, no corrections are known."""
        head, tail = self._around(result.start, result.end)
        corrections = [
            replace(each, start=each.start - result.start, end=each.end - result.start) for each in result.corrections
        ]
        known = self.result is None
        return Kept(head + result.replacement + tail, result.note, corrections if known else (), result.doubt)

    def _around(self, start: int, end: int) -> tuple[str, str]:
        """What stays of an earlier result before and after the words that are replaced."""
        if self.result is None:
            return "", ""
        text = self.request.text
        return text[self.result[0] : start], text[end : self.result[1]]


def make_target(
    document: QTextDocument,
    start: int,
    end: int,
    wish: Wish,
    strength: float,
    seed: int,
    length: Length | None = None,
    free: bool = False,
    own_words: frozenset[str] = frozenset(),
) -> Target:
    """Ask for something on start..end (UTF-16 units) of a document.

    length: of a rewrite, compared with the selection. free: whether numbers and names may change in it too.
    own_words: those that a fix leaves alone.
    """
    units, action = mapped_text(document), action_of(wish)
    text = units.text
    first, last = units.from_utf16(start), units.from_utf16(end)
    request = EditRequest(
        before=text[:first],
        selection=text[first:last],
        after=text[last:],
        action=action,
        strength=strength,
        seed=seed,
        # Without words there is no length to compare with, and an instruction says its own.
        length=length if wish is Action.REWRITE and text[first:last].strip() else None,
        markup=kind_of_document(document),
        free=free,
        own_words=own_words if action is Action.FIX else frozenset(),
        checked=True,
        instruction=wish.instruction if isinstance(wish, Asked) else None,
    )
    first, last = units.widen(first, last)
    return Target(request, units.to_utf16(first), units.to_utf16(last), units.to_utf16)


def make_part(document: QTextDocument, start: int, end: int, result: str, first: int, last: int, seed: int) -> Target:
    """Ask for other words at first..last (code points) of a result for the range start..end of a document."""
    units = mapped_text(document)
    text = units.text
    begin = units.from_utf16(start)
    request = EditRequest(
        before=text[:begin] + result[:first],
        selection=result[first:last],
        after=result[last:] + text[units.from_utf16(end) :],
        action=Action.REWRITE,
        # The writer did not like them: none of them is kept.
        strength=1.0,
        seed=seed,
        markup=kind_of_document(document),
        checked=True,
    )
    return Target(request, start, end, units.to_utf16, (begin, begin + len(result)))


def make_refinement(
    document: QTextDocument, start: int, end: int, result: str, asked: Asked, seed: int, free: bool = False
) -> Target:
    """Ask for something more about a result for the range start..end of a document, in its place."""
    units = mapped_text(document)
    text = units.text
    begin, last = units.from_utf16(start), units.from_utf16(end)
    request = EditRequest(
        before=text[:begin],
        selection=result,
        after=text[last:],
        seed=seed,
        markup=kind_of_document(document),
        free=free,
        checked=True,
        instruction=replace(asked.instruction, original=text[begin:last]),
    )
    return Target(request, start, end, units.to_utf16, (begin, begin + len(result)))


def place_for(cursor: QTextCursor, wish: Wish) -> tuple[Wish, tuple[int, int] | None]:
    """What is asked for, and its range as `range_for` has it; at a place without words, an answer is put there."""
    place = range_for(cursor, action_of(wish))
    if isinstance(wish, Asked) and (place is None or (not cursor.selectedText().strip() and cursor.hasSelection())):
        return replace(wish, after=True), (cursor.selectionEnd(), cursor.selectionEnd())
    return wish, place


def range_for(cursor: QTextCursor, action: Action) -> tuple[int, int] | None:
    """The range of an action: the selection, or without one the sentence at the caret, for a fill the caret itself.

    A continuation starts at the end of the selection.

    None where there is no sentence.
    """
    if action is Action.CONTINUE:
        return cursor.selectionEnd(), cursor.selectionEnd()
    if cursor.hasSelection():
        return cursor.selectionStart(), cursor.selectionEnd()
    if action is Action.FILL:
        return cursor.position(), cursor.position()
    return sentence_at(cursor.block(), cursor.positionInBlock())


def sentence_at(block: QTextBlock, place: int) -> tuple[int, int] | None:
    """The sentence of a paragraph at a place in it (Unicode UAX 29), without the spaces around it.

    Between two sentences it is the one that follows; at the end of the paragraph the last one.
    """
    text = block.text()
    units = TextMap(text)
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Sentence, text)
    start, end = 0, finder.toNextBoundary()
    while 0 <= end <= place and finder.position() >= 0:
        following = finder.toNextBoundary()
        if following < 0:
            break
        start, end = end, following
    sentence = text[units.from_utf16(start) : units.from_utf16(end)] if end > start else ""
    if not sentence.strip():
        return None
    start += len_utf16(sentence) - len_utf16(sentence.lstrip())
    return block.position() + start, block.position() + start + len_utf16(sentence.strip())
