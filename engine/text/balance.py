"""Brackets and quotation marks that belong together in a text."""

from __future__ import annotations

from engine.text.ranges import Guard, Protected

_CLOSING = {"(": ")", "[": "]", "{": "}", "“": "”", "«": "»", "„": "“", "「": "」", "『": "』", "（": "）", "《": "》"}
_REVERSED = {"»": "«"}
_CLOSES = {*_CLOSING.values()}
_STRAIGHT = '"'
PAIRED = frozenset({*_CLOSING, *_CLOSES, _STRAIGHT})
"""Characters that come in pairs. An apostrophe looks like a closing quotation mark and is none of them."""


def unpaired(text: str) -> list[int]:
    """Where the brackets and quotation marks stand that have no partner in the text, in order."""
    alone: list[int] = []
    open_marks: list[tuple[str, int]] = []
    for at, mark in enumerate(text):
        if mark not in PAIRED:
            continue
        wanted = [index for index, (opener, _) in enumerate(open_marks) if _closing(opener) == mark]
        if wanted:
            # What was opened after the partner and is still open has none.
            alone += (place for _, place in open_marks[wanted[-1] + 1 :])
            del open_marks[wanted[-1] :]
        elif mark in _CLOSING or mark in _REVERSED or mark == _STRAIGHT:
            open_marks.append((mark, at))
        else:
            alone.append(at)
    return sorted([*alone, *(place for _, place in open_marks)])


def pair_marks(text: str, start: int, end: int, *, alone: bool) -> list[Protected]:
    """The brackets and quotation marks of text[start:end]; with `alone`, those without a partner in this range."""
    stretch = text[start:end]
    places = unpaired(stretch) if alone else [at for at, mark in enumerate(stretch) if mark in PAIRED]
    return [Protected(start + at, start + at + 1, Guard.MARKUP) for at in places]


def _closing(opener: str) -> str:
    return _CLOSING.get(opener) or _REVERSED.get(opener, opener)
