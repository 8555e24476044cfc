"""What a checkpoint can do: plain data, read from its folder by `engine.models.checkpoint_folder`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.contracts.loading import Quantization
from engine.contracts.request import Action, Decoder, SamplerSettings

_ABILITIES = {
    Action.FILL: "fill gaps",
    Action.FIX: "fix spelling and grammar",
    Action.SHORTER: "make text shorter",
    Action.SIMPLER: "make text simpler",
    Action.REPHRASE: "rephrase text",
    Action.CONTINUE: "continue text",
}
INSTRUCTED = "google/diffusiongemma-26B-A4B-it"
"""The hub id of a checkpoint that follows instructions."""
NoiseKind = Literal["uniform", "absorbing", "none"]
LengthBy = Literal["pad", "search", "end-token"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A validated folder and what the model in it can do.

    folder: the one with its files.
    name: what to call it in the window.
    model_class: the transformers class named in its config.json.
    tasks: the actions it was trained for, besides rewriting by strength.
    languages: two-letter codes.
    noise_kind: what a noised slot holds: a random token (uniform) or the mask token (absorbing); none without a canvas.
    length_by: how the length of a span is found: PAD tokens at its end, a search over lengths, or an end token.
    trained_context, trained_canvas: tokens it was trained with, and never exceeded; 0 if it has no canvas.
    follows_instructions, sees_images: what else it can do.
    sampler: its own default settings.
    decoders: those it supports.
    fix_threshold: probability, 0 to 1, above which Fix treats a word as wrong.
    withheld: tasks it was trained for, but does worse than leaving the text as it is.
    packed: what bitsandbytes packed its weights to before they were saved; None where they are not packed.
    has_chat_template: whether its folder tells how a conversation is written, without which it can't be asked.
    """

    folder: Path
    name: str
    model_class: str
    tasks: tuple[str, ...]
    languages: tuple[str, ...]
    noise_kind: NoiseKind
    length_by: LengthBy
    trained_context: int
    trained_canvas: int
    follows_instructions: bool
    sees_images: bool
    sampler: SamplerSettings
    decoders: tuple[Decoder, ...] = tuple(Decoder)
    fix_threshold: float = 0.5
    withheld: tuple[str, ...] = ()
    packed: Quantization | None = None
    has_chat_template: bool = False

    @property
    def ask_refusal(self) -> str:
        """Why this checkpoint can't be asked in words, and what to do, in one line; "" if it can."""
        if not self.follows_instructions or Decoder.DIFFUSION not in self.decoders:
            return (
                f"The checkpoint {self.name} follows no instructions. Choose one that does, such as "
                f"{INSTRUCTED} (View > Model…, or --model)."
            )
        if not self.has_chat_template:
            return (
                f"The checkpoint {self.name} has no chat template, so it can't be asked in words. Copy "
                f"chat_template.jinja from where it came from into {self.folder}."
            )
        return ""

    def refusal(self, action: Action, decoder: Decoder = Decoder.DIFFUSION) -> str:
        """Why this checkpoint cannot do an action with a decoder, in one line; "" if it can."""
        if decoder not in self.decoders:
            return (
                f"The checkpoint {self.name} writes only from left to right. It can continue and fill; choose "
                "--decoder autoregressive."
            )
        if action is Action.REWRITE or action.value in self.tasks:
            return ""
        if action.value in self.withheld:
            return (
                f"This model was trained to {_ABILITIES[action]}, but on held-out text it did worse than leaving "
                "the text as it is. Use Rewrite instead."
            )
        included = action in (Action.FILL, Action.FIX, Action.CONTINUE)
        instead = "Leave out --model to use the one that comes with Remelt." if included else "Use Rewrite instead."
        return f"This model was not trained to {_ABILITIES[action]}. {instead}"
