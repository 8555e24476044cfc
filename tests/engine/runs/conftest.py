"""For tests of runs: a model that wants to write certain text, whatever it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch
from torch import Tensor

from engine.models.checkpoint_folder import embedded_checkpoint
from engine.runs.session import Session

SIZE, PAD = 16384, 0


@dataclass
class Insistent:
    """A denoiser that wants to write certain tokens, whatever it is shown, and notes what it is shown.

    wish: tokens, repeated over the slots and moved on by one every step. certainty: a logit; above 15 the model is
    sure. error: raised in a step with more positions, of all rows together, than fit in `memory`.
    """

    wish: Sequence[int] = (PAD,)
    certainty: float = 20.0
    error: BaseException | None = None
    memory: int = 0
    expectations: int = 0
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    ends: tuple[int, ...] = ()
    vocabulary_size: int = SIZE
    prefills: list[list[int]] = field(default_factory=list)
    canvases: list[Tensor] = field(default_factory=list)

    def prefill(self, tokens: Sequence[int], context: object = None) -> object:
        self.prefills.append(list(tokens))
        return "context"

    def causal(self, tokens: Sequence[int], context: object = None) -> tuple[Tensor, object]:
        # What a text costs depends on its tokens alone, so that results can be told apart.
        return torch.sin(torch.outer(torch.tensor(list(tokens)), torch.arange(SIZE)) / 7), None

    def expect(self, context: object, canvas: Tensor, slots: Tensor) -> Tensor:
        self.expectations += 1
        return torch.sin((canvas[:, slots, None] + torch.arange(SIZE)) / 7)

    def forget(self) -> None:
        self.prefills.append([])

    def logits(self, context: object, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        if self.error and canvas.numel() > self.memory:
            raise self.error
        self.canvases.append(canvas.clone())
        generator = torch.Generator().manual_seed(len(self.canvases))
        logits = torch.randn((canvas.shape[0], len(slots), SIZE), generator=generator)
        wish = [self.wish[(slot + len(self.canvases) // 3) % len(self.wish)] for slot in range(len(slots))]
        logits[:, torch.arange(len(slots)), torch.tensor(wish, dtype=torch.int64)] = self.certainty
        return logits


@pytest.fixture(scope="session")
def insistent(vocabulary):
    """Makes a session whose model wants certain text."""

    def make(wish: str | Sequence[int] = (PAD,), certainty: float = 20.0, **fields) -> Session:
        tokens = vocabulary.encode(wish) if isinstance(wish, str) else wish
        denoiser = Insistent(tokens, certainty, error=fields.pop("error", None))
        return Session(replace(embedded_checkpoint(), **fields), denoiser, vocabulary)

    return make
