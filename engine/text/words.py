"""What a word is, for runs, mending, reviews and counts alike, and how a model and patterns read one.

A word may hold characters that nobody sees: the soft hyphen, the zero-width space and the word joiner. They belong to
it, like the hyphen that does not break; a model reads the word without them.
"""

from __future__ import annotations

import regex
from rapidfuzz.distance import Indel

UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
"""Scripts written without spaces, in which each grapheme counts as a word."""
_HIDDEN = "\u00ad\u200b\u2060"
_HYPHENS = "\u2010\u2011"
# The zero-width joiners belong to words of Persian and of Indic scripts. Letters of ASCII first: they are the fastest.
_LETTER = rf"(?:[A-Za-z0-9_]++|(?!{UNSPACED})[\p{{L}}\p{{M}}\p{{N}}_\u200c\u200d])"
# Apostrophes and hyphens join a word only between letters. Possessive, so that long runs cannot backtrack.
WORD = regex.compile(
    rf"{_LETTER}++(?:(?=['’\-{_HYPHENS}{_HIDDEN}])[{_HIDDEN}]*+(?:['’\-{_HYPHENS}][{_HIDDEN}]*+)?+{_LETTER}++)*+"
)
"""One word."""

# A zero-width space parts words of Thai and Khmer, and the joiners shape letters of Persian and whole emoji.
_BESIDE = rf"[{_HIDDEN}\u200c\u200d]{{0,8}}"
_UNREAD = regex.compile(
    rf"[\u00ad\u2060]|(?<!{UNSPACED})\u200b(?!{UNSPACED})"
    rf"|(?<=\p{{Script=Latin}}{_BESIDE})[\u200c\u200d](?={_BESIDE}\p{{Script=Latin}})"
)
_ODD = regex.compile(rf"[{_HIDDEN}{_HYPHENS}\u200c\u200d\u034f]")
_PLAIN_HYPHENS = dict.fromkeys(map(ord, _HYPHENS), "-")
_MARK = "\u034f"
"""The combining grapheme joiner: a mark, as patterns see it, and thus part of a word."""
_AS_MARKS = _PLAIN_HYPHENS | dict.fromkeys(map(ord, f"{_HIDDEN}\u200c\u200d"), _MARK)
_BARE = _PLAIN_HYPHENS | dict.fromkeys(map(ord, f"{_HIDDEN}\u200c\u200d{_MARK}"))


def unread(text: str) -> list[int]:
    """Where the characters stand that a model is not shown, in order."""
    return [match.start() for match in _UNREAD.finditer(text)] if _ODD.search(text) else []


def as_read(text: str) -> str:
    """A text as a model reads it: without what nobody sees, and with the hyphen of every keyboard."""
    return _UNREAD.sub("", text).translate(_PLAIN_HYPHENS) if _ODD.search(text) else text


def for_patterns(text: str) -> str:
    """A text of the same length in which no hidden character and no other hyphen divides a word for a pattern."""
    return text.translate(_AS_MARKS) if _ODD.search(text) else text


def bare(word: str) -> str:
    """A word as a dictionary has it: without anything that nobody sees, and with plain hyphens."""
    return word.translate(_BARE) if _ODD.search(word) else word


def with_hidden(own: str, new: str) -> str:
    """What takes the place of a writer's words, with their hidden characters wherever the letters around one stay."""
    if not _ODD.search(own):
        return new
    letters: list[str] = []
    hidden: dict[int, str] = {}
    for character in own:
        if bare(character):
            letters.append(character)
        else:
            hidden[len(letters)] = hidden.get(len(letters), "") + character
    found: dict[int, str] = {}
    for step in Indel.opcodes("".join(letters), new):
        if step.tag == "equal":
            by = step.dest_start - step.src_start
            found |= {at + by: marks for at, marks in hidden.items() if step.src_start < at < step.src_end}
    return "".join(found.get(at, "") + character for at, character in enumerate(new))
