"""What changed between two texts, word by word."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex
from rapidfuzz.distance import Indel

from engine import WORD, Correction

# Line breaks stand alone so that a paragraph break is never grouped with the word next to it; anything but words and
# spaces (punctuation, emoji, scripts without spaces) is compared one grapheme at a time.
_TOKEN = regex.compile(rf"{WORD.pattern}|\n|[^\S\n]+|\X", regex.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of two texts. old, new: how it reads in either; equal where nothing changed, "" where it is absent.

    reason: why it was changed, in two words at most; "" where that is unknown.
    """

    old: str
    new: str
    reason: str = ""

    @property
    def changed(self) -> bool:
        """Whether the two texts differ here."""
        return self.old != self.new


def words(text: str) -> list[str]:
    """Words, runs of spaces, line breaks and single marks; joined they give the text again."""
    return _TOKEN.findall(text)


def word_diff(old: str, new: str) -> list[Piece]:
    """The fewest words to strike and to add (longest common subsequence, by rapidfuzz), as pieces in reading order.

    Changed and unchanged pieces alternate; the `old` of all pieces joined is `old`, likewise `new`. Changes with only
    a space between them are one piece: "quick brown" reads as one change, not as two. Spaces that old and
    new words have in common at their ends are not part of the change.
    """
    before, after = words(old), words(new)
    pieces: list[Piece] = []
    for step in Indel.opcodes(before, after):
        pieces.append(
            Piece("".join(before[step.src_start : step.src_end]), "".join(after[step.dest_start : step.dest_end]))
        )
    return _joined(_trimmed(_without_lone_spaces(_joined(pieces))))


def corrected_pieces(old: str, new: str, corrections: Sequence[Correction]) -> list[Piece]:
    """The pieces that corrections of `old` make, each with its reason. Empty if they do not make `new`.

    The corrections are in code points of `old`, in order.
    """
    pieces: list[Piece] = []
    position = 0
    for each in corrections:
        if position < each.start:
            pieces.append(Piece(old[position : each.start], old[position : each.start]))
        pieces.append(Piece(old[each.start : each.end], each.replacement, each.reason))
        position = each.end
    if position < len(old):
        pieces.append(Piece(old[position:], old[position:]))
    return pieces if "".join(piece.new for piece in pieces) == new else []


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours of the same kind become one piece."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].changed == piece.changed:
            last = joined.pop()
            piece = Piece(last.old + piece.old, last.new + piece.new)
        joined.append(piece)
    return joined


def _without_lone_spaces(pieces: list[Piece]) -> list[Piece]:
    """Take a space between two changes into them, as struck and added again."""
    result: list[Piece] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        between = 0 < position < len(pieces) - 1
        if between and not piece.changed and piece.old.isspace() and "\n" not in piece.old:
            follower = pieces[position + 1]
            last = result.pop()
            result.append(Piece(last.old + piece.old + follower.old, last.new + piece.new + follower.new))
            position += 2
        else:
            result.append(piece)
            position += 1
    return result


def _trimmed(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Move the white space that the old and the new words share at their ends out of each change."""
    for piece in pieces:
        before = _shared_space(piece.old, piece.new)
        old, new = piece.old[len(before) :], piece.new[len(before) :]
        after = _shared_space(old[::-1], new[::-1])[::-1]
        if not piece.changed or not before + after:
            yield piece
            continue
        inner = Piece(old[: len(old) - len(after)], new[: len(new) - len(after)])
        yield from (part for part in (Piece(before, before), inner, Piece(after, after)) if part.old or part.new)


def _shared_space(old: str, new: str) -> str:
    """The white space that both texts start with."""
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1] and pair[0].isspace(), zip(old, new, strict=False))
    return "".join(character for character, _ in pairs)
