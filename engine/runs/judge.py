"""Holds back what is not worth showing: results with plain faults, and text in a language unknown to the checkpoint."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contracts.errors import LanguageError
from engine.contracts.request import Action
from engine.judging.faults import Fault, faults
from engine.judging.language import foreign
from engine.mending.dictionary import Dictionary
from engine.runs.plan import invents
from engine.runs.terms import Terms

TRIES = 6
"""Further results, side by side, where the first ones have faults."""
_READ = 4000
"""Characters from which a language is told."""


class Judge:
    """Judges the text of one request and its results. One that is not checked passes whatever it is."""

    def __init__(self, terms: Terms) -> None:
        self._request, self._checkpoint = terms.request, terms.checkpoint
        self._checked = terms.request.checked

    def foreign(self, start: int, end: int) -> str:
        """The language of text[start:end] if the checkpoint was not trained on it, else ""."""
        if not self._checked:
            return ""
        text = self._request.text
        before, own, after = text[max(0, start - _READ) : start], text[start : min(end, start + _READ)], text[end:]
        return foreign(before, own, after[:_READ], self._checkpoint.languages)

    def foreign_parts(self, parts: Sequence[tuple[int, int]]) -> frozenset[int]:
        """The numbers of the parts in such a language. Raises LanguageError if there are no others."""
        found = frozenset(number for number, part in enumerate(parts) if self.foreign(*part))
        if found and len(found) == len(parts):
            self.refuse(parts[0][0], parts[-1][1])
        return found

    def refuse(self, start: int, end: int) -> None:
        """Raises LanguageError if text[start:end] is in a language that the checkpoint was not trained on."""
        if language := self.foreign(start, end):
            raise LanguageError(
                f"This looks like {language}, and the checkpoint {self._checkpoint.name} was not trained on it."
            )

    def faults(self, before: str, own: str, new: str, after: str) -> tuple[Fault, ...]:
        """The faults of a new text that the writer's own did not have."""
        # The word lists are English. Whoever writes other languages too may mean a word that they lack.
        if not self._checked or new == own or self._checkpoint.languages != ("en",):
            return ()
        invented = invents(self._request) or self._request.action is Action.CONTINUE
        return faults(before, own, new, after, Dictionary.english().knows, names=invented)

    def sound(self, before: str, own: str, results: Sequence[str], after: str) -> list[str]:
        """The results without faults, in order."""
        return [new for new in results if not self.faults(before, own, new, after)]

    def doubt(self, before: str, own: str, new: str, after: str) -> str:
        """Why a result is held back, in one line; "" if it is not."""
        found = self.faults(before, own, new, after)
        return f"Nothing better was found: the new text has {found[0].described}." if found else ""
