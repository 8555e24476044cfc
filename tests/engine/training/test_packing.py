"""Documents on disk: held-out ones apart, and made again only when something changed."""

import lzma
import pickle

import numpy as np
import pytest

from engine.training import corpus, packing
from engine.training.batches import Batches, loader
from engine.training.packing import Packed


def test_held_out_documents_are_whole_and_never_trained_on(prepared) -> None:
    for name, path in prepared.paths.items():
        documents = corpus.read_documents(path)
        parts = {part: Packed(prepared.folder / "tokens", name, part) for part in packing.PARTS}
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


def test_windows_stay_inside_a_document(tmp_path) -> None:
    np.save(tmp_path / "a.train.tokens.npy", np.arange(100, dtype=np.uint16))
    np.save(tmp_path / "a.train.starts.npy", np.array([0, 30, 37, 100]))
    packed = Packed(tmp_path, "a", "train")
    assert packed.window(0, 10).tolist() == list(range(10))
    assert packed.window(29, 10).tolist() == list(range(20, 30))
    assert packed.window(33, 10).tolist() == list(range(30, 37))


def test_only_what_changed_is_tokenised_again(prepared, tmp_path, capsys) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, path in prepared.paths.items():
        (folder / f"{name}.txt").write_bytes(path.read_bytes()[:3000])
    paths = corpus.sources(folder, "plain")
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
    assert corpus.read_documents(corpus.sources(tmp_path, "plain")["a"]) == ["One.", "Two.\n\nThree."]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_corpus_that_cannot_be_used_is_told_in_one_line(tmp_path, content) -> None:
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(corpus.CorpusError) as caught:
        corpus.read_documents(corpus.sources(tmp_path, "plain")["a"])
    assert "\n" not in str(caught.value)


def test_a_batch_follows_from_its_number(prepared) -> None:
    sources = {name: Packed(prepared.folder / "tokens", name, "train") for name in prepared.paths}
    mix = corpus.shares(prepared.paths, "plain")
    one, other = (
        Batches(sources, mix, prepared.bounds, count=9, rows=4, length=48, context=16, seed=3) for _ in range(2)
    )
    first, again, next_one = one[5], other[5], one[6]
    assert first.tokens.tolist() == again.tokens.tolist()
    assert first.tokens.tolist() != next_one.tokens.tolist()
    assert len(first.slots) == len(first.slot_targets)
    assert len(first.causal) == len(first.causal_targets)


# Python 3.12 and later warn of any fork of a process with threads.
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_workers_make_the_same_batches_and_open_the_files_themselves(prepared) -> None:
    sources = {name: Packed(prepared.folder / "tokens", name, "train") for name in prepared.paths}
    mix = corpus.shares(prepared.paths, "plain")
    batches = Batches(sources, mix, prepared.bounds, count=9, rows=2, length=48, context=16, seed=3)
    assert len(pickle.dumps(sources["letters"])) < 1000
    made = list(loader(batches, range(6, 9), workers=1, pinned=False))
    assert [batch.tokens.tolist() for batch in made] == [batches[number].tokens.tolist() for number in range(6, 9)]


def test_both_mixes_add_up_and_leave_unnamed_files_out(tmp_path) -> None:
    for mix, parts in corpus.MIXES.items():
        assert sum(corpus.shares(parts, mix).values()) == pytest.approx(1)
        assert sum(parts.values()) == pytest.approx(100, abs=1)
    for name in ("blogs", "notes"):
        (tmp_path / f"{name}.txt").write_text("A text.", "utf-8")
    assert list(corpus.sources(tmp_path, "plain")) == ["blogs"]
