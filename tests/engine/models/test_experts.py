"""Every ability of the command line on a checkpoint with several experts that was trained here for a moment."""

from __future__ import annotations

import json

import pytest
import torch

from engine import WORD
from engine.__main__ import main as engine
from engine.training.__main__ import main as train

TEXT = "The old gardener carried a small boat in the rain. My sister sold it, slowly. Nobody painted an umbrella.\n"


@pytest.fixture(scope="module")
def experts(arguments, tmp_path_factory):
    """The folder of such a checkpoint, and a text beside it."""
    out = tmp_path_factory.mktemp("experts")
    threads = torch.get_num_threads()
    assert train(arguments(out, experts=4, top=2)) == 0
    torch.set_num_threads(threads)
    (out / "text.txt").write_text(TEXT, "utf-8")
    return out


@pytest.mark.parametrize(
    "command",
    [
        ("rewrite", "--select", "4:50"),
        ("rewrite", "--select", "4:50", "--variants", "3", "--pin", "8:16"),
        ("rewrite", "--select", "4:50", "--sampler", "ddim", "--strength", "0.4"),
        ("rewrite", "--select", "4:50", "--strength", "1", "--length", "longer"),
        ("fill", "--at", "51", "--length", "3w"),
        ("fill", "--select", "51:77", "--length", "7t", "--causal-weight", "1"),
        ("fill", "--at", "51", "--length", "12", "--pin-at", "1:2:Oslo", "--reseed-at", "2:9"),
        ("fill", "--at", "51", "--decoder", "autoregressive", "--length", "5"),
        ("continue", "--at", "51", "--tokens", "20"),
        ("continue", "--at", "51", "--words", "4", "--decoder", "autoregressive"),
    ],
    ids=" ".join,
)
def test_an_edit(experts, capsys, command):
    flags = ["--model", str(experts / "export"), "--steps", "4", "--json", "--unchecked"]
    assert engine([command[0], str(experts / "text.txt"), *command[1:], *flags]) == 0
    found = json.loads(capsys.readouterr().out)
    start, end = found["range"]
    assert found["text"] == TEXT[:start] + found["replacement"] + TEXT[end:]
    assert found["forward_passes"] > 0
    if "3w" in command:
        assert len(WORD.findall(found["replacement"])) == 3
    if "--words" in command:
        # These weights may write one word only; then that is said.
        assert len(WORD.findall(found["replacement"])) == 4 or "exactly 4 words" in found["note"]
    if "7t" in command:
        assert found["tokens"] == 7
    if "--pin" in command:
        assert all("gardener" in variant for variant in found["variants"])
    if "--pin-at" in command:
        assert "Oslo" in found["replacement"]


def test_scores(experts, capsys):
    assert engine(["score", str(experts / "text.txt"), "--model", str(experts / "export"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "".join(token["text"] for token in found["paragraphs"][0]["tokens"]) == TEXT.strip()
