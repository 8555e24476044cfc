from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from engine import Action, CheckpointError, DenoisingError, SamplerSettings
from engine.models.checkpoint_folder import embedded_checkpoint, read_checkpoint
from engine.runs.session import Session

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

EMBEDDED = embedded_checkpoint().folder
FILES = ("config.json", "tokenizer.json", "remelt.json", "generation_config.json", "tokenizer_config.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the embedded checkpoint; its weights are a link until a test replaces them."""
    made = tmp_path / "model"
    made.mkdir()
    for name in FILES:
        shutil.copy(EMBEDDED / name, made)
    (made / "model.safetensors").symlink_to(EMBEDDED / "model.safetensors")
    return made


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a JSON file."""
    value = json.loads(path.read_text("utf-8"))
    change(value)
    path.write_text(json.dumps(value), "utf-8")


def refused(folder: Path, *named: str, opened: bool = False) -> str:
    """The one clear line with which a folder is refused."""
    with pytest.raises(CheckpointError) as caught:
        Session.open(folder) if opened else read_checkpoint(folder)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert str(folder) in line
    for word in named:
        assert word in line
    return line


def replace_weights(folder: Path, change: Callable[[dict], object]) -> None:
    """Rewrite the weights in a changed form."""
    weights = load_file(folder / "model.safetensors")
    change(weights)
    (folder / "model.safetensors").unlink()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def test_the_embedded_checkpoint_says_what_it_can_do():
    checkpoint = embedded_checkpoint()
    abilities = json.loads((EMBEDDED / "remelt.json").read_text("utf-8"))
    assert checkpoint.name == "embedded"
    assert checkpoint.model_class == "DiffusionGemmaForBlockDiffusion"
    for name in ("trained_context", "trained_canvas", "noise_kind", "length_by", "follows_instructions", "sees_images"):
        assert getattr(checkpoint, name) == abilities[name]
    assert list(checkpoint.tasks) == abilities["tasks"]
    assert list(checkpoint.languages) == abilities["languages"]
    assert checkpoint.sampler.steps == abilities["sampler"]["steps"]
    assert checkpoint.sampler.entropy_bound == abilities["sampler"]["entropy_bound"]
    assert [checkpoint.sampler.temperature_high, checkpoint.sampler.temperature_low] == abilities["sampler"][
        "temperature"
    ]
    assert checkpoint.refusal(Action.FILL) == checkpoint.refusal(Action.REWRITE) == ""


def test_a_whole_copy_is_read_and_opens(folder):
    assert read_checkpoint(folder).name == "model"
    assert read_checkpoint(str(folder)).folder == folder
    assert Session.open(folder).checkpoint == read_checkpoint(folder)


def test_a_checkpoint_that_cannot_fill_says_so(folder):
    edit(folder / "remelt.json", lambda value: value.update(tasks=["continue"]))
    checkpoint = read_checkpoint(folder)
    assert "fill" in checkpoint.refusal(Action.FILL)
    assert checkpoint.refusal(Action.REWRITE) == ""


@pytest.mark.parametrize(
    ("fields", "packed"),
    [
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "nf4"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True, "load_in_4bit": False}, "int8"),
        ({"quant_method": "gptq", "bits": 4}, None),
        ({}, None),
    ],
)
def test_weights_that_are_packed_already_are_known_or_refused(folder, fields, packed):
    edit(folder / "config.json", lambda value: value.update(quantization_config=fields))
    if packed is not None:
        assert read_checkpoint(folder).packed == packed
        return
    with pytest.raises(CheckpointError, match=r"are packed by (gptq|an unknown method), which Remelt cannot read\."):
        read_checkpoint(folder)


def test_a_folder_without_remelt_json_takes_the_defaults_of_its_class(folder):
    (folder / "remelt.json").unlink()
    checkpoint = read_checkpoint(folder)
    assert checkpoint.trained_canvas == 256
    assert checkpoint.length_by == "end-token"
    assert checkpoint.sampler == SamplerSettings(48, 0.1, 0.8, 0.4, 1, 0.005)


def test_a_missing_folder(tmp_path):
    refused(tmp_path / "nowhere")


def test_a_hub_id_is_no_folder():
    refused(Path("google/diffusiongemma-26B-A4B-it"))


def test_an_empty_folder(tmp_path):
    refused(tmp_path, "config.json")


def test_a_file_instead_of_a_folder(folder):
    refused(folder / "config.json")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    refused(folder, name)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "remelt.json"])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe{}", b"{} {}", b"\x00" * 99, b"[" * 100_000]
)
def test_broken_json(folder, name, content):
    (folder / name).write_bytes(content)
    refused(folder, name)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "remelt.json"])
def test_a_folder_in_place_of_a_file(folder, name):
    (folder / name).unlink()
    (folder / name).mkdir()
    refused(folder, name)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "remelt.json"])
@settings(max_examples=EXAMPLES // 5)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    )
)
def test_any_other_json_is_refused_in_one_line(tmp_path_factory, name, value):
    folder = tmp_path_factory.mktemp("any")
    for other in FILES[:3]:
        shutil.copy(EMBEDDED / other, folder)
    (folder / "model.safetensors").symlink_to(EMBEDDED / "model.safetensors")
    (folder / name).write_text(json.dumps(value), "utf-8")
    refused(folder)


@pytest.mark.parametrize("architectures", [["BertModel"], [], None, "DiffusionGemma", 5, {}, [None], [[]], [{}]])
def test_another_class(folder, architectures):
    edit(folder / "config.json", lambda value: value.update(architectures=architectures))
    refused(folder)


def test_the_other_class_and_the_known_one_are_named(folder):
    edit(folder / "config.json", lambda value: value.update(architectures=["T5ForConditionalGeneration"]))
    refused(folder, "T5ForConditionalGeneration", "DiffusionGemmaForBlockDiffusion")


def test_a_causal_class_over_another_model(folder):
    edit(folder / "config.json", lambda value: value.update(architectures=["GemmaForCausalLM"]))
    (folder / "remelt.json").unlink()
    refused(folder, "GemmaForCausalLM", "diffusion_gemma", opened=True)


def test_code_in_the_folder_is_never_run(folder):
    edit(folder / "config.json", lambda value: value.update(auto_map={"AutoModel": "evil.Model"}))
    (folder / "evil.py").write_text("raise SystemExit('ran')")
    refused(folder, "code")


@pytest.mark.parametrize("size", [1, 100, 16383, "16384 tokens", None, [], float("inf"), float("nan")])
def test_a_tokenizer_with_more_tokens_than_the_model(folder, size):
    edit(folder / "config.json", lambda value: value["text_config"].update(vocab_size=size))
    refused(folder)


def test_an_added_token_behind_the_vocabulary(folder):
    extra = {"id": 16384, "content": "<new>", "special": True}
    edit(folder / "tokenizer.json", lambda value: value["added_tokens"].append(extra))
    refused(folder, "16385", "16384")


@pytest.mark.parametrize("vocabulary", [{}, [], None, {"a": "b"}, {"a": None}, [["a", -1.0]]])
def test_a_tokenizer_without_tokens(folder, vocabulary):
    edit(folder / "tokenizer.json", lambda value: value["model"].update(vocab=vocabulary))
    refused(folder)


def test_a_tokenizer_that_only_looks_like_one(folder):
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {"a": 0}}}))
    refused(folder, "tokenizer.json", opened=True)


def test_no_weights(folder):
    (folder / "model.safetensors").unlink()
    refused(folder, "safetensors")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pth", "model.ckpt", "weights.pkl"])
def test_a_pickle_is_never_read(folder, name):
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(b"cos\nsystem\n(S'exit'\ntR.")
    refused(folder, name, "safetensors", "code")


@pytest.mark.parametrize("kept", [0, 7, 8, 100, 5_000, 1_000_000, -1])
def test_truncated_weights(folder, kept):
    data = (EMBEDDED / "model.safetensors").read_bytes()[:kept]
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(data)
    refused(folder, "model.safetensors")


def test_weights_with_something_behind_them(folder):
    data = (EMBEDDED / "model.safetensors").read_bytes()
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(data + b"more")
    refused(folder, "model.safetensors")


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b"7",
        b"{",
        b"\xff\xff",
        b'{"a": 1}',
        b'{"a": {}}',
        b'{"a": {"data_offsets": []}}',
        b'{"a": {"data_offsets": [0, "x"]}}',
        b'{"a": {"data_offsets": [0, null]}}',
        b'{"a": {"data_offsets": [0, 1e999]}}',
        b'{"a": {"data_offsets": {}}}',
        b'{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}',
        b"[" * 50_000,
    ],
)
def test_weights_with_a_broken_header(folder, header):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    refused(folder, "model.safetensors")


def test_a_header_longer_than_any_memory(folder):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2**63) + b"{}")
    refused(folder, "model.safetensors")


def test_a_broken_shard_beside_a_whole_one(folder):
    (folder / "other.safetensors").write_bytes(b"short")
    refused(folder, "other.safetensors")


def test_a_folder_named_like_weights(folder):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()
    refused(folder, "model.safetensors")


def test_a_missing_shard_of_an_index(folder):
    names = {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    refused(folder, "model-00002-of-00002.safetensors", "1 of 2")


@pytest.mark.parametrize(
    "index",
    ["", "{", "[]", "{}", '{"weight_map": []}', '{"weight_map": {"a": []}}', '{"weight_map": {"a": null, "b": "x"}}'],
)
def test_a_broken_index(folder, index):
    (folder / "model.safetensors.index.json").write_text(index)
    refused(folder, "model.safetensors.index.json")


TOP = ("tasks", "languages", "noise_kind", "length_by", "trained_context", "trained_canvas", "follows_instructions")
SAMPLER = ("steps", "entropy_bound", "temperature", "stability_steps", "confidence")


@pytest.mark.parametrize("field", [*TOP, "sees_images", "sampler"])
def test_remelt_json_without_a_field(folder, field):
    edit(folder / "remelt.json", lambda value: value.pop(field))
    refused(folder, "remelt.json", field)


@pytest.mark.parametrize("field", SAMPLER)
def test_remelt_json_without_a_field_of_the_sampler(folder, field):
    edit(folder / "remelt.json", lambda value: value["sampler"].pop(field))
    refused(folder, "remelt.json", field)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *((field, None) for field in [*TOP, "sees_images", "sampler"]),
        *((field, {"a": 1}) for field in [*TOP, "sees_images"]),
        ("tasks", "fill"),
        ("tasks", 5),
        ("tasks", [1]),
        ("languages", "en"),
        ("languages", 5),
        ("noise_kind", "absorbing"),
        ("noise_kind", "other"),
        ("noise_kind", []),
        ("length_by", "guess"),
        ("length_by", []),
        ("trained_context", 0),
        ("trained_context", -1),
        ("trained_context", "many"),
        ("trained_context", float("inf")),
        ("trained_context", float("nan")),
        ("trained_context", [64]),
        ("trained_canvas", 0),
        ("trained_canvas", 15),
        ("trained_canvas", float("inf")),
        ("follows_instructions", "no"),
        ("sees_images", "no"),
        ("sampler", []),
        ("sampler", 5),
        ("sampler", {}),
    ],
)
def test_remelt_json_with_a_bad_field(folder, field, wrong):
    edit(folder / "remelt.json", lambda value: value.update({field: wrong}))
    refused(folder, "remelt.json")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *((field, wrong) for field in SAMPLER for wrong in (None, [], {}, "much", -1, float("nan"))),
        ("steps", 0),
        ("steps", 10**9),
        ("steps", float("inf")),
        ("entropy_bound", 0),
        ("entropy_bound", float("inf")),
        ("temperature", 0.5),
        ("temperature", [0.5]),
        ("temperature", [0.4, 0.9]),
        ("temperature", [0.9, 0]),
        ("temperature", [0.9, 0.5, 0.4]),
        ("temperature", ["a", "b"]),
        ("stability_steps", float("inf")),
        ("confidence", 0),
    ],
)
def test_remelt_json_with_a_bad_field_of_the_sampler(folder, field, wrong):
    edit(folder / "remelt.json", lambda value: value["sampler"].update({field: wrong}))
    refused(folder, "remelt.json")


def test_a_missing_weight_is_not_filled_with_random_values(folder):
    replace_weights(folder, lambda weights: weights.pop(sorted(weights)[3]))
    refused(folder, opened=True)


def test_an_unknown_weight(folder):
    replace_weights(folder, lambda weights: weights.update(stray=weights[min(weights)].clone()))
    refused(folder, "stray", opened=True)


def test_a_weight_of_another_shape(folder):
    def cut(weights: dict) -> None:
        name = max(weights, key=lambda name: weights[name].numel())
        weights[name] = weights[name][:-1].clone()

    replace_weights(folder, cut)
    refused(folder, opened=True)


def test_weights_of_a_config_with_another_number_of_layers(folder):
    def shorten(config: dict) -> None:
        config["text_config"].update(num_hidden_layers=5, layer_types=["sliding_attention"] * 4 + ["full_attention"])

    edit(folder / "config.json", shorten)
    refused(folder, opened=True)


def test_weights_that_are_not_numbers(folder):
    def spoil(weights: dict) -> None:
        for weight in weights.values():
            weight.fill_(float("nan"))

    replace_weights(folder, spoil)
    with pytest.raises((DenoisingError, CheckpointError)) as caught:
        Session.open(folder)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"bos_token_id": 16384},
        {"bos_token_id": None},
        {"bos_token_id": "x"},
        {"bos_token_id": -1},
        {"pad_token_id": 16384},
        {"pad_token_id": None},
        {"pad_token_id": "x"},
        {"hidden_size": "wide"},
        {"hidden_size": 0},
        {"num_hidden_layers": -1},
        {"layer_types": ["other"] * 6},
        {"rope_parameters": 5},
        {"hidden_activation": "none"},
        {"vocab_size": 8200},
    ],
)
def test_a_config_with_a_bad_field(folder, fields):
    edit(folder / "config.json", lambda value: value["text_config"].update(fields))
    refused(folder, opened=True)


def test_reading_a_folder_changes_nothing_in_it(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    Session.open(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_with_an_odd_name_is_read(tmp_path):
    for name in ("mit Leerzeichen", "漢字 👍", "a'b\"c", "100%"):
        folder = tmp_path / name
        shutil.copytree(EMBEDDED, folder)
        assert Session.open(folder).checkpoint.name == name
