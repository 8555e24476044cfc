"""The documents of a corpus folder, in which shares they are read, and which of them are never trained on."""

from __future__ import annotations

import csv
import hashlib
import lzma
from collections.abc import Iterable
from pathlib import Path

SEPARATOR = "\n<|doc|>\n"
"""Line between two documents of a file."""
HELD_OUT = 0.01
"""Share of the documents of each file, chosen by hash, that is kept for evaluation."""
SHARES = {
    "fiction_standardebooks": 0.26,
    "wikipedia_core2018": 0.22,
    "gov_us": 0.14,
    "handbooks": 0.12,
    "blogs": 0.11,
    "stories_children": 0.04,
    "gov_uk": 0.02,
    "docs_microsoft": 0.03,
    "docs_tech": 0.02,
    "books_classicmd_1895on": 0.02,
    "wikipedia_wikitasks": 0.02,
}
"""Share of the training tokens that comes from each file: modern plain prose first, because a small model learns it
soonest and a writer needs it most. Files of a corpus that are not named here are left out, unless none is named."""
_DIGEST = 8


class CorpusError(Exception):
    """The corpus folder cannot be used. The message is one line."""


def sources(folder: Path) -> dict[str, Path]:
    """Name and path of the text files of a folder, `NAME.txt.xz` or `NAME.txt`. Raises CorpusError."""
    if not folder.is_dir():
        raise CorpusError(f"There is no corpus folder at {folder}.")
    found = {path.name.partition(".")[0]: path for path in sorted([*folder.glob("*.txt"), *folder.glob("*.txt.xz")])}
    if not found:
        raise CorpusError(f"The corpus folder {folder} holds no *.txt or *.txt.xz files.")
    return {name: path for name, path in found.items() if name in SHARES} or found


def shares(names: Iterable[str]) -> dict[str, float]:
    """Share of the tokens that each source gives; sums up to 1."""
    parts = {name: SHARES.get(name, 1.0) for name in names}
    return {name: part / sum(parts.values()) for name, part in parts.items()}


def licences(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Origin and licence of each source, from the table SOURCES.tsv of the folder where it has one."""
    found = dict.fromkeys(names, "not stated")
    path = folder / "SOURCES.tsv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["source"] in found:
                    found[row["source"]] = f"{row['repository']}: {row['licence']}".replace("|", "/")
    return found


def read_documents(path: Path) -> list[str]:
    """The documents of one file. Raises CorpusError."""
    try:
        data = path.read_bytes()
        text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read: {error}") from error
    return [document.strip() for document in text.split(SEPARATOR) if document.strip()]


def held_out(documents: list[str]) -> list[bool]:
    """Which documents of one file are kept for evaluation, by the hash of their text: 1 %, and at least one of many.

    A document falls on the same side whatever else is in the file, except for the one that makes sure of "at least".
    """
    digests = [
        int.from_bytes(hashlib.blake2b(document.encode(), digest_size=_DIGEST).digest(), "big")
        for document in documents
    ]
    limit = int(HELD_OUT * 256**_DIGEST)
    if len(digests) > 1:
        limit = max(limit, min(digests) + 1)
    return [digest < limit for digest in digests]
