"""The cost of the true words of a gap in a first pass, with and without the text after the gap."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.runs.plan import spare_slots
from engine.runs.session import Session
from engine.training.tokenizer import Boundaries

GAPS = (1, 4, 16, 48)
_WINDOW = 8_000
"""Characters of a document tokenised to find a place."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap between words: the tokens before, in and after it."""

    before: list[int]
    own: list[int]
    behind: list[int]


def gaps(
    session: Session, documents: Mapping[str, Sequence[str]], tokens: int, count: int, seed: int
) -> dict[str, list[Gap]]:
    """`count` gaps of exactly this many tokens in each source, if its documents are long enough."""
    choice = random.Random(seed)
    bounds = Boundaries(session.vocabulary)
    context = session.checkpoint.trained_context - 1
    behind = session.checkpoint.trained_canvas - tokens - spare_slots(session.checkpoint, tokens)
    found: dict[str, list[Gap]] = {source: [] for source in documents}
    for source, texts in documents.items():
        for _ in range(8 * count if texts else 0):
            if len(found[source]) == count:
                break
            text = choice.choice(texts)
            start = choice.randrange(max(1, len(text) - _WINDOW))
            start = text.find(" ", start) if start else 0
            row = session.vocabulary.encode(text[start : start + _WINDOW])
            cuts = np.flatnonzero(bounds.of(np.array(row)))
            broken = np.cumsum(bounds.breaks[row])
            pairs = [
                cut
                for cut in cuts.tolist()
                if 24 <= cut < len(row) - tokens - 24
                and cut + tokens in cuts
                # A gap stays within a paragraph, as an edit does.
                and broken[cut - 1] == broken[cut + tokens - 1]
            ]
            if pairs:
                cut = choice.choice(pairs)
                end = cut + tokens
                found[source].append(Gap(row[max(0, cut - context) : cut], row[cut:end], row[end : end + behind]))
    return found


@torch.inference_mode()
def first_pass(session: Session, gap: Gap, behind: bool, generator: torch.Generator) -> Tensor:
    """log p, (T, V) in nats, of all tokens at the first T slots of a gap, in one pass from pure noise.

    behind: whether the checkpoint sees the text after the gap.
    """
    denoiser = session.denoiser
    size = len(gap.own) + spare_slots(session.checkpoint, len(gap.own))
    noise = torch.randint(denoiser.vocabulary_size, (size,), generator=generator)
    canvas = torch.cat([noise, torch.tensor(gap.behind if behind else [], dtype=torch.int64)])
    context = denoiser.prefill([session.vocabulary.bos, *gap.before])
    logits = denoiser.logits(context, canvas[None].to(denoiser.device), torch.arange(size), None)
    return logits[0, : len(gap.own)].log_softmax(-1).cpu()


@torch.inference_mode()
def causal(session: Session, gap: Gap) -> Tensor:
    """log p, (T, V) in nats, of each token of a gap for the causal head, which sees everything before it."""
    logits, _ = session.denoiser.causal([session.vocabulary.bos, *gap.before, *gap.own[:-1]])
    return logits[-len(gap.own) :].log_softmax(-1).cpu()


class Unigram:
    """The frequency of each token: the least a model should know."""

    def __init__(self, session: Session, documents: Sequence[str]) -> None:
        counts: Counter[int] = Counter()
        for text in documents:
            counts.update(session.vocabulary.encode(text[: 10 * _WINDOW]))
        # One is added to each count, so that an unseen token costs many bits, but not infinitely many.
        total = counts.total() + session.vocabulary.size
        self.log_probabilities = torch.tensor(
            [math.log((counts[token] + 1) / total) for token in range(session.vocabulary.size)]
        )


def measure(
    session: Session,
    untrained: DiffusionGemmaDenoiser,
    documents: Mapping[str, Sequence[str]],
    known: Sequence[str],
    count: int,
    seed: int,
) -> list[dict[str, Any]]:
    """A row for each length of gap: bits a token and share of tokens guessed right, by predictor.

    untrained: the same architecture with random weights. known: documents for token frequencies.
    count: gaps in each source.
    """
    unigram = Unigram(session, known)
    chance = Session(session.checkpoint, untrained, session.vocabulary)
    rows = []
    for tokens in GAPS:
        generator = torch.Generator().manual_seed(seed)
        sums: dict[str, list[float]] = {name: [0.0, 0.0] for name in ("both", "left", "causal", "unigram", "untrained")}
        by_source: dict[str, float] = {}
        places = 0
        for source, found in gaps(session, documents, tokens, count, seed + tokens).items():
            mine = 0.0
            for gap in found:
                own = torch.tensor(gap.own)
                both = first_pass(session, gap, True, generator)
                predictions = {
                    "both": both,
                    "left": first_pass(session, gap, False, generator),
                    "causal": causal(session, gap),
                    "unigram": unigram.log_probabilities.expand(len(own), -1),
                    "untrained": first_pass(chance, gap, True, generator),
                }
                for name, log_probabilities in predictions.items():
                    sums[name][0] += bits_of(log_probabilities, own)
                    sums[name][1] += float((log_probabilities.argmax(-1) == own).sum())
                mine += bits_of(both, own)
            places += len(found)
            if found:
                by_source[source] = mine / (tokens * len(found))
        total = max(1, places * tokens)
        rows.append(
            {
                "tokens": tokens,
                "places": places,
                **{name: {"bits": bits / total, "accuracy": right / total} for name, (bits, right) in sums.items()},
                "bits_by_source": by_source,
            }
        )
    return rows


def bits_of(log_probabilities: Tensor, own: Tensor) -> float:
    """Bits of the true tokens, (T,), under (T, V) log probabilities in nats."""
    return -float(log_probabilities.gather(-1, own[:, None]).sum()) / math.log(2)
