"""Places in documents with some words removed, and a cheap judge of their replacements."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"(?<= )\S+")
_MARKS = re.compile(r"[*_`\[\]<>|#~]")
_CLOSING = ".,;:!?\"'”’)"
_BEFORE, _AFTER = 1500, 600
"""Characters around a place; more than any checkpoint of this recipe reads."""
_WINDOW = 6000
"""Characters of a document searched for a place."""
_PIECE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[.,;:!?]")
_KNOWN = 4
"""How often a word must occur in the training documents to count as known."""
_SOUND_WORDS = 0.95


@dataclass(frozen=True, slots=True)
class Place:
    """Some words of a document and the text on both sides; `before` ends with the space before them."""

    source: str
    before: str
    gap: str
    after: str


def places(documents: Mapping[str, Sequence[str]], words: int, count: int, seed: int) -> list[Place]:
    """`count` places of `words` words in each source, within a paragraph, without marks or digits."""
    choice = random.Random(seed)
    found = []
    for source, texts in documents.items():
        taken = 0
        for _ in range(50 * count if texts else 0):
            place = _place(source, choice.choice(texts), words, choice)
            if place and taken < count:
                found.append(place)
                taken += 1
    return found


def _place(source: str, text: str, words: int, choice: random.Random) -> Place | None:
    """A place in a text; None if the chosen one is unsuitable."""
    # A book is too long to search all of it.
    start = choice.randrange(max(1, len(text) - _WINDOW))
    text = text[start : start + _WINDOW]
    found = list(_WORD.finditer(text))
    if len(found) < words + 40:
        return None
    index = choice.randrange(20, len(found) - words - 10)
    start, end = found[index].start(), found[index + words - 1].end()
    gap = text[start:end].rstrip(_CLOSING)
    plain = gap and gap[0].isalpha() and gap[-1].isalnum() and "\n" not in gap and not _MARKS.search(gap)
    if not plain:
        return None
    end = start + len(gap)
    return Place(source, text[max(0, start - _BEFORE) : start], gap, text[end : end + _AFTER])


class Lexicon:
    """The words and neighbouring word pairs of the training documents.

    knows: whether a lower-case word missing from the documents is a word all the same.
    """

    def __init__(self, documents: Iterable[str], knows: Callable[[str], bool] = lambda word: False) -> None:
        counts: Counter[str] = Counter()
        self._pairs: set[tuple[str, str]] = set()
        for document in documents:
            found = pieces(document)
            counts.update(found)
            self._pairs.update(pairwise(found))
        self._words = {word for word, count in counts.items() if count >= _KNOWN}
        self._knows = knows

    def knows(self, word: str) -> bool:
        """Whether a lower-case word, or a mark, is known."""
        return word in self._words or not word[0].isalpha() or self._knows(word)

    def known_seams(self, place: Place, text: str) -> bool:
        """Whether the word pairs at both ends of a fill occur in the documents; True if there are none."""
        found = pieces(text)
        if not self._pairs:
            return True
        if not found:
            return False
        row = _with_neighbours(place, found)
        return (row[0], row[1]) in self._pairs and (row[-2], row[-1]) in self._pairs

    def known_pairs(self, place: Place, text: str) -> float:
        """Share of the word pairs of a fill, seams included, that occur in the documents; 0 for an empty fill."""
        found = pieces(text)
        if not found:
            return 0.0
        row = _with_neighbours(place, found)
        return sum(pair in self._pairs for pair in pairwise(row)) / (len(row) - 1)

    def faults(self, place: Place, text: str) -> list[str]:
        """The faults of a fill: "empty", "words", "repetition", "quotes", "seams"; none for a sound one."""
        found = pieces(text)
        words = [piece for piece in found if piece[0].isalpha()]
        if not words:
            return ["empty"]
        faults = []
        if sum(map(self.knows, words)) < _SOUND_WORDS * len(words):
            faults.append("words")
        if any(found[index] == found[index + 1] == found[index + 2] for index in range(len(found) - 2)):
            faults.append("repetition")
        if _open_quotes(text) != _open_quotes(place.gap):
            faults.append("quotes")
        if not self.known_seams(place, text):
            faults.append("seams")
        return faults


def pieces(text: str) -> list[str]:
    """The words and marks of a text in lower case."""
    return [piece.lower() for piece in _PIECE.findall(text)]


def _with_neighbours(place: Place, found: list[str]) -> list[str]:
    """The pieces of a fill with the one before and the one after it."""
    return [*pieces(place.before[-60:])[-1:], *found, *pieces(place.after[:60])[:1]]


def _open_quotes(text: str) -> tuple[int, int]:
    """Quotes and brackets that a text leaves open; the removed words left the same ones open."""
    return text.count('"') % 2 + text.count("“") - text.count("”"), text.count("(") - text.count(")")
