"""What is said of memory is what is measured, and the real model fits where it must."""

import json
import weakref
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import DiffusionGemmaConfig

from engine.cli.main import main
from engine.contracts.loading import Quantization
from engine.contracts.request import SamplerSettings
from engine.diffusion.canvas import Canvas
from engine.diffusion.denoise import denoise
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.memory import estimate, read_config
from engine.models.quantized.assembly import slots
from engine.models.quantized.random import random_model

REAL = "google/diffusiongemma-26B-A4B-it"
VISION = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1}
VISION |= {"model_type": "gemma4_vision", "num_key_value_heads": 1, "head_dim": 16, "position_embedding_size": 16}


class Alive(TorchDispatchMode):
    """Counts the bytes of all tensors that come out of an operation and are still held, and remembers the most."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.most = self._now = 0
        weights = [*model.parameters(), *model.buffers()]
        self._known = {tensor.untyped_storage()._cdata for tensor in weights}

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage()._cdata not in self._known:
                storage = tensor.untyped_storage()
                self._known.add(storage._cdata)
                self._now += storage.nbytes()
                self.most = max(self.most, self._now)
                weakref.finalize(storage, self._gone, storage._cdata, storage.nbytes())
        return result

    def _gone(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._now -= size


@pytest.mark.parametrize(
    ("text", "context", "canvas"),
    [
        ({"vocab_size": 4000}, 300, 64),
        ({"vocab_size": 2000, "hidden_size": 128, "num_experts": 16, "sliding_window": 32}, 500, 32),
        ({"vocab_size": 500, "hidden_size": 256, "num_experts": 32}, 1500, 16),
    ],
    ids=["the head", "between", "the experts"],
)
@pytest.mark.parametrize("quantization", ["nf4", "bf16"])
def test_the_estimate_is_within_five_percent_of_what_is_measured(text, context, canvas, quantization):
    # Would catch a tensor of the vocabulary that lives longer than said, a second copy of weights, a larger cache.
    shape = {
        "intermediate_size": 64,
        "moe_intermediate_size": 128,
        "num_hidden_layers": 3,
        "layer_types": ["sliding_attention", "sliding_attention", "full_attention"],
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 32,
        "global_head_dim": 64,
        "num_global_key_value_heads": 1,
        "num_experts": 6,
        "hidden_size": 64,
        "top_k_experts": 2,
        "sliding_window": 8,
    }
    config = DiffusionGemmaConfig(text_config={**shape, **text}, vision_config=VISION, canvas_length=canvas)
    model = random_model(config, torch.float32, torch.device("cpu"), Quantization(quantization))
    denoiser = DiffusionGemmaDenoiser(model)
    tokens = torch.randint(3, 490, (context,), generator=torch.Generator().manual_seed(0)).tolist()
    settings = SamplerSettings(steps=3, confidence=1e-9)
    with Alive(model) as alive:
        read = denoiser.prefill(tokens)
        for _ in denoise(denoiser, read, Canvas.blank(canvas, denoiser.device), settings, torch.Generator()):
            pass
    measured = sum(slot.weight.nbytes for slot in slots(model)) + alive.most
    said = estimate(config, quantization, context, canvas, block=128, dtype=torch.float32, fused=False)
    assert said.total == pytest.approx(measured, rel=0.05)


def test_the_real_model_fits_18_gigabytes_in_4_bits_and_says_what_256k_takes():
    config = read_config(REAL)
    near, far = estimate(config, "nf4", 8192, 256), estimate(config, "nf4", 262_144 - 256, 256)
    assert near.parameters == pytest.approx(25.82e9, rel=1e-3)
    assert near.total < 18e9
    assert 28e9 < far.total < 34e9
    assert estimate(config, "int8", 8192, 256).total < 0.6 * estimate(config, "bf16", 8192, 256).total < 40e9


def test_the_verb_prints_all_parts(capsys):
    assert main(["memory", "--model", REAL, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert sum(said["weights"].values()) + sum(said["cache"].values()) + said["work"] == said["total"]
    assert main(["memory", "--quantization", "bf16"]) == 0
    assert "million parameters in bf16, " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--model", "nobody/nothing"], "nobody/nothing is neither a folder"),
        (["--context", "999999999"], "together at most"),
        (["--canvas", "-1"], "at least 1 token"),
    ],
)
def test_bad_input_is_one_line(capsys, arguments, line):
    assert main(["memory", *arguments]) == 2
    told = capsys.readouterr().err
    assert line in told
    assert told.count("\n") == 1


def test_a_configuration_of_another_class_is_one_line(capsys, tmp_path: Path):
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"]}', "utf-8")
    assert main(["memory", "--model", str(tmp_path)]) == 2
    assert "no config.json of a DiffusionGemmaForBlockDiffusion" in capsys.readouterr().err
