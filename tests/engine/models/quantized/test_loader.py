"""Loading in 4 bits: exact against a rounded model, one copy, one weight at a time, and each damage noticed."""

import errno
import json
import re
import shutil
import subprocess
import sys
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from bitsandbytes import functional
from safetensors.torch import load_file, save_file
from transformers import DiffusionGemmaForBlockDiffusion

from engine.contracts.errors import CheckpointError, LoadingCancelledError
from engine.contracts.loading import Quantization
from engine.contracts.request import SamplerSettings
from engine.diffusion.autoregressive import decode
from engine.diffusion.canvas import Canvas
from engine.diffusion.denoise import denoise
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.prefix import CachedDenoiser
from engine.models.quantized import pack as packs
from engine.models.quantized import packed
from engine.models.quantized.graph import GraphedDenoiser
from engine.models.quantized.loader import Loaded, load_streamed

PROMPT = [2, *range(10, 40)]


@pytest.fixture(scope="session")
def loaded(saved: Path, as_checkpoint) -> Loaded:
    """The small checkpoint in 4 bits."""
    return load_streamed(as_checkpoint(saved), "cpu")


def predictions(model) -> tuple[torch.Tensor, torch.Tensor]:
    """Of a canvas after a prompt that is longer than the window, and of the causal head."""
    denoiser = DiffusionGemmaDenoiser(model)
    generator = torch.Generator().manual_seed(1)
    canvas = torch.randint(0, 96, (2, 16), generator=generator)
    conditioning = torch.rand(2, 16, 96, generator=generator).softmax(-1)
    slots = torch.arange(16)
    seen = denoiser.logits(denoiser.prefill(PROMPT), canvas, slots, conditioning)
    return seen, denoiser.causal([5, 6, 7], denoiser.prefill(PROMPT))[0]


def test_predictions_are_those_of_the_rounded_model(loaded, rounded, small):
    # Would catch a weight in the wrong place, experts in the wrong order, a value that is not what NF4 says.
    for ours, theirs, unpacked in zip(predictions(loaded.model), predictions(rounded), predictions(small), strict=True):
        assert torch.equal(ours, theirs)
        assert not torch.allclose(ours, unpacked, atol=1e-3)


def test_encoder_and_decoder_have_one_copy_of_all_they_share(loaded):
    # Would catch a second copy, which would not fit the memory of the real model.
    encoder, decoder = loaded.model.model.encoder.language_model, loaded.model.model.decoder
    shared = dict(decoder.state_dict())
    assert all(not tensor.is_meta for tensor in loaded.model.state_dict().values())
    for name, tensor in encoder.state_dict().items():
        if not name.endswith("layer_scalar"):
            assert tensor.data_ptr() == shared[name].data_ptr(), name
    assert loaded.model.lm_head.weight is decoder.embed_tokens.weight


def test_only_attention_dense_layers_and_experts_are_packed(loaded):
    # Would catch a router, embedding, norm, self-conditioning or vision weight that lost precision.
    packed = {name.removesuffix(".packed") for name in loaded.model.state_dict() if name.endswith(".packed")}
    kinds = {name.split("layers.")[1].split(".", 1)[1] for name in packed}
    attention = {f"self_attn.{part}_proj.weight" for part in "qkvo"}
    dense = {f"mlp.{part}_proj.weight" for part in ("gate", "up", "down")}
    assert kinds == attention | dense | {"experts.gate_up_proj", "experts.down_proj"}
    assert not any("vision" in name for name in packed)


@pytest.mark.parametrize("weight", [0.0, 0.6])
def test_frames_and_guidance_are_those_of_the_rounded_model(loaded, rounded, weight):
    # Would catch a loop that takes another way with packed weights.
    settings = replace(SamplerSettings(steps=6, confidence=1e-9), causal_weight=weight)
    canvas = Canvas.blank(16, torch.device("cpu"))
    runs = []
    for denoiser in (GraphedDenoiser(loaded.model), DiffusionGemmaDenoiser(rounded)):
        generator = torch.Generator().manual_seed(3)
        context = denoiser.prefill(PROMPT)
        runs.append([(step.canvas, step.entropies) for step in denoise(denoiser, context, canvas, settings, generator)])
    assert len(runs[0]) == 7
    for ours, theirs in zip(*runs, strict=True):
        assert torch.equal(ours[0], theirs[0])
        assert torch.equal(ours[1], theirs[1])


def test_writing_from_left_to_right_is_that_of_the_rounded_model(loaded, rounded):
    texts = []
    for model in (loaded.model, rounded):
        steps = decode(DiffusionGemmaDenoiser(model), PROMPT, 12, 0.7, torch.Generator().manual_seed(2))
        texts.append([step.draft.tolist() for step in steps][-1])
    assert texts[0] == texts[1]


def test_a_kept_context_gives_what_reading_again_gives(loaded):
    # Would catch a cache that holds what another kind of weight computed.
    cached = CachedDenoiser(loaded.model)
    cached.block = 4
    plain = DiffusionGemmaDenoiser(loaded.model)
    plain.block = 4
    canvas, slots = torch.arange(16)[None], torch.arange(16)
    for prompt in (PROMPT, [*PROMPT[:20], 7, *PROMPT[20:]], PROMPT[:9]):
        ours = cached.logits(cached.prefill(prompt), canvas, slots, None)
        assert torch.equal(ours, plain.logits(plain.prefill(prompt), canvas, slots, None))


def test_the_next_start_loads_the_pack(saved, as_checkpoint, loaded, tmp_path):
    first = load_streamed(as_checkpoint(saved), "cpu", tmp_path / "pack")
    second = load_streamed(as_checkpoint(saved), "cpu", tmp_path / "pack")
    assert (first.from_pack, second.from_pack) == (False, True)
    for ours, theirs in zip(predictions(second.model), predictions(loaded.model), strict=True):
        assert torch.equal(ours, theirs)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def unmark(path: Path) -> None:
    (path.parent / "pack.json").write_text("{", "utf-8")


def without_a_slot(path: Path) -> None:
    marker = path.parent / "pack.json"
    found = json.loads(marker.read_text("utf-8"))
    found["files"][path.name]["slots"].pop()
    marker.write_text(json.dumps(found), "utf-8")


@pytest.mark.parametrize("damage", [cut, flip, Path.unlink, unmark, without_a_slot])
def test_a_damaged_pack_is_made_anew(saved, as_checkpoint, loaded, tmp_path, damage: Callable[[Path], None]):
    # Would catch a pack that is trusted because it is there.
    load_streamed(as_checkpoint(saved), "cpu", tmp_path / "pack")
    damage(next((tmp_path / "pack").glob("*.safetensors")))
    again = load_streamed(as_checkpoint(saved), "cpu", tmp_path / "pack")
    assert not again.from_pack
    assert torch.equal(predictions(again.model)[0], predictions(loaded.model)[0])
    assert load_streamed(as_checkpoint(saved), "cpu", tmp_path / "pack").from_pack


def test_a_pack_of_other_weights_is_made_anew(saved, as_checkpoint, tmp_path):
    folder = shutil.copytree(saved, tmp_path / "other")
    load_streamed(as_checkpoint(folder), "cpu", tmp_path / "pack")
    path = next(folder.glob("*.safetensors"))
    save_file({name: tensor * 2 for name, tensor in load_file(path).items()}, path, {"format": "pt"})
    assert not load_streamed(as_checkpoint(folder), "cpu", tmp_path / "pack").from_pack


@pytest.mark.parametrize("asked", [1, 12, 60])
def test_stopping_leaves_nothing(saved, as_checkpoint, tmp_path, asked):
    # The last of these stops while the pack is written.
    times = iter(range(1000))
    with pytest.raises(LoadingCancelledError):
        load_streamed(as_checkpoint(saved), "cpu", tmp_path / "pack", cancelled=lambda: next(times) >= asked)
    assert list(tmp_path.iterdir()) == []


def test_progress_names_each_file(saved, as_checkpoint):
    told: list[tuple[float, str]] = []
    load_streamed(as_checkpoint(saved), "cpu", progress=lambda fraction, stage: told.append((fraction, stage)))
    files = len(list(saved.glob("*.safetensors")))
    assert files > 2
    assert [stage for _, stage in told] == [f"Packing file {n} of {files} to 4 bits" for n in range(1, files + 1)]
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)


def test_a_disk_that_fills_while_a_pack_is_written_leaves_nothing_of_it(saved, as_checkpoint, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(packs, "save_file", full)
    loaded = load_streamed(as_checkpoint(saved), "cpu", tmp_path / "pack")
    assert re.search(r"cannot be kept in .*: No space left on device\. Make room", loaded.note)
    assert len(loaded.note.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
    # What was loaded can be used all the same.
    assert torch.equal(predictions(loaded.model)[0], predictions(load_streamed(as_checkpoint(saved), "cpu").model)[0])


def lose(tensors: dict[str, torch.Tensor], name: str) -> None:
    del tensors[name]


def add(tensors: dict[str, torch.Tensor], name: str) -> None:
    tensors["model.decoder.stranger"] = tensors[name].clone()


def halve(tensors: dict[str, torch.Tensor], name: str) -> None:
    tensors[name] = tensors[name][:1].contiguous()


@pytest.mark.parametrize(("change", "fault"), [(lose, "lacks"), (add, "unknown"), (halve, "wrong shape")])
def test_weights_that_do_not_fit_are_named(saved, as_checkpoint, tmp_path, change, fault):
    # Would catch an expert that is left random, or a weight that nobody reads.
    folder = shutil.copytree(saved, tmp_path / "broken")
    name = "model.decoder.layers.1.experts.down_proj"
    index = json.loads((folder / "model.safetensors.index.json").read_text("utf-8"))
    path = folder / index["weight_map"][name]
    tensors = load_file(path)
    change(tensors, name)
    save_file(tensors, path, {"format": "pt"})
    with pytest.raises(CheckpointError, match=f"do not fit config.json: the file .*{fault} "):
        load_streamed(as_checkpoint(folder), "cpu")


@pytest.mark.parametrize("double", [True, False])
def test_what_bitsandbytes_packed_already_is_read(small, saved, as_checkpoint, tmp_path, loaded, double):
    # A checkpoint whose linear layers were packed by transformers before it was saved; the experts are not.
    folder = tmp_path / "packed"
    folder.mkdir()
    shutil.copy(saved / "config.json", folder)
    tensors = {}
    for path in saved.glob("*.safetensors"):
        tensors |= load_file(path)
    for name in [name for name in tensors if name.endswith("_proj.weight") and "decoder.layers" in name]:
        packed, state = functional.quantize_4bit(tensors[name], compress_statistics=double, quant_type="nf4")
        tensors[name] = packed
        tensors |= {f"{name}.{key}": value for key, value in state.as_dict(packed=True).items()}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    ours, theirs = predictions(load_streamed(as_checkpoint(folder), "cpu").model)[0], predictions(loaded.model)[0]
    if double:
        assert torch.equal(ours, theirs)
    else:
        # Rounding magnitudes to 8 bits afterwards moves a few values to the next of the 16.
        assert (ours - theirs).norm() / theirs.norm() < 0.05


@pytest.mark.parametrize("layout", ["row", "col_turing"])
def test_what_bitsandbytes_packed_to_8_bits_is_read(small, saved, as_checkpoint, tmp_path, layout):
    # As LLM.int8 saves linear layers: steps, the largest magnitude of each row, and how the rows lie.
    folder = tmp_path / "packed"
    folder.mkdir()
    shutil.copy(saved / "config.json", folder)
    tensors = {}
    for path in saved.glob("*.safetensors"):
        tensors |= load_file(path)
    formats = {"row": 0, "col_turing": 2}
    for name in [name for name in tensors if name.endswith("_proj.weight") and "decoder.layers" in name]:
        module = name.removesuffix("weight")
        tensors[name], tensors[f"{module}SCB"], _ = functional.int8_vectorwise_quant(tensors[name].half())
        tensors[f"{module}weight_format"] = torch.tensor(formats[layout], dtype=torch.uint8)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    if layout != "row":
        with pytest.raises(CheckpointError, match="packed for one kind of GPU"):
            load_streamed(as_checkpoint(folder), "cpu", quantization=Quantization.INT8)
        return
    ours = load_streamed(as_checkpoint(folder), "cpu", quantization=Quantization.INT8).model
    for name in [name for name in tensors if name.endswith("SCB")]:
        tensors[name.replace("SCB", "weight")] = (
            tensors[name.replace("SCB", "weight")] * tensors.pop(name)[:, None] / 127
        )
        del tensors[name.replace("SCB", "weight_format")]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    theirs = load_streamed(as_checkpoint(folder), "cpu", quantization=Quantization.INT8).model
    name = "layers.1.mlp.up_proj.weight"
    assert torch.equal(*(model.model.decoder.get_submodule(name).values for model in (ours, theirs)))
    torch.testing.assert_close(predictions(ours)[0], predictions(theirs)[0], rtol=1e-3, atol=1e-3)


def test_experts_on_the_host_compute_the_same_and_are_copied_for_each_use(saved, as_checkpoint, loaded, monkeypatch):
    # Would catch a layer that is computed with another one's experts, or copies that pile up.
    partly = load_streamed(as_checkpoint(saved), "cpu", on_host=2).model
    kept = [
        [weight.on_host for weight in packed.packed_weights(layer.experts)] for layer in partly.model.decoder.layers
    ]
    assert kept == [[False, False], [True, True], [True, True]]
    copies = weakref.WeakSet()
    usual = packed.PackedWeight.at

    def at(weight: packed.PackedWeight, device: torch.device) -> packed.PackedWeight:
        there = usual(weight, device)
        assert (there is weight) != weight.on_host
        if weight.on_host:
            assert there.packed.data_ptr() != weight.packed.data_ptr()
            copies.add(there)
            assert len(copies) <= 2
        return there

    monkeypatch.setattr(packed.PackedWeight, "at", at)
    assert torch.equal(predictions(partly)[0], predictions(loaded.model)[0])
    assert len(copies) == 0


def test_large_weights_are_read_in_pieces(saved, as_checkpoint, loaded, monkeypatch):
    # Would catch a piece that is lost or swapped; here each is one expert.
    monkeypatch.setattr(packed, "PIECE", 64 * 64)
    again = load_streamed(as_checkpoint(saved), "cpu")
    assert torch.equal(predictions(again.model)[0], predictions(loaded.model)[0])


_LOAD = """
import sys
import weakref
from dataclasses import replace
from pathlib import Path
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.models.quantized import packed
from engine.models.quantized.loader import load_streamed

packed.PIECE = 2**18
print(load_streamed(replace(embedded_checkpoint(), folder=Path(sys.argv[1]), name="small"), "cpu").peak_host)
"""


def test_the_unpacked_model_never_exists(make_config, tmp_path):
    # Would catch shards that are read as a whole: packed weights are an eighth of the unpacked ones here. In a process
    # of its own, because this one has memory left over from other tests, which would be used first.
    kinds = ["sliding_attention", "full_attention"]
    large = {"hidden_size": 256, "num_experts": 48, "moe_intermediate_size": 512}
    config = make_config(**large, num_hidden_layers=2, layer_types=kinds)
    model = DiffusionGemmaForBlockDiffusion(config)
    unpacked = sum(parameter.nbytes for parameter in model.parameters())
    model.save_pretrained(tmp_path / "large")
    ran = subprocess.run([sys.executable, "-c", _LOAD, tmp_path / "large"], capture_output=True, text=True, check=True)
    assert unpacked > 150e6
    assert 0 < int(ran.stdout.split()[-1]) < 0.85 * unpacked
