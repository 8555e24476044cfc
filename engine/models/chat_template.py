"""Finds the chat template of a checkpoint folder; `engine.models.chat` runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.contracts.errors import CheckpointError
from engine.models.json_object import read_json


def chat_template(folder: Path) -> str:
    """The Jinja template of a conversation that comes with a tokenizer; "" if there is none.

    Raises CheckpointError if it can't be read.
    """
    path = folder / "chat_template.jinja"
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CheckpointError(f"{path} cannot be read: {reason}.") from error
    found = tokenizer_settings(folder).get("chat_template")
    if isinstance(found, list):
        # Several templates with names.
        named = {each.get("name"): each.get("template") for each in found if isinstance(each, dict)}
        found = named.get("default")
    return found if isinstance(found, str) else ""


def tokenizer_settings(folder: Path) -> dict[str, Any]:
    """The content of tokenizer_config.json; nothing where there is none. Raises CheckpointError."""
    if not (folder / "tokenizer_config.json").exists():
        return {}
    return read_json(folder, "tokenizer_config.json", "Copy it from the original checkpoint.")
