"""The cost of a character in a gap: a measure independent of the tokenizer, so that checkpoints with different
vocabularies can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from engine.evaluation.infill import Gap, bits_of, causal, first_pass
from engine.evaluation.places import Place, places
from engine.runs.plan import spare_slots
from engine.runs.session import Session

WORDS = (1, 3, 12)


def measure(session: Session, documents: Mapping[str, Sequence[str]], count: int, seed: int) -> list[dict[str, Any]]:
    """A row for each number of words: bits a character in one pass from noise, and under the causal head.

    count: gaps in each source, the same for every checkpoint.
    """
    rows = []
    for words in WORDS:
        generator = torch.Generator().manual_seed(seed)
        sums = {"both": 0.0, "left": 0.0, "causal": 0.0}
        characters = 0
        found = places(documents, words, count, seed + words)
        for place in found:
            gap = _gap(session, place)
            own = torch.tensor(gap.own)
            characters += len(place.gap) + 1
            for name, log_probabilities in (
                ("both", first_pass(session, gap, True, generator)),
                ("left", first_pass(session, gap, False, generator)),
                ("causal", causal(session, gap)),
            ):
                sums[name] += bits_of(log_probabilities, own)
        rows.append(
            {"words": words, "places": len(found), **{name: bits / max(1, characters) for name, bits in sums.items()}}
        )
    return rows


def _gap(session: Session, place: Place) -> Gap:
    """The tokens of a place; the space before the gap belongs to the gap."""
    encode, checkpoint = session.vocabulary.encode, session.checkpoint
    own = encode(" " + place.gap)
    room = max(0, checkpoint.trained_canvas - len(own) - spare_slots(checkpoint, len(own)))
    return Gap(encode(place.before.rstrip(" "))[-checkpoint.trained_context + 1 :], own, encode(place.after)[:room])
