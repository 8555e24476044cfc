"""Documents on disk: held-out ones apart, and made again only when something changed."""

import lzma

import numpy as np
import pytest

from engine.training import corpus, packing
from engine.training.batches import Batches
from engine.training.packing import Packed


def test_held_out_documents_are_whole_and_never_trained_on(prepared) -> None:
    for name, path in prepared.paths.items():
        documents = corpus.read_documents(path)
        parts = {part: Packed.read(prepared.folder / "tokens", name, part) for part in packing.PARTS}
        texts = {
            part: [
                prepared.tokenizer.decode(packed.tokens[first:last])
                for first, last in zip(packed.starts[:-1], packed.starts[1:], strict=True)
            ]
            for part, packed in parts.items()
        }
        assert sorted(texts["train"] + texts["held-out"]) == sorted(documents)
        assert texts["held-out"]


def test_the_hash_alone_decides_what_is_held_out() -> None:
    documents = [f"Document number {number}." for number in range(3000)]
    held = dict(zip(documents, corpus.held_out(documents), strict=True))
    assert 10 < sum(held.values()) < 60
    again = corpus.held_out(documents[::-1])
    assert [held[document] for document in documents[::-1]] == again


def test_windows_stay_inside_a_document() -> None:
    packed = Packed(np.arange(100, dtype=np.uint16), np.array([0, 30, 37, 100]))
    assert packed.window(0, 10).tolist() == list(range(10))
    assert packed.window(29, 10).tolist() == list(range(20, 30))
    assert packed.window(33, 10).tolist() == list(range(30, 37))


def test_only_what_changed_is_tokenised_again(prepared, tmp_path, capsys) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, path in prepared.paths.items():
        (folder / f"{name}.txt").write_bytes(path.read_bytes()[:3000])
    paths = corpus.sources(folder)
    packing.pack(paths, prepared.tokenizer, tmp_path / "tokens", workers=1)
    capsys.readouterr()
    packing.pack(paths, prepared.tokenizer, tmp_path / "tokens", workers=1)
    assert capsys.readouterr().err == ""
    paths["letters"].write_bytes(paths["letters"].read_bytes()[:2000])
    packing.pack(paths, prepared.tokenizer, tmp_path / "tokens", workers=1)
    assert capsys.readouterr().err.startswith("letters:")


def test_compressed_files_read_alike(tmp_path) -> None:
    text = corpus.SEPARATOR.join(["One.", "Two.\n\nThree."])
    (tmp_path / "a.txt.xz").write_bytes(lzma.compress(text.encode()))
    assert corpus.read_documents(corpus.sources(tmp_path)["a"]) == ["One.", "Two.\n\nThree."]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_corpus_that_cannot_be_used_is_told_in_one_line(tmp_path, content) -> None:
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(corpus.CorpusError) as caught:
        corpus.read_documents(corpus.sources(tmp_path)["a"])
    assert "\n" not in str(caught.value)


def test_a_batch_follows_from_its_number(prepared) -> None:
    sources = {name: Packed.read(prepared.folder / "tokens", name, "train") for name in prepared.paths}
    mix = corpus.shares(prepared.paths)
    one, other = (
        Batches(sources, mix, prepared.bounds, count=9, rows=4, length=48, context=16, seed=3) for _ in range(2)
    )
    first, again, next_one = one[5], other[5], one[6]
    assert first.tokens.tolist() == again.tokens.tolist()
    assert first.tokens.tolist() != next_one.tokens.tolist()
    assert len(first.slots) == len(first.slot_targets)
    assert len(first.causal) == len(first.causal_targets)
