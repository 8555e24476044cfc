"""Text to tokens and back. Tokens are byte sequences: one may be half a character, and a model may write bytes that are
not valid text, so nothing here relies on a single token being readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path

import regex
from tokenizers import Tokenizer, normalizers, pre_tokenizers

from engine.contracts.errors import CheckpointError
from engine.text.text_map import GRAPHEME
from engine.text.words import as_read, unread

_BYTE_FALLBACK = regex.compile(r"<0x([0-9A-Fa-f]{2})>")
_WHOLE_WORD = regex.compile(r" \p{L}+")
_UNWRITABLE = regex.compile(rb"[\x00-\x1f\x7f]")


class Vocabulary:
    """The vocabulary of one checkpoint, read from its tokenizer.json.

    size: tokens the model has embeddings for; noise is drawn from all of them.
    pad, bos: ids of the padding and the beginning-of-sequence token.
    """

    def __init__(self, tokenizer: Tokenizer, size: int, pad: int, bos: int) -> None:
        # A person may write "<pad>" in a text about tokens; then it is text, not padding.
        tokenizer.encode_special_tokens = True
        _add_no_space(tokenizer)
        self._tokenizer = tokenizer
        self.size = size
        self.pad = pad
        self.bos = bos

    @classmethod
    def read(cls, folder: Path, size: int, pad: int, bos: int) -> Vocabulary:
        """Read tokenizer.json of a checkpoint's folder. Raises CheckpointError."""
        try:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # the tokenizers package raises bare Exception
            raise CheckpointError(f"tokenizer.json in {folder} cannot be read: {error}") from error
        return cls(tokenizer, size, pad, bos)

    def encode(self, text: str) -> list[int]:
        """Tokens of a text as `engine.text.words.as_read` has it, without special tokens."""
        # A lone surrogate is not valid Unicode; the model may see a question mark, and the writer's text keeps it.
        plain = as_read(text).encode("utf-8", "replace").decode("utf-8")
        return self._tokenizer.encode(plain, add_special_tokens=False).ids

    def encode_marked(self, text: str) -> list[int]:
        """Tokens of a text in which the names of special tokens stand for those, as in what a chat template writes."""
        self._tokenizer.encode_special_tokens = False
        try:
            return self._tokenizer.encode(text, add_special_tokens=False).ids
        finally:
            self._tokenizer.encode_special_tokens = True

    def is_special(self, token: int) -> bool:
        """Whether a token has no text: a special one, or an unused id."""
        return not self._bytes[token]

    def special(self, name: str) -> int:
        """The id of a special token such as "<fix>". Raises CheckpointError."""
        token = self._tokenizer.token_to_id(name)
        if token is None:
            raise CheckpointError(f"The tokenizer of this checkpoint lacks the token {name}, which its tasks need.")
        return token

    def has_special(self, name: str) -> bool:
        """Whether there is a special token of that name."""
        return self._tokenizer.token_to_id(name) is not None

    def text(self, tokens: Sequence[int]) -> str:
        """The text of some tokens; invalid bytes become U+FFFD, and special tokens are left out."""
        return b"".join(self._bytes[token] for token in tokens).decode("utf-8", "replace")

    def token_text(self, token: int) -> str:
        """The text of one token by itself; invalid bytes become U+FFFD."""
        return self._bytes[token].decode("utf-8", "replace")

    def pieces(self, items: Sequence[int | str]) -> list[str]:
        """The text of a row of positions, in one piece for each position, without dividing a grapheme.

        items: a token or the literal text for each position. A grapheme belongs to the position it starts in; a
        position that only continues one gets "". Bytes that never complete a character are dropped.
        """
        characters: list[str] = []
        owners: list[int] = []
        pending = bytearray()
        pending_owners: list[int] = []

        def flush() -> None:
            index = 0
            for character in pending.decode("utf-8", "surrogateescape"):
                broken = "\udc80" <= character <= "\udcff"
                if not broken:
                    characters.append(character)
                    owners.append(pending_owners[index])
                index += 1 if broken else len(character.encode())
            pending.clear()
            pending_owners.clear()

        for position, item in enumerate(items):
            if isinstance(item, str):
                flush()
                characters.extend(item)
                owners.extend([position] * len(item))
            else:
                pending.extend(self._bytes[item])
                pending_owners.extend([position] * len(self._bytes[item]))
        flush()
        pieces = [""] * len(items)
        for match in GRAPHEME.finditer("".join(characters)):
            pieces[owners[match.start()]] += match.group()
        return pieces

    def own_pieces(self, text: str, tokens: Sequence[int]) -> list[str]:
        """A writer's text in one piece for each of its tokens, in whole graphemes, as `encode` has made them.

        What the model is not shown belongs to the piece before it. All of the text is at the first token if the
        tokenizer alters it otherwise.
        """
        lengths = [len(piece) for piece in self.pieces(tokens)]
        hidden = {*unread(text)}
        shown = [at for at in range(len(text)) if at not in hidden] if hidden else range(len(text))
        if not shown or sum(lengths) != len(shown):
            return [text, *[""] * (len(tokens) - 1)]
        # Where each piece starts that is not empty, and where the text ends.
        starts = [0, *shown[1:], len(text)]
        ends = [0, *accumulate(lengths)]
        return [text[starts[first] : starts[last]] for first, last in pairwise(ends)]

    @cached_property
    def unwritable(self) -> tuple[int, ...]:
        """Tokens that a free slot must not hold: special ones other than padding, unused ids, control characters.

        Line breaks are among them: the writer's are pinned, and an edit within a line adds none.
        """
        return tuple(
            token
            for token, data in enumerate(self._bytes)
            if token != self.pad and (not data or _UNWRITABLE.search(data))
        )

    @cached_property
    def unwritable_in_answers(self) -> tuple[int, ...]:
        """Tokens that no answer may hold: padding, the beginning of a sequence, unused ids, and control characters
        other than a line break.

        Special ones may come, because they end an answer, and tell it from what was thought before.
        """
        named = set(self._tokenizer.get_vocab(with_added_tokens=True).values()) - {self.pad, self.bos}
        return tuple(
            token
            for token, data in enumerate(self._bytes)
            if token not in named or (data and _UNWRITABLE.search(data.replace(b"\n", b"")))
        )

    @cached_property
    def special_names(self) -> frozenset[str]:
        """The names of the special tokens."""
        added = self._tokenizer.get_added_tokens_decoder().values()
        return frozenset(each.content for each in added if each.special)

    def with_any(self, characters: frozenset[str]) -> tuple[int, ...]:
        """Tokens whose text has any of some characters."""
        return tuple(token for token in range(self.size) if not characters.isdisjoint(self.token_text(token)))

    @cached_property
    def whole_words(self) -> tuple[int, ...]:
        """Tokens that consist of a space and a word."""
        return tuple(token for token in range(self.size) if _WHOLE_WORD.fullmatch(self.token_text(token)))

    @cached_property
    def _bytes(self) -> list[bytes]:
        """The bytes of each id; empty for special and unused ids."""
        special = {token for token, added in self._tokenizer.get_added_tokens_decoder().items() if added.special}
        special |= {self.pad, self.bos}
        byte_level = "ByteLevel" in repr(self._tokenizer.decoder)
        table = [b""] * self.size
        for word, token in self._tokenizer.get_vocab(with_added_tokens=True).items():
            if token in special:
                continue
            table[token] = _byte_level_bytes(word) if byte_level else _sentencepiece_bytes(word)
        return table


def _add_no_space(tokenizer: Tokenizer) -> None:
    """Keep a tokenizer from adding a space before each text, because texts are encoded in parts here."""
    if isinstance(tokenizer.normalizer, normalizers.Sequence):
        steps = [step for step in tokenizer.normalizer if not isinstance(step, normalizers.Prepend)]
        tokenizer.normalizer = normalizers.Sequence(steps)
    elif isinstance(tokenizer.normalizer, normalizers.Prepend):
        tokenizer.normalizer = normalizers.Sequence([])
    cut = tokenizer.pre_tokenizer
    for step in cut if isinstance(cut, pre_tokenizers.Sequence) else [cut]:
        if isinstance(step, pre_tokenizers.Metaspace):
            step.prepend_scheme = "never"
        elif isinstance(step, pre_tokenizers.ByteLevel):
            step.add_prefix_space = False


def _byte_level_bytes(word: str) -> bytes:
    """Bytes of a token of a byte-level BPE, whose alphabet maps every byte to a printable character."""
    try:
        return bytes(_BYTE_OF[character] for character in word)
    except KeyError:  # an added token is stored as plain text
        return word.encode()


def _sentencepiece_bytes(word: str) -> bytes:
    """Bytes of a SentencePiece token: U+2581 is a space, <0xNN> a single byte."""
    if match := _BYTE_FALLBACK.fullmatch(word):
        return bytes([int(match[1], 16)])
    return word.replace("\u2581", " ").encode()


def _byte_alphabet() -> Iterable[tuple[str, int]]:
    """The alphabet of byte-level BPE (GPT-2): printable Latin-1 bytes map to themselves, the rest go higher up."""
    moved = 256
    for byte in range(256):
        if 33 <= byte <= 126 or 161 <= byte <= 172 or 174 <= byte <= 255:
            yield chr(byte), byte
        else:
            yield chr(moved), byte
            moved += 1


_BYTE_OF = dict(_byte_alphabet())
