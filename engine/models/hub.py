"""Checkpoints of the Hugging Face hub: found in its cache, and downloaded only when a person asks for it.

Only weights in safetensors, configurations and tokenizers are fetched, so nothing that could run code. After an
interrupted download, files that were complete are not fetched again.
"""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import CheckpointError, LoadingCancelledError, RequestError
from engine.contracts.loading import Cancelled, Progress
from engine.models.checkpoint_folder import embedded_checkpoint, read_checkpoint, runnable_class

_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_WANTED = ("*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json", "tokenizer.json")
_WANTED += ("tokenizer_config.json", "chat_template.jinja", "remelt.json")
_INDEX = "model.safetensors.index.json"
_KNOWN_BYTES = {"google/diffusiongemma-26B-A4B-it": 51.6e9}
"""25.8 billion parameters in bfloat16. So its size can be told without a network."""
_SPARE = 2**30
"""Bytes that must stay free beside a download."""


def find_checkpoint(
    model: str | Path | None,
    download: bool = False,
    progress: Progress = lambda fraction, stage: None,
    cancelled: Cancelled = lambda: False,
) -> Checkpoint:
    """The embedded checkpoint for None, that of a folder, or that of a hub id, validated but not loaded.

    download: whether the network may be used for a hub id that is not in the cache. progress: of the download.
    Raises CheckpointError, RequestError, LoadingCancelledError.
    """
    if model is None:
        return embedded_checkpoint()
    if not is_hub_id(model):
        return read_checkpoint(model)
    model = str(model)
    folder = cached(model)
    if folder is None:
        if not download:
            raise RequestError(_offer(model))
        folder = _download(model, progress, cancelled)
    return read_checkpoint(folder, name=model.split("/")[1])


def is_hub_id(model: str | Path) -> bool:
    """Whether this names no folder but looks like OWNER/NAME."""
    return isinstance(model, str) and _ID.fullmatch(model) is not None and not Path(model).exists()


def cached(model: str) -> Path | None:
    """The folder of a hub id in the cache; None where it is not there or not complete."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(model, "config.json")
    if not isinstance(found, str):
        return None
    folder = Path(found).parent
    index = folder / _INDEX
    try:
        names = set(json.loads(index.read_text("utf-8"))["weight_map"].values()) if index.exists() else set()
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    weights = all((folder / name).exists() for name in names) if names else any(folder.glob("*.safetensors"))
    return folder if weights and (folder / "tokenizer.json").exists() else None


def known_bytes(model: str) -> int | None:
    """The size of a download that can be told without a network; None for most."""
    size = _KNOWN_BYTES.get(model)
    return None if size is None else int(size)


def to_fetch(model: str) -> int:
    """Bytes that a download of a hub id would take, as the hub says. Raises CheckpointError, RequestError."""
    from huggingface_hub import HfApi, constants, try_to_load_from_cache

    with _explained(model):
        found = HfApi().model_info(model, files_metadata=True)
        missing = [
            file.size
            for file in _wanted(model, found.siblings or ())
            if not isinstance(try_to_load_from_cache(model, file.name, revision=found.sha), str)
        ]
        _check_room(model, sum(missing), Path(constants.HF_HUB_CACHE))
    return sum(missing)


def _offer(model: str) -> str:
    """What a person could do about a hub id that is not here."""
    if model in _KNOWN_BYTES:
        size = f"{_KNOWN_BYTES[model] / 1e9:.1f} GB"
        return f"{model} is not on this computer. Add --download to fetch it from huggingface.co ({size})."
    return (
        f"{model} is neither a folder nor in the cache of the hub. Add --download to fetch it from huggingface.co; "
        "whether there is room for it is checked first."
    )


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int


def _download(model: str, progress: Progress, cancelled: Cancelled) -> Path:
    """Fetch a checkpoint into the cache. Raises CheckpointError, RequestError, LoadingCancelledError."""
    from huggingface_hub import HfApi, constants, hf_hub_download, try_to_load_from_cache

    # Its own way of transfer cannot be stopped in the middle of a file.
    constants.HF_HUB_DISABLE_XET = True
    with _explained(model):
        progress(0.0, f"Asking huggingface.co for {model}")
        found = HfApi().model_info(model, files_metadata=True)
        files = _wanted(model, found.siblings or ())
        # Small and first, so that what cannot be run is refused before gigabytes were fetched. It also makes the cache
        # remember which commit the others belong to.
        first = next(file for file in files if file.name == "config.json")
        whole = sum(file.size for file in files)
        config = Path(hf_hub_download(model, first.name, tqdm_class=_bar(first, 0, whole, progress, cancelled)))
        runnable_class(config.parent)
        commit = config.parent.name
        missing = [
            file for file in files if not isinstance(try_to_load_from_cache(model, file.name, revision=commit), str)
        ]
        _check_room(model, sum(file.size for file in missing), Path(constants.HF_HUB_CACHE))
        done = whole - sum(file.size for file in missing)
        for file in missing:
            bar = _bar(file, done, whole, progress, cancelled)
            hf_hub_download(model, file.name, revision=commit, tqdm_class=bar)
            done += file.size
    return config.parent


def _wanted(model: str, siblings: Sequence[Any]) -> list[_File]:
    """The files to fetch, the smallest first. Raises CheckpointError where there are no weights among them."""
    files = [
        _File(each.rfilename, each.size or 0)
        for each in siblings
        if any(fnmatch(each.rfilename, pattern) for pattern in _WANTED) and "/" not in each.rfilename
    ]
    names = {file.name for file in files}
    for needed, there in (
        ("config.json", "config.json" in names),
        ("tokenizer.json", "tokenizer.json" in names),
        ("weights in safetensors", any(name.endswith(".safetensors") for name in names)),
    ):
        if not there:
            raise CheckpointError(f"{model} on huggingface.co has no {needed}, so Remelt cannot use it.")
    return sorted(files, key=lambda file: file.size)


def _check_room(model: str, size: int, cache: Path) -> None:
    """Raises RequestError where the download would not fit."""
    place = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if size + _SPARE > free:
        raise RequestError(
            f"{model} takes {size / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free on the disk of {cache}. Make room, "
            "or set HF_HOME to a folder on another disk."
        )


def _bar(file: _File, before: int, total: int, progress: Progress, cancelled: Cancelled) -> Any:
    """A class that the hub's library takes for a progress bar: reports, and stops the download when asked to."""
    from tqdm import tqdm

    class Bar(tqdm):  # pyright: ignore[reportMissingTypeArgument, reportUntypedBaseClass]
        """Shows nothing itself."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*arguments, **{**options, "disable": True})
            self._done = int(options.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            """n: bytes since the last call. Raises LoadingCancelledError."""
            if cancelled():
                raise LoadingCancelledError("The download was stopped. Files that were complete are kept.")
            self._done += int(n or 0)
            done = before + self._done
            progress(done / max(1, total), f"Downloading {file.name}, {done / 1e9:.1f} of {total / 1e9:.1f} GB")
            return None

    return Bar


@contextmanager
def _explained(model: str) -> Iterator[None]:
    """Turns what the hub's library raises into one line. Raises RequestError."""
    from huggingface_hub import errors

    again = "Files that were complete are kept."
    try:
        yield
    except errors.GatedRepoError as error:
        raise RequestError(
            f"{model} is gated. Accept its terms on https://huggingface.co/{model}, log in with `hf auth login`, and "
            "try again."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise RequestError(
            f"huggingface.co has no model {model}, or it is private. Check the name, or log in with `hf auth login`."
        ) from error
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:
        raise RequestError(f"huggingface.co cannot be reached. Check the connection and try again. {again}") from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        advice = "Log in with `hf auth login`" if status in (401, 403) else "Try again later"
        raise RequestError(f"huggingface.co answered {status} for {model}. {advice}. {again}") from error
    # Of whatever library the hub's own one uses for the network.
    except errors.HTTPError as error:  # pyright: ignore[reportPrivateImportUsage]
        raise RequestError(f"huggingface.co cannot be reached. Check the connection and try again. {again}") from error
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise RequestError(f"{model} cannot be downloaded: {reason}. {again}") from error
