"""The bench of a model with random weights runs on a small configuration, and its rows come as they are measured."""

import json
from pathlib import Path

import pytest

from engine.bench import large
from engine.cli.main import main

TEXT = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 64,
    "moe_intermediate_size": 64,
    "num_hidden_layers": 2,
    "layer_types": ["sliding_attention", "full_attention"],
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "global_head_dim": 32,
    "num_experts": 4,
    "top_k_experts": 2,
    "sliding_window": 8,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_id": 1,
}
VISION = {"model_type": "gemma4_vision", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
VISION |= {"num_attention_heads": 1, "num_key_value_heads": 1, "head_dim": 16, "position_embedding_size": 16}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A small configuration of the class."""
    path = tmp_path / "config.json"
    whole = {"architectures": ["DiffusionGemmaForBlockDiffusion"], "model_type": "diffusion_gemma"}
    whole |= {"text_config": TEXT, "vision_config": VISION, "canvas_length": 8}
    path.write_text(json.dumps(whole), "utf-8")
    return path


def test_every_row_is_measured_and_told_at_once(config):
    # Would catch a way of computing that fails, which is recorded and not raised.
    told = []
    rows = large.measure_large(str(config), "cpu", lambda name, row: told.append(name), canvases=(8, 4))
    assert told == list(rows)
    assert [name for name, row in rows.items() if "failed" in row or "skipped" in row] == []
    assert rows["setting"]["weights"] == "random weights"
    assert rows["nf4 built"]["weights_gb"] < 0.4 * rows["bf16 built"]["weights_gb"]
    assert {"nf4 by chunks, pass of 8", "nf4 by chunks, step of 4", "nf4, generate(), step of 8"} <= rows.keys()
    assert {"nf4, diffusers, step of 8", "bf16, a token from left to right"} <= rows.keys()


def test_what_there_is_no_time_for_is_said(config):
    rows = large.measure_large(str(config), "cpu", seconds=-1, canvases=(8,))
    assert rows["nf4 by chunks, context"] == {"skipped": "no time left"}
    assert "random weights on " in large.large_table(rows)


def test_the_verb_says_what_is_no_configuration(capsys):
    assert main(["bench", "--random-weights", "nowhere"]) == 2
    assert "nowhere is neither a folder" in capsys.readouterr().err
