"""The documents of a corpus folder, their shares in training, and which of them are held out."""

from __future__ import annotations

import csv
import hashlib
import lzma
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SEPARATOR = "\n<|doc|>\n"
"""The line between two documents in a file."""
HELD_OUT = 0.01
"""Share of the documents of each file, chosen by hash, that is held out for evaluation."""
MIXES = {
    "plain": {
        "fiction_standardebooks": 26,
        "wikipedia_core2018": 22,
        "gov_us": 14,
        "handbooks": 12,
        "blogs": 11,
        "stories_children": 4,
        "docs_microsoft": 3,
        "gov_uk": 2,
        "docs_tech": 2,
        "books_classicmd_1895on": 2,
        "wikipedia_wikitasks": 2,
    },
    "broad": {
        "wikipedia_core2018": 39,
        "fiction_standardebooks": 16.5,
        "books_classicmd_1895on": 10,
        "wikipedia_patched": 10,
        "gov_us": 6,
        "blogs": 4.5,
        "handbooks": 3.5,
        "docs_microsoft": 3,
        "wikipedia_wikitasks": 3,
        "docs_tech": 2,
        "stories_children": 0.9,
        "gov_uk": 0.6,
    },
}
"""Relative shares of the training tokens by file. *plain* is for runs of up to about 50 million tokens: mostly modern
plain prose, which a small model learns fastest and a writer needs most. *broad* is for longer ones, in which the small
files of *plain* would repeat too often: it reads each small file one to four times as often as the large ones. Files
without a share are left out, unless none has one; then all have the same."""
_DIGEST = 8
_READERS = 4


class CorpusError(Exception):
    """The corpus folder cannot be used. The message is one line."""


def sources(folder: Path, mix: str) -> dict[str, Path]:
    """Name and path of the text files, `NAME.txt.xz` or `NAME.txt`, that a mix uses. Raises CorpusError."""
    if not folder.is_dir():
        raise CorpusError(f"There is no corpus folder at {folder}.")
    found = {path.name.partition(".")[0]: path for path in sorted([*folder.glob("*.txt"), *folder.glob("*.txt.xz")])}
    if not found:
        raise CorpusError(f"The corpus folder {folder} holds no *.txt or *.txt.xz files.")
    return {name: path for name, path in found.items() if name in MIXES[mix]} or found


def shares(names: Iterable[str], mix: str) -> dict[str, float]:
    """Share of the tokens from each source; the sum is 1."""
    parts = {name: MIXES[mix].get(name, 1.0) for name in names}
    return {name: part / sum(parts.values()) for name, part in parts.items()}


def licences(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Origin and licence of each source, from the folder's table SOURCES.tsv, if it has one."""
    found = dict.fromkeys(names, "not stated")
    path = folder / "SOURCES.tsv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["source"] in found:
                    found[row["source"]] = f"{row['repository']}: {row['licence']}".replace("|", "/")
    return found


def read_all(paths: Iterable[Path]) -> Iterator[list[str]]:
    """The documents of each file, in order; several files are decompressed in parallel. Raises CorpusError."""
    with ThreadPoolExecutor(_READERS) as readers:
        yield from readers.map(read_documents, paths)


def read_documents(path: Path) -> list[str]:
    """The documents of one file. Raises CorpusError."""
    try:
        data = path.read_bytes()
        text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read: {error}") from error
    return [document.strip() for document in text.split(SEPARATOR) if document.strip()]


def is_held_out(text: str, share: float) -> bool:
    """Whether a text belongs to the share, 0 to 1, that is held out, by its hash."""
    return _digest(text) < int(share * 256**_DIGEST)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=_DIGEST).digest(), "big")


def held_out(documents: list[str]) -> list[bool]:
    """Which documents of one file are held out, by the hash of their text: 1 %, and at least one of many.

    A document is on the same side whatever else is in the file, except for the one that ensures "at least one".
    """
    digests = [_digest(document) for document in documents]
    limit = int(HELD_OUT * 256**_DIGEST)
    if len(digests) > 1:
        limit = max(limit, min(digests) + 1)
    return [digest < limit for digest in digests]
