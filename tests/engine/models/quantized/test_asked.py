"""A random checkpoint of the real class, without a remelt.json, is asked in words: unpacked and packed to 4 bits."""

import json
import shutil
from pathlib import Path

import platformdirs
import pytest
import torch
from transformers import DiffusionGemmaForBlockDiffusion, GenerationConfig

from engine.__main__ import main

TEXT = "The harbour was quiet in the morning, and nobody heard the old boat."


@pytest.fixture
def folder(make_config, chat_folder, tmp_path, monkeypatch) -> Path:
    """As from the hub: weights, configurations, a tokenizer and its chat template."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *named, **others: str(tmp_path / "cache"))
    torch.manual_seed(3)
    model = DiffusionGemmaForBlockDiffusion(make_config(vocab_size=16384)).eval()
    model.generation_config = GenerationConfig(eos_token_id=[1, 6], pad_token_id=0, bos_token_id=2)
    model.save_pretrained(tmp_path / "model", max_shard_size="1MB")
    return shutil.copytree(chat_folder, tmp_path / "model", dirs_exist_ok=True)


@pytest.mark.parametrize("quantization", ["auto", "nf4"])
def test_the_command_line_asks_the_real_class(folder, tmp_path, capsys, quantization):
    """Would catch a template, an end token or a canvas that the real class is not given."""
    (tmp_path / "text.txt").write_text(TEXT, "utf-8")
    frames = tmp_path / "frames.jsonl"
    arguments = ["rewrite", str(tmp_path / "text.txt"), "--select", "16:36", "--model", str(folder), "--steps", "1"]
    asked = ["--instruction", "Make it friendlier.", "--structure", "free", "--quantization", quantization]
    assert main([*arguments, *asked, "--frames", str(frames), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["range"] == [16, 36]
    assert result["text"] == TEXT[:16] + result["replacement"] + TEXT[36:]
    assert result["replacement"] != TEXT[16:36]
    drafts = [json.loads(line) for line in frames.read_text("utf-8").splitlines()]
    assert len({frame["group"] for frame in drafts}) > 1
    # A canvas is as large as a short selection needs, and then as the model has it.
    assert len(drafts[0]["pieces"]) == 64
    (folder / "chat_template.jinja").unlink()
    assert main([*arguments, *asked]) == 2
    assert "has no chat template, so it can't be asked in words. Copy chat_template.jinja" in capsys.readouterr().err
