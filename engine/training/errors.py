"""Puts mistakes that people make into correct text, for training and measuring the task *fix*.

Text is divided as by `engine.text.segments`. Every mistake is a chunk, so its exact place and its correction are known.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.text.segments import Segment, SegmentKind, cut


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text as written and as it should be; equal if nothing is wrong.

    kind: that of the mistake, one of `KINDS`, or "edit" for one a person corrected; "" if nothing is wrong.
    fixed: whether the piece is not prose but a line break or a mark, which never changes.
    """

    written: str
    right: str
    kind: str = ""
    fixed: bool = False


def written(chunks: Sequence[Chunk]) -> str:
    """The text with its mistakes."""
    return "".join(chunk.written for chunk in chunks)


def right(chunks: Sequence[Chunk]) -> str:
    """The text without its mistakes."""
    return "".join(chunk.right for chunk in chunks)


def clean(text: str) -> list[Chunk]:
    """A text without mistakes, with a chunk for each segment."""
    return [Chunk(item.text, item.text, fixed=item.kind is SegmentKind.FIXED) for item in cut(text, 0, len(text))]


def corrupt(text: str, rate: float, misspellings: Mapping[str, Sequence[str]], choice: random.Random) -> list[Chunk]:
    """The text with mistakes in about a share `rate` of its words.

    misspellings: common misspellings, by the correct word in lower case.
    """
    segments = cut(text, 0, len(text))
    maker = _Maker(segments, misspellings, choice)
    chunks: list[Chunk] = []
    index = 0
    while index < len(segments):
        made = maker.at(index) if choice.random() < rate else None
        if made:
            mistake, used = made
            chunks += mistake
            index += used
        # At least one correct segment between two mistakes, so that each has its own place.
        if index < len(segments):
            text = segments[index].text
            chunks.append(Chunk(text, text, fixed=segments[index].kind is SegmentKind.FIXED))
            index += 1
    return chunks


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Made = tuple[list[Chunk], int]
"""A mistake and how many segments it spans."""

_FUNCTION_WORDS = _words(
    "a an the of to in on at for with by from and or but that is are was were be been has have had as it this not"
)
_CONFUSED = (
    ("their", "there", "they're"),
    ("its", "it's"),
    ("your", "you're"),
    ("whose", "who's"),
    ("then", "than"),
    ("to", "too"),
    ("of", "off"),
    ("where", "were", "we're"),
    ("lose", "loose"),
    ("affect", "effect"),
    ("accept", "except"),
    ("weather", "whether"),
    ("quite", "quiet"),
    ("principal", "principle"),
    ("passed", "past"),
    ("advice", "advise"),
    ("here", "hear"),
    ("know", "no"),
    ("new", "knew"),
    ("write", "right"),
    ("peace", "piece"),
    ("threw", "through"),
    ("by", "buy"),
    ("led", "lead"),
    ("breath", "breathe"),
    ("choose", "chose"),
    ("desert", "dessert"),
    ("stationary", "stationery"),
    ("complement", "compliment"),
)
_CONFUSIONS = {word: [other for other in row if other != word] for row in _CONFUSED for word in row}
_NUMBER = {
    "is": "are",
    "are": "is",
    "was": "were",
    "were": "was",
    "has": "have",
    "have": "has",
    "does": "do",
    "do": "does",
    "this": "these",
    "these": "this",
    "those": "that",
    "doesn't": "don't",
    "don't": "doesn't",
    "isn't": "aren't",
    "wasn't": "weren't",
}
_SINGULAR_SUBJECTS = _words("he she it who which everyone nobody")
_PLURAL_SUBJECTS = _words("they we you i")
_MODALS = _words("will would can could should must may might cannot")
_PLURAL_BEFORE = _words("many several few both these those two three four five six seven eight nine ten")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: "".join(
        other[at]
        for other in _KEYBOARD[max(0, row - 1) : row + 2]
        for at in range(max(0, column - 1), min(len(other), column + 2))
        if other[at] != letter
    )
    for row, keys in enumerate(_KEYBOARD)
    for column, letter in enumerate(keys)
}
"""Letters next to each letter on the keyboard."""


class _Maker:
    """Makes one mistake at a segment."""

    def __init__(
        self, segments: Sequence[Segment], misspellings: Mapping[str, Sequence[str]], choice: random.Random
    ) -> None:
        self.segments, self.misspellings, self.choice = segments, misspellings, choice

    def at(self, index: int) -> Made | None:
        """A mistake at this place, of a kind drawn by weight among those possible there."""
        kinds = dict(_WEIGHTS)
        for _ in range(4):
            name = self.choice.choices(list(kinds), list(kinds.values()))[0]
            if made := _MAKERS[name](self, index):
                chunks, used = made
                return [
                    Chunk(item.written, item.right, name if item.written != item.right else "") for item in chunks
                ], used
            del kinds[name]
        return None

    def word(self, index: int) -> str:
        """The word of a segment without the space before it; "" if there is none."""
        if not 0 <= index < len(self.segments) or self.segments[index].kind is not SegmentKind.WORD:
            return ""
        return self.segments[index].text.lstrip()

    def space(self, index: int) -> str:
        text = self.segments[index].text
        return text[: len(text) - len(text.lstrip())]

    def starts_sentence(self, index: int) -> bool:
        earlier = self.segments[index - 1] if index else None
        return earlier is None or earlier.ends_sentence or earlier.kind is SegmentKind.FIXED

    def spelling(self, index: int) -> Made | None:
        word = self.word(index)
        if len(word) < 3 or not word.isalpha() or word.isupper() or not word.isascii():
            return None
        known = self.misspellings.get(word.lower())
        if known and self.choice.random() < 0.7:
            wrong = self.choice.choice(known)
            wrong = wrong.capitalize() if word[0].isupper() else wrong
        elif len(word) < 4 or (word[0].isupper() and not self.starts_sentence(index)):
            return None
        else:
            wrong = self._slip(word)
        return self._instead(index, wrong)

    def _slip(self, word: str) -> str:
        """A typing mistake after the first letter."""
        at = self.choice.randrange(1, len(word) - 1)
        kind = self.choice.randrange(4)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if kind == 1:
            return word[:at] + word[at + 1 :]
        if kind == 2:
            return word[:at] + word[at] + word[at:]
        return word[:at] + self.choice.choice(_NEIGHBOURS.get(word[at], "e")) + word[at + 1 :]

    def doubled(self, index: int) -> Made | None:
        word = self.word(index)
        if not word.isalpha() or len(word) > 6 or word != word.lower():
            return None
        text = self.segments[index].text
        return [Chunk(text, text), Chunk(" " + word, "")], 1

    def dropped(self, index: int) -> Made | None:
        word, following = self.word(index), self.word(index + 1)
        if word not in _FUNCTION_WORDS or not following or not self.space(index) or not self.space(index + 1):
            return None
        text = self.segments[index + 1].text
        return [Chunk(text, self.segments[index].text + text)], 2

    def agreement(self, index: int) -> Made | None:
        word, before = self.word(index), self.word(index - 1).lower()
        lower = word.lower()
        if lower in _NUMBER:
            return self._instead(index, _like(word, _NUMBER[lower]))
        if not (word.isalpha() and word.islower() and len(word) > 3):
            return None
        plural = word.endswith("s") and not word.endswith(("ss", "us", "is"))
        if plural and before in _SINGULAR_SUBJECTS | _PLURAL_BEFORE and not word.endswith(("ies", "ches", "shes")):
            return self._instead(index, word[:-1])
        verb_like = not plural and not word.endswith(("s", "ed", "ing", "ly", "en", "ver", "so"))
        if verb_like and before in _PLURAL_SUBJECTS | _MODALS and word not in _FUNCTION_WORDS:
            return self._instead(index, word + self.choice.choice(("s", "s", "ed")))
        return None

    def article(self, index: int) -> Made | None:
        word = self.word(index)
        other = {"a": "an", "an": "a"}.get(word.lower())
        return self._instead(index, _like(word, other)) if other and self.word(index + 1) else None

    def confusion(self, index: int) -> Made | None:
        word = self.word(index).replace("’", "'")
        if word == "have" and self.word(index - 1).lower() in ("could", "would", "should", "might"):
            return self._instead(index, "of")
        others = _CONFUSIONS.get(word.lower())
        return self._instead(index, _like(word, self.choice.choice(others))) if others else None

    def casing(self, index: int) -> Made | None:
        word = self.word(index)
        if not word.isalpha() or word.isupper() != (word == "I"):
            return None
        if word[0].isupper():
            return self._instead(index, word.lower())
        if len(word) < 4 or self.choice.random() < 0.5:
            return None
        return self._instead(index, word.capitalize())

    def punctuation(self, index: int) -> Made | None:
        segment = self.segments[index]
        word = self.word(index)
        for mark in ("'", "’"):
            if mark in word[1:-1] and self.choice.random() < 0.8:
                return self._instead(index, word.replace(mark, ""))
        if segment.kind is not SegmentKind.MARK:
            return None
        if segment.text in (",", ".") and self.choice.random() < 0.25:
            return [Chunk(segment.text, segment.text), Chunk(segment.text, "")], 1
        following = self.word(index + 1)
        if not following or not self.space(index + 1):
            return None
        text = self.segments[index + 1].text
        if segment.text == "." or (segment.text == "," and following in ("but", "which", "so", "although", "however")):
            return [Chunk(text, segment.text + text)], 2
        return None

    def spacing(self, index: int) -> Made | None:
        segment, word = self.segments[index], self.word(index)
        if segment.kind is SegmentKind.MARK and segment.text in (",", ".", ";", ":", "?", "!"):
            return [Chunk(" " + segment.text, segment.text)], 1
        if not word or not index or not self.space(index) or "\n" in self.space(index):
            return None
        earlier = self.segments[index - 1]
        if earlier.kind is SegmentKind.MARK and earlier.text in (",", ".", ";", ":", "?", "!"):
            return [Chunk(word, segment.text)], 1
        if self.choice.random() < 0.3 and len(word) > 5 and word.isalpha():
            at = self.choice.randrange(2, len(word) - 2)
            return [Chunk(self.space(index) + word[:at], segment.text), Chunk(" " + word[at:], "")], 1
        following = self.word(index + 1)
        if following.isalpha() and word.isalpha() and self.space(index + 1) == " " and len(word) < 6:
            both = segment.text + self.segments[index + 1].text
            return [Chunk(segment.text + following, both)], 2
        return None

    def _instead(self, index: int, wrong: str) -> Made | None:
        text = self.segments[index].text
        if not wrong or self.space(index) + wrong == text:
            return None
        return [Chunk(self.space(index) + wrong, text)], 1


def _like(word: str, other: str) -> str:
    """Another word, with the case of this one's first letter."""
    return other[0].upper() + other[1:] if word[:1].isupper() else other


_MAKERS: dict[str, Callable[[_Maker, int], Made | None]] = {
    "spelling": _Maker.spelling,
    "doubled": _Maker.doubled,
    "dropped": _Maker.dropped,
    "agreement": _Maker.agreement,
    "article": _Maker.article,
    "confusion": _Maker.confusion,
    "casing": _Maker.casing,
    "punctuation": _Maker.punctuation,
    "spacing": _Maker.spacing,
}
_WEIGHTS = {
    "spelling": 9.0,
    "doubled": 0.6,
    "dropped": 5.0,
    "agreement": 30.0,
    "article": 50.0,
    "confusion": 30.0,
    "casing": 1.5,
    "punctuation": 8.0,
    "spacing": 1.0,
}
# Nearly every word can be misspelt, but few are articles; hence the weights.
KINDS = tuple(_WEIGHTS)
"""Misspelt, doubled and dropped words, agreement, articles, words that sound alike, casing, punctuation, spacing."""
