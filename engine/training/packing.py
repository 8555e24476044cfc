"""Documents as arrays of tokens on disk, made once in parallel, then read through memory maps."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from engine.training.corpus import held_out, read_all

_CHUNK_CHARACTERS = 2_000_000
PARTS = ("train", "held-out")


class Packed:
    """The tokens of the documents of one source and part, mapped into memory.

    tokens: (T,) uint16, all documents one after the other. starts: (D + 1,) int64, where each document starts; the last
    entry is T.
    """

    def __init__(self, folder: Path, name: str, part: str) -> None:
        self._place = (folder, name, part)
        self.tokens: np.ndarray = np.load(folder / f"{name}.{part}.tokens.npy", mmap_mode="r")
        self.starts: np.ndarray = np.load(folder / f"{name}.{part}.starts.npy")

    def __reduce__(self) -> tuple[type[Packed], tuple[Path, str, str]]:
        # Each worker maps the file itself; pickling would send the whole array.
        return Packed, self._place

    def window(self, position: int, length: int) -> np.ndarray:
        """Up to `length` tokens of the document at `position`, from there on, or near its end the last ones."""
        document = int(np.searchsorted(self.starts, position, side="right")) - 1
        first, last = int(self.starts[document]), int(self.starts[document + 1])
        start = max(first, min(position, last - length))
        return self.tokens[start : min(last, start + length)].astype(np.int64)


def pack(paths: Mapping[str, Path], tokenizer: Tokenizer, folder: Path, workers: int) -> None:
    """Tokenise whatever is not yet in `folder`: per source and part `NAME.PART.tokens.npy` and `NAME.PART.starts.npy`.

    A source is redone if its file or the tokenizer has changed. workers: processes that tokenise.
    """
    if tokenizer.get_vocab_size() > 1 << 16:
        raise ValueError("Tokens are stored in 16 bits; choose a vocabulary of at most 65,536.")
    folder.mkdir(parents=True, exist_ok=True)
    text = tokenizer.to_str()
    marks = {name: _mark(path, text) for name, path in paths.items()}
    todo = [name for name in paths if not _is_done(folder / f"{name}.json", marks[name])]
    if not todo:
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _open, (text,)) as pool:
        for name, documents in zip(todo, read_all(paths[name] for name in todo), strict=True):
            held = held_out(documents)
            for part in PARTS:
                chosen = [text for text, is_held in zip(documents, held, strict=True) if is_held == (part != "train")]
                _write(folder / f"{name}.{part}", pool.map(_encode, _chunks(chosen)))
            # Written last, so that after a kill the source is redone.
            (folder / f"{name}.json").write_text(json.dumps(marks[name]), "utf-8")
            print(f"{name}: {len(documents):,} documents tokenised", file=sys.stderr, flush=True)


def _mark(path: Path, tokenizer: str) -> dict[str, object]:
    """A fingerprint of what the arrays of a source depend on."""
    return {"bytes": path.stat().st_size, "tokenizer": hashlib.sha256(tokenizer.encode()).hexdigest()}


def _is_done(path: Path, mark: dict[str, object]) -> bool:
    return path.exists() and json.loads(path.read_text("utf-8")) == mark


def _chunks(documents: Sequence[str]) -> Iterator[list[str]]:
    """Neighbouring documents in chunks large enough to send to a process."""
    chunk: list[str] = []
    size = 0
    for document in documents:
        chunk.append(document)
        size += len(document)
        if size > _CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _write(stem: Path, chunks: Iterator[tuple[np.ndarray, np.ndarray]]) -> None:
    """Store the tokens and starts of one part."""
    tokens, lengths = [np.zeros(0, np.uint16)], [np.zeros(0, np.int64)]
    for chunk_tokens, chunk_lengths in chunks:
        tokens.append(chunk_tokens)
        lengths.append(chunk_lengths)
    np.save(f"{stem}.tokens.npy", np.concatenate(tokens))
    np.save(f"{stem}.starts.npy", np.concatenate([[0], np.cumsum(np.concatenate(lengths))]))


_tokenizer: Tokenizer | None = None
"""The tokenizer of a worker process: sending it with every chunk would cost more than tokenising."""


def _open(text: str) -> None:
    global _tokenizer
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    _tokenizer = Tokenizer.from_str(text)


def _encode(documents: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tokens, (T,) uint16, and lengths, (D,) int64, of some documents."""
    assert _tokenizer is not None
    encoded = [np.array(item.ids, np.uint16) for item in _tokenizer.encode_batch_fast(documents)]
    return np.concatenate(encoded), np.array([len(ids) for ids in encoded], np.int64)
