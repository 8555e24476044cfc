"""The command `engine evaluate` on a checkpoint that the recipe made, and its parts on models whose answer is known."""

import json
import math
import shutil

import pytest
import torch

from engine.__main__ import main
from engine.evaluation import continuation, infill, material
from engine.evaluation.evaluate import table
from engine.models.checkpoint_folder import read_checkpoint
from engine.runs.session import Session
from engine.training import calibrate


@pytest.fixture(scope="module")
def documents() -> dict[str, list[str]]:
    return material.load(None).documents


def test_gaps_have_exactly_so_many_tokens_between_words(session, documents) -> None:
    for tokens in infill.GAPS:
        found = infill.gaps(session, documents, tokens, 3, seed=1)
        assert set(found) == set(documents)
        for gap in (gap for row in found.values() for gap in row):
            assert len(gap.own) == tokens
            text = session.vocabulary.text(gap.own)
            assert "\n" not in text.strip("\n")
            assert not session.vocabulary.text(gap.behind)[:1].isalpha()


def test_the_causal_head_gives_what_the_whole_sequence_gives(session, documents) -> None:
    gap = infill.gaps(session, documents, 4, 1, seed=2)["letters"][0]
    log_probabilities = infill.causal(session, gap)
    logits, _ = session.denoiser.causal([session.vocabulary.bos, *gap.before, *gap.own])
    whole = logits[-5:-1].log_softmax(-1)
    assert torch.allclose(log_probabilities, whole, atol=1e-4)


def test_a_unigram_knows_the_counts(session) -> None:
    unigram = infill.Unigram(session, ["the the the cat"])
    the, cat = (session.vocabulary.encode(word)[0] for word in (" the", "the"))
    assert math.isclose(float(unigram.log_probabilities.exp().sum()), 1, rel_tol=1e-4)
    assert unigram.log_probabilities[the] > unigram.log_probabilities[cat]


def test_both_ways_of_writing_on_write_as_many_tokens(session) -> None:
    # More than one block.
    tokens = session.block + 8
    prompt = [session.vocabulary.bos, *session.vocabulary.encode("The harbour was quiet when we")]
    for write in (continuation.by_diffusion, continuation.by_causal_head):
        one, passes = write(session, prompt, tokens, torch.Generator().manual_seed(3))
        two, _ = write(session, prompt, tokens, torch.Generator().manual_seed(3))
        assert len(one) == tokens
        assert one == two
        assert session.vocabulary.pad not in one
        blocks = -(-tokens // session.block)
        assert 0 < passes <= max(tokens, 2 * blocks * session.checkpoint.sampler.steps)


def test_an_untrained_checkpoint_is_about_as_surprised_as_chance(figures) -> None:
    for row in figures["infill"]:
        if row["places"]:
            for name in ("both", "left", "causal", "untrained"):
                assert 5 < row[name]["bits"] < 20


def test_everything_is_measured_and_told(figures) -> None:
    assert set(figures["continuation"]) >= {"diffusion", "autoregressive", "the writer"}
    assert [row["words"] for row in figures["characters"]] == [1, 3, 12]
    # A tokenizer of 400 tokens has one to three characters in each.
    assert all(1 < row[name] < 10 for row in figures["characters"] if row["places"] for name in ("both", "causal"))
    assert set(figures["fix"]) == {"checkpoint", "speller"}
    assert set(figures["rewrite_tasks"]) == {"shorter", "simpler", "rephrase"}
    assert figures["rewrite_tasks"]["shorter"]["unchanged"]["copies"] == 1.0
    assert figures["rewrite_tasks"]["shorter"]["unchanged"]["chrf_original"] == pytest.approx(100)
    assert figures["speed"]["megabytes"] > 0
    printed = table(figures)
    for word in (
        "text on both sides",
        "sound",
        "a character",
        "autoregressive",
        "speller, real",
        "rephrase, checkpoint",
        "MB",
    ):
        assert word in printed


def test_the_command_prints_json_with_the_corpus(prepared, finished, capsys) -> None:
    flags = ["--model", str(finished / "export"), "--corpus", str(prepared.corpus), "--count", "0.01", "--json"]
    assert main(["evaluate", *flags]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["fills"]["seams"]
    assert set(found["infill"][0]["bits_by_source"]) <= {"letters", "stories"}


def test_a_missing_corpus_is_one_line(tmp_path, capsys) -> None:
    assert main(["evaluate", "--corpus", str(tmp_path / "none")]) == 2
    assert "There is no corpus folder" in capsys.readouterr().err.splitlines()[-1]


def test_sampler_and_threshold_of_a_checkpoint_are_chosen_and_written(finished, tmp_path, capsys, monkeypatch) -> None:
    # Every fourth of the grid: both weights and all bounds are among them.
    monkeypatch.setattr(calibrate, "_SETTINGS", calibrate._SETTINGS[::4])
    folder = tmp_path / "export"
    shutil.copytree(finished / "export", folder)
    assert calibrate.main([str(folder), "--fills", "2", "--fixes", "2"]) == 0
    printed = capsys.readouterr().out
    assert "1.0, 3.0" in printed
    settings = read_checkpoint(folder).sampler
    assert f"| {settings.causal_weight}, {settings.entropy_bound}, {settings.temperature_high}" in printed
    opened = Session.open(folder).checkpoint
    assert opened.sampler == settings
    assert f"| {opened.fix_threshold} |" in printed
    # A checkpoint that was trained for seconds mends nothing, so the task is not offered.
    assert "fix" not in opened.tasks


def test_a_missing_folder_is_one_line(tmp_path, capsys) -> None:
    assert calibrate.main([str(tmp_path / "none")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
