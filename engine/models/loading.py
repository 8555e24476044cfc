"""Loads a validated folder into a model class of transformers: safetensors only, local files only, no code from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
from transformers import PreTrainedModel
from transformers.utils import logging as transformers_logging

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import CheckpointError, EngineError, MemoryShortageError, is_memory_shortage
from engine.contracts.loading import Progress

Model = TypeVar("Model", bound=PreTrainedModel)

_FAULTS = {
    "missing_keys": "lacks",
    "mismatched_keys": "has the wrong shape for",
    "unexpected_keys": "has the unknown",
}
"""Keys of transformers' loading info, and how they read after "the file"."""


@contextmanager
def one_line(checkpoint: Checkpoint) -> Iterator[None]:
    """Silences transformers and turns whatever it raises into one line. Raises CheckpointError, MemoryShortageError."""
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        yield
    except EngineError:
        raise
    # Whatever transformers raises here, the folder does not match its config.json.
    except Exception as error:
        if is_memory_shortage(error):
            raise MemoryShortageError(
                f"There is not enough memory to load {checkpoint.name}. Close other programs or choose a smaller one."
            ) from error
        line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CheckpointError(f"The checkpoint in {checkpoint.folder} cannot be loaded: {line}") from error


def load_model(
    model_class: type[Model],
    checkpoint: Checkpoint,
    device: str,
    progress: Progress,
    faults: Sequence[str] = tuple(_FAULTS),
    dtype: torch.dtype | None = None,
) -> Model:
    """The model of a folder. Raises CheckpointError if weights are missing, of the wrong shape or unknown.

    device: a torch device name. dtype: of the weights; None: float32 on "cpu", the stored type elsewhere.
    progress: called with a fraction and a stage. faults: keys of transformers' loading info that are errors.
    """
    progress(0.91, "Loading the weights")
    model, info = model_class.from_pretrained(  # pyright: ignore[reportGeneralTypeIssues] # a pair by its last argument
        checkpoint.folder,
        dtype=dtype or (torch.float32 if device == "cpu" else "auto"),
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    # transformers fills missing weights with random values and only warns.
    for fault in faults:
        if names := sorted(map(str, info[fault])):
            raise CheckpointError(
                f"The weights in {checkpoint.folder} do not fit config.json: the file {_FAULTS[fault]} {names[0]} "
                f"({len(names)} in total). Download both from the same checkpoint."
            )
    progress(0.96, "Moving the weights")
    return model.to(device)


def end_tokens(model: PreTrainedModel) -> tuple[int, ...]:
    """Ids that end a text, from the model's generation settings."""
    ends = model.generation_config.eos_token_id
    return tuple(ends) if isinstance(ends, list) else () if ends is None else (ends,)
