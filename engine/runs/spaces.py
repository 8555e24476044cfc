"""White space between new words, and between them and the writer's: the pieces of a canvas, put right in place."""

from __future__ import annotations

from collections.abc import Callable

import regex

from engine.diffusion.layout import Span
from engine.text.segments import SENTENCE_END
from engine.text.words import UNSPACED

_SPACES = regex.compile(r"\s+")
_LETTER = regex.compile(rf"(?!{UNSPACED})[\p{{L}}\p{{N}}]")


def part(pieces: list[str], gap: Span) -> None:
    """Separate the words of a gap from the text before them if the writer had white space there."""
    first = next((index for index in range(gap.first, gap.last) if pieces[index]), None)
    before = next((piece for piece in reversed(pieces[: gap.first]) if piece), "")
    if first is not None and pieces[first][0].isalnum() and not before[-1:].isspace():
        pieces[first] = gap.lead + pieces[first]


def space_as_written(pieces: list[str], gap: Span) -> None:
    """Give the words of a gap the writer's white space, where that is more than a single space between two.

    In order, if there are as many spaces as there were; else those at the start and after a sentence.
    """
    own = list(_SPACES.finditer(gap.own))
    if all(match.group() == " " for match in own):
        return
    new = "".join(pieces[gap.first : gap.last])
    found = list(_SPACES.finditer(new))
    after_sentence = [match.group() for match in own if SENTENCE_END.search(gap.own, 0, match.start())]
    characters = list(new)
    for number, match in enumerate(found):
        start, end = match.span()
        if end == len(new):
            continue
        if start == 0:
            space = gap.lead
        elif len(found) == len(own) and bool(gap.lead) == (found[0].start() == 0):
            space = own[number].group()
        else:
            space = after_sentence[0] if after_sentence and SENTENCE_END.search(new, 0, start) else " "
        if space:
            characters[start:end] = [space, *[""] * (end - start - 1)]
    at = 0
    for index in range(gap.first, gap.last):
        length = len(pieces[index])
        pieces[index] = "".join(characters[at : at + length])
        at += length


def close_up(pieces: list[str], gap: Span, left: str, movable: Callable[[int], bool]) -> None:
    """Leave a single space where a new gap would put several in a row, itself or by coming out empty.

    left: the character before the pieces. movable: whether the white space of a piece may change.
    """
    if "".join(pieces[gap.first : gap.last]) == gap.own:
        return
    before = next((piece for piece in reversed(pieces[: gap.first]) if piece), left)
    behind = next((index + 1 for index in range(gap.last, len(pieces)) if pieces[index]), gap.last)
    doubled = before[-1:].isspace() and not gap.lead
    last = None
    for index in (index for index in range(gap.first, behind) if pieces[index]):
        if doubled and pieces[index][0] == " ":
            if movable(index):
                pieces[index] = pieces[index].lstrip(" ")
            elif last is not None:
                pieces[last] = pieces[last].rstrip(" ")
        doubled = pieces[index][-1:].isspace() or (doubled and not pieces[index])
        last = index


def set_apart(pieces: list[str], typed: int) -> None:
    """Separate a typed word from letters next to it."""
    before = next((piece for piece in reversed(pieces[:typed]) if piece), "")
    if _LETTER.match(before[-1:]) and _LETTER.match(pieces[typed]):
        pieces[typed] = " " + pieces[typed]
    behind = next((index for index in range(typed + 1, len(pieces)) if pieces[index]), None)
    if behind is not None and _LETTER.match(pieces[typed][-1:]) and _LETTER.match(pieces[behind]):
        pieces[behind] = " " + pieces[behind]


def keep_apart(pieces: list[str], stretch: Span) -> None:
    """Put a space between a new word and a pinned one where the writer had a mark or white space between them."""
    inside = [index for index in range(stretch.first, stretch.last) if pieces[index]]
    own = stretch.own
    if not inside or not own:
        return
    before = next((piece for piece in reversed(pieces[: stretch.first]) if piece), "")
    after = next((piece for piece in pieces[stretch.last :] if piece), "")
    first, last = inside[0], inside[-1]
    if _LETTER.match(before[-1:]) and _LETTER.match(pieces[first]) and not _LETTER.match(own):
        pieces[first] = " " + pieces[first]
    if _LETTER.match(pieces[last][-1:]) and _LETTER.match(after) and not _LETTER.match(own[-1:]):
        pieces[last] += " "


def fit(pieces: list[str], stretch: Span) -> None:
    """Give a stretch the writer's white space at its ends, and all of the writer's text if it came out empty."""
    inside = range(stretch.first, stretch.last)
    for index in inside:
        pieces[index] = pieces[index].lstrip()
        if pieces[index]:
            pieces[index] = stretch.lead + pieces[index]
            break
    else:
        pieces[stretch.first] = stretch.own
    for index in reversed(inside):
        pieces[index] = pieces[index].rstrip()
        if pieces[index]:
            break
