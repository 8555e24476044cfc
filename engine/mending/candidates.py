"""What may stand in a place of a text instead of what does, and which kind of mistake it would mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from engine.contracts.corrections import Mistake
from engine.mending import english
from engine.mending.dictionary import Dictionary, plain
from engine.text.segments import Segment, SegmentKind, cut
from engine.text.words import bare, with_hidden

_SUGGESTIONS = 4
_NEAR_KNOWN = 6
_NO_BREAK = "\u2011"
_COMMA_BEFORE = frozenset(("but", "which", "so", "although", "however", "and", "or", "while", "because", "then"))
_COMMA_AFTER = frozenset(("however", "therefore", "also", "finally", "then", "first", "example", "addition", "result"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change to a text that may mend it.

    start, end: the range that is replaced, in code points. text: what takes its place.
    kind: of the mistake. distance: edits of letters between the two.
    faulty: whether what stands there is wrong by itself: a word in no dictionary, or an article before the wrong sound.
    rank: place among the suggestions for the word, 0 first.
    """

    start: int
    end: int
    text: str
    kind: Mistake
    distance: int = 1
    faulty: bool = False
    rank: int = 0


def candidates(
    text: str,
    start: int,
    end: int,
    dictionary: Dictionary,
    protected: Callable[[int, int], bool],
    doubtful: Callable[[int, int], bool] = lambda start, end: True,
) -> list[Candidate]:
    """All changes to text[start:end] that are worth a look, by place.

    protected: whether a range of the text, in code points, must stay as it is. doubtful: whether it may be wrong; of
    one that is not, only what is faulty by itself is changed.
    """
    segments = cut(text, start, end)
    found: dict[tuple[int, int, str], Candidate] = {}
    for index in range(len(segments)):
        place = _Place(segments, index, dictionary)
        if not place.word and segments[index].kind is not SegmentKind.MARK:
            continue
        if protected(place.start, place.end):
            continue
        for candidate in map(partial(_as_written, text), place.all(doubtful(place.start, place.end))):
            key = candidate.start, candidate.end, candidate.text
            if text[candidate.start : candidate.end] == candidate.text or key in found:
                continue
            if not protected(candidate.start, candidate.end):
                found[key] = candidate
    return list(found.values())


def _as_written(text: str, candidate: Candidate) -> Candidate:
    """A candidate with the hidden characters and the hyphens of what it replaces."""
    own = text[candidate.start : candidate.end]
    new = candidate.text.replace("-", _NO_BREAK) if _NO_BREAK in own else candidate.text
    new = with_hidden(own, new)
    return candidate if new == candidate.text else replace(candidate, text=new)


class _Place:
    """One segment and its neighbours."""

    def __init__(self, segments: Sequence[Segment], index: int, dictionary: Dictionary) -> None:
        self.segments, self.index, self.dictionary = segments, index, dictionary
        self.segment = segments[index]
        self.word = self._word(index)
        self.lower = plain(self.word).lower()
        self.start = self.segment.end - len(self.segment.text.lstrip())
        self.end = self.segment.end

    def _word(self, index: int) -> str:
        if not 0 <= index < len(self.segments) or self.segments[index].kind is not SegmentKind.WORD:
            return ""
        word = bare(self.segments[index].text.lstrip())
        return word if english.WORD.fullmatch(word) else ""

    @property
    def first(self) -> bool:
        """Whether a sentence begins here."""
        earlier = self.segments[self.index - 1] if self.index else None
        return earlier is None or earlier.ends_sentence or earlier.kind is SegmentKind.FIXED

    @property
    def spaced(self) -> bool:
        """Whether a space stands before the word."""
        return self.segment.text[:1].isspace()

    def all(self, doubtful: bool) -> Iterator[Candidate]:
        """Every change at this place."""
        if not self.word:
            yield from self._marks()
            return
        known = self.dictionary.knows(self.word)
        if known and not doubtful and not self._faulty():
            return
        yield from self._apostrophe()
        if not known:
            yield from self._spelt()
        yield from self._confused()
        if known:
            yield from self._inflected()
            yield from self._similar()
        yield from self._doubled_or_extra()
        yield from self._missing()
        yield from self._spaces(known)
        yield from self._cased()
        yield from self._comma()

    def _faulty(self) -> bool:
        """Whether a known word is wrong by itself, or may be, whatever a model says."""
        before = self._word(self.index - 1).lower()
        doubled = before == self.lower and self.lower not in english.TWICE
        return bool(self._other_article()) or doubled or not self.spaced or self.lower in english.APOSTROPHES

    def _other_article(self) -> str:
        """The article that the sound of the next word asks for, where it is not this one."""
        right = english.article(plain(self._word(self.index + 1))) if self.lower in ("a", "an") else ""
        return right if right != self.lower else ""

    def _instead(self, word: str, kind: Mistake, distance: int = 1, faulty: bool = False, rank: int = 0) -> Candidate:
        if self.word[0].isupper() and not (word[0].isupper() or kind is Mistake.CASING):
            word = word[0].upper() + word[1:]
        if "’" in self.word:
            word = word.replace("'", "’")
        return Candidate(self.start, self.end, word, kind, distance, faulty, rank)

    def _spelt(self) -> Iterator[Candidate]:
        ending = ""
        stem = plain(self.word)
        if stem.endswith("'s"):
            stem, ending = stem[:-2], "'s"
        if not stem:
            return
        for rank, item in enumerate(self.dictionary.near(stem)[:_SUGGESTIONS]):
            yield self._instead(item.word + ending, Mistake.SPELLING, item.distance, True, rank)
        for at in range(1, len(stem)):
            one, two = stem[:at], stem[at:]
            if self._stands_alone(one) and self._stands_alone(two):
                yield self._instead(f"{one} {two}{ending}", Mistake.JOINED, 1, True)

    def _stands_alone(self, word: str) -> bool:
        return self.dictionary.is_common(word) and (len(word) > 2 or word.lower() in english.SHORT)

    def _confused(self) -> Iterator[Candidate]:
        article = self._other_article()
        if article:
            yield self._instead(article, Mistake.ARTICLE, 1, True)
        for other in english.CONFUSIONS.get(self.lower, ()):
            kind = Mistake.CONFUSION
            if other in english.ARTICLES and (article or {self.lower, other} == {"a", "an"}):
                continue
            if self.lower in english.ARTICLES and other in english.ARTICLES:
                kind = Mistake.ARTICLE
            elif other in english.NUMBER.get(self.lower, ()):
                kind = Mistake.AGREEMENT
            yield self._instead(other, kind)
        before = self._word(self.index - 1).lower()
        if self.lower == "of" and before in english.OF_FOR_HAVE:
            yield self._instead("have", Mistake.CONFUSION)
        if self.lower in english.SPLIT:
            yield self._instead(english.SPLIT[self.lower], Mistake.JOINED)

    def _inflected(self) -> Iterator[Candidate]:
        if len(self.lower) < 2:
            return
        for form in sorted(english.forms(self.lower)):
            if self.dictionary.is_common(form):
                number = form in (self.lower + "s", self.lower + "es") or self.lower in (form + "s", form + "es")
                yield self._instead(form, Mistake.AGREEMENT if number else Mistake.FORM)

    def _similar(self) -> Iterator[Candidate]:
        if len(self.lower) < 3 or (self.word[0].isupper() and not self.first):
            return
        for rank, item in enumerate(self.dictionary.near(self.lower, 1)[:_NEAR_KNOWN]):
            if item.word.islower() and not english.is_variant(self.lower, item.word):
                yield self._instead(item.word, Mistake.SIMILAR, item.distance, False, rank)

    def _apostrophe(self) -> Iterator[Candidate]:
        right = english.APOSTROPHES.get(self.lower)
        if right and "'" not in plain(self.word):
            yield self._instead(right, Mistake.APOSTROPHE, 1, not self.dictionary.knows(self.word))
        if self.lower.endswith("s") and len(self.lower) > 3 and "'" not in self.lower:
            yield Candidate(self.start, self.end, self.word[:-1] + "'s", Mistake.APOSTROPHE)
        if self.lower.endswith("'s"):
            yield Candidate(self.start, self.end, self.word[:-2] + "s", Mistake.APOSTROPHE)

    def _doubled_or_extra(self) -> Iterator[Candidate]:
        before = self._word(self.index - 1)
        if self.spaced and before.lower() == self.word.lower():
            yield Candidate(self.segment.start, self.end, "", Mistake.DOUBLED, 0, self.lower not in english.TWICE)
        elif self.spaced and self.lower in english.EXTRA and not self.first:
            yield Candidate(self.segment.start, self.end, "", Mistake.EXTRA)

    def _missing(self) -> Iterator[Candidate]:
        if not self.spaced or self.first:
            return
        for word in english.MISSING:
            yield Candidate(self.segment.start, self.segment.start, " " + word, Mistake.MISSING)

    def _spaces(self, known: bool) -> Iterator[Candidate]:
        before = self._word(self.index - 1)
        if before and self.segment.text[:1] == " ":
            both = plain(before + self.word)
            parts_known = known and self.dictionary.knows(before)
            if self.dictionary.is_common(both):
                earlier = self.segments[self.index - 1]
                left = earlier.end - len(earlier.text.lstrip())
                yield Candidate(left, self.end, before + self.word, Mistake.PARTED, 1, not parts_known)
        if not self.spaced and self.index and self.segments[self.index - 1].text in (",", ".", ";", ":", "?", "!"):
            yield Candidate(self.start, self.start, " ", Mistake.SPACING, 1, True)

    def _cased(self) -> Iterator[Candidate]:
        if self.lower == "i" or self.lower.startswith("i'"):
            if self.word[0] == "i":
                yield Candidate(self.start, self.end, "I" + self.word[1:], Mistake.CASING, 1, self.lower != "i")
            return
        if len(self.word) > 1 and self.word.isupper():
            return
        if self.word[0].isupper() and not self.first:
            if self.word[1:].islower():
                yield self._instead(self.word.lower(), Mistake.CASING)
        elif self.word[0].islower():
            yield self._instead(self.word[0].upper() + self.word[1:], Mistake.CASING)

    def _marks(self) -> Iterator[Candidate]:
        mark = self.segment.text
        if mark[:1].isspace() and mark.strip() in (",", ".", ";", ":", "?", "!"):
            following = self._word(self.index + 1)
            space = " " if following and not self.segments[self.index + 1].text[0].isspace() else ""
            yield Candidate(self.segment.start, self.end, mark.strip() + space, Mistake.SPACING, 1, True)
        if mark.strip() == "," and self.index and self._word(self.index - 1):
            yield Candidate(self.segment.start, self.end, "", Mistake.PUNCTUATION)
        if mark in (",", ".") and self.index and self.segments[self.index - 1].text == mark:
            yield Candidate(self.segment.start, self.end, "", Mistake.PUNCTUATION)

    def _comma(self) -> Iterator[Candidate]:
        if self.first or not self.spaced:
            return
        before = self._word(self.index - 1)
        if not before:
            return
        if self.word[0].isupper() and self.word != "I":
            yield Candidate(self.segment.start, self.segment.start, ".", Mistake.PUNCTUATION)
        if self.lower in _COMMA_BEFORE or before.lower() in _COMMA_AFTER or self.index > 2:
            yield Candidate(self.segment.start, self.segment.start, ",", Mistake.PUNCTUATION)
