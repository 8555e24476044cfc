"""Other words for a place of a text: what is asked for and what is found. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

MOST_WORDS = 3
"""Words that other words can be found for at once."""


@dataclass(frozen=True, slots=True)
class WordsRequest:
    """One to three words of a text, or an empty place in or beside a word. `before + words + after` is the whole text.

    markup: the kind of text, as in `EditRequest`. most: words to find at most.
    """

    before: str
    words: str
    after: str
    markup: str = "md"
    most: int = 8

    @property
    def text(self) -> str:
        """The whole text."""
        return self.before + self.words + self.after


@dataclass(frozen=True, slots=True)
class OtherWord:
    """Something that may stand in the place, inflected and with the capitals that it needs there.

    probability: 0 to 1, how well it fits both sides, compared with the others looked at and the writer's own word.
    """

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class WordsResult:
    """What was found.

    start, end: the range of whole words that each would replace, in code points. original: what stands there.
    words: the best first; none is a form of the original. note: where there are none, why, in one line.
    """

    start: int
    end: int
    original: str
    words: tuple[OtherWord, ...] = ()
    note: str = ""
