"""The canvas as tensors: which positions are slots, which tokens are the writer's, and what must not change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engine.diffusion.layout import Layout, Position

_NEVER = -1e9
"""A logit that no temperature makes likely."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """A block of N positions of which S are slots.

    tokens: (N,) or (B, N) int64; pinned positions hold their token, slots whatever they held in the layout.
    slots: (S,) int64, ascending free positions, noised or kept.
    kept: (S,) bool, slots that keep the writer's token until the model is certain of another.
    seeded: (S,) bool, slots that start with the writer's token and are free.
    fixed: (S,) or (B, S) bool, slots that hold their own token whatever the model predicts.
    own: (S,) or (B, S) int64, that token. words: (S,) int64, number of its word; -1 at noised slots.
    """

    tokens: Tensor
    slots: Tensor
    kept: Tensor
    seeded: Tensor
    fixed: Tensor
    own: Tensor
    words: Tensor

    @classmethod
    def from_layout(cls, layout: Layout, device: torch.device) -> Canvas:
        """The canvas described by a layout."""
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
            fixed=torch.zeros(len(free), dtype=torch.bool, device=device),
            own=tokens[slots],
            words=torch.tensor([layout.words[index] for index in free], dtype=torch.int64, device=device),
        )

    @classmethod
    def blank(cls, length: int, device: torch.device) -> Canvas:
        """A canvas of `length` slots and nothing else: the start of each block in block-autoregressive decoding."""
        slots = torch.arange(length, device=device)
        nothing = torch.zeros(length, dtype=torch.bool, device=device)
        return cls(slots * 0, slots, nothing, nothing, nothing, slots * 0, slots * 0 - 1)

    @classmethod
    def batch(cls, layouts: Sequence[Layout], device: torch.device) -> Canvas:
        """Layouts of one text with different slots, as rows of one batch.

        The canvases are cut to the shortest; a slot in one row is fixed in the rows where it is pinned.
        """
        length = min(len(layout.tokens) for layout in layouts)
        pinned = torch.tensor(
            [[position is Position.PINNED for position in layout.positions[:length]] for layout in layouts],
            device=device,
        )
        tokens = torch.tensor([layout.tokens[:length] for layout in layouts], device=device)
        slots = (~pinned).any(0).nonzero()[:, 0]
        nothing = torch.zeros(len(slots), dtype=torch.bool, device=device)
        return cls(tokens, slots, nothing, nothing, pinned[:, slots], tokens[:, slots], nothing.long() - 1)

    def with_slots(self, values: Tensor) -> Tensor:
        """Canvases, (B, N), with these tokens, (B, S), in the slots. Pinned positions hold their own token again."""
        canvases = self.tokens.expand(values.shape[0], -1).clone()
        canvases[:, self.slots] = values
        return canvases

    def of_the_token_before(self, certainties: Tensor) -> Tensor:
        """How certain the token before each slot is, (B, S), given that of the slots; 1 if it is not a slot."""
        follows = torch.diff(self.slots, prepend=self.slots.new_full((1,), -2)) == 1
        return torch.where(follows, certainties.roll(1, dims=-1), 1.0)

    def held(self, rows: int) -> Held:
        """What the slots of `rows` rows hold at the start."""
        shape = (rows, len(self.slots))
        own, kept, fixed = (values.expand(shape) for values in (self.own, self.kept, self.fixed))
        return Held(own, kept, fixed, self.words, bool((kept | fixed).any()))


@dataclass(frozen=True, slots=True)
class SlotChange:
    """What a person changes on a canvas between two steps.

    slots: numbers of slots, counting slots only. tokens: what they hold from now on; None turns them into noise.
    """

    slots: tuple[int, ...]
    tokens: tuple[int, ...] | None


@dataclass(slots=True)
class Held:
    """Which slots hold a token of the writer during a run. B rows, S slots, V tokens of the vocabulary.

    own: (B, S) int64. kept: (B, S) bool, still the writer's, but free to change. fixed: (B, S) bool, until the end.
    words: (S,) int64, number of the word of each slot. any: whether any slot is kept or fixed.
    trusted: whether the model is told that kept tokens are certain.
    refused: slots, each with a token it must not hold again.
    """

    own: Tensor
    kept: Tensor
    fixed: Tensor
    words: Tensor
    any: bool
    trusted: bool = True
    refused: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    @property
    def mask(self) -> Tensor:
        """(B, S) bool, slots whose own token is certain."""
        return self.kept | self.fixed if self.trusted else self.fixed

    def certain(self, probabilities: Tensor) -> Tensor:
        """Probabilities, (B, S, V), with probability 1 for the own token of each certain slot."""
        if not self.any:
            return probabilities
        one_hot = torch.nn.functional.one_hot(self.own, probabilities.shape[-1]).to(probabilities.dtype)
        return torch.where(self.mask[..., None], one_hot, probabilities)

    def forgotten(self, probabilities: Tensor | None, melted: Tensor) -> Tensor | None:
        """The same after a change: uniform where a slot melts, (S,) bool, and certain where it is fixed."""
        if probabilities is None:
            return None
        return self.certain(probabilities.masked_fill(melted[:, None], 1 / probabilities.shape[-1]))

    def allowed(self, logits: Tensor, banned: Tensor | None) -> Tensor:
        """Logits, (B, S, V), changed in place so that no banned id, (K,), and no refused token can be chosen."""
        if banned is not None:
            logits[..., banned] = _NEVER
        for slot, token in self.refused:
            logits[:, slot, token] = _NEVER
        return logits

    def frozen(self, finished: Tensor, kept: Tensor, probabilities: Tensor, before: Tensor | None) -> Tensor:
        """Restore, in finished rows, (B,) bool, what was kept before the step, (B, S), and the earlier probabilities.

        Returns the probabilities, (B, S, V). before: those of the previous step; a row finishes after at least one.
        """
        assert before is not None
        self.kept = torch.where(finished[:, None], kept, self.kept)
        return torch.where(finished[:, None, None], before, probabilities)

    def changed(self, changes: Sequence[SlotChange], draft: Tensor) -> Tensor | None:
        """Fix or free some slots. draft: (B, S); a melted word must not start with the same token again.

        Returns the slots, (S,) bool, that melt now; None if there is no change.
        """
        if not changes:
            return None
        melted = torch.zeros(self.own.shape[1], dtype=torch.bool, device=self.own.device)
        for change in changes:
            index = torch.tensor(change.slots, device=self.own.device)
            self.own, self.kept, self.fixed = self.own.clone(), self.kept.clone(), self.fixed.clone()
            self.kept[:, index] = False
            self.fixed[:, index] = change.tokens is not None
            melted[index] = change.tokens is None
            if change.tokens is None:
                self.refused.append((change.slots[0], int(draft[0, change.slots[0]])))
            else:
                self.own[:, index] = torch.tensor(change.tokens, device=self.own.device)
                self.any = True
        return melted
