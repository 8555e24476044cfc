"""The second sampler: the discrete DDIM posterior of uniform noise, exact for text that is edited token by token.

The writer's tokens are noised to a level t: each survives with probability 1 - t, and is otherwise replaced by a random
token of the vocabulary. From there the level falls in even steps to 0. In each step the denoiser predicts the clean
tokens, one is drawn for every slot, and the next canvas is drawn from the distribution at the lower level u, given this
canvas and the clean tokens. No rule decides what stays: a surviving token that is drawn as clean again stays, and the
lower the level, the less the others change.

Sources: D3PM (arXiv 2107.03006) for the process and its posterior; the three outcomes and the order of the random
draws follow diffusers' `DiscreteDDIMScheduler`, so both give the same tokens from the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.contracts.request import SamplerSettings
from engine.diffusion.canvas import Canvas, Held, SlotChange
from engine.diffusion.denoise import denoise
from engine.diffusion.denoiser import Context, Denoiser
from engine.diffusion.sampler import UniformNoise, of_same_words, sample
from engine.diffusion.scheduler import Prediction, Slots
from engine.diffusion.step import Step

_LEAST_LEVEL = 1e-6
"""The lowest level: without any noise, a prediction that differs from the canvas has no posterior."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """q(x_u | x_t, x_0): the token at level u, given the one at level t and the clean token; 0 <= u < t <= 1.

    B rows, S slots, K tokens of the vocabulary. With alpha = 1 - level and a = alpha_t / alpha_u, a token at level u is
    *clean* with weight alpha_u (1 - a) / K + a alpha_u 1[x_t = x_0], it *stays* x_t with weight a (1 - alpha_u) / K,
    and it is *noise* with weight (1 - a) (1 - alpha_u) / K.
    """

    t: float
    u: float
    vocabulary_size: int

    def routes(self, same: Tensor) -> Tensor:
        """Probabilities, (B, S, 3) float32, of clean, stay and noise. same: (B, S) bool, where x_t is x_0."""
        t, u = self.t, self.u
        # The weights times K, in a form that does not subtract two numbers near 1 at low levels.
        clean, stay, noise = t - u, (1 - t) * u / (1 - u), (t - u) * u / (1 - u)
        rows = ((clean, stay, noise), (clean + (1 - t) * self.vocabulary_size, stay, noise))
        table = torch.tensor([[weight / sum(row) for weight in row] for row in rows], device=same.device)
        return table[same.long()]

    def draw(self, noisy: Tensor, clean: Tensor, generator: torch.Generator) -> Tensor:
        """Tokens at level u, (B, S) int64, from those at level t and the clean ones, (B, S) each."""
        route = sample(self.routes(noisy == clean), torch.ones_like(noisy, dtype=torch.bool), generator)
        noise = UniformNoise(self.vocabulary_size).draw(noisy.shape, generator)
        return torch.where(route == 0, clean, torch.where(route == 1, noisy, noise))


@dataclass(frozen=True, slots=True)
class DDIMScheduler:
    """Follows the posterior from a level down to 0. See `engine.diffusion.scheduler.Scheduler`.

    level: 0 to 1, the probability that a kept slot is noised at the start. steps: how many lead to level 0.
    """

    noise: UniformNoise
    level: float
    steps: int

    def start(self, canvas: Canvas, rows: int, generator: torch.Generator, banned: Tensor | None) -> tuple[Held, Slots]:
        """Noise in all slots but the seeded ones and the kept ones that survive."""
        own, words = canvas.own, canvas.words
        kept = canvas.kept.expand(rows, -1)
        # A word containing a banned token, such as a tab, could never be restored.
        banned = canvas.slots[:0] if banned is None else banned
        stuck = kept & of_same_words(kept & torch.isin(own, banned), words)
        values = self.noise.draw((rows, len(canvas.slots)), generator)
        noised = torch.zeros_like(kept)
        if kept.any():
            noised = kept & ~stuck & (torch.rand(kept.shape, generator=generator, device=kept.device) < self.level)
        fixed = canvas.fixed | stuck
        values = torch.where(fixed | canvas.seeded | (kept & ~noised), own, values)
        kept = kept & ~of_same_words(noised, words)
        held = Held(own.expand(kept.shape), kept, fixed.expand(kept.shape), words, bool(fixed.any()), trusted=False)
        return held, Slots(values, values, kept | held.fixed, torch.zeros(values.shape, device=values.device))

    def step(
        self,
        number: int,
        prediction: Prediction,
        slots: Slots,
        held: Held,
        melted: Tensor | None,
        generator: torch.Generator,
    ) -> Slots:
        """Draw the clean tokens, and from them the canvas at the next level."""
        everywhere = torch.ones(slots.values.shape, dtype=torch.bool, device=slots.values.device)
        clean = sample(prediction.probabilities, everywhere, generator)
        t, u = (self.level * ((self.steps - done) / self.steps) for done in (number - 1, number))
        values = Posterior(t, u, self.noise.vocabulary_size).draw(slots.values, clean, generator)
        values = torch.where(held.fixed, held.own, values)
        held.kept = held.kept & ~of_same_words(held.kept & (values != held.own), held.words)
        draft = torch.where(held.fixed | held.kept, held.own, clean)
        return Slots(values, draft, held.kept | (values == draft), prediction.entropies)

    def finished(self, number: int, drafts: Sequence[Tensor], entropies: Tensor, open_slots: Tensor) -> Tensor:
        """All rows, once level 0 is reached; none before."""
        return torch.full(entropies.shape[:1], number == self.steps, device=entropies.device)


def denoise_ddim(
    denoiser: Denoiser,
    context: Context,
    canvas: Canvas,
    settings: SamplerSettings,
    generator: torch.Generator,
    *,
    level: float = 1.0,
    rows: int = 1,
    banned: Tensor | None = None,
    changes: Callable[[], Sequence[SlotChange]] = lambda: (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Denoise from a level down to 0 and yield every step, as `engine.diffusion.denoise.denoise` does.

    Of the settings, only steps and temperatures are used. The draft is the clean tokens drawn, and a slot is accepted
    if the canvas took its clean token; in the last step, every slot is. A kept word is one whose tokens have all stayed
    on the canvas so far; its draft is the writer's.
    level: 0 to 1, the probability that a kept slot is noised at the start; at least a millionth.
    At any level, seeded slots start with their token, and all others with noise.
    """
    scheduler = DDIMScheduler(UniformNoise(denoiser.vocabulary_size), max(level, _LEAST_LEVEL), settings.steps)
    return denoise(
        denoiser,
        context,
        canvas,
        replace(settings, causal_weight=0.0),
        generator,
        scheduler=scheduler,
        rows=rows,
        banned=banned,
        changes=changes,
        cancelled=cancelled,
    )
