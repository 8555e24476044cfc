"""What the algorithm requires of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

Context = Any
"""What a denoiser stores about the text before the canvas; opaque to everything else."""


class Denoiser(Protocol):
    """One model family. B rows, N positions of the canvas, S slots, V tokens."""

    device: torch.device
    vocabulary_size: int
    ends: tuple[int, ...]
    """Ids that end a text, from the checkpoint's own generation settings."""

    def prefill(self, tokens: Sequence[int], context: Context | None = None) -> Context:
        """Read tokens causally, after an earlier context if there is one, which must not be used again."""
        ...

    def prefill_rows(self, rows: Sequence[Sequence[int]]) -> Context:
        """Read B texts of equal length in tokens side by side: one context for B canvases, each after its own text."""
        ...

    def causal(self, tokens: Sequence[int], context: Context | None = None) -> tuple[Tensor, Context]:
        """Read tokens as `prefill` does, and predict the token after each: (T, V) float32, and the extended context."""
        ...

    def logits(self, context: Context, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """Predict the slots: (B, S, V) float32.

        canvas: (B, N) int64. slots: (S,) int64, ascending positions on the canvas. conditioning: (B, S, V), the
        previous step's probabilities for these slots; at all other positions the canvas token is certain. None in the
        first step.
        """
        ...

    def expect(self, context: Context, canvas: Tensor, slots: Tensor) -> Tensor:
        """What the causal head predicts at the slots, given everything before each: (B, S, V) float32.

        canvas: (B, N) int64, read from left to right after the context, which is not changed. slots: as in `logits`.
        """
        ...

    def forget(self) -> None:
        """Free whatever is cached between runs."""
        ...
