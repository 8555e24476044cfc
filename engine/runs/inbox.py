"""How a person's changes reach a run."""

from __future__ import annotations

from collections.abc import Iterable

from engine.contracts.moves import Change


class Inbox:
    """What a person asks for during a run; in this one nobody asks for anything."""

    def take(self) -> Iterable[Change]:
        """The changes since it was asked last, in order."""
        return ()

    def answer(self, change: Change, refusal: str) -> None:
        """Told of each change whether it took effect: "", or else why not, in one line."""
