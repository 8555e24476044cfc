"""Causal language models of any family in transformers: opponents that write one token after the other.

transformers' own forward is used unchanged, and each family creates the KV cache it needs in its first pass. The
causal half of DiffusionGemma is one of them too, for comparisons with `generate()`.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
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
from engine.contracts.loading import Progress
from engine.models.loading import end_tokens, load_model, one_line

_BLOCK = 1024
"""Tokens of a context read in one pass, so that memory for the mask grows with the length, not with its square."""


class CausalLMDenoiser:
    """Runs a causal language model in evaluation mode: an `engine.diffusion.denoiser.Denoiser` without a canvas."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model.eval()
        self.device = model.device
        self.vocabulary_size: int = model.config.get_text_config().vocab_size
        self.ends = end_tokens(model)

    @torch.inference_mode()
    def prefill(self, tokens: Sequence[int], context: Cache | None = None) -> Cache:
        """Read tokens into a KV cache, after those of `context`, which is extended in place."""
        for start in range(0, len(tokens), _BLOCK):
            # In a small model, the head is as large as all other layers together, and its output is not needed here.
            _, context = self._read(tokens[start : start + _BLOCK], context, logits=1)
        assert context is not None, "there is at least one token"
        return context

    def prefill_rows(self, rows: Sequence[Sequence[int]]) -> Cache:
        """Raises RequestError, as `logits`."""
        raise _no_canvas()

    @torch.inference_mode()
    def causal(self, tokens: Sequence[int], context: Cache | None = None) -> tuple[Tensor, Cache]:
        """Predict the token after each one from those before: logits, (T, V) float32, and the extended context."""
        logits, context = self._read(tokens, context, logits=len(tokens))
        return logits[0].float(), context

    def logits(self, context: Cache, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """Raises RequestError: such a model cannot see the text that follows."""
        raise _no_canvas()

    def expect(self, context: Cache, canvas: Tensor, slots: Tensor) -> Tensor:
        """Raises RequestError, as `logits`."""
        raise _no_canvas()

    def forget(self) -> None:
        """Nothing is cached between runs."""

    def _read(self, tokens: Sequence[int], context: Cache | None, logits: int) -> tuple[Tensor, Cache]:
        """One pass: the logits, (1, T, V), of the last `logits` tokens, and the extended context."""
        ids = torch.tensor([list(tokens)], device=self.device)
        output = self.model(input_ids=ids, past_key_values=context, use_cache=True, logits_to_keep=logits)
        return output.logits, output.past_key_values


def _no_canvas() -> RequestError:
    return RequestError("A model that writes only from left to right cannot denoise. Choose another checkpoint.")


def load(
    checkpoint: Checkpoint,
    device: str,
    progress: Progress = lambda fraction, stage: None,
    dtype: torch.dtype | None = None,
) -> CausalLMDenoiser:
    """Load a validated folder. Raises CheckpointError if its class is not causal or does not fit its weights.

    device: a torch device name. dtype: of the weights; None: float32 on "cpu", the stored type elsewhere.
    progress: called with a fraction and a stage.
    """
    with one_line(checkpoint):
        model_class = _model_class(checkpoint)
        # Weights that a causal class does not use, such as those of a vision tower, are ignored.
        model = load_model(
            model_class, checkpoint, device, progress, faults=("missing_keys", "mismatched_keys"), dtype=dtype
        )
        denoiser = CausalLMDenoiser(model)
        _name_marks(checkpoint, denoiser)
        start = model.config.get_text_config().bos_token_id
        logits, context = denoiser.causal([start])
        # An encoder such as BERT has a causal class too, and reads in both directions unless configured not to.
        if context is None or logits.shape != (1, denoiser.vocabulary_size):
            raise _no_writer(checkpoint)
    return denoiser


def _model_class(checkpoint: Checkpoint) -> type[PreTrainedModel]:
    """The class named in config.json. Raises CheckpointError if it is not a causal class of transformers."""
    config = AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True, trust_remote_code=False)
    found = cast("type[PreTrainedModel] | None", MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None))
    if found is None or found.__name__ != checkpoint.model_class:
        raise CheckpointError(
            f"config.json in {checkpoint.folder} names the class {checkpoint.model_class} for a model of the type "
            f"{config.model_type}, which do not match. Download the checkpoint again."
        )
    if not {"past_key_values", "logits_to_keep"} <= inspect.signature(found.forward).parameters.keys():
        raise _no_writer(checkpoint)
    return found


def _no_writer(checkpoint: Checkpoint) -> CheckpointError:
    return CheckpointError(
        f"The {checkpoint.model_class} in {checkpoint.folder} cannot write text from left to right with a "
        "key-value cache. Choose another checkpoint."
    )


def _name_marks(checkpoint: Checkpoint, denoiser: CausalLMDenoiser) -> None:
    """Set a start and a padding token in the config if the family has none. Raises CheckpointError.

    In the training data of such a family, the end token of a text also precedes the next one; padding is never written.
    """
    text = denoiser.model.config.get_text_config()
    ends = [token for token in denoiser.ends if 0 <= token < denoiser.vocabulary_size]
    for name in ("bos_token_id", "pad_token_id"):
        token = getattr(text, name, None)
        if token is None and not ends:
            raise CheckpointError(
                f"config.json in {checkpoint.folder} names neither a {name} nor an eos_token_id. Add one."
            )
        setattr(text, name, ends[0] if token is None else token)


def causal_half(model: DiffusionGemmaForBlockDiffusion) -> Gemma4ForCausalLM:
    """The encoder of DiffusionGemma with its head as a Gemma 4 of transformers, sharing the weights in memory.

    Both have the layers of Gemma 4 without per-layer embeddings; the predictions are identical to the last bit.
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
    # Share modules that are tied to each other or hold values other than weights.
    for name in ("rotary_emb", "embed_tokens"):
        setattr(causal.model, name, getattr(encoder, name))
    causal.lm_head = model.lm_head
    causal.model.layers.load_state_dict(encoder.layers.state_dict(), assign=True)
    causal.model.norm.load_state_dict(encoder.norm.state_dict(), assign=True)
    return causal
