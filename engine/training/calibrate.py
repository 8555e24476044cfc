"""Choose the settings of an exported checkpoint on held-out text: `python -m engine.training.calibrate FOLDER`.

Sampler: every setting in a small grid fills the same gaps, and the one with the most sound fills wins, or among equals
the one with the fewest passes. Fix: the threshold above which a word counts as wrong is the one with the best F0.5 of
those that leave correct text alone; the task is offered only if it then does better than a spelling program and than
leaving the text unchanged. Shorter, simpler and rephrase are offered only if what they write is nearer to what people
wrote (chrF) than the text as it was. All of it is written to the folder's remelt.json.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.contracts.errors import EngineError
from engine.contracts.request import Action, SamplerSettings
from engine.evaluation import fills, fixing, rewriting
from engine.evaluation.evaluate import trained_for, with_tasks
from engine.evaluation.material import Material, load
from engine.evaluation.places import Lexicon
from engine.evaluation.spelling import Speller
from engine.runs.session import Session
from engine.training import corpus
from engine.training.export import write_abilities

_SETTINGS = [
    SamplerSettings(48, bound, high, low, stability_steps=1, confidence=0.05, causal_weight=weight)
    for weight, bound, (high, low) in itertools.product(
        (0.0, 1.0), (1.0, 3.0, 10.0), ((0.9, 0.4), (0.6, 0.2), (0.4, 0.1))
    )
]
_THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
FALSE_ALARMS = 2.0
"""The most changes in 1,000 correct words that a writer can be expected to tolerate."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the grids and write the choices; returns 2 for bad input."""
    parser = argparse.ArgumentParser("python -m engine.training.calibrate", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="an exported checkpoint")
    parser.add_argument(
        "--corpus", type=Path, help="use the held-out documents of this corpus (default: a small included set)"
    )
    parser.add_argument(
        "--fills", type=int, default=100, help="gaps to fill with each setting; 0 keeps the settings (100)"
    )
    parser.add_argument(
        "--fixes", type=int, default=80, help="texts to fix with each threshold; 0 keeps the threshold (80)"
    )
    parser.add_argument(
        "--rewrites", type=int, default=60, help="sentences for each of the other tasks; 0 keeps what is offered (60)"
    )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=1, help="seed, for other places than those of `evaluate` (1)")
    options = parser.parse_args(arguments)
    try:
        session = Session.open(options.folder, options.device)
        material = load(options.corpus)
        speller = Speller.load()
        if options.fills:
            settings = _best_settings(session, material, speller, options.fills, options.seed)
            write_abilities(options.folder, sampler=settings)
            session = Session.open(options.folder, options.device)
        if options.fixes and trained_for(session.vocabulary, Action.FIX):
            threshold, offered = _best_threshold(session, material, speller, options.fixes, options.seed)
            write_abilities(options.folder, fix_threshold=threshold, offers={"fix": offered})
        if options.rewrites:
            write_abilities(options.folder, offers=_worth_offering(session, material, options.rewrites, options.seed))
    except (corpus.CorpusError, EngineError) as error:
        print(f"engine.training.calibrate: {error}", file=sys.stderr)
        return 2
    return 0


def _best_settings(
    session: Session, material: Material, speller: Speller | None, count: int, seed: int
) -> SamplerSettings:
    """The best settings in the grid."""
    lexicon = Lexicon(material.known, speller.knows if speller else lambda word: False)
    chosen = fills.choose(material.documents, count, seed)
    if not chosen:
        raise corpus.CorpusError("The documents are too short to choose sampler settings with.")
    print(f"| {len(chosen)} fills: causal weight, bound, temperature | sound | known pairs | passes a fill |")
    print("| --- | ---: | ---: | ---: |")
    results = []
    for settings in _SETTINGS:
        found = fills.measure(session, lexicon, chosen, seed, settings)
        results.append((found["sound"], -found["passes"], settings))
        temperature = f"{settings.temperature_high}:{settings.temperature_low}"
        print(
            f"| {settings.causal_weight}, {settings.entropy_bound}, {temperature} "
            f"| {found['sound']:.1%} | {found['known_pairs']:.1%} | {found['passes']:.1f} |",
            flush=True,
        )
    return max(results, key=lambda result: result[:2])[2]


def _best_threshold(
    session: Session, material: Material, speller: Speller | None, count: int, seed: int
) -> tuple[float, bool]:
    """The best threshold for calling a word wrong, and whether the task is good enough to be offered."""
    passages = fixing.passages(material.documents, count, seed)
    sorts = [fixing.synthetic(passages, material.pairs, seed), fixing.real(material.pairs, count, seed)]
    sorts = [cases for cases in sorts if cases]
    right = fixing.passages(material.documents, 2 * count, seed + 1)
    print(f"| threshold | F0.5 of {' / '.join(str(len(cases)) for cases in sorts)} texts | false alarms in 1,000 |")
    print("| --- | ---: | ---: |")
    results = []
    for threshold in _THRESHOLDS:
        changed = replace(session.checkpoint, fix_threshold=threshold)
        mend = fixing.by_checkpoint(with_tasks(Session(changed, session.denoiser, session.vocabulary)), seed)
        scores = [fixing.score(cases, mend)["f05"] for cases in sorts]
        alarms = fixing.false_alarms(right, mend)["per_1000"]
        results.append((alarms < FALSE_ALARMS, sum(scores), threshold, scores))
        print(f"| {threshold} | {' / '.join(f'{value:.1%}' for value in scores)} | {alarms:.1f} |", flush=True)
    _, _, threshold, scores = max(results)
    others = [fixing.score(cases, _by_speller(speller))["f05"] if speller else 0 for cases in sorts]
    print(f"spelling program: {' / '.join(f'{value:.1%}' for value in others)}")
    return threshold, all(mine > other for mine, other in zip(scores, others, strict=True))


def _worth_offering(session: Session, material: Material, count: int, seed: int) -> dict[str, bool]:
    """Whether each rewrite task that the checkpoint was trained for does better than leaving the text as it is."""
    rows = rewriting.measure(with_tasks(session), material.pairs, count, seed)
    offers = {}
    for task, row in rows.items():
        if trained_for(session.vocabulary, Action(task)):
            mine, unchanged = (row[who]["chrf_reference"] for who in ("checkpoint", "unchanged"))
            if unchanged < 0:
                raise corpus.CorpusError("Rewrites are measured with sacrebleu. Install the extra 'evaluate'.")
            offers[task] = mine > unchanged
            print(f"{task}: chrF {mine:.1f}, of the text as it is {unchanged:.1f}")
    return offers


def _by_speller(speller: Speller) -> fixing.Corrector:
    """Corrects a text as a spelling program does, ignoring its surroundings."""
    return lambda before, text, after: speller.mend(text)


if __name__ == "__main__":
    sys.exit(main())
