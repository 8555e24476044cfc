"""Measures how much of a sentence changes at each strength of a rewrite: `python -m engine bench --strength`."""

from __future__ import annotations

import re
import statistics
import time
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from engine.contracts.request import Action, EditRequest, SamplerSettings
from engine.runs.session import Session

_STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
_SENTENCES = 100


def measure_strengths(session: Session, seed: int, settings: SamplerSettings | None = None) -> list[dict[str, float]]:
    """How much of a sentence changes in a rewrite: a row for each strength.

    settings: None means those of the checkpoint.
    changed: mean edit distance to the sentence, in words, as a share of its words. same: share of sentences unchanged.
    """
    sentences = _sentences(session)
    rows = []
    for strength in _STRENGTHS:
        distances = []
        started = time.perf_counter()
        for before, sentence, after in sentences:
            request = EditRequest(
                before, sentence, after, Action.REWRITE, strength=strength, seed=seed, settings=settings
            )
            words, new = sentence.split(), session.run(request).replacement.split()
            distances.append(Levenshtein.distance(words, new) / len(words))
        rows.append(
            {
                "strength": strength,
                "sentences": len(sentences),
                "changed": statistics.fmean(distances),
                "same": sum(distance == 0 for distance in distances) / len(distances),
                "seconds": (time.perf_counter() - started) / len(sentences),
            }
        )
    return rows


def _sentences(session: Session) -> list[tuple[str, str, str]]:
    """Sentences of the small evaluation set that fit one canvas, each with the text before and after it."""
    found = []
    for path in sorted(Path(str(files("resources").joinpath("evaluation"))).glob("*.txt")):
        for document in path.read_text("utf-8").split("<|doc|>"):
            text = " ".join(document.split())
            ends = [match.end() for match in re.finditer(r"[.!?]\"? ", text)]
            for start, end in pairwise([0, *ends]):
                sentence = text[start:end].strip()
                if len(session.vocabulary.encode(sentence)) <= session.checkpoint.trained_canvas // 3:
                    found.append((text[:start], sentence, text[start + len(sentence) :]))
    return found[:_SENTENCES]


def strengths_table(rows: list[dict[str, float]]) -> str:
    """The rows of `measure_strengths` in readable form."""
    lines = ["strength   words changed   sentences unchanged   seconds"]
    lines += [
        f"{row['strength']:8.2f}   {row['changed']:13.1%}   {row['same']:19.1%}   {row['seconds']:7.2f}" for row in rows
    ]
    return "\n".join(lines)
