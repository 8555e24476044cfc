"""Reads the JSON files of a checkpoint folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.contracts.errors import CheckpointError


def read_json(folder: Path, name: str, advice: str) -> dict[str, Any]:
    """A JSON object from a file in the folder. Raises CheckpointError."""
    path = folder / name
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"The checkpoint in {folder} has no {name}. {advice}") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path} is broken: it is not valid JSON. {advice}") from None
    if not isinstance(value, dict):
        raise CheckpointError(f"{path} is broken: it does not hold a JSON object. {advice}")
    return value
