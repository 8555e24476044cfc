"""Other words: whether a writer's own word is found where it is hidden, and what is shown where it is known."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from engine.contracts.words import WordsRequest
from engine.evaluation.places import Place, places
from engine.mending.dictionary import Dictionary
from engine.runs.session import Session
from engine.wording.function_words import is_function_word
from engine.wording.thesaurus import Thesaurus

SHOWN = 8
_TRIES = 5
"""Places looked at for each that is measured: most words of a text are function words."""
_SHORTEST = 3


def choose(documents: Mapping[str, Sequence[str]], count: int, seed: int) -> list[Place]:
    """`count` content words of the dictionary in the middle of sentences, spread over the sources."""
    each = -(-count * _TRIES // max(1, sum(bool(texts) for texts in documents.values())))
    by_source: dict[str, list[Place]] = {source: [] for source in documents}
    for place in places(documents, 1, each, seed):
        if _is_suitable(place):
            by_source[place.source].append(place)
    rows = list(by_source.values())
    mixed = [row[at] for at in range(max(map(len, rows), default=0)) for row in rows if at < len(row)]
    return mixed[:count]


def _is_suitable(place: Place) -> bool:
    word = place.gap
    if not (word.isalpha() and word.islower() and len(word) >= _SHORTEST and not is_function_word(word)):
        return False
    within = place.before[-2:-1].isalpha() and place.after[:1] in (" ", ",")
    return within and Dictionary.english().is_common(word)


def measure(session: Session, chosen: Sequence[Place]) -> dict[str, Any]:
    """Shares of the places and of the words shown, and milliseconds a request."""
    alternatives = session.alternatives
    thesaurus, dictionary = Thesaurus.english(), Dictionary.english()
    among = first = answered = shown = known = told = same_form = 0
    seconds: list[float] = []
    samples = []
    for number, place in enumerate(chosen):
        hidden = alternatives.likely(place.before, place.after, SHOWN)
        among += place.gap in hidden
        first += hidden[:1] == [place.gap]
        started = time.perf_counter()
        result = session.words(WordsRequest(place.before, place.gap, place.after, "txt", SHOWN))
        # The first request reads the word lists.
        seconds += [time.perf_counter() - started] if number else []
        words = [word.text for word in result.words]
        answered += bool(words)
        shown += len(words)
        known += sum(all(map(dictionary.is_common, word.split())) for word in words)
        own = thesaurus.tags(place.gap)
        tags = [thesaurus.tags(word) for word in words]
        told += sum(bool(own and theirs) for theirs in tags)
        same_form += sum(bool(own & theirs) for theirs in tags)
        samples.append({"before": place.before[-40:], "own": place.gap, "after": place.after[:20], "words": words})
    count = max(1, len(chosen))
    return {
        "places": len(chosen),
        "own_among_shown": among / count,
        "own_first": first / count,
        "answered": answered / count,
        "shown": shown / count,
        "in_dictionary": known / max(1, shown),
        "same_form": same_form / max(1, told),
        "milliseconds": 1000 * statistics.median(seconds) if seconds else 0.0,
        "samples": samples[:10],
    }
