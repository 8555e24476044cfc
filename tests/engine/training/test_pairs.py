"""The pair files of a corpus: what is taken, which side it is on, and how an edit is told word by word."""

import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.training import errors, pairs
from engine.training.corpus import CorpusError
from engine.training.pairs import Pair

ROWS = [
    *(("spell", f"wrod{letter}", "word") for letter in "abcdefghijklmnopqrstuvwxyz"),
    *(
        ("fix_spell", f"This is teh house number {number}.", f"This is the house number {number}.")
        for number in range(60)
    ),
    ("shorten", "It is quite clear that we must go now.", "It is clear that we must go."),
    ("shorten", "We must go.", "Something else altogether was written here instead."),
    ("split", "The bridge, which is old, was closed.", "The bridge is old. The bridge was closed."),
    ("rephrase", "You should think before you decide.", "Before you decide, you should think."),
    ("fix_case", "The House is old.", "The house is old."),
]


@pytest.fixture
def folder(tmp_path):
    text = "".join("\t".join(row) + "\n" for row in ROWS) + "a line that is none\n"
    (tmp_path / "pairs_some.tsv.xz").write_bytes(lzma.compress(text.encode()))
    return tmp_path


def test_rows_are_sorted_by_task_and_the_misleading_ones_left_out(folder) -> None:
    found = pairs.read(folder, held_out=None)
    assert len(found.fixes) == 60
    assert [pair.target for pair in found.shorter] == ["It is clear that we must go."]
    assert (len(found.simpler), len(found.rephrase)) == (1, 1)
    assert len(found.misspellings["word"]) == 26


def test_each_row_is_on_one_side(folder) -> None:
    trained, held = (pairs.read(folder, held_out=side) for side in (False, True))
    assert len(trained.fixes) + len(held.fixes) == 60
    assert set(trained.fixes).isdisjoint(held.fixes)
    assert len(trained.fixes) > len(held.fixes) > 0
    assert pairs.read(folder, held_out=True) == held


def test_a_folder_without_pairs_has_none(tmp_path) -> None:
    assert not pairs.read(tmp_path, held_out=False)


def test_a_broken_file_is_one_line(tmp_path) -> None:
    (tmp_path / "pairs_some.tsv.xz").write_bytes(b"no xz")
    with pytest.raises(CorpusError, match=r"pairs_some\.tsv\.xz cannot be read"):
        pairs.read(tmp_path, held_out=False)


WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat,", "then", "slept."]), max_size=9).map(" ".join)


@given(WORDS, WORDS)
def test_chunks_tell_both_texts(source, target) -> None:
    found = pairs.chunks(Pair("fix_gram", source, target))
    assert errors.written(found) == source
    assert errors.right(found) == target
    assert all(bool(chunk.kind) == (chunk.written != chunk.right) for chunk in found)


@pytest.mark.parametrize(
    ("source", "target", "edits"),
    [
        ("I saw teh cat.", "I saw the cat.", [(" teh", " the")]),
        ("I saw cat.", "I saw the cat.", [(" cat", " the cat")]),
        ("I saw the the cat.", "I saw the cat.", [(" the", "")]),
        ("I saw the cat", "I saw the cat.", [(" cat", " cat.")]),
    ],
)
def test_what_is_put_in_belongs_to_the_word_behind_it(source, target, edits) -> None:
    found = pairs.chunks(Pair("fix_gram", source, target))
    assert [(chunk.written, chunk.right) for chunk in found if chunk.kind] == edits
