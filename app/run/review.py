"""A result in review: old and new words side by side, in place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QTextCharFormat

from app.documents.scratch import Scratch, Span, look
from app.documents.text_document import len_utf16, slice_of
from app.run.results import Kept
from app.run.word_diff import Piece, corrected_pieces, word_diff
from app.theme import Theme
from engine import TextMap


class Kind(Enum):
    """What a part of the shown text is."""

    SAME = "same"
    STRUCK = "struck"
    ADDED = "added"
    DECLINED = "declined"
    """Old words that the writer has restored."""
    MARK = "mark"
    """Display only: a thin space between old and new, or the place of a declined addition."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the shown text. start, end: from the start of the range. number: of its piece."""

    text: str
    kind: Kind
    number: int
    start: int
    end: int

    def moved(self, units: int) -> Part:
        """The same part further on."""
        return Part(self.text, self.kind, self.number, self.start + units, self.end + units)


class Review:
    """The changes of one result, each of which may be accepted or declined.

    pieces: the corrections where the engine tells them, else the word diff.
    changes: the numbers of the pieces that changed.
    declined: those whose old words stay; the result's own set, which is modified.
    current: the change selected by keyboard; None at first.
    """

    def __init__(self, scratch: Scratch, original: str, kept: Kept) -> None:
        shown = original if kept.doubt else kept.replacement
        corrected = corrected_pieces(original, shown, kept.corrections)
        self.pieces = corrected or word_diff(original, shown)
        self.changes = [number for number, piece in enumerate(self.pieces) if piece.changed]
        self.declined = kept.declined
        self.current: int | None = None
        self._scratch = scratch
        self._parts: list[Part] = []
        self._spans: list[Span | None] = []

    @property
    def result(self) -> str:
        """The text of the range if it were accepted now."""
        pieces = enumerate(self.pieces)
        return "".join(piece.old if number in self.declined else piece.new for number, piece in pieces)

    @property
    def taken(self) -> int:
        """How many changes would be accepted."""
        return len(self.changes) - len(self.declined)

    def show(self, theme: Theme) -> None:
        """Write the changes into the scratch document and colour them."""
        self._parts = []
        place = 0
        for number in range(len(self.pieces)):
            self._parts += self._parts_of(number, place)
            place = self._parts[-1].end
        self._spans = [self._span(part, theme) for part in self._parts]
        shown = "".join(part.text for part in self._parts)
        scratch = self._scratch
        if scratch.text() != shown:
            scratch.replace(0, scratch.end - scratch.start, shown)
        scratch.paint(self._coloured())

    def update(self, number: int, theme: Theme) -> None:
        """Show one change again, which was selected, left, accepted or declined: of a thousand, the others stay."""
        first, last = (find(self._parts, number, key=lambda part: part.number) for find in (bisect_left, bisect_right))
        start, end = self._parts[first].start, self._parts[last - 1].end
        parts = self._parts_of(number, start)
        before, after = ("".join(part.text for part in group) for group in (self._parts[first:last], parts))
        moved = parts[-1].end - end
        self._parts[first:last] = parts
        self._spans[first:last] = [self._span(part, theme) for part in parts]
        if moved:
            later = first + len(parts)
            self._parts[later:] = [part.moved(moved) for part in self._parts[later:]]
            self._spans[later:] = [span and (span[0] + moved, span[1] + moved, span[2]) for span in self._spans[later:]]
        if before != after:
            self._scratch.replace(start, end, after)
        self._scratch.paint(self._coloured(), [(start, parts[-1].end)])

    def change_at(self, position: int) -> int | None:
        """The change at a position of the scratch document."""
        place = position - self._scratch.start
        at = (part for part in self._parts if part.start <= place < part.end and part.kind is not Kind.SAME)
        return next((part.number for part in at), None)

    def range_of(self, number: int) -> tuple[int, int]:
        """Where a change starts and ends in the scratch document."""
        own = [part for part in self._parts if part.number == number]
        return self._scratch.start + own[0].start, self._scratch.start + own[-1].end

    def position_of(self, number: int) -> int:
        """Which of the changes it is, from 1."""
        return bisect_left(self.changes, number) + 1

    def sentence_of(self, number: int) -> str:
        """Which of the changes it is, why it was made, its words, and whether it is declined, as it is read aloud."""
        piece = self.pieces[number]
        old, new = (f"“{words.strip() or words}”" for words in (piece.old, piece.new))
        what = (
            f"insert {new}" if not piece.old.strip() else f"remove {old}" if not piece.new.strip() else f"{old} → {new}"
        )
        title = f"Change {self.position_of(number)} of {len(self.changes)}"
        declined = " (declined)" if number in self.declined else ""
        return f"{' · '.join(filter(None, [title, piece.reason]))}: {what}{declined}"

    def text_between(self, first: int, last: int) -> str:
        """A selection of the scratch document as text: without the struck words, unless it holds nothing else."""
        scratch = self._scratch
        chosen: list[str] = []
        struck: list[str] = []
        for part in self._parts:
            start, end = max(first, scratch.start + part.start), min(last, scratch.start + part.end)
            if start < end and part.kind is not Kind.MARK:
                text = slice_of(scratch.document, start, end)
                (struck if part.kind is Kind.STRUCK else chosen).append(text)
        before = slice_of(scratch.document, first, max(first, scratch.start)) if first < scratch.start else ""
        after = slice_of(scratch.document, min(last, scratch.end), last) if last > scratch.end else ""
        return before + "".join(chosen) + after or "".join(struck)

    def chosen(self, first: int, last: int) -> tuple[int, int] | None:
        """Which code points of `result` are selected in the scratch document; None where no words of it are."""
        first, last = first - self._scratch.start, last - self._scratch.start
        places: list[int] = []
        done = 0
        for part in self._parts:
            if part.kind in (Kind.STRUCK, Kind.MARK):
                continue
            start, end = max(first, part.start), min(last, part.end)
            if start < end:
                units = TextMap(part.text)
                places += [done + units.from_utf16(place - part.start) for place in (start, end)]
            done += len(part.text)
        return (places[0], places[-1]) if places and self.result[places[0] : places[-1]].strip() else None

    def toggle(self, number: int) -> None:
        """Decline a change, or accept it after all."""
        self.declined ^= {number}

    def move(self, by: int) -> int:
        """Go to the next (1) or the previous (-1) change, wrapping around at the ends; returns its number."""
        if self.current is None:
            self.current = self.changes[0 if by > 0 else -1]
        else:
            self.current = self.changes[(self.changes.index(self.current) + by) % len(self.changes)]
        return self.current

    def _parts_of(self, number: int, place: int) -> list[Part]:
        """The parts of a piece that starts at a place of the range."""
        parts: list[Part] = []
        for text, kind in self._split(number, self.pieces[number]):
            end = place + len_utf16(text)
            parts.append(Part(text, kind, number, place, end))
            place = end
        return parts

    def _coloured(self) -> list[Span]:
        """The spans of all parts that do not look like ordinary text."""
        return [span for span in self._spans if span is not None]

    def _split(self, number: int, piece: Piece) -> Iterator[tuple[str, Kind]]:
        """The parts of a piece that are shown, in order."""
        if not piece.changed:
            yield piece.new, Kind.SAME
        elif number in self.declined:
            yield (piece.old, Kind.DECLINED) if piece.old else ("·", Kind.MARK)
        else:
            if piece.old:
                yield piece.old, Kind.STRUCK
            if piece.old and piece.new and not piece.old[-1].isspace():
                yield "\u2009", Kind.MARK
            if piece.new:
                yield piece.new, Kind.ADDED

    def _span(self, part: Part, theme: Theme) -> Span | None:
        """A part with its look, without the spaces at its ends, which must not be underlined or struck out.

        None for one that looks like ordinary text.
        """
        if part.kind is Kind.SAME:
            return None
        before = len(part.text) - len(part.text.lstrip())
        after = len(part.text) - len(part.text.rstrip())
        bare = before < len(part.text)
        return part.start + before * bare, part.end - after * bare, self._look(part, theme)

    def _look(self, part: Part, theme: Theme) -> QTextCharFormat:
        """How a part is drawn; never told apart by colour alone."""
        match part.kind:
            case Kind.STRUCK:
                result = look(theme.struck, struck=True)
            case Kind.ADDED:
                result = look(theme.added, underlined=True)
            case Kind.DECLINED:
                result = look(theme.ink)
                result.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
                result.setUnderlineColor(theme.ink_faint)
            case _:
                result = look(theme.ink_faint)
        if part.number == self.current:
            result.setBackground(theme.selection)
        return result


def counted(changes: int) -> str:
    """A number of changes, in words."""
    return f"{changes} change" + "s" * (changes != 1)
