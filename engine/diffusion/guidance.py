"""Guidance by the causal head of the same weights: what it expects is multiplied into the denoiser's prediction.

The denoiser predicts each slot by itself, so that two neighbours may each be likely and not go together. The causal
head reads the draft of the step before from left to right, and what it expects at each slot is multiplied in, to the
power of a weight times the probability of the token before: the mixture of "Accelerating Diffusion LLMs via Adaptive
Parallel Decoding" (arXiv 2506.00413), with one set of weights for both.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from engine.diffusion.canvas import Canvas
from engine.diffusion.denoiser import Context, Denoiser


@dataclass(frozen=True, slots=True)
class CausalGuidance:
    """weight: power of the causal head's expectation where the token before a slot is certain; 0 leaves it out."""

    weight: float

    def guided(
        self,
        logits: Tensor,
        denoiser: Denoiser,
        context: Context,
        canvas: Canvas,
        draft: Tensor,
        conditioning: Tensor | None,
    ) -> tuple[Tensor, int]:
        """The logits, (B, S, V), with guidance, and how many passes of the model there were in all.

        draft: (B, S) of the step before. conditioning: (B, S, V), its probabilities; None in the first step, which has
        no draft to read.
        """
        if not self.weight or conditioning is None:
            return logits, 1
        # What follows an uncertain token is no evidence; without this, a draft of repetitions confirms itself.
        weight = self.weight * canvas.of_the_token_before(conditioning.amax(-1))
        expected = denoiser.expect(context, canvas.with_slots(draft), canvas.slots)
        return logits + weight[..., None] * expected, 2
