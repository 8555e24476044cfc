"""Words that are known to be English, and those that come near an unknown one in spelling."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import regex
from rapidfuzz import process
from rapidfuzz.distance import OSA

from engine.text.words import bare

_WORDS, _RARE = "english", "rare"
"""Word lists under resources/dictionaries: words to suggest, the most frequent first, and words that are right but
hardly ever meant, which are known and not suggested."""
_CACHED = 20_000
_ENDINGS = ("'s", "'", "'d", "'ll", "'ve", "'re")
_RANK, _FIRST, _SOUND = 0.1, 0.5, 0.5
"""What counts against a suggestion, in edits: each doubling of its place in the list by frequency, another first
letter, another sound. Chosen on 800 misspellings of the training corpus: the right word is the first in 90 % and among
the first four in 96 %."""
_OFTEN = 500
"""Words at the beginning of the list that count alike."""
_ALIKE = (("ph", "f"), ("ck", "k"), ("c", "k"), ("z", "s"), ("v", "f"))
_DOUBLE = regex.compile(r"(.)\1+")
_SILENT = regex.compile(r"(?<!^)[aeiouyhw]")


def plain(word: str) -> str:
    """A word with straight apostrophes and plain hyphens, and without characters that nobody sees."""
    return bare(word).replace("’", "'")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A known word that comes near another one. distance: edits of a letter, or of two neighbours that swap."""

    word: str
    distance: int


class Dictionary:
    """Word lists, British and American side by side, with a writer's own words.

    words: to suggest, the most frequent first. rare: known too. own: what the writer added.
    """

    def __init__(self, words: Iterable[str], rare: Iterable[str] = (), own: Collection[str] = ()) -> None:
        words = tuple(words)
        self._words = {word: place for place, word in reversed(tuple(enumerate(words)))}
        self._rare = frozenset(rare)
        self._own = frozenset(plain(word) for word in own)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._words:
            self._by_length[len(word)].append(word)
        self.knows = lru_cache(_CACHED)(self._knows)
        self.near = lru_cache(_CACHED)(self._near)

    @classmethod
    @cache
    def english(cls) -> Dictionary:
        """The lists that ship."""
        return cls(_read(_WORDS), _read(_RARE))

    def with_own(self, own: Collection[str]) -> Dictionary:
        """The same with a writer's own words."""
        if not own:
            return self
        # The lists are large, and what comes near a word does not depend on the writer's own.
        other = copy.copy(self)
        other._own = frozenset(plain(word) for word in own)
        other.knows = lru_cache(_CACHED)(other._knows)
        return other

    def is_own(self, word: str) -> bool:
        """Whether a writer has added a word, with a small first letter or in small letters, or what it is the
        possessive of.
        """
        stem = plain(word).removesuffix("'s")
        return bool(self._own) and bool(self._own & {plain(word), *_forms(stem)})

    def is_common(self, word: str) -> bool:
        """Whether a word, as it stands or with a small first letter, may be suggested."""
        return word in self._words or (word[:1].isupper() and word[0].lower() + word[1:] in self._words)

    def place(self, word: str) -> int:
        """How many words are more frequent than this one, of several the least frequent; that of all if unknown."""
        return max(self._words.get(part, len(self._words)) for part in word.split())

    def _knows(self, word: str) -> bool:
        """Whether a word is right by itself: as it stands, with a capital, or with an ending after an apostrophe."""
        word = plain(word)
        if not word or any(character.isdigit() for character in word):
            return True
        if "-" in word.strip("-"):
            return all(self._knows(part) for part in word.split("-"))
        if self._holds(_forms(word)) or (word.endswith("'d") and self._holds(_forms(word[:-2] + "ed"))):
            # Older books write lik'd for liked.
            return True
        return any(word.endswith(end) and self._knows(word[: -len(end)]) for end in _ENDINGS if len(word) > len(end))

    def _holds(self, forms: Iterable[str]) -> bool:
        return any(form in self._words or form in self._rare or form in self._own for form in forms)

    def _near(self, word: str, most: int = 2) -> tuple[Suggestion, ...]:
        """Words within `most` edits of a word, the likeliest first, whether in small letters or with a capital."""
        lower = plain(word).lower()
        if not lower:
            return ()
        found = [
            Suggestion(candidate, int(distance))
            for length in range(max(1, len(lower) - most), len(lower) + most + 1)
            for candidate, distance, _ in process.extract(
                lower, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most, limit=None
            )
            if candidate != word
        ]
        name = lower.capitalize()
        if name in self._words and name != word:
            found.append(Suggestion(name, 0))
        sound = _sound(lower)

        def cost(item: Suggestion) -> float:
            place = math.log2(1 + self._words[item.word] / _OFTEN)
            other = item.word.lower()
            return item.distance + _RANK * place + _FIRST * (other[0] != lower[0]) + _SOUND * (_sound(other) != sound)

        return tuple(sorted(dict.fromkeys(found), key=cost))


def _forms(word: str) -> set[str]:
    """A word as it stands and as it would be written elsewhere in a sentence."""
    forms = {word, word.lower(), word[:1].lower() + word[1:]}
    return forms | {word.capitalize()} if word.isupper() else forms


@lru_cache(_CACHED)
def _sound(word: str) -> str:
    """A word in small letters without vowels and double letters, and with one letter for those of one sound."""
    for written, spoken in _ALIKE:
        word = word.replace(written, spoken)
    return _SILENT.sub("", _DOUBLE.sub(r"\1", word))


def _read(name: str) -> list[str]:
    return files("resources").joinpath("dictionaries", f"{name}.txt").read_text("utf-8").split()
