"""Make the thesaurus from a folder of WordNet: `python -m engine.training.thesaurus FOLDER`.

The folder is that of Debian's package wordnet-base, /usr/share/wordnet. Kept are the words of our own dictionary, their
parts of speech and irregular forms, and for each part of speech the words that mean the same, those that mean nearly
the same (narrower, wider and similar ones), and opposites. `engine/wording/thesaurus.py` reads the result.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from engine.mending.dictionary import Dictionary
from engine.wording.inflection import Tag, regular

_PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_SIMILAR, _WIDER, _NARROWER, _OPPOSITE = ("&", "^", "$"), "@", "~", "!"
_SENSES = 5
"""Senses of a word, the most frequent first, of which wider and narrower words are taken."""
_SAME, _NEAR = 12, 12
_RARE_SHARE = 0.02
"""A part of speech that makes up less than this of a word's counted uses is left out."""


class _Pointer(NamedTuple):
    symbol: str
    target: tuple[str, str]
    ends: str


class _Sense(NamedTuple):
    """One meaning: its words, and what it points to."""

    words: list[str]
    pointers: list[_Pointer]


@dataclass(frozen=True)
class _WordNet:
    """senses: by part of speech and number. order: the senses of a word, the most frequent first.

    uses: how often a sense of a word was counted in text. irregular: forms, by part of speech and word.
    """

    senses: dict[tuple[str, str], _Sense] = field(default_factory=dict)
    order: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    uses: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    irregular: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write resources/dictionaries/thesaurus.txt; 2 for bad input."""
    parser = argparse.ArgumentParser(prog="engine.training.thesaurus", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args(arguments).folder
    try:
        lines = list(rows(_read(folder), Dictionary.english()))
    except (OSError, ValueError, IndexError) as error:
        print(f"engine.training.thesaurus: {folder} is no folder of WordNet: {error}", file=sys.stderr)
        return 2
    Path(str(files("resources").joinpath("dictionaries", "thesaurus.txt"))).write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(lines)} words")
    return 0


def rows(source: _WordNet, dictionary: Dictionary) -> Iterator[str]:
    """The lines of the thesaurus, in order of the alphabet: a word, then what is known of each part of speech."""
    words: dict[str, list[str]] = defaultdict(list)
    for word, part in source.order:
        words[word].append(part)
    for word in sorted(words):
        parts = words[word]
        if not _is_known(word, dictionary) or (" " in word and parts == ["n"]):
            continue
        uses = sum(source.uses[part, word] for part in parts)
        kept = [
            part
            for part in parts
            if source.uses[part, word] >= _RARE_SHARE * uses and not (" " in word and part == "n")
        ]
        yield "|".join([word, *(_entry(word, part, source, dictionary) for part in kept)])


def _entry(word: str, part: str, source: _WordNet, dictionary: Dictionary) -> str:
    """part=irregular forms:same;near;opposite, each with commas."""
    same: list[str] = []
    near: list[str] = []
    opposite: list[str] = []
    for place, number in enumerate(source.order[word, part]):
        sense = source.senses[part, number]
        same += sense.words
        for pointer in sense.pointers:
            if pointer.target[0] != part:
                continue
            others = source.senses[pointer.target].words
            if pointer.symbol == _OPPOSITE:
                first, last = int(pointer.ends[:2], 16), int(pointer.ends[2:], 16)
                if not first or sense.words[first - 1].lower() == word:
                    opposite.append(others[last - 1])
            elif pointer.symbol in _SIMILAR or (pointer.symbol in (_WIDER, _NARROWER) and place < _SENSES):
                near += others
    opposite = _kept(opposite, {word}, part, dictionary)
    same = _kept(same, {word, *opposite}, part, dictionary)[:_SAME]
    near = _kept(near, {word, *opposite, *same}, part, dictionary)
    near = sorted(sorted(near, key=lambda other: " " in other)[: 4 * _NEAR], key=dictionary.place)[:_NEAR]
    forms = [form for form in source.irregular[part, word] if _is_irregular(word, form, part)]
    start = f"{part}={','.join(forms)}" if forms else part
    lists = ";".join(",".join(words) for words in (same, near, opposite)).rstrip(";")
    return f"{start}:{lists}" if lists else start


def _is_irregular(word: str, form: str, part: str) -> bool:
    return all(form not in regular(word, tag) for tag in Tag if tag.part == part)


def _kept(words: Iterable[str], without: set[str], part: str, dictionary: Dictionary) -> list[str]:
    most = 1 if part == "n" else 2
    found = (word for word in words if word.islower() and len(word.split()) <= most and _is_known(word, dictionary))
    return [word for word in dict.fromkeys(found) if word not in without]


def _is_known(word: str, dictionary: Dictionary) -> bool:
    return len(word.split()) <= 3 and all(part.isalpha() and dictionary.is_common(part) for part in word.split())


def _read(folder: Path) -> _WordNet:
    source = _WordNet()
    for name, part in _PARTS.items():
        for line in _lines(folder / f"data.{name}"):
            fields = line.partition(" | ")[0].split()
            count = int(fields[3], 16)
            words = [fields[4 + 2 * at].partition("(")[0].replace("_", " ") for at in range(count)]
            at = 4 + 2 * count
            found = [fields[at + 1 + 4 * k : at + 5 + 4 * k] for k in range(int(fields[at]))]
            pointers = [
                _Pointer(symbol, (kind.replace("s", "a"), number), ends) for symbol, number, kind, ends in found
            ]
            source.senses[part, fields[0]] = _Sense(words, pointers)
        for line in _lines(folder / f"index.{name}"):
            fields = line.split()
            source.order[fields[0].replace("_", " "), part] = fields[-int(fields[2]) :]
        for line in _lines(folder / f"{name}.exc"):
            form, *words = line.split()
            for word in words:
                source.irregular[part, word].append(form)
    parts = dict(zip("12345", "nvara", strict=True))
    for line in _lines(folder / "cntlist.rev"):
        key, _, uses = line.split()
        word, _, rest = key.partition("%")
        source.uses[parts[rest[0]], word.replace("_", " ")] += int(uses)
    return source


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file without its licence, which is indented."""
    return (line for line in path.read_text("latin-1").splitlines() if line and not line.startswith("  "))


if __name__ == "__main__":
    sys.exit(main())
