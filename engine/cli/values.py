"""How lengths and changes are written on the command line."""

from __future__ import annotations

import argparse
from typing import Any

from engine.contracts.moves import Melt, Move, Pin, Reseed
from engine.contracts.request import Exactly, Length, Unit

LENGTHS = "shorter, same or longer; or exactly N tokens or words: Nt or Nw"


def length_of(text: str) -> int | Length | Exactly:
    """shorter, same, longer, Nt, Nw, or N."""
    if text in list(Length):
        return Length(text)
    unit = {"t": Unit.TOKENS, "w": Unit.WORDS}.get(text[-1:])
    try:
        return Exactly(int(text[:-1]), unit) if unit else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length such as shorter, 12t or 5w") from None


def words_of(text: str) -> Exactly:
    """A number of words."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of words")
    return Exactly(int(text))


def pin_at(text: str) -> Move:
    """PASSES:POSITION:TEXT."""
    after, position, typed = _parts(text, 2, "3:5:word")
    return Move(after, Pin(position, typed))


def melt_at(text: str) -> Move:
    """PASSES:POSITION."""
    after, position = _parts(text, 2, "3:5")
    return Move(after, Melt(position))


def reseed_at(text: str) -> Move:
    """PASSES:SEED."""
    after, seed = _parts(text, 2, "3:42")
    return Move(after, Reseed(seed))


def _parts(text: str, numbers: int, example: str) -> list[Any]:
    """The leading numbers of a text, and the rest."""
    parts = text.split(":", example.count(":"))
    try:
        if len(parts) != example.count(":") + 1:
            raise ValueError
        return [*map(int, parts[:numbers]), *parts[numbers:]]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form {example}") from None
