"""Which candidates are worth the model's time, and which of them are right.

How probable it is that a candidate is what the writer meant is a logistic regression on a few figures: how much better
the text reads, what the check pass says, how far ahead of the next best it is, how many letters differ, and a prior for
the kind of mistake. Its weights, in resources/mending.json, were fitted on edits that no figure
in the model card is measured on (`engine.training.mending`).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from engine.contracts.corrections import Correction, Mistake
from engine.mending.candidates import Candidate
from engine.mending.scoring import Reading
from engine.text.words import bare

MOST = 48
"""Candidates of a stretch that are judged with what follows."""
LEAST_ODDS = -4.5
"""Log odds, in nats, from which on a word is doubtful."""
_LEAST_GLANCE, _LEAST_PROMISE = -1.0, -1.5
"""What the first changed token must gain at least, in nats, and half of that together with the odds. They leave half of
the candidates out, and 4 % of those that would be right and gain more than two nats."""
_USUAL, _EACH = 2, {Mistake.SPELLING: 4}
"""Candidates of a kind at one place."""
_ALTERNATIVES = 4
_LONG = 4
"""Letters above which a word is long."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate and what is known of it.

    word: what stands in its place. odds: log odds in nats that it is wrong. gain: nats. margin: gain over the next best
    in the same place, which may be to leave it.
    """

    candidate: Candidate
    word: str
    odds: float
    gain: float
    margin: float

    def figures(self) -> dict[str, float]:
        """What its probability is made of, by name."""
        item = self.candidate
        gain, margin, odds = _within(self.gain, 10, 20) / 5, _within(self.margin, 8, 8) / 4, self.odds / 5
        capital = float(self.word[:1].isupper())
        if item.faulty:
            return {
                "all": 1.0,
                f"faulty {item.kind.value}": 1.0,
                "faulty gain": gain,
                "faulty odds": odds,
                "faulty margin": margin,
                "faulty capital": capital,
                "distance": float(item.distance),
                "distance in short": item.distance / max(1, len(self.word)),
                "length": math.log(1 + len(self.word)),
                "not the first": float(item.rank > 0),
            }
        return {
            "all": 1.0,
            item.kind.value: 1.0,
            f"gain of {item.kind.value}": gain,
            f"odds of {item.kind.value}": odds,
            "odds": odds,
            "low odds": min(0.0, self.odds + 1) / 3,
            "margin": margin,
            "gain and odds": gain * odds,
            "capital": capital,
            "long": float(len(self.word) > _LONG),
        }


def _within(value: float, low: float, high: float) -> float:
    return max(-low, min(high, value))


@dataclass(frozen=True, slots=True)
class Weights:
    """What each figure counts, and from which probability on a candidate is taken.

    threshold: 0 to 1.
    """

    figures: Mapping[str, float]
    threshold: float

    @classmethod
    @cache
    def fitted(cls) -> Weights:
        """Those that ship."""
        return cls(**json.loads(files("resources").joinpath("mending.json").read_text("utf-8")))


def probability(judged: Judged, weights: Weights) -> float:
    """How probable it is that a candidate is right."""
    total = sum(weights.figures.get(name, 0.0) * value for name, value in judged.figures().items())
    return 1 / (1 + math.exp(-_within(total, 50, 50)))


def shortlist(reading: Reading, found: Sequence[Candidate], most: int = MOST) -> list[Candidate]:
    """Those that one look does not rule out, the most promising first."""
    hopeful: list[tuple[float, Candidate]] = []
    for item in found:
        glance, odds = reading.glance(item), reading.odds(item.start, item.end)
        if item.faulty:
            hopeful.append((glance / 2 + odds + 8 - item.rank, item))
        elif glance > _LEAST_GLANCE and odds > LEAST_ODDS and glance / 2 + odds > _LEAST_PROMISE:
            hopeful.append((glance / 2 + odds, item))
    hopeful.sort(key=lambda row: -row[0])
    taken: Counter[tuple[int, Mistake]] = Counter()
    kept = []
    for _, item in hopeful:
        taken[item.start, item.kind] += 1
        if taken[item.start, item.kind] <= _EACH.get(item.kind, _USUAL):
            kept.append(item)
    return kept[:most]


def judge(reading: Reading, items: Sequence[Candidate]) -> list[Judged]:
    """Judge candidates with what follows them."""
    gains = reading.gains(items)
    rows = list(zip(items, gains, strict=True))
    return [
        Judged(
            item,
            bare(reading.written(item.start, item.end)),
            reading.odds(item.start, item.end),
            gain,
            gain - max([0.0, *(other for one, other in rows if one is not item and overlap(one, item))]),
        )
        for item, gain in rows
    ]


def overlap(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates change the same place."""
    return one.start < max(other.end, other.start + 1) and other.start < max(one.end, one.start + 1)


def taken(judged: Sequence[Judged], weights: Weights) -> list[Judged]:
    """Those that are right, by place: of the probable ones, the most probable in each place.

    Leaving a place as it is needs no candidate.
    """
    ranked = sorted(((probability(row, weights), row) for row in judged), key=lambda pair: -pair[0])
    found: list[Judged] = []
    for chance, row in ranked:
        item = row.candidate
        touches = any(item.start <= other.candidate.end and other.candidate.start <= item.end for other in found)
        if chance >= weights.threshold and not touches:
            found.append(row)
    return sorted(found, key=lambda row: row.candidate.start)


def choose(judged: Sequence[Judged], weights: Weights) -> list[Correction]:
    """The corrections that candidates make, in order."""
    return [_correction(row, judged) for row in taken(judged, weights)]


def _correction(row: Judged, judged: Sequence[Judged]) -> Correction:
    item = row.candidate
    others = sorted(
        (other for other in judged if _same_place(other.candidate, item) and _differs(other.candidate, item)),
        key=lambda other: -other.gain,
    )
    alternatives = tuple(dict.fromkeys(other.candidate.text for other in others))[:_ALTERNATIVES]
    return Correction(item.start, item.end, item.text, item.kind, row.gain, alternatives)


def _differs(one: Candidate, other: Candidate) -> bool:
    """Whether a candidate is another choice beside one. A capital does not mend what is wrong in the letters."""
    return one.text != other.text and (one.kind is not Mistake.CASING or other.kind is Mistake.CASING)


def _same_place(one: Candidate, other: Candidate) -> bool:
    return (one.start, one.end) == (other.start, other.end)
