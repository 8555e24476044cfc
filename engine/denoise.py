"""Text diffusion in one screen: a canvas of noise becomes text.

Each step, the denoiser looks at the whole canvas and predicts every slot. The sampler accepts the tokens it can trust
together and fills all other slots with fresh noise. Nothing is final before the last step: a token accepted now may be
noise in the next step, which is how the model takes back a mistake. What counts as the result is the draft, the most
probable token of each slot.

The denoiser predicts each slot by itself, so that two neighbours may each be likely and not go together. Where the
settings give the causal head a weight, it reads the draft of the step before from left to right, and what it expects at
each slot is multiplied in, to the power of that weight times the probability of the token before: the mixture of
"Accelerating Diffusion LLMs via Adaptive Parallel Decoding" (arXiv 2506.00413), with one set of weights for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.canvas import Canvas, SlotChange
from engine.errors import DenoisingError
from engine.request import SamplerSettings
from engine.sampler import EntropyBound, KeptRule, StopRule, TemperatureSchedule, UniformNoise, entropy, sample

Context = Any
"""What a denoiser remembers of the text before the canvas. Only the denoiser looks inside."""


class Denoiser(Protocol):
    """One model family. B rows, N positions of the canvas, S slots, V tokens."""

    device: torch.device
    vocabulary_size: int
    ends: tuple[int, ...]
    """Ids after which a text is over, as the checkpoint's own generation settings name them."""

    def prefill(self, tokens: Sequence[int], context: Context | None = None) -> Context:
        """Read tokens causally, behind an earlier context if there is one, which is used up."""
        ...

    def prefill_rows(self, rows: Sequence[Sequence[int]]) -> Context:
        """Read B texts of the same number of tokens side by side: a context for B canvases, each behind its own."""
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

        canvas: (B, N) int64, read from left to right behind the context, which stays as it is. slots: as in `logits`.
        """
        ...

    def forget(self) -> None:
        """Give back the memory of whatever is kept between runs."""
        ...


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


@torch.inference_mode()
def denoise(
    denoiser: Denoiser,
    context: Context,
    canvas: Canvas,
    settings: SamplerSettings,
    generator: torch.Generator,
    *,
    rows: int = 1,
    banned: Tensor | None = None,
    changes: Callable[[], Sequence[SlotChange]] = lambda: (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Denoise `rows` canvases side by side and yield every step, the initial noise first.

    Ends early when all rows are finished, or between two steps when `cancelled` says so; then no step is marked last.
    banned: ids, (K,) int64, that no slot may hold. changes: asked before each step for what a person changes, in all
    rows. Raises DenoisingError when the model returns NaN.
    """
    schedule = TemperatureSchedule(settings.temperature_high, settings.temperature_low)
    bound = EntropyBound(settings.entropy_bound)
    stop = StopRule(settings.stability_steps, settings.confidence)
    noise = UniformNoise(denoiser.vocabulary_size)
    release = KeptRule().release
    slots, held = canvas.slots, canvas.held(rows)

    draft = torch.where(held.mask | canvas.seeded, held.own, noise.draw(rows, len(slots), generator))
    tokens = canvas.with_slots(draft)
    finished = torch.zeros(rows, dtype=torch.bool, device=tokens.device)
    entropies = torch.zeros(draft.shape, device=tokens.device)
    conditioning = None
    drafts: list[Tensor] = []
    yield Step(0, 0.0, tokens, draft, held.mask, held.kept, entropies, None, finished, last=False)

    for number in range(1, settings.steps + 1):
        if cancelled():
            return
        melted = None
        for change in changes():
            melted = held.change(change, draft, melted)
        if melted is not None:
            values = torch.where(melted, noise.draw(rows, len(slots), generator), tokens[:, slots])
            tokens = canvas.with_slots(torch.where(held.fixed, held.own, values))
            if conditioning is not None:
                # What melts is forgotten, what is fixed is known.
                conditioning = held.certain(conditioning.masked_fill(melted[:, None], 1 / denoiser.vocabulary_size))
            drafts, finished = [], torch.zeros_like(finished)
        temperature = schedule.at(settings.steps - number + 1, settings.steps)
        seen = logits = denoiser.logits(context, tokens, slots, conditioning)
        guided = settings.causal_weight > 0 and conditioning is not None
        if guided:
            # What follows an uncertain token is no evidence; without this, a draft of repetitions confirms itself.
            weight = settings.causal_weight * canvas.of_the_token_before(conditioning.amax(-1))
            logits = seen + weight[..., None] * denoiser.expect(context, canvas.with_slots(draft), slots)
        logits = logits / temperature
        if banned is not None:
            logits[..., banned] = -1e9
        for slot, token in held.refused:
            logits[:, slot, token] = -1e9
        probabilities = torch.softmax(logits, dim=-1)
        entropies = entropy(logits, probabilities)
        check_finite(entropies)
        old_kept = held.kept
        if held.any:
            # A low temperature and the causal head make predictions look certain; the writer's words go by the
            # denoiser's own.
            held.kept = held.kept & ~release(torch.softmax(seen, dim=-1), held.own, held.kept, canvas.words)
            # A slot that holds a token is certain: it costs nothing of the bound and is always accepted.
            entropies = entropies.masked_fill(held.mask, 0.0)
        accepted = bound.accept(entropies)
        if melted is not None:
            accepted = accepted & ~melted
        sampled = sample(probabilities, accepted, generator)
        new_slots = torch.where(accepted, sampled, noise.draw(rows, len(slots), generator))
        new_draft = logits.argmax(-1)
        if held.any:
            new_slots = torch.where(held.mask, held.own, new_slots)
            new_draft = torch.where(held.mask, held.own, new_draft)
        new_tokens = canvas.with_slots(new_slots)
        if finished.any():
            # A finished row stays as it was while the others go on.
            row = finished[:, None]
            new_tokens, new_draft = torch.where(row, tokens, new_tokens), torch.where(row, draft, new_draft)
            probabilities = torch.where(row[..., None], conditioning, probabilities)
            accepted, held.kept = torch.where(row, True, accepted), torch.where(row, old_kept, held.kept)
        tokens, draft = new_tokens, new_draft
        conditioning = held.certain(probabilities)
        drafts.append(draft)
        finished = finished | stop.finished(drafts, entropies, ~held.mask)
        last = number == settings.steps or bool(finished.all())
        found = tokens, draft, accepted, held.kept, entropies, probabilities, finished
        yield Step(number, temperature, *found, last, passes=1 + guided)
        if last:
            return


def check_finite(entropies: Tensor) -> None:
    """Raises DenoisingError where a model's prediction, and so its entropy, is not a number."""
    if not entropies.isfinite().all():
        raise DenoisingError(
            "The model returned values that are not numbers. Try again; if it happens once more, "
            "the checkpoint is damaged."
        )
