"""Writes a checkpoint folder for the loader, with model card and loss curve."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import DiffusionGemmaForBlockDiffusion, PreTrainedTokenizerFast
from transformers.models.diffusion_gemma.generation_diffusion_gemma import (
    DiffusionGemmaGenerationConfig,
    EntropyBoundSamplerConfig,
)

from engine.contracts.request import SamplerSettings
from engine.training.card import curve_svg, write_card
from engine.training.recipe import Recipe
from engine.training.state import Progress
from engine.training.tokenizer import BOS, EOS, PAD, SPECIAL

SAMPLER = SamplerSettings(
    steps=24, entropy_bound=1.0, temperature_high=0.9, temperature_low=0.4, stability_steps=1, confidence=0.05
)
"""Initial settings: a small model is never as certain as the large one that the family's own are made for."""


@dataclass(frozen=True, slots=True)
class Start:
    """An earlier checkpoint that a run started from. tokens: how many it had read."""

    name: str
    tokens: int


def export(
    folder: Path,
    model: DiffusionGemmaForBlockDiffusion,
    recipe: Recipe,
    progress: Progress,
    tokenizer: Tokenizer,
    licences: dict[str, str],
    start: Start | None = None,
    made: Mapping[str, object] | None = None,
) -> None:
    """Write a folder for `engine.models.checkpoint_folder`. The weights, float32 in `model`, are stored in bf16.

    licences: that of each source in the corpus, for the model card. start: the checkpoint the run started from.
    made: what else training.json is to say of the run: its optimiser, its machine, the tokens of each source.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rounded = copy.deepcopy(model).to(torch.bfloat16)  # pyright: ignore[reportArgumentType] # a decorator hides its parameters
    rounded.generation_config = _generation_config(SAMPLER, recipe.canvas)
    rounded.save_pretrained(folder)
    names = {"pad_token": SPECIAL[PAD], "eos_token": SPECIAL[EOS], "bos_token": SPECIAL[BOS]}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False, **names).save_pretrained(
        folder
    )
    abilities = {
        "tasks": ["fill", "continue"],
        "languages": ["en"],
        "noise_kind": "uniform",
        "length_by": "pad",
        "trained_context": recipe.context,
        "trained_canvas": recipe.canvas,
        "follows_instructions": False,
        "sees_images": False,
        "sampler": _sampler_fields(SAMPLER),
    }
    _write_json(folder / "remelt.json", abilities)
    training = {
        "recipe": asdict(recipe),
        "parameters": sum(weight.numel() for weight in model.model.decoder.parameters()),
        "start": asdict(start) if start else None,
        "sources": licences,
        **asdict(progress),
        **(made or {}),
    }
    _write_json(folder / "training.json", training)
    (folder / "loss.svg").write_text(curve_svg(progress.curve), "utf-8")
    write_card(folder)


def write_abilities(
    folder: Path,
    sampler: SamplerSettings | None = None,
    fix_threshold: float | None = None,
    offers: Mapping[str, bool] | None = None,
) -> None:
    """Write measured settings to an exported folder; None leaves a field unchanged.

    offers: which of the measured tasks to name in `tasks`; the others are named in `withheld`.
    """
    path = folder / "remelt.json"
    abilities = json.loads(path.read_text("utf-8"))
    if sampler is not None:
        abilities["sampler"] = _sampler_fields(sampler)
        _generation_config(sampler, abilities["trained_canvas"]).save_pretrained(folder)
    if fix_threshold is not None:
        abilities["fix_threshold"] = fix_threshold
    for task, offered in (offers or {}).items():
        for field, named in (("tasks", offered), ("withheld", not offered)):
            abilities[field] = [name for name in abilities.get(field, []) if name != task] + [task] * named
    _write_json(path, abilities)


def _sampler_fields(sampler: SamplerSettings) -> dict[str, object]:
    """The settings in the form of remelt.json."""
    return {
        "steps": sampler.steps,
        "causal_weight": sampler.causal_weight,
        "entropy_bound": sampler.entropy_bound,
        "temperature": [sampler.temperature_high, sampler.temperature_low],
        "stability_steps": sampler.stability_steps,
        "confidence": sampler.confidence,
    }


def _generation_config(sampler: SamplerSettings, canvas: int) -> DiffusionGemmaGenerationConfig:
    """The same settings for transformers' own `generate()`."""
    return DiffusionGemmaGenerationConfig(
        max_new_tokens=canvas,
        max_denoising_steps=sampler.steps,
        sampler_config=EntropyBoundSamplerConfig(entropy_bound=sampler.entropy_bound),
        t_max=sampler.temperature_high,
        t_min=sampler.temperature_low,
        stability_threshold=sampler.stability_steps,
        confidence_threshold=sampler.confidence,
        pad_token_id=PAD,
        eos_token_id=EOS,
        bos_token_id=BOS,
    )


def _write_json(path: Path, value: dict[str, object]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")
