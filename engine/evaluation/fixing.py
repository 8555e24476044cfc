"""Measures how many mistakes a checkpoint corrects, and how often it changes correct text.

An edit is a range of the text and its replacement. The edits of a corrector and the true ones are found by the same
comparison of words; a corrector's edit counts as right only if range and replacement both equal those of a true one.
Source of the measure, which weighs precision twice as much as recall: the CoNLL-2014 shared task on error correction.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from engine.contracts.request import Action, EditRequest
from engine.evaluation.spelling import Speller
from engine.runs.session import Session
from engine.text.segments import cut
from engine.training import errors, pairs
from engine.training.errors import Chunk
from engine.training.pairs import Pairs

_RATE = 0.08
"""Share of words given a mistake: about two in a sentence."""
_SHORTEST, _LONGEST = 60, 320
"""Characters of the texts given mistakes: a sentence or two."""
_CONTEXT = 400
"""Characters before a text that the corrector sees."""

Edit = tuple[int, int, str]
Corrector = Callable[[str, str, str], str]
"""Maps (text before, text, text after) to the corrected text."""


@dataclass(frozen=True, slots=True)
class Case:
    """A text with mistakes and the text around it."""

    before: str
    chunks: tuple[Chunk, ...]
    after: str

    @property
    def written(self) -> str:
        """The text with the mistakes."""
        return errors.written(self.chunks)

    @property
    def right(self) -> str:
        """The text without them."""
        return errors.right(self.chunks)


def passages(documents: Mapping[str, Sequence[str]], count: int, seed: int) -> list[tuple[str, str, str]]:
    """`count` passages of a sentence or two, from all sources in turn, each with the text before and after it."""
    choice = random.Random(seed)
    found: list[tuple[str, str, str]] = []
    sources = [texts for texts in documents.values() if texts]
    for _ in range(20 * count):
        if len(found) == count or not sources:
            break
        text = choice.choice(sources[len(found) % len(sources)])
        starts = [0, *(index + 2 for index in range(len(text) - 2) if text[index : index + 2] in (". ", "\n\n"))]
        start = choice.choice(starts)
        end = text.find(". ", start + _SHORTEST)
        if end < 0 or end - start > _LONGEST or "\n" in text[start:end]:
            continue
        found.append((text[max(0, start - _CONTEXT) : start], text[start : end + 1], text[end + 1 : end + _CONTEXT]))
    return found


def synthetic(chosen: Sequence[tuple[str, str, str]], known: Pairs, seed: int) -> list[Case]:
    """Passages with synthetic mistakes. known: misspellings, none of them trained on."""
    choice = random.Random(seed)
    return [
        Case(before, tuple(errors.corrupt(text, _RATE, known.misspellings, choice)), after)
        for before, text, after in chosen
    ]


def real(known: Pairs, count: int, seed: int) -> list[Case]:
    """Sentences corrected by people."""
    chosen = random.Random(seed).sample(known.fixes, min(count, len(known.fixes)))
    return [Case("", tuple(pairs.chunks(pair)), "") for pair in chosen]


def edits(before: str, after: str) -> set[Edit]:
    """The word-level edits that turn one text into another; positions are those of the first."""
    first, second = cut(before, 0, len(before)), cut(after, 0, len(after))
    matcher = SequenceMatcher(None, [item.text for item in first], [item.text for item in second], autojunk=False)
    found: set[Edit] = set()
    for tag, low, high, start, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        old, new = first[low:high], [item.text for item in second[start:end]]
        place = first[low].start if low < len(first) else len(before)
        if len(old) == len(new):
            # Word by word, so that one of two neighbouring edits can be right.
            found |= {(item.start, item.end, text) for item, text in zip(old, new, strict=True) if item.text != text}
        else:
            found.add((place, old[-1].end if old else place, "".join(new)))
    return found


def score(cases: Sequence[Case], corrector: Corrector) -> dict[str, Any]:
    """Precision, recall and F0.5 of a corrector, and its recall by kind of mistake."""
    hits = proposed = wanted = 0
    found_by_kind: Counter[str] = Counter()
    wanted_by_kind: Counter[str] = Counter()
    for case in cases:
        gold = edits(case.written, case.right)
        mine = edits(case.written, corrector(case.before, case.written, case.after))
        hits += len(gold & mine)
        proposed += len(mine)
        wanted += len(gold)
        for start, end, text in gold:
            kind = _kind(case.chunks, start, end)
            wanted_by_kind[kind] += 1
            found_by_kind[kind] += (start, end, text) in mine
    precision = hits / proposed if proposed else 0.0
    recall = hits / wanted if wanted else 0.0
    return {
        "mistakes": wanted,
        "edits": proposed,
        "precision": precision,
        "recall": recall,
        "f05": 1.25 * precision * recall / (0.25 * precision + recall) if hits else 0.0,
        "recall_by_kind": {kind: found_by_kind[kind] / number for kind, number in sorted(wanted_by_kind.items())},
    }


def _kind(chunks: Sequence[Chunk], start: int, end: int) -> str:
    """The kind of mistake in a range of the written text."""
    position = 0
    for chunk in chunks:
        last = position + len(chunk.written)
        if chunk.kind and position <= end and start <= last and (start < last or end <= last):
            return chunk.kind
        position = last
    return "other"


def false_alarms(chosen: Sequence[tuple[str, str, str]], corrector: Corrector) -> dict[str, float]:
    """How much of text that is right a corrector changes: words of a thousand, and the share of the sentences."""
    words = changed = sentences = touched = 0
    for before, text, after in chosen:
        found = edits(text, corrector(before, text, after))
        ends = _sentence_ends(text)
        words += len(text.split())
        changed += len(found)
        sentences += len(ends)
        touched += len({bisect_left(ends, max(start + 1, end)) for start, end, _ in found})
    return {
        "words": words,
        "per_1000": 1000 * changed / max(1, words),
        "sentences": sentences,
        "sentences_touched": touched / max(1, sentences),
    }


def _sentence_ends(text: str) -> list[int]:
    """Where the sentences of a text end; the last one ends with it."""
    ends = [segment.end for segment in cut(text, 0, len(text)) if segment.ends_sentence and segment.end < len(text)]
    return [*ends, len(text)]


def by_checkpoint(session: Session, seed: int) -> Corrector:
    """The task of the checkpoint itself."""

    def mend(before: str, text: str, after: str) -> str:
        result = session.run(EditRequest(before, text, after, Action.FIX, seed=seed))
        whole = before + text + after
        new = whole[: result.start] + result.replacement + whole[result.end :]
        return new[len(before) : len(new) - len(after)]

    return mend


def measure(
    session: Session,
    documents: Mapping[str, Sequence[str]],
    known: Pairs,
    speller: Speller | None,
    count: int,
    seed: int,
) -> dict[str, Any]:
    """Checkpoint and spelling program on the same mistakes. count: texts of each sort; twice as many are right."""
    sorts = {
        "synthetic": synthetic(passages(documents, count, seed), known, seed),
        "real": real(known, count, seed),
    }
    right = passages(documents, 2 * count, seed + 1)
    correctors: dict[str, Corrector] = {"checkpoint": by_checkpoint(session, seed)}
    if speller:
        correctors["speller"] = lambda before, text, after: speller.mend(text)
    return {
        name: {
            **{sort: score(cases, corrector) for sort, cases in sorts.items() if cases},
            "false_alarms": false_alarms(right, corrector),
        }
        for name, corrector in correctors.items()
    }
