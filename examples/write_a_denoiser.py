"""The smallest denoiser: it knows one sentence, and is the surer of a letter the more of its neighbours are right.

The loop, the sampler and the stop rule are Remelt's own and know nothing of it. Any model that predicts the slots of a
canvas can take its place.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from engine import SamplerSettings
from engine.diffusion.canvas import Canvas
from engine.diffusion.denoise import denoise

LETTERS = " abcdefghijklmnopqrstuvwxyz"
SENTENCE = "noise becomes text"


class OneSentence:
    """See `engine.diffusion.denoiser.Denoiser`."""

    device = torch.device("cpu")
    vocabulary_size = len(LETTERS)
    ends = ()

    def prefill(self, tokens: Sequence[int], context: None = None) -> None:
        """Nothing is read."""

    def prefill_rows(self, rows: Sequence[Sequence[int]]) -> None:
        """Nothing is read."""

    def causal(self, tokens: Sequence[int], context: None = None) -> tuple[Tensor, None]:
        """It does not write from left to right."""
        raise NotImplementedError

    def expect(self, context: None, canvas: Tensor, slots: Tensor) -> Tensor:
        """It has no causal head."""
        raise NotImplementedError

    def logits(self, context: None, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """(B, S, V): the letters of the sentence, by how many neighbours are right already."""
        wanted = torch.tensor([LETTERS.index(letter) for letter in SENTENCE])
        right = (canvas == wanted).float()
        padded = torch.nn.functional.pad(right, (1, 1), value=1.0)
        sure = 2.0 + 3.0 * (padded[:, :-2] + padded[:, 2:])
        return torch.nn.functional.one_hot(wanted, len(LETTERS)) * sure[..., None]

    def forget(self) -> None:
        """Nothing is kept."""


settings = SamplerSettings(steps=30, entropy_bound=2.0, temperature_high=1.0, temperature_low=0.5)
canvas = Canvas.blank(len(SENTENCE), torch.device("cpu"))
for step in denoise(OneSentence(), None, canvas, settings, torch.Generator().manual_seed(3)):
    seen = "".join(LETTERS[token] for token in step.canvas[0])
    print(f"{step.number:3} {int(step.accepted.sum()):3} accepted | {seen}")
print("".join(LETTERS[token] for token in step.draft[0]))
