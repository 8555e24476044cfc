"""How a person's changes reach a run."""

from __future__ import annotations

from collections.abc import Iterable

from engine.contracts.moves import Change


class Inbox:
    """Delivers a person's changes to a run; this one is always empty."""

    def take(self) -> Iterable[Change]:
        """The changes since the last call, in order."""
        return ()

    def answer(self, change: Change, refusal: str) -> None:
        """Called for each change. refusal: "" if it took effect, else the reason in one line."""
