"""Which words of a text are meant, and whether there can be others for them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contracts.words import MOST_WORDS, WordsRequest
from engine.text.markup import protected
from engine.text.ranges import Guard
from engine.text.text_map import TextMap
from engine.text.words import WORD

NO_WORD = "There is no word here. Put the caret in a word, or select one to three words."
TOO_MANY = "Select one to three words of a line to see other words for them."
NO_PROSE = "This is markup or code, which stays as it is. Choose a word of the prose."
NO_CHOICE = "Numbers and names have no other words."
NOTHING = "No other words found here."


@dataclass(frozen=True, slots=True)
class Place:
    """Whole words of a text. start, end: in code points. note: why there can be no other words for them, or ""."""

    start: int
    end: int
    note: str = ""

    @classmethod
    def of(cls, request: WordsRequest) -> Place:
        """The words that a request means: those it touches, or the one at an empty place."""
        text = request.text
        start = len(request.before)
        end = start + len(request.words)
        start += len(request.words) - len(request.words.lstrip())
        end = max(start, end - (len(request.words) - len(request.words.rstrip())))
        start, end = _word_at(text, start) if start == end else TextMap(text).widen(start, end)
        words = WORD.findall(text, start, end)
        if not words:
            return cls(start, end, NO_WORD)
        if len(words) > MOST_WORDS or text[start:end].split(" ") != words:
            return cls(start, end, TOO_MANY)
        guards = {each.guard for each in protected(text, start, end, request.markup)}
        if guards - {Guard.NUMBER, Guard.NAME}:
            return cls(start, end, NO_PROSE)
        return cls(start, end, NO_CHOICE if guards or not all(word[0].isalpha() for word in words) else "")


_REACH = 100
"""Characters on either side in which the ends of a word are looked for."""


def _word_at(text: str, at: int) -> tuple[int, int]:
    """The word that a place lies in, or ends or begins at, in this order; an empty range where there is none."""
    low = max(0, at - _REACH)
    low = max(text.rfind(" ", low, at), text.rfind("\n", low, at), low)
    touching = [match.span() for match in WORD.finditer(text, low, min(len(text), at + _REACH)) if match.start() <= at]
    return next((span for span in touching if at <= span[1]), (at, at))
