"""The interface of the samplers: in each step, a prediction goes in, and the content of the slots comes out.

B rows of a batch, S slots, V tokens of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import threshold

from engine.diffusion.canvas import Canvas, Held
from engine.diffusion.sampler import UniformNoise, entropy
from engine.diffusion.step import Step, check_finite

_LEAST = 1e-30
"""A smaller probability counts as 0. A low temperature makes many too small for a normalised float32, and a processor
multiplies denormal numbers so slowly that mixing the embeddings by them took six times as long as it does without."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model predicts for the slots in a step.

    logits, probabilities: (B, S, V), guided, divided by the temperature, without what is banned. entropies: (B, S)
    of them, in nats. seen: (B, S, V), logits of the denoiser alone.
    """

    logits: Tensor
    probabilities: Tensor
    entropies: Tensor
    seen: Tensor

    @classmethod
    def of(cls, logits: Tensor, seen: Tensor) -> Prediction:
        """Raises DenoisingError if the logits are not finite."""
        probabilities = threshold(torch.softmax(logits, dim=-1), _LEAST, 0.0, inplace=True)
        entropies = entropy(logits, probabilities)
        check_finite(entropies)
        return cls(logits, probabilities, entropies, seen)


@dataclass(frozen=True, slots=True)
class Slots:
    """What the slots hold after a step; (B, S) each.

    values: what the model sees next. draft: the most probable tokens, or the writer's own. accepted: bool, which of
    them are in `values`. entropies: nats; 0 for a certain token.
    """

    values: Tensor
    draft: Tensor
    accepted: Tensor
    entropies: Tensor

    def melted(self, melted: Tensor, held: Held, noise: UniformNoise, generator: torch.Generator) -> Slots:
        """The same after a person's change: melted slots, (S,) bool, are noise, and fixed ones hold their token."""
        values = torch.where(melted, noise.draw(self.values.shape, generator), self.values)
        return replace(self, values=torch.where(held.fixed, held.own, values))

    def frozen(self, finished: Tensor, before: Slots) -> Slots:
        """The same with finished rows, (B,) bool, as they were before the step."""
        row = finished[:, None]
        return Slots(
            torch.where(row, before.values, self.values),
            torch.where(row, before.draft, self.draft),
            torch.where(row, True, self.accepted),
            self.entropies,
        )

    def as_step(
        self,
        number: int,
        temperature: float,
        canvas: Canvas,
        held: Held,
        probabilities: Tensor | None,
        finished: Tensor,
        last: bool,
        passes: int = 1,
    ) -> Step:
        """The step to show for it. The arguments are fields of `Step`."""
        tokens = canvas.with_slots(self.values)
        return Step(
            number,
            temperature,
            tokens,
            self.draft,
            self.accepted,
            held.kept,
            self.entropies,
            probabilities,
            finished,
            last,
            passes,
        )


class Scheduler(Protocol):
    """Independent of the model. noise: what a noised slot holds."""

    @property
    def noise(self) -> UniformNoise:
        """What a noised slot holds."""
        ...

    def start(self, canvas: Canvas, rows: int, generator: torch.Generator, banned: Tensor | None) -> tuple[Held, Slots]:
        """The writer's tokens and the slots before the first step. banned: ids, (K,), that no slot may hold."""
        ...

    def step(
        self,
        number: int,
        prediction: Prediction,
        slots: Slots,
        held: Held,
        melted: Tensor | None,
        generator: torch.Generator,
    ) -> Slots:
        """What the slots hold next; kept words that melt are removed from `held`.

        number: of the step, from 1. melted: (S,) bool, slots that a person melted before this step, if any.
        """
        ...

    def finished(self, number: int, drafts: Sequence[Tensor], entropies: Tensor, open_slots: Tensor) -> Tensor:
        """The rows that end with this step, (B,) bool. drafts: (B, S) each, since the last change, this step's last.

        entropies, open_slots: (B, S); open slots hold no token of the writer.
        """
        ...
