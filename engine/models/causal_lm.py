"""Causal language models of any family that transformers knows: opponents that write one token after the other.

transformers' own forward is used as it is, and each family makes the KV cache it needs in its first pass. The causal
half of DiffusionGemma is one of them as well, for comparisons with `generate()`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    Cache,
    DiffusionGemmaForBlockDiffusion,
    Gemma4ForCausalLM,
    Gemma4TextConfig,
    PreTrainedModel,
)

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import CheckpointError, RequestError
from engine.models.loading import end_tokens, load_model, one_line

_BLOCK = 1024
"""Tokens of a context that are read in one pass, so that the memory of a mask grows with the length, not its square."""


class CausalLMDenoiser:
    """Runs a causal language model in evaluation mode: an `engine.diffusion.denoiser.Denoiser` that has no canvas."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model.eval()
        self.device = model.device
        self.vocabulary_size: int = model.config.get_text_config().vocab_size
        self.ends = end_tokens(model)

    @torch.inference_mode()
    def prefill(self, tokens: Sequence[int], context: Cache | None = None) -> Cache:
        """Read tokens into a KV cache; after those of `context`, which is extended in place."""
        for start in range(0, len(tokens), _BLOCK):
            # The head is as large as all other layers together in a small model; here nobody asks what it says.
            _, context = self._read(tokens[start : start + _BLOCK], context, logits=1)
        assert context is not None, "there is at least one token"
        return context

    def prefill_rows(self, rows: Sequence[Sequence[int]]) -> Cache:
        """Raises RequestError, as `logits`."""
        raise _no_canvas()

    @torch.inference_mode()
    def causal(self, tokens: Sequence[int], context: Cache | None = None) -> tuple[Tensor, Cache]:
        """Predict what follows each token from what comes before it: logits, (T, V) float32, and the longer context."""
        logits, context = self._read(tokens, context, logits=len(tokens))
        return logits[0].float(), context

    def logits(self, context: Cache, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """Raises RequestError: such a model cannot look at what follows."""
        raise _no_canvas()

    def expect(self, context: Cache, canvas: Tensor, slots: Tensor) -> Tensor:
        """Raises RequestError, as `logits`."""
        raise _no_canvas()

    def forget(self) -> None:
        """Nothing is kept between runs."""

    def _read(self, tokens: Sequence[int], context: Cache | None, logits: int) -> tuple[Tensor, Cache]:
        """One pass: the logits, (1, T, V), of so many of the last tokens, and the longer context."""
        ids = torch.tensor([list(tokens)], device=self.device)
        output = self.model(input_ids=ids, past_key_values=context, use_cache=True, logits_to_keep=logits)
        return output.logits, output.past_key_values


def _no_canvas() -> RequestError:
    return RequestError("A model that writes only from left to right cannot denoise. Choose another checkpoint.")


def load(
    checkpoint: Checkpoint, device: str, progress: Callable[[float, str], None] = lambda fraction, stage: None
) -> CausalLMDenoiser:
    """Load a checked folder. Raises CheckpointError where its class is no causal one or does not fit its weights.

    device: a torch device name; on "cpu" weights become float32, elsewhere they stay as they are stored.
    progress: called with a fraction and a stage.
    """
    with one_line(checkpoint):
        model_class = _model_class(checkpoint)
        # What a causal class does not ask for, such as the tower of a model that sees images, is left in the file.
        model = load_model(model_class, checkpoint, device, progress, faults=("missing_keys", "mismatched_keys"))
        denoiser = CausalLMDenoiser(model)
        _name_marks(checkpoint, denoiser)
        start = model.config.get_text_config().bos_token_id
        logits, context = denoiser.causal([start])
        # An encoder such as BERT's has a causal class too, and reads in both directions where nobody forbade it.
        if context is None or logits.shape != (1, denoiser.vocabulary_size):
            raise _no_writer(checkpoint)
    return denoiser


def _model_class(checkpoint: Checkpoint) -> type[PreTrainedModel]:
    """The class that config.json names. Raises CheckpointError where transformers has no such writer of text."""
    config = AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True, trust_remote_code=False)
    found = cast("type[PreTrainedModel] | None", MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None))
    if found is None or found.__name__ != checkpoint.model_class:
        raise CheckpointError(
            f"config.json in {checkpoint.folder} names the class {checkpoint.model_class} for a model of the type "
            f"{config.model_type}, which does not fit. Get it again from where the checkpoint came from."
        )
    if not {"past_key_values", "logits_to_keep"} <= inspect.signature(found.forward).parameters.keys():
        raise _no_writer(checkpoint)
    return found


def _no_writer(checkpoint: Checkpoint) -> CheckpointError:
    return CheckpointError(
        f"The {checkpoint.model_class} in {checkpoint.folder} does not write text from left to right with a "
        "key-value cache. Choose another checkpoint."
    )


def _name_marks(checkpoint: Checkpoint, denoiser: CausalLMDenoiser) -> None:
    """Give the config a start and a padding token where the family has none. Raises CheckpointError.

    What ends a text also stands before the next one in such a family's training data, and padding is never written.
    """
    text = denoiser.model.config.get_text_config()
    ends = [token for token in denoiser.ends if 0 <= token < denoiser.vocabulary_size]
    for name in ("bos_token_id", "pad_token_id"):
        token = getattr(text, name, None)
        if token is None and not ends:
            raise CheckpointError(
                f"config.json in {checkpoint.folder} names neither a {name} nor an eos_token_id. Add one of them."
            )
        setattr(text, name, ends[0] if token is None else token)


def causal_half(model: DiffusionGemmaForBlockDiffusion) -> Gemma4ForCausalLM:
    """The encoder of DiffusionGemma and its head as what they are in transformers, with the same weights in memory.

    Both have the layers of Gemma 4 without embeddings for each layer; the predictions are the same to the last bit.
    """
    encoder, text = model.model.encoder.language_model, model.config.get_text_config().to_dict()
    del text["model_type"]
    config = Gemma4TextConfig(
        **text,
        attention_k_eq_v=True,
        enable_moe_block=True,
        hidden_size_per_layer_input=0,
        final_logit_softcapping=model.final_logit_softcapping,
    )
    config._attn_implementation = model.config._attn_implementation
    with torch.device("meta"):
        causal = Gemma4ForCausalLM(config).eval()
    # The same modules where they are tied to each other or hold numbers that are no weights.
    for name in ("rotary_emb", "embed_tokens"):
        setattr(causal.model, name, getattr(encoder, name))
    causal.lm_head = model.lm_head
    causal.model.layers.load_state_dict(encoder.layers.state_dict(), assign=True)
    causal.model.norm.load_state_dict(encoder.norm.state_dict(), assign=True)
    return causal
