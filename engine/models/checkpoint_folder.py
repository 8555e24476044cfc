"""Validates a checkpoint folder before anything is loaded, and reads what its model can do."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import CheckpointError, RequestError
from engine.contracts.loading import Quantization
from engine.contracts.request import Decoder, Sampler, SamplerSettings
from engine.models.chat_template import chat_template
from engine.models.json_object import read_json

CLASSES = ("DiffusionGemmaForBlockDiffusion",)
"""Model classes with a denoiser."""

_CAUSAL = re.compile(r"\w+(ForCausalLM|LMHeadModel)|Gemma\w+ForConditionalGeneration", re.ASCII)
"""Names of classes that write only from left to right. Whether transformers has the class is checked on loading."""
_POSITIONS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
"""Names that families use in config.json for the number of tokens they can read."""

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".msgpack", ".h5")
_HEADER_LIMIT = 100_000_000
"""Bytes; the limit of the safetensors format for its header."""


_LARGE = 1_000_000_000
_IMPORTS_SMALL, _IMPORTS_LARGE = 0.9, 0.05
"""Shares of the time; bytes of weights from which a checkpoint is large."""


def embedded_checkpoint() -> Checkpoint:
    """The small checkpoint that comes with Remelt. Raises CheckpointError."""
    return read_checkpoint(Path(str(files("resources").joinpath("checkpoint"))), name="embedded")


def read_checkpoint(folder: str | Path, name: str = "") -> Checkpoint:
    """Validate a local folder without loading weights. Raises CheckpointError with one clear line."""
    folder = Path(folder)
    config, model_class, causal = runnable_class(folder)
    tokenizer = read_json(folder, "tokenizer.json", "Copy it from the original checkpoint.")
    _check_vocabulary(folder, config, tokenizer, causal)
    _check_weights(folder)
    packed = None if causal else _packed(folder, config)
    abilities = _abilities(folder, config, "causal" if causal else model_class)
    decoders = (Decoder.AUTOREGRESSIVE,) if causal else tuple(Decoder)
    checkpoint = _from_abilities(folder, name or folder.resolve().name, model_class, decoders, abilities)
    return replace(checkpoint, packed=packed, has_chat_template=bool(chat_template(folder)))


def runnable_class(folder: Path) -> tuple[dict[str, Any], str, bool]:
    """The content of config.json, the class it names, and whether that is a causal one.

    Raises CheckpointError where Remelt cannot run the class. Only config.json need be there.
    """
    if not folder.is_dir():
        raise CheckpointError(f"There is no checkpoint folder at {folder}. Choose a folder that holds config.json.")
    config = read_json(folder, "config.json", "Choose the folder of a complete checkpoint.")
    architectures = config.get("architectures")
    model_class = architectures[0] if isinstance(architectures, list) and architectures else "unknown"
    causal = isinstance(model_class, str) and _CAUSAL.fullmatch(model_class) is not None
    if model_class not in CLASSES and not causal:
        raise CheckpointError(
            f"The checkpoint in {folder} is a {model_class}, which Remelt cannot run. It runs "
            f"{', '.join(CLASSES)}, and, as opponents, causal language models (...ForCausalLM)."
        )
    if config.get("auto_map"):
        raise CheckpointError(f"The checkpoint in {folder} needs code of its own, which Remelt never runs.")
    return config, model_class, causal


def share_before_loading(folder: str | Path | None) -> float:
    """Share, 0 to 1, of the time from the start until a checkpoint can be used that passes before it is loaded.

    For a small one, importing torch and transformers takes most of it. folder: None means the embedded one; what is no
    folder, such as a hub id, counts as large.
    """
    if folder is None:
        return _IMPORTS_SMALL
    if not Path(folder).is_dir():
        return _IMPORTS_LARGE
    try:
        size = sum(path.stat().st_size for path in Path(folder).glob("*.safetensors"))
    except OSError:
        size = 0
    return _IMPORTS_SMALL if size < _LARGE else _IMPORTS_LARGE


def _packed(folder: Path, config: dict[str, Any]) -> Quantization | None:
    """What a checkpoint was packed to before it was saved. Raises CheckpointError where that cannot be read."""
    found = config.get("quantization_config")
    if found is None:
        return None
    method = found.get("quant_method") if isinstance(found, dict) else None
    if method == "bitsandbytes" and found.get("load_in_4bit"):
        return Quantization.NF4
    if method == "bitsandbytes" and found.get("load_in_8bit"):
        return Quantization.INT8
    raise CheckpointError(
        f"The weights in {folder} are packed by {method or 'an unknown method'}, which Remelt cannot read. It reads "
        "what bitsandbytes packed to 4 or 8 bits, and packs the original checkpoint itself (--quantization nf4)."
    )


def _from_abilities(
    folder: Path, name: str, model_class: str, decoders: tuple[Decoder, ...], abilities: dict[str, Any]
) -> Checkpoint:
    """Build from the content of remelt.json. Raises CheckpointError if a field is missing or out of range."""
    fields = _Fields(folder, abilities)
    sampler = _Fields(folder, fields.take("sampler", dict))
    high, low = sampler.take_list("temperature", (int, float), length=2)
    kind = sampler.take("sampler", str, default=Sampler.ENTROPY_BOUND)
    if kind not in list(Sampler):
        raise CheckpointError(f"remelt.json in {folder} names the sampler {kind!r}; choose {' or '.join(Sampler)}.")
    try:
        settings = SamplerSettings(
            steps=sampler.take("steps", int),
            entropy_bound=float(sampler.take("entropy_bound", (int, float))),
            temperature_high=float(high),
            temperature_low=float(low),
            stability_steps=sampler.take("stability_steps", int),
            confidence=float(sampler.take("confidence", (int, float))),
            causal_weight=float(sampler.take("causal_weight", (int, float), default=0.0)),
            sampler=Sampler(kind),
        )
    except RequestError as error:
        raise CheckpointError(f"remelt.json in {folder} has an invalid value: {error}") from error
    checkpoint = Checkpoint(
        folder=folder,
        name=name,
        model_class=model_class,
        tasks=tuple(fields.take_list("tasks", str)),
        languages=tuple(fields.take_list("languages", str)),
        noise_kind=fields.take("noise_kind", str),
        length_by=fields.take("length_by", str),
        trained_context=fields.take("trained_context", int),
        trained_canvas=fields.take("trained_canvas", int),
        follows_instructions=fields.take("follows_instructions", bool),
        sees_images=fields.take("sees_images", bool),
        sampler=settings,
        decoders=decoders,
        withheld=tuple(fields.take_list("withheld", str, default=[])),
        fix_threshold=float(fields.take("fix_threshold", (int, float), default=0.5)),
    )
    if not 0 < checkpoint.fix_threshold < 1:
        raise CheckpointError(
            f"remelt.json in {folder} needs a fix_threshold between 0 and 1, not {checkpoint.fix_threshold}."
        )
    noise_kind, least_canvas = ("uniform", 16) if Decoder.DIFFUSION in decoders else ("none", 0)
    if checkpoint.noise_kind != noise_kind:
        raise CheckpointError(
            f"remelt.json in {folder} has noise_kind {checkpoint.noise_kind!r}; "
            f"for a {model_class} it must be {noise_kind}."
        )
    if checkpoint.length_by not in ("pad", "search", "end-token"):
        raise CheckpointError(
            f"remelt.json in {folder} has length_by {checkpoint.length_by!r}; choose pad, search or end-token."
        )
    if checkpoint.trained_context < 1 or checkpoint.trained_canvas < least_canvas:
        raise CheckpointError(
            f"remelt.json in {folder} needs trained_context of at least 1 and trained_canvas of at least "
            f"{least_canvas} tokens."
        )
    return checkpoint


class _Fields:
    """Reads the fields of one object in remelt.json, checking their types. Raises CheckpointError."""

    def __init__(self, folder: Path, values: dict[str, Any]) -> None:
        self._folder = folder
        self._values = values

    def take(self, name: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """The value of a field, which is optional only if it has a default."""
        if name not in self._values:
            if default is not None:
                return default
            raise CheckpointError(f"remelt.json in {self._folder} lacks the field {name!r}. Add it.")
        return self._checked(name, self._values[name], kind)

    def take_list(
        self,
        name: str,
        kind: type | tuple[type, ...],
        length: int | None = None,
        default: list[Any] | None = None,
    ) -> list[Any]:
        """The items of a list, of exactly `length` if it is given; optional only if it has a default."""
        items = [self._checked(name, item, kind) for item in self.take(name, list, default)]
        if length is not None and len(items) != length:
            raise CheckpointError(f"remelt.json in {self._folder} needs {length} values in the field {name!r}.")
        return items

    def _checked(self, name: str, value: Any, kind: type | tuple[type, ...]) -> Any:
        """The value itself if its type is right; a bool is not a number here."""
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise CheckpointError(f"remelt.json in {self._folder} has a value of the wrong type in the field {name!r}.")
        return value


def _abilities(folder: Path, config: dict[str, Any], kind: str) -> dict[str, Any]:
    """The fields of remelt.json, or the defaults for a kind of model. Raises CheckpointError."""
    own = None
    if (folder / "remelt.json").exists():
        own = read_json(folder, "remelt.json", "Repair it, or remove it to use the class's defaults.")
    if own is not None and kind != "causal":
        return own
    abilities = json.loads(files("resources").joinpath("checkpoint_defaults.json").read_text("utf-8"))[kind]
    if kind != "causal":
        return abilities
    # Such a model can read as far as it has positions; remelt.json may set a lower limit, but not a higher one.
    text = config.get("text_config", config)
    found = [text[name] for name in _POSITIONS if type(text.get(name)) is int]
    most = found[0] if found else abilities["trained_context"]
    abilities = {**abilities, "trained_context": most, **(own or {})}
    if isinstance(abilities["trained_context"], int) and abilities["trained_context"] > most:
        raise CheckpointError(
            f"remelt.json in {folder} has a trained_context of {abilities['trained_context']} tokens, but the model "
            f"reads at most {most}."
        )
    return abilities


def _check_vocabulary(folder: Path, config: dict[str, Any], tokenizer: dict[str, Any], causal: bool) -> None:
    """The tokenizer must not have tokens without an embedding in the model. Raises CheckpointError.

    causal: whether it is a causal model, which may have its fields at the top level and no padding or start token.
    """
    foreign = CheckpointError(f"config.json or tokenizer.json in {folder} does not describe a text model.")
    try:
        text = config.get("text_config", config) if causal else config["text_config"]
        size, special = text["vocab_size"], [text.get("pad_token_id"), text.get("bos_token_id")]
        if causal:
            special = [token for token in special if token is not None]
        ids = list(tokenizer["model"]["vocab"].values())
        added = [token["id"] for token in tokenizer.get("added_tokens", [])]
    except (KeyError, TypeError, AttributeError):
        raise foreign from None
    if not ids or not all(type(number) is int and number >= 0 for number in (size, *special, *ids, *added)):
        raise foreign
    if max(special, default=0) >= size:
        raise CheckpointError(f"config.json in {folder} names a padding or start token that the model does not have.")
    if (largest := max(ids + added)) >= size:
        raise CheckpointError(
            f"The tokenizer in {folder} has {largest + 1} tokens, but the model only {size}. "
            "They belong to different checkpoints."
        )


def _check_weights(folder: Path) -> None:
    """The safetensors files must be complete. Only their headers are read. Raises CheckpointError."""
    shards = sorted(folder.glob("*.safetensors"))
    if not shards:
        pickles = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLES)
        if pickles:
            raise CheckpointError(
                f"The weights in {folder} are {pickles[0]}, a format that can run code when it is "
                "read. Remelt reads only safetensors; convert them first."
            )
        raise CheckpointError(f"The checkpoint in {folder} has no weights (*.safetensors).")
    for shard in shards:
        _check_shard(shard)
    if (folder / "model.safetensors.index.json").exists():
        index = read_json(folder, "model.safetensors.index.json", "Download it again.")
        weight_map = index.get("weight_map")
        named = set(weight_map.values()) if isinstance(weight_map, dict) and _all_text(weight_map) else None
        if named is None:
            raise CheckpointError(f"model.safetensors.index.json in {folder} is broken. Download it again.")
        missing = sorted(named - {shard.name for shard in shards})
        if missing:
            raise CheckpointError(
                f"The checkpoint in {folder} lacks {missing[0]} ({len(missing)} of {len(named)} "
                "files are missing). Download it again."
            )


def _all_text(mapping: dict[str, Any]) -> bool:
    """Whether all values are strings."""
    return all(isinstance(value, str) for value in mapping.values())


def _check_shard(shard: Path) -> None:
    """The header of one safetensors file must describe exactly the bytes that follow. Raises CheckpointError."""
    cut = CheckpointError(f"{shard} is truncated or damaged. Download or copy it again.")
    try:
        size = shard.stat().st_size
        with shard.open("rb") as stream:
            start = stream.read(8)
            if len(start) < 8:
                raise cut
            (length,) = struct.unpack("<Q", start)
            if length > min(size - 8, _HEADER_LIMIT):
                raise cut
            header = json.loads(stream.read(length))
        ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
    except OSError as error:
        raise CheckpointError(f"{shard} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        raise cut from None
    if 8 + length + max(ends, default=0) != size:
        raise cut
