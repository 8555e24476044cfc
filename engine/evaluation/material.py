"""The text a checkpoint is measured on: held-out documents of a corpus folder, or the small included set."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from engine.training import corpus, pairs
from engine.training.pairs import Pairs

_KNOWN_CHARACTERS = 4_000_000
"""The part of each source used for the lexicon; all of it would take minutes and gigabytes."""


@dataclass(frozen=True, slots=True)
class Material:
    """The material for a measurement.

    name: of the corpus folder, or "resources/evaluation".
    documents: by source, none of them trained on.
    known: documents trained on, for judging words and word pairs; none without a corpus.
    pairs: sentences that people corrected or rewrote, and misspelt words, none of them trained on.
    """

    name: str
    documents: dict[str, list[str]]
    known: list[str]
    pairs: Pairs


def load(folder: Path | None, mix: str = "broad") -> Material:
    """Read a corpus folder; None means the small included set. Raises CorpusError."""
    if folder is None:
        own = Path(str(files("resources").joinpath("evaluation")))
        texts = {path.stem: corpus.read_documents(path) for path in sorted(own.glob("*.txt"))}
        return Material("resources/evaluation", texts, [], pairs.read(own, held_out=None))
    known: list[str] = []
    held: dict[str, list[str]] = {}
    paths = corpus.sources(folder, mix)
    for name, documents in zip(paths, corpus.read_all(paths.values()), strict=True):
        sides = corpus.held_out(documents)
        room = _KNOWN_CHARACTERS
        for text, is_held in zip(documents, sides, strict=True):
            if not is_held and room > 0:
                known.append(text[:room])
                room -= len(text)
        held[name] = [text for text, is_held in zip(documents, sides, strict=True) if is_held]
    return Material(folder.name, held, known, pairs.read(folder, held_out=True))
