"""Text written on from a place, by diffusion and by the causal head of the same weights, at the same temperature."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch

from engine.autoregressive import decode
from engine.continuation import write_blocks
from engine.evaluation.places import Place, pieces
from engine.session import Session

TOKENS = 48
TEMPERATURE = 0.7


def by_diffusion(session: Session, prompt: Sequence[int], generator: torch.Generator) -> tuple[list[int], int]:
    """Tokens that follow a prompt, denoised block after block, and the passes it took."""
    settings = replace(session.checkpoint.sampler, temperature_high=TEMPERATURE, temperature_low=TEMPERATURE)
    sizes = [min(session.block, TOKENS - start) for start in range(0, TOKENS, session.block)]
    steps = write_blocks(
        session.denoiser, prompt, sizes, settings, generator, banned=session.banned_in_blocks, ends=session.ends
    )
    tokens: list[int] = []
    passes = 0
    for _, step in steps:
        passes += step.number > 0
        if step.last:
            tokens += step.draft[0].tolist()
    return tokens, passes


def by_causal_head(session: Session, prompt: Sequence[int], generator: torch.Generator) -> tuple[list[int], int]:
    """The same, token after token."""
    steps = decode(
        session.denoiser, prompt, TOKENS, TEMPERATURE, generator, banned=session.banned_in_blocks, ends=session.ends
    )
    *_, step = steps
    return step.draft[0, : step.number].tolist(), step.number


def measure(session: Session, places: Sequence[Place], seed: int) -> dict[str, Any]:
    """Repetition, variety and cost under the causal head, of both ways of writing."""
    rows = {}
    for name, write in (("diffusion", by_diffusion), ("autoregressive", by_causal_head)):
        generator = torch.Generator(session.denoiser.device).manual_seed(seed)
        found: list[list[str]] = []
        bits = passes = 0.0
        started = time.perf_counter()
        for place in places:
            prompt = _prompt(session, place)
            tokens, used = write(session, prompt, generator)
            passes += used
            found.append(pieces(session.vocabulary.text(tokens)))
            bits += _bits(session, prompt, tokens)
        seconds = time.perf_counter() - started
        count = max(1, len(places))
        rows[name] = {
            "distinct_2": _distinct(found),
            "repetition": _repetition(found),
            "bits": bits / (count * TOKENS),
            "passes": passes / count,
            "seconds": seconds / count,
        }
    true = [_true(session, place) for place in places]
    rows["the writer"] = {
        "distinct_2": _distinct([pieces(session.vocabulary.text(tokens)) for tokens in true]),
        "repetition": _repetition([pieces(session.vocabulary.text(tokens)) for tokens in true]),
        "bits": sum(_bits(session, _prompt(session, place), tokens) for place, tokens in zip(places, true, strict=True))
        / max(1, sum(map(len, true))),
    }
    return {"places": len(places), "tokens": TOKENS, "temperature": TEMPERATURE, **rows}


def _prompt(session: Session, place: Place) -> list[int]:
    room = session.checkpoint.trained_context - TOKENS - 1
    return [session.vocabulary.bos, *session.vocabulary.encode(place.before.rstrip())[-max(16, room) :]]


def _true(session: Session, place: Place) -> list[int]:
    return session.vocabulary.encode(" " + place.gap + place.after)[:TOKENS]


def _bits(session: Session, prompt: Sequence[int], tokens: Sequence[int]) -> float:
    """Bits of some tokens behind a prompt under the causal head."""
    logits, _ = session.denoiser.causal([*prompt, *tokens[:-1]])
    log_probabilities = logits[-len(tokens) :].log_softmax(-1).cpu()
    return -float(log_probabilities.gather(-1, torch.tensor(tokens)[:, None]).sum()) / math.log(2)


def _distinct(texts: Sequence[Sequence[str]]) -> float:
    """Share of the word pairs of all texts that are different."""
    pairs = [pair for text in texts for pair in pairwise(text)]
    return len(set(pairs)) / max(1, len(pairs))


def _repetition(texts: Sequence[Sequence[str]]) -> float:
    """Share of the words that stood among the three before them."""
    repeated = sum(text[index] in text[max(0, index - 3) : index] for text in texts for index in range(len(text)))
    return repeated / max(1, sum(map(len, texts)))
