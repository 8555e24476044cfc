"""For tests of runs: a model that wants to write certain text, whatever it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch
from torch import Tensor

from engine.models.checkpoint_folder import embedded_checkpoint
from engine.runs.session import Session
from engine.text.vocabulary import Vocabulary

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


@dataclass
class Author(Insistent):
    """A denoiser that answers each prompt with the next of some texts; after the last, with that again.

    answers: tokens, each ended by `ends[0]` wherever it has no end of its own.
    """

    answers: Sequence[Sequence[int]] = ()
    ends: tuple[int, ...] = (1,)
    _answer: int = -1
    _written: int = 0
    _size: int = 0

    def prefill(self, tokens: Sequence[int], context: object = None) -> object:
        if context is None:
            self._answer, self._written = min(self._answer + 1, len(self.answers) - 1), 0
        else:
            self._written += self._size
        return super().prefill(tokens, context)

    def logits(self, context: object, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        self._size = len(slots)
        answer = self.answers[self._answer][self._written : self._written + len(slots)]
        self.wish = [*answer, *[self.ends[0]] * (len(slots) - len(answer))]
        self.canvases.append(canvas.clone())
        logits = torch.zeros((canvas.shape[0], len(slots), SIZE))
        logits[:, torch.arange(len(slots)), torch.tensor(self.wish)] = self.certainty
        return logits


@pytest.fixture(scope="session")
def chat_vocabulary(chat_folder) -> Vocabulary:
    """Its tokens, the marks of its chat template included."""
    return Vocabulary.read(chat_folder, SIZE, PAD, 2)


@pytest.fixture
def asked(chat_folder, chat_vocabulary):
    """Makes a session whose model follows instructions, and answers with certain texts in turn.

    Names of special tokens in them stand for those.
    """

    def make(*answers: str, **fields) -> Session:
        vocabulary = chat_vocabulary
        known = {
            "languages": ("en", "de"),
            "trained_context": 2048,
            "length_by": "end-token",
            "follows_instructions": True,
            **fields,
        }
        checkpoint = replace(embedded_checkpoint(), folder=chat_folder, has_chat_template=True, **known)
        return Session(checkpoint, Author(answers=[vocabulary.encode_marked(text) for text in answers]), vocabulary)

    return make
