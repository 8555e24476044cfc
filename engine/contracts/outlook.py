"""What is to be expected of a model before it is loaded, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a model can be used here.

    model: a folder or hub id, "" for the embedded checkpoint. name: what to call it.
    about: one line on its size and needs. trouble: one line on why it cannot be used here; "" where it can.
    to_fetch: bytes that a download would take, 0 where it is on this computer; None where only the hub knows.
    """

    model: str
    name: str
    about: str = ""
    trouble: str = ""
    to_fetch: int | None = 0
