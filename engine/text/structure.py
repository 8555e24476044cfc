"""Whether an answer keeps marks, code and blocks of the words that it replaces, and putting back what it changed."""

from __future__ import annotations

from engine.contracts.instruction import Structure
from engine.text.markup import protected, same_structure
from engine.text.ranges import Guard, Protected

_AROUND = 2_000
"""Characters on either side whose marks must stay what they were."""
_SHOWN = 40
"""Characters of what an answer lacks that are told to the writer."""


def marks_of(text: str, start: int, end: int, kind: str) -> list[Protected]:
    """Marks and code of text[start:end], in order."""
    found = protected(text, start, end, kind, facts=False, pairs=False)
    return [each for each in found if each.guard in (Guard.MARKUP, Guard.CODE) and text[each.start : each.end].strip()]


def restored(before: str, own: str, new: str, after: str, kind: str) -> str:
    """A new text with the marks and code of the writer's own, where it has as many as that one and changed some.

    Such as an address with another letter, or a list with other marks.
    """
    old = marks_of(before + own + after, len(before), len(before) + len(own), kind)
    found = marks_of(before + new + after, len(before), len(before) + len(new), kind)
    if len(old) != len(found):
        return new
    pieces: list[str] = []
    at = 0
    for one, other in zip(old, found, strict=True):
        stay = (before + own)[one.start : one.end]
        start, end = other.start - len(before), other.end - len(before)
        # The white space around a mark, such as an indent, comes with it.
        pieces += [new[at:start], stay]
        at = end
    return "".join((*pieces, new[at:]))


def damage(before: str, own: str, new: str, after: str, kind: str, structure: Structure) -> str:
    """What a new text does to the marks, code and blocks of the writer's own that it may not, in a few words; "" if
    nothing.
    """
    if structure is Structure.FREE:
        return ""
    if lost := _lost(before, own, new, after, kind):
        line = lost.strip().splitlines()[0]
        return f"leaves out “{line if len(line) <= _SHOWN else line[:_SHOWN] + '…'}”"
    if structure is Structure.SAME and not same_structure(before, own, new, after, kind):
        return "changes the marks or blocks of the text"
    return ""


def breaks_out(before: str, own: str, new: str, after: str, kind: str) -> bool:
    """Whether the text around a place is read in another way, with another text in it."""
    return _around(before, own, after, kind) != _around(before, new, after, kind)


def _lost(before: str, own: str, new: str, after: str, kind: str) -> str:
    """The first of the marks and code of the writer's own text that the new one lacks, in order; "" if it has all."""
    old = marks_of(before + own + after, len(before), len(before) + len(own), kind)
    text = before + new + after
    found = iter([text[each.start : each.end].strip() for each in marks_of(text, len(before), len(before + new), kind)])
    stays = ((before + own)[each.start : each.end] for each in old)
    return next((each for each in stays if each.strip() not in found), "")


def _around(before: str, own: str, after: str, kind: str) -> list[tuple[str, Guard]]:
    """The marks beside a place, and why each is kept."""
    text = before + own + after
    start, end = len(before), len(before) + len(own)
    sides = (max(0, start - _AROUND), start), (end, min(len(text), end + _AROUND))
    return [
        (text[each.start : each.end], each.guard) for low, high in sides for each in marks_of(text, low, high, kind)
    ]
