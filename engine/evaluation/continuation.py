"""Continues a text by diffusion and by the causal head of the same weights, at the same temperature."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch

from engine.diffusion.autoregressive import decode
from engine.diffusion.blocks import write_blocks
from engine.evaluation.places import Place, pieces
from engine.runs.session import Session

TOKENS = 48
TEMPERATURE = 0.7


def by_diffusion(
    session: Session, prompt: Sequence[int], count: int, generator: torch.Generator
) -> tuple[list[int], int]:
    """Tokens that continue a prompt, denoised block by block, and the passes used."""
    settings = replace(session.checkpoint.sampler, temperature_high=TEMPERATURE, temperature_low=TEMPERATURE)
    sizes = [min(session.block, count - start) for start in range(0, count, session.block)]
    steps = write_blocks(
        session.denoiser,
        prompt,
        sizes,
        settings,
        generator,
        limit=session.checkpoint.trained_context,
        banned=session.banned_in_blocks,
        ends=session.ends,
    )
    tokens: list[int] = []
    passes = 0
    for _, step in steps:
        passes += step.passes if step.number else 0
        if step.last:
            tokens += step.draft[0].tolist()
    return tokens, passes


def by_causal_head(
    session: Session, prompt: Sequence[int], count: int, generator: torch.Generator
) -> tuple[list[int], int]:
    """The same, token by token."""
    steps = decode(
        session.denoiser,
        prompt,
        count,
        TEMPERATURE,
        generator,
        limit=session.checkpoint.trained_context,
        banned=session.banned_in_blocks,
        ends=session.ends,
    )
    *_, step = steps
    return step.draft[0, : step.number].tolist(), step.number


def measure(session: Session, places: Sequence[Place], seed: int, count: int = TOKENS) -> dict[str, Any]:
    """Repetition, variety and cost under the causal head, of `count` tokens after each place, for both decoders."""
    rows = {}
    for name, write in (("diffusion", by_diffusion), ("autoregressive", by_causal_head)):
        generator = torch.Generator(session.denoiser.device).manual_seed(seed)
        found: list[list[str]] = []
        bits = passes = 0.0
        started = time.perf_counter()
        for place in places:
            prompt = _prompt(session, place, count)
            tokens, used = write(session, prompt, count, generator)
            passes += used
            found.append(pieces(session.vocabulary.text(tokens)))
            bits += _bits(session, prompt, tokens)
        seconds = time.perf_counter() - started
        times = max(1, len(places))
        rows[name] = {
            "distinct_2": _distinct(found),
            "repetition": _repetition(found),
            "bits": bits / (times * count),
            "passes": passes / times,
            "seconds": seconds / times,
        }
    true = [_true(session, place, count) for place in places]
    rows["the writer"] = {
        "distinct_2": _distinct([pieces(session.vocabulary.text(tokens)) for tokens in true]),
        "repetition": _repetition([pieces(session.vocabulary.text(tokens)) for tokens in true]),
        "bits": sum(
            _bits(session, _prompt(session, place, count), tokens) for place, tokens in zip(places, true, strict=True)
        )
        / max(1, sum(map(len, true))),
    }
    return {"places": len(places), "tokens": count, "temperature": TEMPERATURE, **rows}


def _prompt(session: Session, place: Place, count: int) -> list[int]:
    context = session.checkpoint.trained_context
    room = max(context // 2, context - count) - 1
    return [session.vocabulary.bos, *session.vocabulary.encode(place.before.rstrip())[-room:]]


def _true(session: Session, place: Place, count: int) -> list[int]:
    return session.vocabulary.encode(" " + place.gap + place.after)[:count]


def _bits(session: Session, prompt: Sequence[int], tokens: Sequence[int]) -> float:
    """Bits of some tokens after a prompt under the causal head, which reads no more than its trained context."""
    half = session.checkpoint.trained_context // 2
    row = [*prompt, *tokens]
    nats = 0.0
    for start in range(len(prompt), len(row), half):
        part = row[start : start + half]
        read = [row[0], *row[max(1, start - half + 1) : start], *part[:-1]]
        logits, _ = session.denoiser.causal(read)
        targets = torch.tensor(part, device=logits.device)
        nats += float(torch.nn.functional.cross_entropy(logits[-len(part) :], targets, reduction="sum"))
    return nats / math.log(2)


def _distinct(texts: Sequence[Sequence[str]]) -> float:
    """Share of distinct word pairs among those of all texts."""
    pairs = [pair for text in texts for pair in pairwise(text)]
    return len(set(pairs)) / max(1, len(pairs))


def _repetition(texts: Sequence[Sequence[str]]) -> float:
    """Share of words that occur among the three before them."""
    repeated = sum(text[index] in text[max(0, index - 3) : index] for text in texts for index in range(len(text)))
    return repeated / max(1, sum(map(len, texts)))
