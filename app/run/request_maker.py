"""Makes the requests of a page, as the settings are now, each with a seed of its own."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument

from app.edits import ANY_LENGTH, Asked, Wish
from app.run.request import Target, Words, make_part, make_refinement, make_target
from app.settings import Settings
from engine import Length


class RequestMaker:
    """own_words: tells which words are right, whatever the dictionaries say."""

    def __init__(self, settings: Settings) -> None:
        self.own_words: Words = frozenset
        self._settings = settings
        self._seed = -1

    def whole(self, document: QTextDocument, place: tuple[int, int], wish: Wish) -> Target:
        """For start and end of a range of a document, in UTF-16 units."""
        self._seed += 1
        strength, length, keep = map(self._settings.value, ("strength", "length", "keep_facts"))
        wanted = None if length == ANY_LENGTH else Length(length)
        return make_target(document, *place, wish, strength, self._seed, wanted, not keep, self.own_words())

    def part(self, document: QTextDocument, place: tuple[int, int], words: str, first: int, last: int) -> Target:
        """For code points first..last of a result of a range, which are to become others."""
        self._seed += 1
        return make_part(document, *place, words, first, last, self._seed)

    def refinement(self, document: QTextDocument, place: tuple[int, int], words: str, asked: Asked) -> Target:
        """For all of a result of a range, about which something more is asked."""
        self._seed += 1
        free = not self._settings.value("keep_facts")
        return make_refinement(document, *place, words, asked, self._seed, free)
