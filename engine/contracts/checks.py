"""What is asked of a background check for mistakes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Lines of a text in which mistakes are to be found.

    lines: their numbers from 0, as "\n" divides the text, the most urgent first.
    markup: the kind of text, as in an EditRequest. own_words: known to be right, whatever the dictionaries say.
    """

    text: str
    lines: tuple[int, ...]
    markup: str = "md"
    own_words: frozenset[str] = frozenset()
