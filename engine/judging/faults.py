"""Faults of a new text in its place that a reader sees at once, and that the writer's own text there did not have."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import regex

from engine.mending.english import FUNCTION_WORDS, TWICE, WORD, article

_BEFORE, _AFTER = 600, 300
"""Characters on both sides that are read with a text."""
_MARKS = regex.compile(r"(?<![,;:])[,;:](?:\s*[,;:.!?])+|(?<!\.)\.(?:\s+[.,;:!?])+|(?<!\.)\.\.(?!\.)|[!?]\s*[.,;:]")
_ETC = regex.compile(r"\b(?:etc|e\.g|i\.e|al|vol|no|pp?|Mr|Mrs|Dr|St|Inc|Ltd|Co|vs|a\.m|p\.m|\p{Lu})\z")
_SPACED_MARK = regex.compile(r"(?<=[\p{L}\p{N}])[ \t]+[,.;!?](?=\s|\z)")
_GLUED = regex.compile(r"(?<=\p{Ll}{2})[.,;:!?](?=\p{L}{2})")
_SEAM = regex.compile(r"(?<=\p{Ll})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{L})")
_START = regex.compile(r"(?:\A|\n\s*|[.!?]['\"”’)]*\s+)(?P<first>[,;:.!?)\]}]|\p{Ll}[\p{L}\p{M}]*)")
_NEW_SENTENCE = regex.compile(r"(?:\A|\n\s*|[.!?:…]['\"”’)\]*_]*\s+|[\"“‘(\[*_#>|—–-]\s*)\z")
_LOOPS = {3: 4, 4: 12, 5: 30}
"""A row of so many words is a loop if it begins again within so many words."""
_PIECES = regex.compile(r"['’]\p{L}+['’]|-\p{L}{1,2}\z|\A\p{L}{1,2}-\p{L}{1,2}\z")
"""Words put together from pieces, such as "it's's" and "re-ed"."""
# Marks that stay and whose words are gone. Straight ones may be the end of one quotation and the start of the next.
_HOLLOW = regex.compile(r"“[^\w“”]*+”|„[^\w„“]*+“|«[^\w«»]*+»|\[[^\w\[\]]*+\]|\([^\w()]*+\)")


class Kind(StrEnum):
    """What is wrong, in the words of a message."""

    MARKS = "punctuation marks that do not go together"
    GLUED = "a missing space"
    SPACED = "a space before a punctuation mark"
    START = "a sentence that begins with a small letter or a mark"
    CAPITAL = "a capital letter in the middle of a sentence"
    TWICE = "a word that stands twice"
    UNKNOWN = "a word that no dictionary has"
    LOOP = "words that repeat"
    ARTICLE = "“a” and “an” confused"
    EMPTY = "no words"
    HOLLOW = "quotation marks, brackets or a link without words"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault. text: what is wrong, as it stands there."""

    kind: Kind
    text: str

    @property
    def described(self) -> str:
        """The fault in a message."""
        return f"{self.kind} ({self.text.strip()})" if self.text.strip() else str(self.kind)


def faults(
    before: str, own: str, new: str, after: str, knows: Callable[[str], bool], *, names: bool = False
) -> tuple[Fault, ...]:
    """The faults of `new` between `before` and `after` that `own`, the writer's text there, does not have.

    Those at the two seams count. knows: whether a word is in a dictionary. names: whether new names may occur, which no
    dictionary has. Words that occur in the writer's text are known.
    """
    before, after = before[-_BEFORE:], after[:_AFTER]
    if own.strip() and not WORD.search(new) and WORD.search(own):
        return (Fault(Kind.EMPTY, new),)
    written = {word.casefold() for word in WORD.findall(f"{before} {own} {after}")}

    def is_word(word: str) -> bool:
        return word.casefold() in written or (knows(word) and not _PIECES.search(word))

    had = Counter(_found(before, own, after, is_word, names))
    fresh = Counter(_found(before, new, after, is_word, names)) - had
    return tuple(fresh)


def _found(before: str, text: str, after: str, is_word: Callable[[str], bool], names: bool) -> Iterator[Fault]:
    """All faults that touch a text in its place."""
    whole, start, end = before + text + after, len(before), len(before) + len(text)

    def touches(low: int, high: int) -> bool:
        return low <= end and high >= start

    for kind, pattern in ((Kind.MARKS, _MARKS), (Kind.SPACED, _SPACED_MARK), (Kind.GLUED, _GLUED)):
        for match in pattern.finditer(whole, max(0, start - 3), min(len(whole), end + 3)):
            if touches(*match.span()) and not _ETC.search(whole, 0, match.start()):
                yield Fault(kind, match.group().strip() or whole[match.start() - 2 : match.end() + 2])
    for match in _HOLLOW.finditer(whole):
        if touches(*match.span()):
            yield Fault(Kind.HOLLOW, match.group())
    for place in {start, end} if text else ():
        if _SEAM.match(whole, place):
            yield Fault(Kind.GLUED, whole[max(0, place - 5) : place + 5])
    for match in _START.finditer(whole, max(0, start - 3), end + 2):
        low = match.start("first")
        if start <= low <= end and not _ETC.search(whole, 0, match.start()) and _begins(whole, match, low):
            yield Fault(Kind.START, match["first"])
    yield from _word_faults(whole, start, end, is_word, names)


def _begins(whole: str, match: regex.Match[str], low: int) -> bool:
    """Whether what stands at `low` really begins a sentence: a line of a list or of verse may begin small."""
    lead = match.group()[: low - match.start()]
    return lead.strip() != "" or not whole[low].isalpha()


def _word_faults(whole: str, start: int, end: int, is_word: Callable[[str], bool], names: bool) -> Iterator[Fault]:
    """The faults of words: unknown, twice, in a loop, with the wrong article or capital."""
    words = list(WORD.finditer(whole))
    ends, starts = [match.end() for match in words], [match.start() for match in words]
    first, last = bisect_left(ends, start), bisect_right(starts, end)
    # The word before the seam is read for what it is followed by.
    for index in range(max(0, first - 1), last):
        word = words[index].group()
        small = word.casefold()
        opens = bool(_NEW_SENTENCE.search(whole, 0, words[index].start()))
        if start <= words[index].start() < end or start < words[index].end() <= end:
            is_name = names and word[0].isupper() and not opens
            if not is_name and len(word) > 1 and not is_word(word):
                yield Fault(Kind.UNKNOWN, word)
            if small in FUNCTION_WORDS and word[0].isupper() and word[1:].islower() and not opens:
                yield Fault(Kind.CAPITAL, word)
        if index + 1 < len(words) and index < last:
            other = words[index + 1]
            between = whole[words[index].end() : other.start()]
            if not between.isspace() or "\n" in between:
                continue
            if small == other.group().casefold() and small not in TWICE:
                yield Fault(Kind.TWICE, word)
            wanted = article(other.group())
            if small in ("a", "an") and wanted and wanted != small and word[1:].islower() == bool(word[1:]):
                yield Fault(Kind.ARTICLE, f"{word} {other.group()}")
    near = [match.group().casefold() for match in words[max(0, first - 40) : last + 40]]
    inside = range(first - max(0, first - 40), last - max(0, first - 40))
    yield from _loops(near, inside)


def _loops(words: list[str], inside: range) -> Iterator[Fault]:
    """Rows of words that occur too often, one of them inside a range."""
    for size, apart in _LOOPS.items():
        last: dict[tuple[str, ...], int] = {}
        for index in range(len(words) - size + 1):
            row = tuple(words[index : index + size])
            before = last.get(row)
            last[row] = index
            if before is None or index - before > apart:
                continue
            if any(place in inside or place + size - 1 in inside for place in (before, index)):
                yield Fault(Kind.LOOP, " ".join(row))
