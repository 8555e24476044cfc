"""Regular English inflection: a dictionary form and a tag make a form."""

from __future__ import annotations

from enum import StrEnum

import regex

_VOWELS = "aeiou"
_SIBILANT = ("s", "x", "z", "ch", "sh")
_VOWEL_GROUP = regex.compile(r"[aeiouy]+")


class Tag(StrEnum):
    """Part of speech and form of a word; the first letter is the part of speech."""

    NOUN = "n"
    PLURAL = "ns"
    VERB = "v"
    THIRD = "vs"
    PAST = "vd"
    PARTICIPLE = "vn"
    ING = "vg"
    ADJECTIVE = "a"
    COMPARATIVE = "ar"
    SUPERLATIVE = "as"
    ADVERB = "r"

    @property
    def part(self) -> str:
        """The part of speech: n, v, a or r."""
        return self.value[0]


BASIC = {"n": Tag.NOUN, "v": Tag.VERB, "a": Tag.ADJECTIVE, "r": Tag.ADVERB}
"""The tag of the form that dictionaries list, by part of speech."""
_STRIPPED = {
    Tag.PLURAL: (("s", ""), ("es", ""), ("ies", "y")),
    Tag.THIRD: (("s", ""), ("es", ""), ("ies", "y")),
    Tag.PAST: (("ed", ""), ("ed", "e"), ("ied", "y")),
    Tag.PARTICIPLE: (("ed", ""), ("ed", "e"), ("ied", "y")),
    Tag.ING: (("ing", ""), ("ing", "e"), ("ying", "ie")),
    Tag.COMPARATIVE: (("er", ""), ("er", "e"), ("ier", "y")),
    Tag.SUPERLATIVE: (("est", ""), ("est", "e"), ("iest", "y")),
}
"""Endings and what stands there in the dictionary form."""


def regular(word: str, tag: Tag) -> tuple[str, ...]:
    """The form or forms that the rules make of a dictionary form in small letters; not all of them need exist."""
    match tag:
        case Tag.NOUN | Tag.VERB | Tag.ADJECTIVE | Tag.ADVERB:
            return (word,)
        case Tag.PLURAL | Tag.THIRD:
            if word.endswith(_SIBILANT):
                return (word + "es",)
            if _y_changes(word):
                return (word[:-1] + "ies",)
            return (word + "es", word + "s") if word.endswith("o") else (word + "s",)
        case Tag.ING:
            if word.endswith("ie"):
                return (word[:-2] + "ying",)
            if word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
                return (word[:-1] + "ing",)
            return _with(word, "ing")
        case _:
            end = {Tag.COMPARATIVE: "er", Tag.SUPERLATIVE: "est"}.get(tag, "ed")
            if word.endswith("e"):
                return (word + end[1:],)
            if _y_changes(word):
                return (word[:-1] + "i" + end,)
            return _with(word, end)


def bases(word: str) -> list[tuple[str, Tag]]:
    """The dictionary forms from which the rules make a word in small letters, with the tag; not all need exist."""
    found = [(word, tag) for tag in BASIC.values()]
    for tag, endings in _STRIPPED.items():
        for end, put in endings:
            stem = word[: -len(end)] + put
            if not word.endswith(end) or len(stem) < 2:
                continue
            doubled = (stem[:-1],) if not put and len(stem) > 2 and stem[-1] == stem[-2] else ()
            found += [(base, tag) for base in (stem, *doubled) if word in regular(base, tag)]
    return list(dict.fromkeys(found))


def _with(word: str, end: str) -> tuple[str, ...]:
    """A word with an ending that begins with a vowel: its last consonant is doubled after a single short vowel."""
    single = len(word) > 2 and word[-1] not in _VOWELS + "wxy" and word[-2] in _VOWELS
    if not single or (word[-3] in _VOWELS and word[-3:-1] != "ui"):
        return (word + end,)
    twice = word + word[-1] + end
    # Where the stress lies, the spelling does not tell; British and American writers differ too.
    return (twice,) if len(_VOWEL_GROUP.findall(word)) == 1 else (word + end, twice)


def _y_changes(word: str) -> bool:
    return word.endswith("y") and word[-2:-1] not in _VOWELS
