"""The program's own way to a checkpoint in 4 bits."""

import shutil

import platformdirs
import pytest
import torch

from engine import EditRequest, SamplerSettings
from engine.contracts.loading import Quantization
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.models.quantized.denoiser import load, pack_folder
from engine.runs.session import Session
from engine.text.vocabulary import Vocabulary


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache is a folder of its own."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name, appauthor: str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_pack_is_kept_in_the_cache_apart_for_each_folder(cache, saved, as_checkpoint, tmp_path):
    told: list[str] = []
    for _ in range(2):
        load(as_checkpoint(saved), "cpu", lambda fraction, stage: told.append(stage))
    assert told[0].startswith("Packing file 1 of ")
    assert told[-1].startswith("Loading file ")
    other = as_checkpoint(shutil.copytree(saved, tmp_path / "other"))
    assert pack_folder(other, Quantization.NF4) != pack_folder(as_checkpoint(saved), Quantization.NF4)
    assert [path.parent for path in cache.rglob("pack.json")] == [pack_folder(as_checkpoint(saved), Quantization.NF4)]


def test_a_whole_run_goes_through_the_embedded_checkpoint_in_4_bits(cache):
    # Would catch a class between checkpoint and result that knows only unpacked weights.
    checkpoint = embedded_checkpoint()
    denoiser, _ = load(checkpoint, "cpu")
    text = denoiser.model.config.get_text_config()
    vocabulary = Vocabulary.read(checkpoint.folder, text.vocab_size, text.pad_token_id, text.bos_token_id)
    session = Session(checkpoint, denoiser, vocabulary)
    settings = SamplerSettings(steps=3, causal_weight=0.5)
    request = EditRequest("The harbour was ", "quiet", " in the morning.", strength=1, settings=settings)
    frames = []
    result = session.run(request, on_frame=frames.append)
    assert frames[-1].step == result.steps >= 1
    assert result.forward_passes > 0
    assert denoiser.model.model.decoder.layers[0].experts.gate_up_proj.packed.dtype is torch.uint8
