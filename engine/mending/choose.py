"""Which candidates are worth the model's time, and which of them are right.

How probable it is that a candidate is what the writer meant is a logistic regression on a few figures: how much better
the text reads, what the check pass says before and after, how far ahead of the next best it is, how many letters
differ, and a prior for the kind of mistake. Its weights, in resources/mending.json, were fitted on edits that no figure
in the model card is measured on (`engine.training.mending`).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from engine.corrections import Correction, Mistake
from engine.mending.candidates import Candidate
from engine.mending.scoring import Reading

MOST = 24
"""Candidates of a stretch that are judged with what follows."""
LEAST, AGAIN = 0.05, 5
"""The check pass sees those of at least that probability in their place, and the most of them."""
_LEAST_GLANCE, _LEAST_ODDS = -1.0, -4.5
_USUAL, _EACH = 2, {Mistake.SPELLING: 6}
"""Candidates of a kind at one place."""
_ALTERNATIVES = 4
_GROUPS = {
    "words": {Mistake.SPELLING, Mistake.CONFUSION, Mistake.SIMILAR, Mistake.AGREEMENT, Mistake.FORM, Mistake.ARTICLE},
    "count": {Mistake.MISSING, Mistake.EXTRA, Mistake.DOUBLED, Mistake.PARTED, Mistake.JOINED},
    "marks": {Mistake.PUNCTUATION, Mistake.CASING, Mistake.SPACING, Mistake.APOSTROPHE},
}
"""Kinds of mistakes for which a gain counts alike."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate and what is known of it.

    word: what stands in its place. odds, after: log odds in nats that what stands there is wrong, now and with the
    candidate; `after` is None where nobody looked. gain: nats. margin: gain over the next best in the same place, which
    may be to leave it.
    """

    candidate: Candidate
    word: str
    odds: float
    gain: float
    margin: float
    after: float | None = None

    def figures(self) -> dict[str, float]:
        """What its probability is made of, by name."""
        item = self.candidate
        gain, margin = _within(self.gain, 10, 20) / 5, _within(self.margin, 8, 8) / 4
        found = {"all": 1.0, item.kind.value: 1.0}
        if item.faulty:
            found |= {
                "faulty": 1.0,
                "faulty gain": gain,
                "faulty odds": self.odds / 5,
                "faulty margin": margin,
                "distance": float(item.distance),
                "distance in short": item.distance / max(1, len(self.word)),
                "capital": float(self.word[:1].isupper()),
                "length": math.log(1 + len(self.word)),
                "not the first": float(item.rank > 0),
            }
        else:
            group = next(name for name, kinds in _GROUPS.items() if item.kind in kinds)
            found |= {
                f"gain of {group}": gain,
                "odds": self.odds / 5,
                "low odds": min(0.0, self.odds + 1) / 3,
                "margin": margin,
                "gain and odds": gain * self.odds / 5,
            }
        if self.after is not None:
            which = "faulty " if item.faulty else ""
            found |= {
                f"{which}looked": 1.0,
                f"{which}after": self.after / 3,
                f"{which}fall": (self.odds - self.after) / 5,
            }
        return found


def _within(value: float, low: float, high: float) -> float:
    return max(-low, min(high, value))


@dataclass(frozen=True, slots=True)
class Weights:
    """What each figure counts, and from which probability on a candidate is taken.

    first: for candidates before the check pass looks at them again. final: for the others too. threshold: 0 to 1.
    """

    first: Mapping[str, float]
    final: Mapping[str, float]
    threshold: float

    @classmethod
    @cache
    def fitted(cls) -> Weights:
        """Those that ship."""
        return cls(**json.loads(files("resources").joinpath("mending.json").read_text("utf-8")))


def probability(judged: Judged, weights: Mapping[str, float]) -> float:
    """How probable it is that a candidate is right."""
    total = sum(weights.get(name, 0.0) * value for name, value in judged.figures().items())
    return 1 / (1 + math.exp(-_within(total, 50, 50)))


def shortlist(reading: Reading, found: Sequence[Candidate], most: int = MOST) -> list[Candidate]:
    """Those that one look does not rule out, the most promising first."""
    hopeful: list[tuple[float, Candidate]] = []
    for item in found:
        glance, odds = reading.glance(item), reading.odds(item)
        if item.faulty:
            hopeful.append((glance / 2 + odds + 8 - item.rank, item))
        elif glance > _LEAST_GLANCE and odds > _LEAST_ODDS:
            hopeful.append((glance / 2 + odds, item))
    hopeful.sort(key=lambda row: -row[0])
    taken: Counter[tuple[int, Mistake]] = Counter()
    kept = []
    for _, item in hopeful:
        taken[item.start, item.kind] += 1
        if taken[item.start, item.kind] <= _EACH.get(item.kind, _USUAL):
            kept.append(item)
    return kept[:most]


def judge(reading: Reading, text: str, items: Sequence[Candidate]) -> list[Judged]:
    """Judge candidates with what follows them."""
    gains = reading.gains(items)
    rows = list(zip(items, gains, strict=True))
    return [
        Judged(
            item,
            text[item.start : item.end],
            reading.odds(item),
            gain,
            gain - max([0.0, *(other for one, other in rows if one is not item and overlap(one, item))]),
        )
        for item, gain in rows
    ]


def look_again(
    reading: Reading, judged: Sequence[Judged], weights: Weights, least: float = LEAST, most: int = AGAIN
) -> list[Judged]:
    """Let the check pass see the most probable candidates, of at least `least`, in their places."""
    order = sorted(judged, key=lambda row: -probability(row, weights.first))
    again = [row for row in order if probability(row, weights.first) >= least][:most]
    after = dict(zip(map(id, again), reading.odds_after([row.candidate for row in again]), strict=True))
    return [replace(row, after=after.get(id(row))) for row in judged]


def overlap(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates change the same place."""
    return one.start < max(other.end, other.start + 1) and other.start < max(one.end, one.start + 1)


def taken(judged: Sequence[Judged], weights: Weights) -> list[Judged]:
    """Those that are right, by place: of the probable ones that were looked at again, the most probable in each place.

    Leaving a place as it is needs no candidate.
    """
    ranked = sorted(
        ((probability(row, weights.final), row) for row in judged if row.after is not None), key=lambda pair: -pair[0]
    )
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
        (other for other in judged if _same_place(other.candidate, item) and other.candidate.text != item.text),
        key=lambda other: -other.gain,
    )
    alternatives = tuple(dict.fromkeys(other.candidate.text for other in others))[:_ALTERNATIVES]
    return Correction(item.start, item.end, item.text, item.kind, row.gain, alternatives)


def _same_place(one: Candidate, other: Candidate) -> bool:
    return (one.start, one.end) == (other.start, other.end)
