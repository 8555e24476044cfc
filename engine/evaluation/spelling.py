"""The spelling program a writer would otherwise use: Hunspell's method and English dictionary, in Python."""

from __future__ import annotations

import gc
import warnings
from functools import lru_cache
from typing import Any

from engine.text.segments import SegmentKind, cut

_CACHED = 50_000


class Speller:
    """Hunspell, as implemented by spylls."""

    def __init__(self, dictionary: Any) -> None:
        self._dictionary = dictionary
        self.knows = lru_cache(_CACHED)(self._knows)
        self.suggestion = lru_cache(_CACHED)(self._suggestion)

    @classmethod
    def load(cls) -> Speller | None:
        """The English speller; None if spylls is not installed (the extra "evaluate")."""
        try:
            from spylls.hunspell import Dictionary
        except ImportError:
            return None
        with warnings.catch_warnings():
            # spylls leaves it to the garbage collector to close its two files.
            warnings.simplefilter("ignore", ResourceWarning)
            dictionary = Dictionary.from_files("en_US")
            gc.collect()
        return cls(dictionary)

    def _knows(self, word: str) -> bool:
        """Whether a word is in the dictionary, as it is or capitalised."""
        plain = word.replace("’", "'")
        return self._dictionary.lookup(plain) or self._dictionary.lookup(plain.capitalize())

    def _suggestion(self, word: str) -> str:
        return next(iter(self._dictionary.suggest(word)), word)

    def mend(self, text: str) -> str:
        """The text with each word not in the dictionary replaced by its first suggestion."""
        pieces = []
        for segment in cut(text, 0, len(text)):
            word = segment.text.lstrip()
            space = segment.text[: len(segment.text) - len(word)]
            plain = word.replace("’", "'")
            asked = segment.kind is SegmentKind.WORD and plain[:1].isalpha()
            wrong = asked and not self._dictionary.lookup(plain)
            pieces.append(space + self.suggestion(plain) if wrong else segment.text)
        return "".join(pieces)
