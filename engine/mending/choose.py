"""Which candidates are worth the model's time, and which of them are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.mending.candidates import Candidate, Kind
from engine.mending.scoring import Reading

MOST = 24
"""Candidates of a stretch that are judged with what follows."""
_LEAST_GLANCE, _LEAST_ODDS = -1.0, -4.5
_EACH = {Kind.MISSING: 2, Kind.SPELLING: 6}
"""Candidates of a kind at one place."""
_USUAL = 2


def shortlist(reading: Reading, found: Sequence[Candidate], most: int = MOST) -> list[tuple[Candidate, float, float]]:
    """(candidate, glance, odds) of those that one look does not rule out, the most promising first."""
    scored = [(item, reading.glance(item), reading.odds(item)) for item in found]
    hopeful = [row for row in scored if row[0].unknown or (row[1] > _LEAST_GLANCE and row[2] > _LEAST_ODDS)]
    hopeful.sort(key=lambda row: -(row[1] / 2 + row[2] + (8 - row[0].rank if row[0].unknown else 0)))
    taken: Counter[tuple[int, Kind]] = Counter()
    kept = []
    for row in hopeful:
        place = row[0].start, row[0].kind
        taken[place] += 1
        if taken[place] <= _EACH.get(row[0].kind, _USUAL):
            kept.append(row)
    return kept[:most]
