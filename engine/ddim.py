"""The second sampler: the discrete DDIM posterior of uniform noise, exact for text that is edited token by token.

The writer's tokens are noised to a level t: each survives with probability 1 - t, or else any token of the vocabulary
takes its place. From there the level falls in even steps to 0. In each step the denoiser predicts the clean tokens, one
is drawn for every slot, and the next canvas is drawn from what may have stood at the lower level u, given this canvas
and the clean tokens. There is no rule for what stays: a survivor that is drawn as clean again stays, and the smaller
the level, the slower the others move.

Sources: D3PM (arXiv 2107.03006) for the process and its posterior; the three routes and the order of the random draws
are those of diffusers' `DiscreteDDIMScheduler`, so that both give the same tokens from the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.canvas import Canvas, SlotChange
from engine.denoise import Context, Denoiser, Step, check_finite
from engine.request import SamplerSettings
from engine.sampler import TemperatureSchedule, UniformNoise, entropy, of_same_words, sample

_LEAST_LEVEL = 1e-6
"""Where there is no noise at all, a predicted token that differs from the canvas is impossible: no posterior has it."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """q(x_u | x_t, x_0): what stood at level u, given what stands at level t and the clean token; 0 <= u < t <= 1.

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
        # The weights times K, without the difference of two numbers near 1 where a level is small.
        clean, stay, noise = t - u, (1 - t) * u / (1 - u), (t - u) * u / (1 - u)
        rows = ((clean, stay, noise), (clean + (1 - t) * self.vocabulary_size, stay, noise))
        table = torch.tensor([[weight / sum(row) for weight in row] for row in rows], device=same.device)
        return table[same.long()]

    def draw(self, noisy: Tensor, clean: Tensor, generator: torch.Generator) -> Tensor:
        """Tokens at level u, (B, S) int64, from those at level t and the clean ones, (B, S) each."""
        route = sample(self.routes(noisy == clean), torch.ones_like(noisy, dtype=torch.bool), generator)
        noise = UniformNoise(self.vocabulary_size).draw(*noisy.shape, generator)
        return torch.where(route == 0, clean, torch.where(route == 1, noisy, noise))


@torch.inference_mode()
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
    """Denoise `rows` canvases side by side, from a level down to 0, and yield every step as `engine.denoise` does.

    Of the settings, steps and temperatures count. The draft is the clean tokens that were drawn, and a slot is accepted
    where the canvas took its clean token; in the last step that is so everywhere. A kept word is one whose tokens have
    all stayed on the canvas until now; its draft is the writer's.
    level: 0 to 1, the probability that a kept slot is noised at the start; less than a millionth counts as that much.
    Seeded slots start with their token and all others with noise, at any level.
    banned: ids, (K,) int64, that no slot may hold. changes: asked before each step for what a person changes, in all
    rows. Raises DenoisingError when the model returns NaN.
    """
    schedule = TemperatureSchedule(settings.temperature_high, settings.temperature_low)
    noise = UniformNoise(denoiser.vocabulary_size)
    slots, own, words, count = canvas.slots, canvas.own, canvas.words, settings.steps
    banned = slots[:0] if banned is None else banned
    level = max(level, _LEAST_LEVEL)

    kept = canvas.kept.expand(rows, -1)
    # A word with a token that no slot may hold, such as a tab, could only be lost.
    stuck = kept & of_same_words(kept & torch.isin(own, banned), words)
    held = replace(canvas, kept=torch.zeros_like(canvas.kept), fixed=canvas.fixed | stuck).held(rows)
    values = noise.draw(rows, len(slots), generator)
    noised = torch.zeros_like(kept)
    if kept.any():
        noised = kept & ~stuck & (torch.rand(kept.shape, generator=generator, device=kept.device) < level)
    values = torch.where(held.fixed | canvas.seeded | (kept & ~noised), own, values)
    kept = kept & ~of_same_words(noised, words)
    draft, tokens, conditioning = values, canvas.with_slots(values), None
    finished = torch.zeros(rows, dtype=torch.bool, device=tokens.device)
    entropies = torch.zeros(values.shape, device=tokens.device)
    yield Step(0, 0.0, tokens, draft, kept | held.fixed, kept, entropies, None, finished, last=False)

    for number in range(1, count + 1):
        if cancelled():
            return
        melted = None
        for change in changes():
            melted = held.change(change, draft, melted)
        if melted is not None:
            values = torch.where(melted, noise.draw(rows, len(slots), generator), values)
            values = torch.where(held.fixed, held.own, values)
            tokens = canvas.with_slots(values)
            if conditioning is not None:
                conditioning = held.certain(conditioning.masked_fill(melted[:, None], 1 / denoiser.vocabulary_size))
        temperature = schedule.at(count - number + 1, count)
        logits = denoiser.logits(context, tokens, slots, conditioning) / temperature
        logits[..., banned] = -1e9
        for slot, token in held.refused:
            logits[:, slot, token] = -1e9
        probabilities = torch.softmax(logits, dim=-1)
        entropies = entropy(logits, probabilities)
        check_finite(entropies)
        clean = sample(probabilities, torch.ones_like(kept), generator)
        t, u = level * ((count - number + 1) / count), level * ((count - number) / count)
        values = Posterior(t, u, denoiser.vocabulary_size).draw(values, clean, generator)
        values = torch.where(held.fixed, held.own, values)
        kept = kept & ~of_same_words(kept & (values != own), words)
        draft = torch.where(held.fixed, held.own, torch.where(kept, own, clean))
        tokens, conditioning = canvas.with_slots(values), held.certain(probabilities)
        last = number == count
        # Level 0 is where a run ends by itself, however many steps lead to it.
        finished = finished | last
        accepted = kept | (values == draft)
        yield Step(number, temperature, tokens, draft, accepted, kept, entropies, probabilities, finished, last)
