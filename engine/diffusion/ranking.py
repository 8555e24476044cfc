"""Ranks results by how well they read to the causal head of the same weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from engine.contracts.checkpoint import Checkpoint
from engine.diffusion.denoiser import Denoiser
from engine.text.context import context_tokens
from engine.text.vocabulary import Vocabulary

_BEHIND = 24
"""Tokens of the following text that are read with a result: they tell whether it leads into them."""


def rank(
    denoiser: Denoiser, checkpoint: Checkpoint, vocabulary: Vocabulary, before: str, results: Sequence[str], after: str
) -> list[str]:
    """The distinct results, the most probable first.

    The measure is the mean log p per token of the result and the following text, given the text before, so that short
    results have no advantage.
    """
    different = list(dict.fromkeys(results))
    if len(different) < 2:
        return different
    behind = after[: 16 * _BEHIND]
    rows = {
        result: vocabulary.encode(result + behind)[: len(vocabulary.encode(result)) + _BEHIND] for result in different
    }
    # All follow the same text, so it is read once.
    read = _read(checkpoint, vocabulary, before, max(map(len, rows.values())))

    def cost(result: str) -> float:
        return _bits(denoiser, read, rows[result]) if rows[result] else math.inf

    return sorted(different, key=cost)


def causal_bits(
    denoiser: Denoiser, checkpoint: Checkpoint, vocabulary: Vocabulary, before: str, text: str
) -> float | None:
    """Mean -log2 p per token of a text, given the text before it; None for an empty text."""
    own = vocabulary.encode(text)
    return _bits(denoiser, _read(checkpoint, vocabulary, before, len(own)), own) if own else None


def _read(checkpoint: Checkpoint, vocabulary: Vocabulary, before: str, behind: int) -> tuple[int, ...]:
    """The tokens read before `count` others, cut to make room for them."""
    return context_tokens(before, max(0, checkpoint.trained_context - 1 - behind), vocabulary)


@torch.inference_mode()
def _bits(denoiser: Denoiser, read: Sequence[int], own: Sequence[int]) -> float:
    """Mean -log2 p per token of at least one token, given those of `read`."""
    # The first of them is predicted by the last token before it.
    context = denoiser.prefill(read[:-1]) if len(read) > 1 else None
    logits, _ = denoiser.causal([read[-1], *own[:-1]], context)
    targets = torch.tensor(own, device=logits.device)
    return float(torch.nn.functional.cross_entropy(logits, targets)) / math.log(2)
