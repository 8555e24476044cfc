"""What is known of words apart from any text: parts of speech, forms, and which words mean the same or the opposite."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from engine.mending.dictionary import Dictionary
from engine.mending.english import is_variant
from engine.wording.function_words import classes
from engine.wording.inflection import BASIC, Tag, bases, regular

_CACHED = 20_000
_NEGATIONS = ("un", "in", "im", "ir", "il", "dis", "non", "mis")
_IRREGULAR = {"n": (Tag.PLURAL,), "v": (Tag.PAST, Tag.PARTICIPLE), "a": (Tag.COMPARATIVE, Tag.SUPERLATIVE), "r": ()}


class Nearness(IntEnum):
    """How near two words are in meaning, as far as the thesaurus tells."""

    OPPOSITE = -1
    UNKNOWN = 0
    NEAR = 1
    """One is narrower, wider or similar."""
    SAME = 2


class Entry(NamedTuple):
    """A part of speech of a word: irregular forms, words that mean the same, nearly the same, and the opposite."""

    forms: tuple[str, ...]
    same: tuple[str, ...]
    near: tuple[str, ...]
    opposite: tuple[str, ...]


class Reading(NamedTuple):
    """One way to read a word: as a form of a dictionary word."""

    base: str
    tag: Tag


class Thesaurus:
    """Words by their dictionary form. A word of several words is inflected at its first.

    lines: as in resources/dictionaries/thesaurus.txt, which `engine.training.thesaurus` makes.
    """

    def __init__(self, lines: Iterable[str], dictionary: Dictionary) -> None:
        self._lines = {word: rest for word, _, rest in (line.partition("|") for line in lines)}
        self._dictionary = dictionary
        self._bases: dict[str, list[tuple[str, str]]] = {}
        for word, rest in self._lines.items():
            if "=" in rest:
                for part, entry in _entries(rest).items():
                    for form in entry.forms:
                        self._bases.setdefault(form, []).append((word, part))
        self.entries = lru_cache(_CACHED)(lambda word: _entries(self._lines.get(word, "")))
        self.readings = lru_cache(_CACHED)(self._readings)

    @classmethod
    @cache
    def english(cls) -> Thesaurus:
        """The one that ships."""
        text = files("resources").joinpath("dictionaries", "thesaurus.txt").read_text("utf-8")
        return cls(text.splitlines(), Dictionary.english())

    def tags(self, word: str) -> frozenset[str]:
        """Tags that a word in small letters may have, and classes of function words; none if it is unknown."""
        return frozenset((*(reading.tag for reading in self.readings(word)), *classes(word)))

    def _readings(self, word: str) -> tuple[Reading, ...]:
        head, _, rest = word.partition(" ")
        found = [(base, tag) for base, tag in bases(head)]
        found += ((base, tag) for base, part in self._bases.get(head, ()) for tag in _IRREGULAR[part])
        tail = f" {rest}" if rest else ""
        return tuple(
            dict.fromkeys(
                Reading(base + tail, tag)
                for base, tag in found
                if tag.part in self.entries(base + tail) and head in self._forms(base, tag)
            )
        )

    def inflected(self, word: str, tag: Tag) -> list[str]:
        """The forms of a dictionary form that exist, in order; several where it may be spelt in several ways."""
        head, _, rest = word.partition(" ")
        tail = f" {rest}" if rest else ""
        found = [form for form in self._forms(head, tag) if self._dictionary.is_common(form)]
        return [form + tail for form in sorted(found, key=self._dictionary.place)]

    def _forms(self, head: str, tag: Tag) -> tuple[str, ...]:
        entry = self.entries(head).get(tag.part)
        irregular = entry.forms if entry and tag in _IRREGULAR[tag.part] else ()
        if tag.part == "a":
            irregular = tuple(form for form in irregular if form.endswith("st") == (tag is Tag.SUPERLATIVE))
        if tag.part == "v" and len(irregular) > 1:
            ends = tuple(form for form in irregular if form.endswith(("n", "ne")))
            irregular = (
                ends or irregular
                if tag is Tag.PARTICIPLE
                else tuple(f for f in irregular if f not in ends) or irregular
            )
        return irregular or regular(head, tag)

    def related(self, word: str) -> dict[str, Nearness]:
        """Words near in meaning to a word in small letters, in the same form, the nearest first; none of its forms."""
        found: dict[str, Nearness] = {}
        for near in (Nearness.SAME, Nearness.NEAR):
            for base, tag in self.readings(word):
                entry = self.entries(base)[tag.part]
                for other in entry.same if near is Nearness.SAME else entry.near:
                    if " " not in other and tag.part not in self.entries(other):
                        continue
                    # A phrase may be listed under another part of speech than its first word has.
                    for form in self.inflected(other, tag)[:1] if tag not in BASIC.values() else (other,):
                        found.setdefault(form, near)
        return {other: near for other, near in found.items() if not self.are_one(word, other)}

    def nearness(self, one: str, other: str) -> Nearness:
        """How near two words in small letters are in meaning."""
        if any(f"{negation}{a}" == b for negation in _NEGATIONS for a, b in ((one, other), (other, one))):
            return Nearness.OPPOSITE
        best = Nearness.UNKNOWN
        for base, tag in self.readings(one):
            entry = self.entries(base)[tag.part]
            for second, other_tag in self.readings(other):
                if other_tag is not tag:
                    continue
                back = self.entries(second)[tag.part]
                if second in entry.opposite or base in back.opposite:
                    return Nearness.OPPOSITE
                # "Small" is the opposite of "large", which means the same as "big".
                if tag.part in "ar" and (self._opposes(entry, second, tag.part) or self._opposes(back, base, tag.part)):
                    return Nearness.OPPOSITE
                if second in entry.same or base in back.same:
                    best = Nearness.SAME
                elif second in entry.near or base in back.near:
                    best = max(best, Nearness.NEAR)
        return best

    def _opposes(self, entry: Entry, other: str, part: str) -> bool:
        """Whether another word is the opposite of one that means the same or nearly the same."""
        near = (self.entries(word).get(part) for word in (*entry.same, *entry.near))
        return any(each and other in each.opposite for each in near)

    def are_one(self, one: str, other: str) -> bool:
        """Whether two words in small letters are forms or spellings of one word, or one is made from the other."""
        if one == other or is_variant(one, other):
            return True
        first = {reading.base for reading in self.readings(one)} or {one}
        second = {reading.base for reading in self.readings(other)} or {other}
        return any(a == b or is_variant(a, b) or _derived(a, b) for a in first for b in second)


_ENDINGS = (
    "ly",
    "ally",
    "ness",
    "er",
    "or",
    "ing",
    "ed",
    "ment",
    "ful",
    "less",
    "al",
    "ity",
    "able",
    "ish",
    "en",
    "y",
    "s",
)


def _derived(one: str, other: str) -> bool:
    """Whether a word is another one with an ending, as "quickly" is of "quick"."""
    short, long = sorted((one, other), key=len)
    if len(short) < 4:
        return False
    stems = {short, short.removesuffix("e"), short.removesuffix("y") + "i", short + short[-1]}
    return any(stem + end == long for stem in stems for end in _ENDINGS)


def _entries(rest: str) -> dict[str, Entry]:
    """What a line tells of each part of speech."""
    found = {}
    for text in rest.split("|") if rest else ():
        start, _, lists = text.partition(":")
        part, _, forms = start.partition("=")
        words = [tuple(words.split(",")) if words else () for words in lists.split(";")]
        same, near, opposite = [*words, (), ()][:3]
        found[part] = Entry(tuple(forms.split(",")) if forms else (), same, near, opposite)
    return found
