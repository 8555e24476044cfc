"""A checkpoint's own way to write a conversation: its chat template, run by transformers' sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer, models

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import CheckpointError
from engine.models.chat_template import chat_template, tokenizer_settings
from engine.text.vocabulary import Vocabulary

_PLACE = "REMELT-MESSAGE-PLACE"
"""Stands for the message while the template is run, so that nothing in a text can pass for a mark of the template."""


@dataclass(frozen=True, slots=True)
class Chat:
    """What stands before and after the one message of a conversation, as tokens.

    head: starts with the beginning-of-sequence token. tail: ends where the answer begins.
    end: the mark that closes the message, and thus an answer; None where there is none.
    """

    head: tuple[int, ...]
    tail: tuple[int, ...]
    end: int | None

    @classmethod
    def of(cls, checkpoint: Checkpoint, vocabulary: Vocabulary) -> Chat:
        """Run the template once, with thinking off. Raises CheckpointError if it can't be used."""
        head, tail = _around(checkpoint)
        marked = vocabulary.encode_marked(tail)
        end = next((token for token in marked if vocabulary.is_special(token)), None)
        return cls(tuple(vocabulary.encode_marked(head)), tuple(marked), end)

    def prompt(self, message: list[int]) -> list[int]:
        """The tokens of a conversation with one message, given as tokens, up to where the answer begins."""
        return [*self.head, *message, *self.tail]


def _around(checkpoint: Checkpoint) -> tuple[str, str]:
    """What a template writes before and after a message. Raises CheckpointError."""
    from transformers import PreTrainedTokenizerFast

    settings = tokenizer_settings(checkpoint.folder)
    marks: dict[str, Any] = {name: _text_of(value) for name, value in settings.items() if name.endswith("_token")}
    # Without the vocabulary, which is large and not needed for this.
    writer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
    try:
        text = writer.apply_chat_template(
            [{"role": "user", "content": _PLACE}],
            chat_template=chat_template(checkpoint.folder),
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
            **{name: mark for name, mark in marks.items() if mark},
        )
    # A template may raise whatever it likes.
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CheckpointError(f"The chat template in {checkpoint.folder} cannot be run: {reason}") from error
    parts = str(text).split(_PLACE)
    if len(parts) != 2:
        raise CheckpointError(
            f"The chat template in {checkpoint.folder} writes a message {len(parts) - 1} times instead of once. Copy "
            "chat_template.jinja again from where the checkpoint came from."
        )
    return parts[0], parts[1]


def _text_of(value: object) -> str:
    """A token as tokenizer_config.json names it: its text, or an object that holds it."""
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else ""
