from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers

from engine import CheckpointError
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.text.vocabulary import Vocabulary
from engine.text.words import as_read

SIZE, PAD, BOS = 16384, 0, 2
PARTS = [
    *("👨‍👩‍👧", "👍🏽", "🇩🇪", "e\u0301", "\u0301", "\u200d", "\ufeff", "𝔘", "שלום", "مرحبا", "漢字", "ไทย", "नमस्ते"),
    *(
        " ",
        "   ",
        "\t",
        "\n",
        "\r\n",
        "\u00a0",
        "\u2028",
        "word",
        " words",
        "don’t",
        "<pad>",
        "<eos>",
        "<unused1>",
        "▁",
    ),
    *("Ġ", "Ċ", "<0x41>", "\x00", "\x7f", "\u0085", "\ufffd"),
]
texts = st.lists(st.sampled_from(PARTS) | st.text(max_size=5), max_size=12).map("".join)


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    """The vocabulary of the embedded checkpoint, a byte-level BPE."""
    return Vocabulary.read(embedded_checkpoint().folder, SIZE, PAD, BOS)


@pytest.fixture(scope="module")
def sentencepiece() -> Vocabulary:
    """A vocabulary as SentencePiece models have: U+2581 for spaces, single bytes for what has no token."""
    names = ["<pad>", "<eos>", "<bos>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *"abcdeé漢", "▁a", "ab"]
    tokens = {name: number for number, name in enumerate(names)}
    tokenizer = Tokenizer(models.BPE(vocab=tokens, merges=[("▁", "a"), ("a", "b")], byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(["<pad>", "<eos>", "<bos>"])
    return Vocabulary(tokenizer, len(names) + 5, PAD, BOS)


def assert_whole(pieces: list[str]) -> None:
    """No grapheme is divided between two pieces."""
    ends = {match.end() for match in regex.finditer(r"\X", "".join(pieces))} | {0}
    position = 0
    for piece in pieces:
        position += len(piece)
        assert position in ends


@given(text=texts)
@example(text="<pad><bos>")
@example(text="x" * 10_000)
@example(text=" " * 3_000 + "\n" * 3_000)
def test_pieces_of_encoded_text_are_the_text_in_whole_graphemes(words, text):
    tokens = words.encode(text)
    pieces = words.pieces(tokens)
    assert len(pieces) == len(tokens)
    assert "".join(pieces) == as_read(text)
    assert_whole(pieces)
    assert all(0 <= token < SIZE for token in tokens)


@given(text=texts.filter(lambda text: "▁" not in text))
@example(text="a ab é漢👍🏽 e\u0301")
def test_pieces_of_a_vocabulary_with_byte_fallback_are_the_text(sentencepiece, text):
    pieces = sentencepiece.pieces(sentencepiece.encode(text))
    assert "".join(pieces) == as_read(text)
    assert_whole(pieces)


@given(text=texts, position=st.integers(0, 100), lone=st.integers(0xD800, 0xDFFF))
def test_a_lone_surrogate_is_read_as_a_question_mark_and_divides_nothing(words, text, position, lone):
    broken = text[:position] + chr(lone) + text[position:]
    assert "".join(words.pieces(words.encode(broken))) == as_read(text[:position] + "?" + text[position:])


@given(tokens=st.lists(st.integers(0, SIZE - 1) | st.integers(16, 271), max_size=40))
def test_pieces_of_any_tokens_are_valid_text_in_whole_graphemes(words, tokens):
    """Half characters vanish; nothing stands for them."""
    pieces = words.pieces(tokens)
    assert len(pieces) == len(tokens)
    joined = "".join(pieces)
    joined.encode("utf-8")
    assert_whole(pieces)


@given(data=st.data())
def test_halves_of_characters_never_show_as_replacement_characters(words, data):
    halves = [token for token in words.encode("👍漢é𝔘") if "\ufffd" in words.token_text(token)]
    assert len(halves) > 4
    tokens = data.draw(st.lists(st.sampled_from(halves) | st.sampled_from(words.encode("a b")), max_size=20))
    joined = "".join(words.pieces(tokens))
    assert "\ufffd" not in joined
    joined.encode("utf-8")


@given(
    items=st.lists(
        st.one_of(
            st.integers(16, SIZE - 1), st.sampled_from(["", "word", "e", "\u0301", "👩", "\u200d", "🇩", "\ud83d"])
        ),
        max_size=20,
    )
)
def test_literal_pieces_come_back_to_the_letter(words, items):
    pieces = words.pieces(items)
    joined = "".join(pieces)
    position = 0
    for item in items:
        if isinstance(item, str):
            position = joined.index(item, position) + len(item)
    assert_whole(pieces)


def test_a_character_of_several_tokens_stands_at_its_first(words):
    tokens = words.encode("👍")
    assert len(tokens) > 1
    assert words.pieces(tokens) == ["👍", *[""] * (len(tokens) - 1)]
    assert words.pieces(tokens[:-1]) == [""] * (len(tokens) - 1)
    assert words.pieces([*tokens[:-1], *words.encode("a")]) == [""] * (len(tokens) - 1) + ["a"]


def test_a_mark_joins_the_letter_of_the_position_before(words):
    assert words.pieces(["e", "\u0301", "x"]) == ["e\u0301", "", "x"]
    assert words.pieces([*words.encode("e"), *words.encode("\u0301")])[0] == "e\u0301"


def test_bytes_do_not_join_across_a_literal(words):
    first, *rest = words.encode("👍")
    assert "".join(words.pieces([first, "-", *rest])) == "-"


def test_padding_and_special_tokens_read_as_nothing(words):
    assert words.pieces([PAD, BOS, 1, PAD]) == ["", "", "", ""]
    assert words.token_text(PAD) == ""


def test_the_names_of_special_tokens_are_text_in_a_text(words):
    tokens = words.encode("a <pad> b<bos>")
    assert PAD not in tokens
    assert BOS not in tokens
    assert "".join(words.pieces(tokens)) == "a <pad> b<bos>"


def test_encoding_adds_no_special_token(words, sentencepiece):
    assert words.encode("") == []
    assert not {PAD, BOS, 1} & set(words.encode("One two."))
    assert not {PAD, BOS, 1} & set(sentencepiece.encode("a b"))


def test_one_token_reads_as_it_is_written(words):
    (token,) = words.encode(" the")
    assert words.token_text(token) == " the"
    half = words.encode("👍")[0]
    assert "\ufffd" in words.token_text(half)


def test_one_token_of_sentencepiece_reads_with_its_space(sentencepiece):
    (token,) = sentencepiece.encode(" a")
    assert sentencepiece.token_text(token) == " a"


def test_no_writable_token_is_a_control_character_or_a_line_break(words):
    banned = set(words.unwritable)
    for token in set(range(SIZE)) - banned:
        categories = {unicodedata.category(character) for character in words.token_text(token)}
        assert not categories & {"Cc", "Zl", "Zp"}


def test_padding_is_writable_and_special_tokens_and_control_characters_are_not(words):
    banned = set(words.unwritable)
    assert PAD not in banned
    assert {BOS, 1, 3} <= banned
    assert set(words.encode("\n\t\x00\x1b\x7f")) <= banned
    assert not banned & set(words.encode("The quick brown fox, “jumps” over 12 dogs! 漢字 👍"))


def test_ids_behind_the_last_token_are_not_writable(sentencepiece):
    assert set(range(sentencepiece.size - 5, sentencepiece.size)) <= set(sentencepiece.unwritable)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff\xfe", b'{"model": {"vocab": {"a": 0}}}', b"[]"])
def test_a_broken_tokenizer_is_refused_in_one_line(tmp_path: Path, content):
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        Vocabulary.read(tmp_path, SIZE, PAD, BOS)
    assert str(tmp_path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_tokenizer_is_refused(tmp_path: Path):
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        Vocabulary.read(tmp_path, SIZE, PAD, BOS)
