"""Checkpoints are compared on places of held-out documents, in bits and by how their fills read."""

import shutil

import pytest

from engine.checkpoint import Checkpoint
from engine.session import Session
from engine.training import corpus
from engine.training.compare import main
from engine.training.measure import Lexicon, Place, places, surprise

PLACE = Place("letters", "The old gardener ", "carried a boat", " in the rain.")


@pytest.fixture
def documents(prepared) -> dict[str, list[str]]:
    """All documents by source."""
    return {name: corpus.read_documents(path) for name, path in prepared.paths.items()}


def test_places_are_whole_words_inside_a_paragraph(documents) -> None:
    found = places(documents, words=3, count=10, seed=0)
    assert {place.source for place in found} == set(documents)
    assert found == places(documents, words=3, count=10, seed=0)
    for place in found:
        assert any(place.before + place.gap + place.after in text for text in documents[place.source])
        assert place.before.endswith(" ")
        assert not place.gap.startswith(" ")
        assert place.gap[-1].isalnum()
        assert "\n" not in place.gap


def test_an_untrained_checkpoint_is_about_as_surprised_as_chance(finished) -> None:
    found = surprise(Session.open(finished / "export"), PLACE, seed=0)
    assert found is not None
    assert found.characters == len(PLACE.gap) + 1
    for bits in (found.both, found.left, found.causal):
        assert 4 < bits / found.tokens < 20


def test_a_place_that_does_not_fit_the_canvas_is_left_out(finished) -> None:
    long = Place("letters", "The ", "gardener " * 60 + "carried", " a boat.")
    assert surprise(Session.open(finished / "export"), long, seed=0) is None


def test_sound_fills_have_known_words_and_pairs_and_no_repetition() -> None:
    lexicon = Lexicon(["The old gardener carried a boat in the rain. He carried a boat a day."] * 4)
    assert lexicon.is_sound(PLACE, "carried a boat")
    assert not lexicon.is_sound(PLACE, "carried a bot")
    assert not lexicon.is_sound(PLACE, "boat a carried")
    assert not lexicon.is_sound(PLACE, "carried carried a boat")
    assert not lexicon.is_sound(PLACE, "")
    assert not lexicon.is_sound(PLACE, "a")
    assert lexicon.known_pairs(PLACE, "carried a") == pytest.approx(2 / 3)


def test_the_comparison_prints_all_folders_and_chooses_settings(prepared, finished, tmp_path, capsys) -> None:
    folder = tmp_path / "export"
    shutil.copytree(finished / "export", folder)
    flags = ["--count", "1", "--fills", "2", "--choose-sampler"]
    assert main([str(folder), "--corpus", str(prepared.corpus), *flags]) == 0
    printed = capsys.readouterr().out
    assert printed.count(str(folder)) >= 3
    assert "48 steps" in printed
    assert Checkpoint.read(folder).sampler.confidence == 0.05


def test_a_missing_folder_is_one_line(prepared, tmp_path, capsys) -> None:
    assert main([str(tmp_path / "none"), "--corpus", str(prepared.corpus)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
