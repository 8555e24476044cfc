"""Judges whether fills read like English, as far as a program can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from engine.contracts.request import Action, EditRequest, SamplerSettings
from engine.evaluation.places import Lexicon, Place, places
from engine.runs.session import Session

_WORDS = (2, 4, 7, 11)
_SHOWN = 10


def choose(documents: Mapping[str, Sequence[str]], count: int, seed: int) -> list[Place]:
    """`count` places of 2 to 11 words, spread over lengths and sources."""
    sources = max(1, sum(bool(texts) for texts in documents.values()))
    each = -(-count // (len(_WORDS) * sources))
    by_length = [places(documents, words, each, seed + words) for words in _WORDS]
    mixed = [place for row in zip(*by_length, strict=False) for place in row]
    return mixed[:count]


def measure(
    session: Session, lexicon: Lexicon, chosen: Sequence[Place], seed: int, settings: SamplerSettings | None = None
) -> dict[str, Any]:
    """Share of sound fills, frequency of each fault, passes a fill, and a sample of fills chosen by seed.

    settings: None means the checkpoint's own.
    """
    faults: Counter[str] = Counter()
    sound = passes = tokens = 0
    pairs = 0.0
    samples = []
    for number, place in enumerate(chosen):
        request = EditRequest(place.before, place.gap, place.after, Action.FILL, seed=seed + number, settings=settings)
        result = session.run(request)
        text = result.replacement if result.changed else ""
        wrong = lexicon.faults(place, text)
        faults.update(wrong)
        sound += not wrong
        pairs += lexicon.known_pairs(place, text)
        passes += result.forward_passes
        tokens += result.tokens
        if number < _SHOWN:
            samples.append(
                {"before": place.before[-60:], "own": place.gap, "fill": result.replacement, "after": place.after[:40]}
            )
    count = max(1, len(chosen))
    return {
        "fills": len(chosen),
        "sound": sound / count,
        "known_pairs": pairs / count,
        "faults": {name: number / count for name, number in faults.most_common()},
        "passes": passes / count,
        "tokens_per_forward": tokens / max(1, passes),
        "samples": samples,
    }
