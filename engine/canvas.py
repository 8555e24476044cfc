"""The canvas as tensors: which positions are slots, which tokens are the writer's, and what must not change."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.layout import Layout, Position


@dataclass(frozen=True, slots=True)
class Canvas:
    """A block of N positions of which S are slots.

    tokens: (N,) int64; pinned positions hold their token, slots whatever they held in the layout.
    slots: (S,) int64, ascending positions that are free: noised ones and kept ones.
    kept: (S,) bool, slots that keep the writer's token until the model is sure of another.
    seeded: (S,) bool, slots that start with the writer's token and are free.
    own: (S,) int64, that token. words: (S,) int64, number of its word; -1 at noised slots.
    has_kept: whether any slot is kept.
    """

    tokens: Tensor
    slots: Tensor
    kept: Tensor
    seeded: Tensor
    own: Tensor
    words: Tensor
    has_kept: bool

    @classmethod
    def from_layout(cls, layout: Layout, device: torch.device) -> Canvas:
        """The canvas that a layout describes."""
        free = [index for index, position in enumerate(layout.positions) if position is not Position.PINNED]
        kept = [layout.positions[index] is Position.KEPT for index in free]
        seeded = [layout.positions[index] is Position.SEEDED for index in free]
        tokens = torch.tensor(layout.tokens, device=device)
        slots = torch.tensor(free, dtype=torch.int64, device=device)
        return cls(
            tokens=tokens,
            slots=slots,
            kept=torch.tensor(kept, dtype=torch.bool, device=device),
            seeded=torch.tensor(seeded, dtype=torch.bool, device=device),
            own=tokens[slots],
            words=torch.tensor([layout.words[index] for index in free], dtype=torch.int64, device=device),
            has_kept=any(kept),
        )

    @classmethod
    def blank(cls, length: int, device: torch.device) -> Canvas:
        """A canvas of `length` slots and nothing else, as block-autoregressive decoding starts from."""
        slots = torch.arange(length, device=device)
        nothing = torch.zeros(length, dtype=torch.bool, device=device)
        return cls(slots * 0, slots, nothing, nothing, slots * 0, slots * 0 - 1, has_kept=False)

    def with_slots(self, values: Tensor) -> Tensor:
        """Canvases, (B, N), with these tokens, (B, S), in the slots. Pinned positions hold their own token again."""
        canvases = self.tokens.repeat(values.shape[0], 1)
        canvases[:, self.slots] = values
        return canvases

    def certain(self, probabilities: Tensor, kept: Tensor) -> Tensor:
        """Probabilities, (B, S, V), in which every kept slot, (B, S), is certain of its own token."""
        if not self.has_kept:
            return probabilities
        one_hot = torch.nn.functional.one_hot(self.own, probabilities.shape[-1]).to(probabilities.dtype)
        return torch.where(kept[..., None], one_hot, probabilities)
