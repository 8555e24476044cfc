"""Quotation marks and apostrophes: new words are given those of the text around them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TypeVar

import regex

from engine.text.markup import protected
from engine.text.ranges import gaps

_WINDOW = 5_000
"""Characters of the text on either side in which its style is looked for."""
_APOSTROPHE = regex.compile(r"(?<=\p{L})['’](?=\p{L})")
_DOUBLE = regex.compile(
    r"(?<![^\s(\[{—–-])(?P<open>[\"“„»](?P<space>)|«(?P<space>[ \u00a0\u202f]?))(?=[\p{L}\p{N}…¡¿])"
)
"""A mark that opens a quotation: what closes it follows from it."""
_PAIRS = {'"': ('"', '"'), "“": ("“", "”"), "„": ("„", "“"), "«": ("«", "»"), "»": ("»", "«")}
_DOUBLES = frozenset('"“”„«»')
_SINGLES = frozenset("'’‘")
_MARKS = _DOUBLES | _SINGLES
_Kind = TypeVar("_Kind")
_BEFORE_OPENING = regex.compile(r"[\s(\[{—–\-\"“„«‘']\Z")
_LEFT_OUT = regex.compile(r"(?i)\d|(?:tis|twas|twere|twill|em|til|cause|bout|round|n)\b")
"""What follows an apostrophe that stands for letters left out at the start of a word."""


@dataclass(frozen=True, slots=True)
class QuoteStyle:
    """How a text writes quotations.

    pair: the marks around one, with the space inside each; None if the text has none, so that any will do.
    apostrophe: "'" or "’"; "" if the text has none.
    """

    pair: tuple[str, str] | None = None
    apostrophe: str = ""

    @classmethod
    def of(cls, text: str, start: int, end: int, kind: str) -> QuoteStyle:
        """The style of the prose around text[start:end]; what is no prose, such as code, does not count.

        Of the marks that it has none of, those are taken that go with the others.
        """
        low, high = max(0, start - _WINDOW), min(len(text), end + _WINDOW)
        if _MARKS.isdisjoint(text[low:high]):
            return cls()
        openers: Counter[tuple[str, str]] = Counter()
        apostrophes: Counter[str] = Counter()
        for first, last in gaps(protected(text, low, high, kind, facts=False, pairs=False), low, high):
            openers.update((match["open"][0], match["space"]) for match in _DOUBLE.finditer(text, first, last))
            apostrophes.update(match.group() for match in _APOSTROPHE.finditer(text, first, last))
        apostrophe = _most(apostrophes) or ""
        opener = _most(openers)
        if opener:
            mark, space = opener
            left, right = _PAIRS[mark]
            return cls((left + space, space + right), apostrophe or ("'" if mark == '"' else "’"))
        return cls(_PAIRS['"' if apostrophe == "'" else "“"] if apostrophe else None, apostrophe)

    def dressed(self, text: str, before: str = "", after: str = "") -> str:
        """A new text with the marks of this style. before: the character before it. after: the next few."""
        if _MARKS.isdisjoint(text):
            return text
        found: list[str] = []
        for at, mark in enumerate(text):
            last = text[at - 1 : at] if at else before
            if mark in _DOUBLES:
                found.append(self._double(mark, last))
            elif mark in _SINGLES:
                found.append(self._single(mark, last, text[at + 1 :] + after))
            else:
                found.append(mark)
        return "".join(found)

    def _double(self, mark: str, last: str) -> str:
        if self.pair is None:
            return mark
        # A low mark opens and “ may close it; for the others, the place tells more than the mark.
        return self.pair[mark != "„" and not _opens(last)]

    def _single(self, mark: str, last: str, following: str) -> str:
        if self.apostrophe != "’":
            return "'" if self.apostrophe else mark
        return "‘" if _opens(last) and not _LEFT_OUT.match(following) else "’"


def _opens(last: str) -> bool:
    """Whether a mark after a character opens a quotation."""
    return not last or _BEFORE_OPENING.match(last) is not None


def _most(counts: Counter[_Kind]) -> _Kind | None:
    """What there is most of, if there is anything."""
    return counts.most_common(1)[0][0] if counts else None
