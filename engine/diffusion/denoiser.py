"""What the algorithm asks of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

Context = Any
"""What a denoiser remembers of the text before the canvas. Only the denoiser looks inside."""


class Denoiser(Protocol):
    """One model family. B rows, N positions of the canvas, S slots, V tokens."""

    device: torch.device
    vocabulary_size: int
    ends: tuple[int, ...]
    """Ids after which a text is over, as the checkpoint's own generation settings name them."""

    def prefill(self, tokens: Sequence[int], context: Context | None = None) -> Context:
        """Read tokens causally, after an earlier context if there is one, which is used up."""
        ...

    def prefill_rows(self, rows: Sequence[Sequence[int]]) -> Context:
        """Read B texts of the same number of tokens side by side: a context for B canvases, each after its own."""
        ...

    def causal(self, tokens: Sequence[int], context: Context | None = None) -> tuple[Tensor, Context]:
        """Read tokens like `prefill`, and predict what follows each: (T, V) float32, and the longer context."""
        ...

    def logits(self, context: Context, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """Predict the slots: (B, S, V) float32.

        canvas: (B, N) int64. slots: (S,) int64, ascending positions on the canvas. conditioning: (B, S, V), the
        probabilities of the step before for these slots; at the other positions the canvas token is certain. None in
        the first step.
        """
        ...

    def expect(self, context: Context, canvas: Tensor, slots: Tensor) -> Tensor:
        """What the causal head expects at the slots after all that stands before each: (B, S, V) float32.

        canvas: (B, N) int64, read from left to right after the context, which stays as it is. slots: as in `logits`.
        """
        ...

    def forget(self) -> None:
        """Free the memory of whatever is kept between runs."""
        ...
