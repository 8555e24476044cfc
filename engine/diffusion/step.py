"""What one step of a run decided, whichever way the text is written."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from engine.contracts.errors import DenoisingError


@dataclass(frozen=True, slots=True)
class Step:
    """What one step decided. B rows, N positions, S slots, V tokens.

    number: 0 is the initial noise, before any pass; then 1, 2, ...
    temperature: what the logits were divided by; 0 in step 0.
    canvas: (B, N) what the model sees next.
    draft: (B, S) most probable tokens; slots that hold a token of the writer have that.
    accepted: (B, S) bool. kept: (B, S) bool, slots that still hold the writer's token.
    entropies: (B, S) nats. probabilities: (B, S, V) of the tempered prediction; None in step 0.
    finished: (B,) bool, rows that stopped by themselves. last: whether no step follows. passes: of the model in it.
    """

    number: int
    temperature: float
    canvas: Tensor
    draft: Tensor
    accepted: Tensor
    kept: Tensor
    entropies: Tensor
    probabilities: Tensor | None
    finished: Tensor
    last: bool
    passes: int = 1


def check_finite(entropies: Tensor) -> None:
    """Raises DenoisingError where a model's prediction, and so its entropy, is not a number."""
    if not entropies.isfinite().all():
        raise DenoisingError(
            "The model returned values that are not numbers. Try again; if it happens once more, "
            "the checkpoint is damaged."
        )
