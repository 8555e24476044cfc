"""The outcome of one step, for diffusion and autoregressive decoding alike."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from engine.contracts.errors import DenoisingError


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one step. B rows, N positions, S slots, V tokens.

    number: 0 is the initial noise, before any pass; then 1, 2, ...
    temperature: what the logits were divided by; 0 in step 0.
    canvas: (B, N) what the model sees next.
    draft: (B, S) most probable tokens, or the writer's token for slots that hold one.
    accepted: (B, S) bool. kept: (B, S) bool, slots that still hold the writer's token.
    entropies: (B, S) nats. probabilities: (B, S, V) of the tempered prediction; None in step 0.
    finished: (B,) bool, rows that stopped on their own. last: whether no step follows. passes: of the model.
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
    """Raises DenoisingError if a model's prediction, and so its entropy, is not finite."""
    if not entropies.isfinite().all():
        raise DenoisingError(
            "The model returned values that are not numbers. Try again; if it happens again, the checkpoint is damaged."
        )
