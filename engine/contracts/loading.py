"""How a checkpoint is loaded: plain data, chosen by a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from engine.contracts.errors import RequestError

Progress = Callable[[float, str], None]
"""Told how much is done, 0 to 1, and what is done now, in a few words."""
Cancelled = Callable[[], bool]
"""Asked again and again whether to stop."""


class Quantization(StrEnum):
    """What the large layers of a model are kept as; all else keeps its type. AUTO: the most precise that fits."""

    AUTO = "auto"
    NF4 = "nf4"
    INT8 = "int8"
    BF16 = "bf16"

    @property
    def packs(self) -> bool:
        """Whether weights are packed, so that they are unpacked for each use."""
        return self in (Quantization.NF4, Quantization.INT8)


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """What a person chooses beside checkpoint and device. Raises RequestError if the context is below 1.

    context: the most tokens before a canvas; None: what the checkpoint was trained with, but at most 8,192. download:
    whether the network may be used for a hub id that is not in the cache.
    """

    quantization: Quantization = Quantization.AUTO
    context: int | None = None
    download: bool = False

    def __post_init__(self) -> None:
        if self.context is not None and self.context < 1:
            raise RequestError("The context must be at least 1 token.")
