"""Which of several results reads best, by what the causal head of the same weights expects."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from engine.checkpoint import Checkpoint
from engine.denoise import Denoiser
from engine.layout import context_tokens
from engine.vocabulary import Vocabulary

_BEHIND = 24
"""Tokens of the text behind a result that are read with it: they tell whether it leads on to them."""


def rank(
    denoiser: Denoiser, checkpoint: Checkpoint, vocabulary: Vocabulary, before: str, results: Sequence[str], after: str
) -> list[str]:
    """The different results, the most probable first.

    The measure is the mean log p of a token of result and following text behind what stands before, so that a short
    result is not better for being short.
    """
    different = list(dict.fromkeys(results))
    if len(different) < 2:
        return different
    behind = after[: 16 * _BEHIND]

    def cost(result: str) -> float:
        own = vocabulary.encode(result + behind)[: len(vocabulary.encode(result)) + _BEHIND]
        bits = _bits(denoiser, checkpoint, vocabulary, before, own)
        return math.inf if bits is None else bits

    return sorted(different, key=cost)


def causal_bits(
    denoiser: Denoiser, checkpoint: Checkpoint, vocabulary: Vocabulary, before: str, text: str
) -> float | None:
    """Mean -log2 p of a token of a text behind what stands before it; None for an empty text."""
    return _bits(denoiser, checkpoint, vocabulary, before, vocabulary.encode(text))


@torch.inference_mode()
def _bits(
    denoiser: Denoiser, checkpoint: Checkpoint, vocabulary: Vocabulary, before: str, own: Sequence[int]
) -> float | None:
    if not own:
        return None
    # The text itself is never cut; what is read before it makes room.
    read = context_tokens(before, max(0, checkpoint.trained_context - 1 - len(own)), vocabulary)
    logits, _ = denoiser.causal([*read, *own[:-1]])
    targets = torch.tensor(own, device=logits.device)
    return float(torch.nn.functional.cross_entropy(logits[-len(own) :], targets)) / math.log(2)
