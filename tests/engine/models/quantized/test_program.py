"""The whole program on a random checkpoint with packed weights: as on the same weights rounded and kept in float32."""

import copy
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest
import torch
from transformers import DiffusionGemmaForBlockDiffusion

from engine import Action, Decoder, EditRequest, EngineThread, LoadFailed, Loading, Ready, SamplerSettings
from engine.__main__ import main
from engine.contracts.errors import CheckpointError, LoadingCancelledError
from engine.contracts.loading import LoadSettings, Quantization
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.models.quantized.assembly import assemble, slots
from engine.models.quantized.packed import PackedWeight
from engine.runs.session import Session

TEXT = "The harbour was quiet in the morning, and nobody heard the old boat."
PACKED = (Quantization.NF4, Quantization.INT8)
SHARP = SamplerSettings(steps=3, confidence=1e-9, causal_weight=0.5)
REQUESTS = {
    "rewrite, guided": EditRequest(TEXT[:16], TEXT[16:36], TEXT[36:], strength=0.7, settings=SHARP),
    "two results, ranked": EditRequest(TEXT[:16], TEXT[16:36], TEXT[36:], strength=1, variants=2, settings=SHARP),
    "continue by diffusion": EditRequest(TEXT, "", "", Action.CONTINUE, length=6, settings=SHARP),
    "the opponent": EditRequest(TEXT, "", "", Action.CONTINUE, length=6, decoder=Decoder.AUTOREGRESSIVE),
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """The user's cache is a folder of its own."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *named, **others: str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def model(make_config) -> DiffusionGemmaForBlockDiffusion:
    """Several experts, sliding and full layers, tied embeddings for the tokens of the embedded checkpoint."""
    torch.manual_seed(3)
    made = DiffusionGemmaForBlockDiffusion(make_config(vocab_size=16384)).eval()
    for parameter in made.parameters():
        if parameter.dim() > 1:
            parameter.data.mul_(4.0)
    return made


def write(model: DiffusionGemmaForBlockDiffusion, folder: Path) -> Path:
    """A complete folder, in several files."""
    model.save_pretrained(folder, max_shard_size="1MB")
    for name in ("tokenizer.json", "remelt.json"):
        shutil.copy(embedded_checkpoint().folder / name, folder)
    return folder


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory) -> Path:
    """The checkpoint, unpacked."""
    return write(model, tmp_path_factory.mktemp("large") / "large")


@pytest.fixture(scope="module")
def reference(model, tmp_path_factory) -> Callable[[Quantization], Session]:
    """Opens a copy in float32 whose weights were rounded to a format and back."""
    opened: dict[Quantization, Session] = {}

    def rounded(quantization: Quantization) -> Session:
        if quantization not in opened:
            made = copy.deepcopy(model)
            weights = dict(made.named_parameters(remove_duplicate=False))
            for slot in slots(assemble(made.config, torch.float32, quantization)):
                if isinstance(slot.weight, PackedWeight):
                    slot.weight.quantise(weights[slot.names[0]].detach())
                    weights[slot.names[0]].data.copy_(slot.weight.dequantised(torch.float32))
            opened[quantization] = Session.open(write(made, tmp_path_factory.mktemp("rounded") / "large"))
        return opened[quantization]

    return rounded


@pytest.fixture(scope="module")
def opened(folder, tmp_path_factory) -> Callable[[Quantization], Session]:
    """Opens the checkpoint packed."""
    found: dict[Quantization, Session] = {}

    def open_packed(quantization: Quantization) -> Session:
        if quantization not in found:
            found[quantization] = Session.open(folder, settings=LoadSettings(quantization))
        return found[quantization]

    return open_packed


@pytest.mark.parametrize("quantization", PACKED)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_runs_are_those_of_the_rounded_weights(opened, reference, quantization, request_):
    # Would catch an action, guidance, ranking or opponent that goes past the packed weights or reads them wrongly.
    found = []
    for session in (opened(quantization), reference(quantization)):
        frames = []
        result = session.run(request_, on_frame=frames.append)
        found.append((result.variants, result.forward_passes, [frame.draft_tokens for frame in frames]))
    assert found[0] == found[1]
    assert found[0][1] > 0


def test_what_is_kept_of_the_weights_is_told(opened, folder):
    assert [opened(quantization).weights for quantization in PACKED] == ["nf4", "int8"]
    assert Session.open(folder).weights == "float32"
    assert Session.open(folder, settings=LoadSettings(Quantization.BF16)).weights == "bfloat16"


def test_the_context_is_limited_as_asked(folder):
    assert Session.open(folder, settings=LoadSettings(context=40)).checkpoint.trained_context == 40


def test_the_command_line_packs_and_says_so_on_a_terminal(folder, tmp_path, monkeypatch, capsys):
    # Would catch a verb that loads past the option, and progress that is mixed with the result.
    from engine.cli import loading

    monkeypatch.setattr(loading, "_PATIENCE", 0.0)
    (tmp_path / "text.txt").write_text(TEXT, "utf-8")
    arguments = ["rewrite", str(tmp_path / "text.txt"), "--select", "16:36", "--model", str(folder), "--json"]
    assert main([*arguments, "--steps", "1", "--quantization", "nf4"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["range"] == [16, 36]
    files = len(list(folder.glob("*.safetensors")))
    assert f"remelt engine: Packing file {files} of {files} to 4 bits, " in told.err
    assert main([*arguments, "--steps", "1", "--quantization", "nf4"]) == 0
    assert "remelt engine: Loading file 1 of 1, " in capsys.readouterr().err


def test_loading_is_stopped_within_a_weight_and_leaves_nothing(folder, cache):
    asked = iter(range(1000))
    with pytest.raises(LoadingCancelledError):
        Session.open(folder, cancelled=lambda: next(asked) >= 3, settings=LoadSettings(Quantization.NF4))
    assert not any(path.is_file() for path in cache.rglob("*"))


def test_the_thread_reports_each_file_and_what_is_loaded(folder):
    events, done = [], threading.Event()

    def take(event: object) -> None:
        events.append(event)
        if isinstance(event, Ready | LoadFailed):
            done.set()

    engine = EngineThread(take, folder, "cpu", LoadSettings(Quantization.INT8))
    engine.start()
    assert done.wait(60)
    assert engine.close(20)
    assert isinstance(events[-1], Ready)
    assert events[-1].weights == "int8"
    fractions = [event.fraction for event in events if isinstance(event, Loading)]
    assert fractions == sorted(fractions)
    files = len(list(folder.glob("*.safetensors")))
    assert sum("to 8 bits" in event.stage for event in events if isinstance(event, Loading)) == files


def test_weights_that_are_no_numbers_are_named(model, tmp_path):
    # Would catch an expert that turns every text into noise.
    spoilt = copy.deepcopy(model)
    spoilt.model.decoder.layers[1].experts.down_proj.data[3, 2, 1] = float("nan")
    folder = write(spoilt, tmp_path / "spoilt")
    for quantization in (*PACKED, Quantization.BF16):
        with pytest.raises(CheckpointError, match=r"is damaged: \S+experts.down_proj holds values that are no numbers"):
            Session.open(folder, settings=LoadSettings(quantization))
