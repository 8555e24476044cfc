"""The tokenizer: a byte-level BPE whose tokens never cross the boundaries at which the editor divides text.

Text is first divided into letters with the space before them, single digits, single marks and white space, and the BPE
merges only within these. So the tokens of a text are those of its words and marks in sequence, however an editor
divides it, and the space before a word belongs to the word's first token.

Source: "Neural Machine Translation of Rare Words with Subword Units" (arXiv 1508.07909), on bytes as in GPT-2.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from engine.text.vocabulary import Vocabulary
from engine.training.corpus import held_out, read_all, shares

PAD, EOS, BOS = 0, 1, 2
SPECIAL = ("<pad>", "<eos>", "<bos>", "<mask>", "<fix>", "<shorter>", "<simpler>", "<rephrase>", "<sep>", "<check>")
"""Padding, end, beginning and mask as in the model's family, then the tokens of the rewrite tasks."""
_WORDS = Regex(r"['’](?:s|d|m|t|ll|ve|re)\b| ?\p{L}[\p{L}\p{M}]*| ?\p{N}| ?[^\s\p{L}\p{N}]|\n+|[^\S\n]+(?!\S)|[^\S\n]")
_SAMPLE_CHARACTERS = 40_000_000
_PIECE = 4_000
"""Characters; the sample consists of pieces, so that long books do not fill it."""


def train(paths: Mapping[str, Path], mix: str, size: int, seed: int) -> Tokenizer:
    """A tokenizer of `size` tokens, special ones included, trained on a sample with the shares of the mix."""
    tokenizer = Tokenizer(models.BPE())
    _cut_as_the_editor(tokenizer)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_sample(paths, mix, seed), trainer)
    return tokenizer


def adopt(path: Path) -> Tokenizer:
    """The tokenizer of an earlier checkpoint with its merges and ids, but dividing text as the editor does.

    Its first special tokens must be padding, end, beginning and mask; unused ones after them get the names of the
    rewrite tasks. Raises ValueError for another tokenizer.
    """
    stored = json.loads(path.read_text("utf-8"))
    added = {token["id"]: token for token in stored["added_tokens"]}
    for index, name in enumerate(SPECIAL):
        found = added.get(index, {"content": None})
        if found["content"] != name and not str(found["content"]).startswith("<unused"):
            raise ValueError(f"{path} has {found['content']!r} instead of {name!r}, unlike this recipe.")
        if found["content"] != name:
            words = stored["model"]["vocab"]
            words[name] = words.pop(found["content"], index)
            found["content"] = name
    tokenizer = Tokenizer.from_str(json.dumps(stored))
    _cut_as_the_editor(tokenizer)
    return tokenizer


def _cut_as_the_editor(tokenizer: Tokenizer) -> None:
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(_WORDS, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()


def _sample(paths: Mapping[str, Path], mix: str, seed: int) -> Iterable[str]:
    """Pieces of documents that are not held out."""
    choice = random.Random(seed)
    for share, documents in zip(shares(paths, mix).values(), read_all(paths.values()), strict=True):
        known = [text for text, held in zip(documents, held_out(documents), strict=True) if not held]
        pieces = [text[start : start + _PIECE] for text in known for start in range(0, len(text), _PIECE)]
        choice.shuffle(pieces)
        yield from pieces[: int(share * _SAMPLE_CHARACTERS / _PIECE) + 1]


_INNER = " '’-\ufffd"
"""A word may continue after these: the space before it, apostrophes and hyphens in it, and half a character."""


class Boundaries:
    """The tokens at which a word or mark of the text starts: the places where an editor may divide it.

    opens: (V,) bool, tokens that start a word or mark. closes: (V,) bool, tokens after which a word always starts.
    breaks: (V,) bool, tokens with a line break, which an edit never changes.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        texts = [vocabulary.token_text(token) for token in range(vocabulary.size)]
        self.opens = np.array([bool(text) and not _continues(text) for text in texts])
        self.closes = np.array([bool(text) and not (text[-1].isalnum() or text[-1] in _INNER) for text in texts])
        self.breaks = np.array(["\n" in text for text in texts])
        self._digits = np.array([text.isdecimal() for text in texts])
        self._ends_in_digit = np.array([text[-1:].isdecimal() for text in texts])
        self._joins_digits = np.array([text in (".", ",", ":") for text in texts])

    def of(self, tokens: np.ndarray) -> np.ndarray:
        """(T,) bool for (T,) tokens: whether dividing before the token falls between two words or marks."""
        starts = self.opens[tokens]
        starts[1:] |= self.closes[tokens[:-1]]
        starts[:1] = True
        # A mark inside a number, and the digit after it.
        inside = self._ends_in_digit[tokens[:-2]] & self._joins_digits[tokens[1:-1]] & self._digits[tokens[2:]]
        starts[1:-1] &= ~inside
        starts[2:] &= ~inside
        return starts


def _continues(text: str) -> bool:
    """Whether a token may be inside a word."""
    return text[0].isalnum() or text[0] in _INNER[1:]
