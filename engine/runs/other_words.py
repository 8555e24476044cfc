"""A search for other words, from the request to the event that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.contracts.errors import EngineError
from engine.contracts.events import WordsFailed, WordsFound
from engine.contracts.words import WordsRequest

if TYPE_CHECKING:
    from engine.runs.session import Session


class Search:
    """A search for other words. The newest replaces the one before; a replaced or cancelled one is not answered."""

    def __init__(self, number: int, request: WordsRequest) -> None:
        self.number, self.request = number, request
        self.cancelled = False

    def answered(self, session: Session | None, failure: EngineError) -> WordsFound | WordsFailed | None:
        """Search, and say what came of it; None if the search was cancelled meanwhile.

        failure: why there is no session.
        """
        if session is None:
            return WordsFailed(self.number, failure)
        from engine.runs.watch import RunCancelledError

        try:
            found = session.words(self.request, cancelled=lambda: self.cancelled)
        except RunCancelledError:
            return None
        except EngineError as error:
            return WordsFailed(self.number, error)
        # As for a run: the engine's thread goes on whatever happens, and the writer is told.
        except Exception as error:
            return WordsFailed(self.number, EngineError(f"Other words could not be found: {_line(error)}"))
        return None if self.cancelled else WordsFound(self.number, found)


def _line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
