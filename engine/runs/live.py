"""Turns a person's changes on a canvas during denoising into changes of slots."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contracts.errors import RequestError
from engine.contracts.moves import Melt, Pin
from engine.diffusion.canvas import SlotChange
from engine.diffusion.step import Step
from engine.runs.framing import CanvasReader


class LiveCanvas:
    """A canvas during a run. It must see every step, because a person points at words of the newest draft."""

    def __init__(self, reader: CanvasReader, group: int) -> None:
        self._reader = reader
        self._group = group
        self._number = {position: number for number, position in enumerate(reader.slots)}
        self._pieces: Sequence[str] = [""] * reader.layout.shown

    def see(self, step: Step) -> None:
        """Remember the draft of a step."""
        self._pieces = self._reader.draft(step, 0)[1]

    def change(self, change: Pin | Melt) -> list[SlotChange]:
        """The effect of a change on the slots. If it raises RequestError, nothing is changed."""
        if change.group not in (None, self._group):
            raise RequestError("That part of the text is already finished.")
        if change.position not in self._number:
            raise RequestError("There is no slot at this place, so its text cannot change.")
        first, last = self._word(change.position)
        if isinstance(change, Melt):
            return [self._free(first, last)]
        return self._pin(change, first, last)

    def _pin(self, change: Pin, first: int, last: int) -> list[SlotChange]:
        """Put a typed text in place of a word, and of its neighbours if it is longer."""
        vocabulary = self._reader.vocabulary
        # A character without a token still needs a slot to hold it.
        tokens = vocabulary.encode(" " + change.text) or [vocabulary.pad]
        low, high = first, last
        while high - low < len(tokens) and high in self._number:
            high += 1
        while high - low < len(tokens) and low - 1 in self._number:
            low -= 1
        if high - low < len(tokens):
            raise RequestError(
                f"There is room for {high - low} tokens here, and “{change.text}” needs {len(tokens)}. Shorten it."
            )
        own = self._pieces[low] or (" " if low else "")
        freed = self._free(low, high)
        positions = range(low, low + len(tokens))
        self._reader.typed |= dict.fromkeys(positions, "")
        self._reader.typed[low] = own[: len(own) - len(own.lstrip())] + change.text
        return [freed, SlotChange(tuple(self._number[position] for position in positions), tuple(tokens))]

    def _free(self, first: int, last: int) -> SlotChange:
        """Turn positions into noise, and the rest of any text typed there before."""
        typed = self._reader.typed
        while first in typed and not typed[first]:
            first -= 1
        while last in typed and not typed[last]:
            last += 1
        for position in range(first, last):
            typed.pop(position, None)
        return SlotChange(tuple(self._number[position] for position in range(first, last)), None)

    def _word(self, position: int) -> tuple[int, int]:
        """The positions, `last` exclusive, of the word of the draft at a slot; only neighbouring slots belong to it."""
        first, last = position, position + 1
        # A token that continues a word starts with a letter and follows one.
        while first - 1 in self._number and self._goes_on(first):
            first -= 1
        while last in self._number and self._goes_on(last):
            last += 1
        return first, last

    def _goes_on(self, position: int) -> bool:
        """Whether the text at a position belongs to the word before it."""
        typed = self._reader.typed
        if position in typed or position - 1 in typed:
            # Typed text is a word of its own, whatever is next to it.
            return position in typed and not typed[position]
        piece, before = self._pieces[position], self._pieces[position - 1]
        return not piece or (piece[0].isalnum() and before[-1:].isalnum())
