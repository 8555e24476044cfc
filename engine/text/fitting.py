"""Whether new words may stand where prose stood, without turning into markup."""

from __future__ import annotations

import regex

from engine.text.inline import inline

MARKS = frozenset("*_`<>|~\\{}[]$#^@=\n\r")
"""Characters that may be markup somewhere: none is written where prose stood."""
_EMPHASIS = frozenset("*_~=")
_LINE_MARK = regex.compile(r"\s*(?:[-+*>:|~=]|\#|\d{1,9}[.)](?:\s|\Z)|[-–—]{2,})")


def fits(text: str, own: str, left: str = "", right: str = "") -> bool:
    """Whether a text may take the place of the writer's own, which is prose between two marks or line ends.

    left, right: the characters beside it.
    """
    # Whether a mark of emphasis opens or closes depends on whether letters stand beside it.
    if left in _EMPHASIS and own[:1].isalnum() != text[:1].isalnum():
        return False
    if right in _EMPHASIS and own[-1:].isalnum() != text[-1:].isalnum():
        return False
    if any(text.count(mark) > own.count(mark) for mark in MARKS):
        return False
    if _LINE_MARK.match(text) and not _LINE_MARK.match(own):
        return False
    return len(inline(text, 0, len(text), lines=False)) <= len(inline(own, 0, len(own), lines=False))
