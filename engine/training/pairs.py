"""Sentences that people edited, and common misspellings: the `pairs_*.tsv` files of a corpus folder.

A line of such a file is task, source and target, separated by tabs.
"""

from __future__ import annotations

import csv
import lzma
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from engine.text.segments import SegmentKind, cut
from engine.training.corpus import CorpusError, is_held_out
from engine.training.errors import Chunk

_LONGEST = 400
"""Characters of the longest sentence used; longer ones do not fit a canvas with their context."""
_FIXES = {"fix_spell", "fix_gram", "fix_punct"}
"""Edits that correct a mistake. Those of case, quotes and contractions follow one house style."""
_HELD_OUT = 0.05


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence before and after an edit, and the task of the edit."""

    task: str
    source: str
    target: str


@dataclass(slots=True)
class Pairs:
    """The content of the pair files of a corpus, or the part of it that is trained on or held out.

    fixes: sentences with mistakes that a person corrected. shorter, simpler, rephrase: edits for these tasks.
    misspellings: by the correct word in lower case.
    """

    fixes: list[Pair] = field(default_factory=list)
    shorter: list[Pair] = field(default_factory=list)
    simpler: list[Pair] = field(default_factory=list)
    rephrase: list[Pair] = field(default_factory=list)
    misspellings: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __bool__(self) -> bool:
        return any((self.fixes, self.shorter, self.simpler, self.rephrase, self.misspellings))


def read(folder: Path, held_out: bool | None) -> Pairs:
    """The pairs of one part of a corpus folder, or all of them for None; empty if it has no such files.

    Raises CorpusError.
    """
    pairs = Pairs()
    for path in _files(folder):
        for pair in _rows(path):
            if held_out is None or is_held_out(f"{pair.source}\t{pair.target}", _HELD_OUT) == held_out:
                _sort_in(pairs, pair)
    return pairs


def names(folder: Path) -> list[str]:
    """The names of the pair files of a corpus folder."""
    return [path.name.partition(".")[0] for path in _files(folder)]


def _files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("pairs_*.tsv"), *folder.glob("pairs_*.tsv.xz")])


def _rows(path: Path) -> Iterator[Pair]:
    try:
        with (
            lzma.open(path, "rt", encoding="utf-8", newline="")
            if path.suffix == ".xz"
            else path.open(encoding="utf-8", newline="") as stream
        ):
            for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                if len(row) == 3:
                    yield Pair(*row)
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read: {error}") from error


def _sort_in(pairs: Pairs, pair: Pair) -> None:
    """Add a pair to its task; leave out pairs that would teach the wrong thing."""
    if pair.task == "spell":
        if pair.target.isalpha() and pair.source.isalpha() and pair.source.isascii() and pair.target.islower():
            pairs.misspellings[pair.target].append(pair.source)
        return
    longest = max(len(pair.source), len(pair.target))
    if longest > _LONGEST or not pair.source.strip() or not pair.target.strip() or pair.source == pair.target:
        return
    ratio = len(pair.target) / len(pair.source)
    overlap = _overlap(pair)
    if pair.task in _FIXES:
        if overlap > 0.6 and 0.7 < ratio < 1.4:
            pairs.fixes.append(pair)
    elif pair.task == "shorten":
        # Half of the raw rows lose important content; those made almost only of words of the source are the best.
        if overlap > 0.8 and 0.35 < ratio < 0.9:
            pairs.shorter.append(pair)
    elif pair.task == "rephrase":
        if overlap > 0.5 and 0.6 < ratio < 1.4:
            pairs.rephrase.append(pair)
    elif pair.task in ("split", "simplify") and overlap > 0.5:
        pairs.simpler.append(pair)


def _overlap(pair: Pair) -> float:
    """Share of the target's words that are in the source."""
    source = set(pair.source.lower().split())
    target = pair.target.lower().split()
    return sum(word in source for word in target) / len(target)


def chunks(pair: Pair) -> list[Chunk]:
    """The pair word by word. An insertion belongs to the word after it, or at the end to the last word."""
    source = cut(pair.source, 0, len(pair.source))
    target = cut(pair.target, 0, len(pair.target))
    matcher = SequenceMatcher(None, [item.text for item in source], [item.text for item in target], autojunk=False)
    found: list[Chunk] = []
    inserted = ""
    for tag, first, last, start, end in matcher.get_opcodes():
        new = inserted + "".join(item.text for item in target[start:end])
        if tag == "insert":
            inserted = new
            continue
        if tag != "equal":
            found.append(Chunk("".join(item.text for item in source[first:last]), new, "edit"))
        else:
            for number, item in enumerate(source[first:last]):
                before = inserted if number == 0 else ""
                fixed = item.kind is SegmentKind.FIXED
                found.append(Chunk(item.text, before + item.text, "edit" if before else "", fixed and not before))
        inserted = ""
    if inserted:
        last_chunk = found.pop() if found else Chunk("", "")
        found.append(Chunk(last_chunk.written, last_chunk.right + inserted, "edit"))
    return found
