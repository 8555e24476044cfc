"""Fit what Fix weighs its candidates by, on held-out text: `python -m engine.training.mending FOLDER --corpus DIR`.

Texts are of three sorts: passages into which mistakes were put, sentences that people mended, and passages as they are.
None of them is among those that `engine evaluate` measures on with its default seed. For every candidate it is known
whether it is a part of the true correction; a logistic regression on its figures (`engine.mending.choose`) is fitted
to that. The threshold is the one with the best F0.5, found by cross-validation, among those that change hardly any
right word.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from engine.contracts.errors import EngineError
from engine.evaluation import fixing
from engine.evaluation.fixing import Case, Edit
from engine.evaluation.material import Material, load
from engine.mending.choose import Judged, Weights, taken
from engine.mending.mend import Mender
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.runs.session import Session
from engine.training import corpus, errors

_FOLDS = 5
_DECAY = 2e-5
_THRESHOLDS = (0.4, 0.5, 0.6, 0.65, 0.7, 0.725, 0.75, 0.775, 0.8, 0.85, 0.9)
FALSE_ALARMS = 0.5
"""Changes in 1,000 right words that a writer may be asked to bear with."""


@dataclass(frozen=True, slots=True)
class Known:
    """A judged candidate, the edits it makes, and whether they are all right."""

    judged: Judged
    edits: frozenset[Edit]
    right: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its true edits and the candidates of it. sort: synthetic, real or clean."""

    sort: str
    words: int
    gold: frozenset[Edit]
    known: tuple[Known, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print thresholds and write the weights; 2 for bad input."""
    parser = argparse.ArgumentParser("python -m engine.training.mending", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="an exported checkpoint")
    parser.add_argument("--corpus", type=Path, help="use its held-out documents; left out: a small set of our own")
    parser.add_argument("--texts", type=int, default=500, help="texts of each sort, and twice as many right ones (500)")
    parser.add_argument(
        "--leave", type=int, default=100, help="texts of each sort, twice as many right ones, left to `evaluate` (100)"
    )
    parser.add_argument("--out", type=Path, default=Path(str(files("resources").joinpath("mending.json"))))
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args(arguments)
    try:
        session = Session.open(options.folder)
        cases = list(_cases(load(options.corpus), options.texts, options.leave, options.seed))
        texts = [_judged(session, sort, case) for sort, case in _counted(cases)]
        if sum(bool(text.known) for text in texts) < 2 * _FOLDS:
            raise corpus.CorpusError("There are too few texts to fit anything on. Give a corpus, or leave fewer.")
    except (corpus.CorpusError, EngineError) as error:
        print(f"engine.training.mending: {error}", file=sys.stderr)
        return 2
    weights = {"figures": fit(texts), "threshold": _threshold(texts)}
    options.out.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")
    return 0


def _cases(material: Material, count: int, leave: int, seed: int) -> Iterator[tuple[str, Case]]:
    """(sort, text) of all texts to fit on, without those that `evaluate` takes, `leave` of each sort."""
    documents, known = material.documents, material.pairs
    tested = {text for _, text, _ in fixing.passages(documents, leave, 0)}
    tested |= {text for _, text, _ in fixing.passages(documents, 2 * leave, 1)}
    passages = [item for item in fixing.passages(documents, count, seed) if item[1] not in tested]
    for case in fixing.synthetic(passages, known, seed):
        yield "synthetic", case
    mended = {case.written for case in fixing.real(known, leave, 0)}
    for case in fixing.real(known, count + leave, seed):
        if case.written not in mended:
            yield "real", case
    for before, text, after in fixing.passages(documents, 2 * count, seed + 1):
        if text not in tested:
            yield "clean", Case(before, tuple(errors.clean(text)), after)


def _counted(cases: Sequence[tuple[str, Case]]) -> Iterator[tuple[str, Case]]:
    """The same, telling how far they are."""
    for number, case in enumerate(cases):
        if number % 100 == 0:
            print(f"engine.training.mending: text {number} of {len(cases)}", file=sys.stderr, flush=True)
        yield case


def _judged(session: Session, sort: str, case: Case) -> Text:
    """A text with all its candidates."""
    assert isinstance(session.denoiser, DiffusionGemmaDenoiser)
    # Without weights, nothing tells which candidates are likely enough to be assumed.
    none = Weights({}, 1.0)
    mender = Mender(session.denoiser, session.checkpoint, session.vocabulary, weights=none, together=False)
    text, start = case.before + case.written + case.after, len(case.before)
    gold = frozenset(fixing.edits(case.written, case.right))
    known = []
    for judged in mender.all_judged(text, start, start + len(case.written)):
        item = judged.candidate
        new = case.written[: item.start - start] + item.text + case.written[item.end - start :]
        made = frozenset(fixing.edits(case.written, new))
        known.append(Known(judged, made, bool(made) and made <= gold))
    return Text(sort, len(case.written.split()), gold, tuple(known))


def fit(texts: Sequence[Text]) -> dict[str, float]:
    """Weights of the figures under which the candidates that are right are the most probable ones."""
    rows = [(known.judged.figures(), known.right) for text in texts for known in text.known]
    names = sorted({name for figures, _ in rows for name in figures})
    inputs = torch.tensor([[figures.get(name, 0.0) for name in names] for figures, _ in rows])
    right = torch.tensor([float(right) for _, right in rows])
    weights = torch.zeros(len(names), requires_grad=True)
    search = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        value = binary_cross_entropy_with_logits(inputs @ weights, right) + _DECAY * weights.square().sum()
        value.backward()
        return value

    search.step(loss)
    return {name: round(value, 3) for name, value in zip(names, weights.tolist(), strict=True)}


def _threshold(texts: Sequence[Text]) -> float:
    """The best threshold, each text judged by weights that were fitted on others; prints all of them."""
    found: dict[float, list[tuple[Text, list[Known]]]] = {threshold: [] for threshold in _THRESHOLDS}
    for fold in range(_FOLDS):
        weights = fit([text for number, text in enumerate(texts) if number % _FOLDS != fold])
        for text in texts[fold::_FOLDS]:
            for threshold, rows in found.items():
                rows.append((text, _chosen(text, weights, threshold)))
    print("| threshold | F0.5 synthetic / real (precision, recall) | changes in 1,000 right words |")
    print("| --- | ---: | ---: |")
    results = []
    for threshold, rows in found.items():
        scores = [_score([row for row in rows if row[0].sort == sort]) for sort in ("synthetic", "real")]
        right = [row for row in rows if row[0].sort == "clean"]
        changed = sum(len(known.edits) for _, chosen in right for known in chosen)
        alarms = 1000 * changed / max(1, sum(text.words for text, _ in right))
        shown = " / ".join(f"{f05:.1%} ({precision:.0%}, {recall:.0%})" for precision, recall, f05 in scores)
        print(f"| {threshold} | {shown} | {alarms:.2f} |", flush=True)
        results.append((alarms < FALSE_ALARMS, sum(score[2] for score in scores), threshold))
    return max(results)[2]


def _chosen(text: Text, weights: Mapping[str, float], threshold: float) -> list[Known]:
    chosen = {id(row) for row in taken([known.judged for known in text.known], Weights(weights, threshold))}
    return [known for known in text.known if id(known.judged) in chosen]


def _score(rows: Sequence[tuple[Text, list[Known]]]) -> tuple[float, float, float]:
    """Precision, recall and F0.5."""
    wanted = sum(len(text.gold) for text, _ in rows)
    made = sum(len(known.edits) for _, chosen in rows for known in chosen)
    hits = sum(len(known.edits & text.gold) for text, chosen in rows for known in chosen)
    precision, recall = hits / max(1, made), hits / max(1, wanted)
    return precision, recall, 1.25 * precision * recall / (0.25 * precision + recall) if hits else 0.0


if __name__ == "__main__":
    sys.exit(main())
