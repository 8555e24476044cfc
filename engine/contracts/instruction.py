"""What a writer asks for in words: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.contracts.errors import RequestError

_LONGEST = 4000
"""Characters of an instruction: a longer one would push out the text that it is about."""


class Structure(StrEnum):
    """What an answer may do to marks, code and blocks of the words it replaces; what is around them always stays."""

    SAME = "same"
    """Nothing: it has the same, letter by letter."""
    KEPT = "kept"
    """All of them stay, in order, and new ones may come."""
    FREE = "free"
    """Anything."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction for a checkpoint that follows some. Raises RequestError if it is empty or too long.

    original: where the selection is an earlier result, the words that it replaces: their structure counts. Else "".
    """

    text: str
    structure: Structure = Structure.KEPT
    original: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise RequestError("The instruction is empty. Say what should become of the text.")
        if len(self.text) > _LONGEST:
            raise RequestError(f"The instruction has {len(self.text)} characters. Use at most {_LONGEST}.")
