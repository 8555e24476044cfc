"""Compare checkpoints on held-out documents: `python -m engine.training.compare --corpus DIR FOLDER...`.

With `--choose-sampler` the first folder gets the sampler settings under which most of its fills are sound.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.request import Action, EditRequest, SamplerSettings
from engine.session import Session
from engine.training import corpus
from engine.training.export import write_sampler
from engine.training.measure import Lexicon, Place, Surprise, places, surprise

_WORDS = (1, 3, 12)
"""Lengths of the gaps: about 1, 4 and 16 tokens."""
_KNOWN_CHARACTERS = 5_000_000
"""So much of each source makes up the lexicon; all of it would take minutes and gigabytes."""
_SETTINGS = [
    SamplerSettings(steps, bound, high, low, stability_steps=1, confidence=0.05)
    for steps, bound, (high, low) in itertools.product((24, 48), (0.1, 1.0, 3.0), ((0.9, 0.4), (0.6, 0.3)))
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison; 2 for bad input."""
    parser = argparse.ArgumentParser("python -m engine.training.compare", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--mix", default="plain", choices=corpus.MIXES)
    parser.add_argument("--count", type=int, default=20, help="places in each source (20)")
    parser.add_argument("--fills", type=int, default=20, help="sample fills to print (20)")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--choose-sampler", action="store_true", help="write the best settings into the first folder")
    options = parser.parse_args(arguments)
    try:
        paths = corpus.sources(options.corpus, options.mix)
        known, held = _documents(paths)
        sessions = {folder: Session.open(folder, options.device) for folder in options.folders}
        _print_surprise(sessions, held, options.count, options.seed)
        if options.choose_sampler:
            folder = options.folders[0]
            write_sampler(folder, _best(sessions[folder], Lexicon(known), held, options.count, options.seed))
            sessions[folder] = Session.open(folder, options.device)
        _print_fills(sessions, held, options.fills, options.seed)
    except (corpus.CorpusError, EngineError) as error:
        print(f"engine.training.compare: {error}", file=sys.stderr)
        return 2
    return 0


def _documents(paths: dict[str, Path]) -> tuple[list[str], dict[str, list[str]]]:
    """Some documents of each source that were trained on, and all held-out ones by source."""
    known: list[str] = []
    held: dict[str, list[str]] = {}
    for name, documents in zip(paths, corpus.read_all(paths.values()), strict=True):
        sides = corpus.held_out(documents)
        room = _KNOWN_CHARACTERS
        for text, is_held in zip(documents, sides, strict=True):
            if not is_held and room > 0:
                known.append(text[:room])
                room -= len(text)
        held[name] = [text for text, is_held in zip(documents, sides, strict=True) if is_held]
    return known, held


def _print_surprise(sessions: dict[Path, Session], held: dict[str, list[str]], count: int, seed: int) -> None:
    """Bits a character of the true words, on the places that fit all checkpoints."""
    print("bits a character of the missing words: both sides, text before only, causal head; tokens guessed right")
    for words in _WORDS:
        rows: dict[Path, list[Surprise]] = {folder: [] for folder in sessions}
        for number, place in enumerate(places(held, words, count, seed)):
            found = {folder: surprise(session, place, seed + number) for folder, session in sessions.items()}
            for folder, value in found.items():
                if value and all(found.values()):
                    rows[folder].append(value)
        for folder, values in rows.items():
            characters = sum(value.characters for value in values)
            if characters:
                both, left, causal = (
                    sum(getattr(value, name) for value in values) / characters for name in ("both", "left", "causal")
                )
                right = sum(value.right for value in values) / len(values)
                print(
                    f"{words:2} words  {both:.3f}  {left:.3f}  {causal:.3f}  {right:6.1%}  "
                    f"{folder} ({len(values)} places)"
                )


def _best(session: Session, lexicon: Lexicon, held: dict[str, list[str]], count: int, seed: int) -> SamplerSettings:
    """The settings of the grid with the most sound fills; among equals the one with the fewest passes."""
    chosen = [place for words in (2, 5, 9) for place in places(held, words, max(1, count // 6), seed + 1)]
    if not chosen:
        raise corpus.CorpusError("The held-out documents are too short to choose sampler settings on.")
    print(f"sampler settings: sound fills and known word pairs of {len(chosen)} fills, passes a fill")
    results = []
    for settings in _SETTINGS:
        sound, pairs, passes = 0, 0.0, 0
        for number, place in enumerate(chosen):
            result = session.run(_request(place, seed + number, settings))
            text = result.replacement if result.changed else ""
            sound += lexicon.is_sound(place, text)
            pairs += lexicon.known_pairs(place, text)
            passes += result.forward_passes
        results.append((sound, -passes, settings))
        print(
            f"{settings.steps:3} steps, bound {settings.entropy_bound}, temperature {settings.temperature_high}:"
            f"{settings.temperature_low}  {sound / len(chosen):.1%}  {pairs / len(chosen):.1%}  "
            f"{passes / len(chosen):.1f}",
            flush=True,
        )
    return max(results, key=lambda result: result[:2])[2]


def _print_fills(sessions: dict[Path, Session], held: dict[str, list[str]], count: int, seed: int) -> None:
    """Some fills of each checkpoint at the same places, with its own settings."""
    chosen = places(held, 6, -(-count // len(held)), seed + 2)[:count]
    for number, place in enumerate(chosen):
        print(f"…{place.before[-60:]}[{place.gap}]{place.after[:40]}…".replace("\n", " "))
        for folder, session in sessions.items():
            print(f"    {folder}: {session.run(_request(place, seed + number, None)).replacement}")


def _request(place: Place, seed: int, settings: SamplerSettings | None) -> EditRequest:
    return EditRequest(place.before, place.gap, place.after, Action.FILL, seed=seed, settings=settings)


if __name__ == "__main__":
    sys.exit(main())
