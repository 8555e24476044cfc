"""The entropy-bound sampler: the most certain tokens are accepted together, all other slots become noise again.

It stops on its own when the draft is certain and no longer changes. B rows, S slots, V tokens of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.contracts.request import SamplerSettings
from engine.diffusion.canvas import Canvas, Held
from engine.diffusion.sampler import EntropyBound, KeptRule, StopRule, UniformNoise, sample
from engine.diffusion.scheduler import Prediction, Slots


@dataclass(frozen=True, slots=True)
class EntropyBoundScheduler:
    """Composes the parts of the sampler. See `engine.diffusion.scheduler.Scheduler`."""

    noise: UniformNoise
    bound: EntropyBound
    stop: StopRule
    kept_rule: KeptRule

    @classmethod
    def of(cls, settings: SamplerSettings, vocabulary_size: int) -> EntropyBoundScheduler:
        """The scheduler described by the settings."""
        stop = StopRule(settings.stability_steps, settings.confidence)
        return cls(UniformNoise(vocabulary_size), EntropyBound(settings.entropy_bound), stop, KeptRule())

    def start(self, canvas: Canvas, rows: int, generator: torch.Generator, banned: Tensor | None) -> tuple[Held, Slots]:
        """Noise in all slots that do not hold a token of the writer."""
        held = canvas.held(rows)
        values = self.noise.draw((rows, len(canvas.slots)), generator)
        values = torch.where(held.mask | canvas.seeded, held.own, values)
        return held, Slots(values, values, held.mask, torch.zeros(values.shape, device=values.device))

    def step(
        self,
        number: int,
        prediction: Prediction,
        slots: Slots,
        held: Held,
        melted: Tensor | None,
        generator: torch.Generator,
    ) -> Slots:
        """Accept what the bound allows and fill the rest with fresh noise."""
        entropies = prediction.entropies
        if held.any:
            # A low temperature and the causal head make predictions look certain, so the writer's words are judged by
            # the denoiser alone.
            alone = torch.softmax(prediction.seen, dim=-1)
            held.kept = held.kept & ~self.kept_rule.release(alone, held.own, held.kept, held.words)
            # A slot that holds a token is certain: it costs none of the bound and is always accepted.
            entropies = entropies.masked_fill(held.mask, 0.0)
        accepted = self.bound.accept(entropies)
        if melted is not None:
            accepted = accepted & ~melted
        sampled = sample(prediction.probabilities, accepted, generator)
        values = torch.where(accepted, sampled, self.noise.draw(accepted.shape, generator))
        draft = prediction.logits.argmax(-1)
        if held.any:
            values = torch.where(held.mask, held.own, values)
            draft = torch.where(held.mask, held.own, draft)
        return Slots(values, draft, accepted, entropies)

    def finished(self, number: int, drafts: Sequence[Tensor], entropies: Tensor, open_slots: Tensor) -> Tensor:
        """The rows whose draft is stable and certain."""
        return self.stop.finished(drafts, entropies, open_slots)
