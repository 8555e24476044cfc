"""Choose the sampler settings of a checkpoint on held-out gaps: `python -m engine.training.sampler FOLDER`.

Every setting of a small grid fills the same gaps; the one with the most sound fills, and among equals the one with the
fewest passes, is written into the folder.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.evaluation import fills
from engine.evaluation.material import load
from engine.evaluation.places import Lexicon
from engine.evaluation.spelling import Speller
from engine.request import SamplerSettings
from engine.session import Session
from engine.training import corpus
from engine.training.export import write_sampler

_SETTINGS = [
    SamplerSettings(steps, bound, high, low, stability_steps=1, confidence=0.05)
    for steps, bound, (high, low) in itertools.product((24, 48), (0.1, 1.0, 3.0), ((0.9, 0.4), (0.6, 0.2)))
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the grid and write the best settings; 2 for bad input."""
    parser = argparse.ArgumentParser("python -m engine.training.sampler", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="an exported checkpoint")
    parser.add_argument("--corpus", type=Path, help="use its held-out documents; left out: a small set of our own")
    parser.add_argument("--fills", type=int, default=100, help="gaps to fill with each setting (100)")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=1, help="other places than those of `evaluate` (1)")
    options = parser.parse_args(arguments)
    try:
        session = Session.open(options.folder, options.device)
        material = load(options.corpus)
        speller = Speller.load()
        lexicon = Lexicon(material.known, speller.knows if speller else lambda word: False)
        chosen = fills.choose(material.documents, options.fills, options.seed)
        if not chosen:
            raise corpus.CorpusError("The documents are too short to choose sampler settings on.")
        write_sampler(options.folder, _best(session, lexicon, chosen, options.seed))
    except (corpus.CorpusError, EngineError) as error:
        print(f"engine.training.sampler: {error}", file=sys.stderr)
        return 2
    return 0


def _best(session: Session, lexicon: Lexicon, chosen: Sequence[fills.Place], seed: int) -> SamplerSettings:
    """The best settings of the grid."""
    print(f"| {len(chosen)} fills: steps, bound, temperature | sound | known pairs | passes a fill |")
    print("| --- | ---: | ---: | ---: |")
    results = []
    for settings in _SETTINGS:
        found = fills.measure(session, lexicon, chosen, seed, settings)
        results.append((found["sound"], -found["passes"], settings))
        print(
            f"| {settings.steps}, {settings.entropy_bound}, {settings.temperature_high}:{settings.temperature_low} "
            f"| {found['sound']:.1%} | {found['known_pairs']:.1%} | {found['passes']:.1f} |",
            flush=True,
        )
    return max(results, key=lambda result: result[:2])[2]


if __name__ == "__main__":
    sys.exit(main())
