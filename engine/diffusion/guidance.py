"""Guidance by the causal head of the same weights: its prediction is multiplied into the denoiser's.

The denoiser predicts each slot independently, so two neighbours may each be likely yet not fit together. The causal
head reads the draft of the previous step from left to right, and its prediction at each slot is multiplied in, raised
to a weight times the probability of the token before. This is the mixture of "Accelerating Diffusion LLMs via Adaptive
Parallel Decoding" (arXiv 2506.00413), with one set of weights for both.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from engine.diffusion.canvas import Canvas
from engine.diffusion.denoiser import Context, Denoiser


@dataclass(frozen=True, slots=True)
class CausalGuidance:
    """weight: exponent of the causal head's prediction if the token before the slot is certain; 0 leaves it out."""

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
        """The logits, (B, S, V), with guidance, and the total number of passes of the model.

        draft: (B, S), that of the previous step. conditioning: (B, S, V), its probabilities; None in the first step,
        which has no draft to read.
        """
        if not self.weight or conditioning is None:
            return logits, 1
        # A prediction from an uncertain token is no evidence; without this, a repetitive draft confirms itself.
        weight = self.weight * canvas.of_the_token_before(conditioning.amax(-1))
        expected = denoiser.expect(context, canvas.with_slots(draft), canvas.slots)
        return logits + weight[..., None] * expected, 2
