"""What a token may look at, beside the masks that transformers makes and what the model then does with them."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from transformers import DiffusionGemmaForBlockDiffusion, DynamicCache, LlamaConfig, MistralConfig
from transformers.masking_utils import create_causal_mask, create_sliding_window_causal_mask

from engine import Action, Checkpoint, CheckpointError, Decoder, EditRequest, Frame, Layers, stages
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.sight import layers_of, seen

WINDOW = 8
TOKENS = [2, *range(5, 30)]
KINDS = {"full_attention": None, "sliding_attention": WINDOW}
DIFFUSION, AUTOREGRESSIVE = Decoder.DIFFUSION, Decoder.AUTOREGRESSIVE


@pytest.fixture(scope="module")
def one_layer(make_tiny):
    """Makes a denoiser whose only layer is of a kind: what one token does to another then tells who saw whom."""

    def make(kind: str) -> DiffusionGemmaDenoiser:
        config = copy.deepcopy(make_tiny().config)
        config.text_config.layer_types, config.text_config.num_hidden_layers = [kind], 1
        torch.manual_seed(0)
        model = DiffusionGemmaForBlockDiffusion(config).eval()
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.mul_(4.0)
        return DiffusionGemmaDenoiser(model)

    return make


# The masks.


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("context", [1, 5, 8, 9, 20])
def test_from_left_to_right_a_token_sees_what_the_mask_of_the_pass_before_it_shows(make_tiny, kind, context):
    config, canvas = make_tiny().config.text_config, 6
    create = create_causal_mask if kind == "full_attention" else create_sliding_window_causal_mask
    embeds = torch.zeros(1, context + canvas, config.hidden_size)
    mask = create(config, embeds, None, None, allow_is_causal_skip=False)[0, 0]
    if mask.dtype is not torch.bool:
        mask = mask == 0
    for position in range(canvas):
        shown = mask[context + position - 1].nonzero()[:, 0].tolist()
        assert list(seen(KINDS[kind], AUTOREGRESSIVE, context, canvas, position)) == shown


@pytest.mark.parametrize("context", [1, 6, 7, 8, 20])
def test_on_the_canvas_a_token_sees_what_the_cache_keeps_and_the_whole_canvas(make_tiny, context):
    denoiser = DiffusionGemmaDenoiser(make_tiny())
    cache = denoiser.prefill(TOKENS[:context]).cache
    # With a window that nothing falls out of, the same layer keeps the keys of all tokens.
    whole = copy.deepcopy(denoiser.model.model.encoder.language_model)
    whole.config.sliding_window = 99
    everything = DynamicCache(config=whole.config)
    whole(input_ids=torch.tensor([TOKENS[:context]]), past_key_values=everything)
    for number, window in enumerate((WINDOW, None)):
        found = seen(window, DIFFUSION, context, 6, 3)
        assert found.stop == context + 6
        kept = cache.layers[number].keys
        assert kept.shape[2] == context - found.start
        if number == 0:
            torch.testing.assert_close(kept, everything.layers[0].keys[:, :, found.start :])


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_the_context_changes_the_canvas_where_it_is_seen_and_only_there(one_layer, kind):
    denoiser, context = one_layer(kind), 20
    canvas, slot = torch.arange(6)[None] + 10, torch.tensor([2])
    plain = denoiser.logits(denoiser.prefill(TOKENS[:context]), canvas, slot, None)
    found = seen(KINDS[kind], DIFFUSION, context, 6, 2)
    for place in range(context):
        tokens = [*TOKENS[:place], 41, *TOKENS[place + 1 : context]]
        changed = denoiser.logits(denoiser.prefill(tokens), canvas, slot, None)
        assert torch.equal(changed, plain) is (place not in found)
    for place in range(6):
        other = canvas.clone()
        other[0, place] = 41
        assert not torch.equal(denoiser.logits(denoiser.prefill(TOKENS[:context]), other, slot, None), plain)
        assert context + place in found


@pytest.mark.parametrize("kind", KINDS)
def test_from_left_to_right_a_token_changes_the_prediction_where_it_is_seen_and_only_there(one_layer, kind):
    denoiser, context, position = one_layer(kind), 12, 3
    read = context + position
    plain = denoiser.causal(TOKENS[:read])[0][-1]
    found = seen(KINDS[kind], AUTOREGRESSIVE, context, 6, position)
    for place in range(read):
        changed = denoiser.causal([*TOKENS[:place], 41, *TOKENS[place + 1 : read]])[0][-1]
        assert torch.equal(changed, plain) is (place not in found)


# The layers of a folder.


def checkpoint_of(folder, config) -> Checkpoint:
    config.save_pretrained(folder)
    values = dict.fromkeys(Checkpoint.__dataclass_fields__)
    return Checkpoint(**values | {"folder": folder, "name": "tiny"})


def test_the_layers_of_a_checkpoint_are_those_that_its_config_names(make_tiny, tmp_path):
    assert layers_of(embedded_checkpoint()) == (Layers(7, 1024), Layers(1, None))
    assert layers_of(checkpoint_of(tmp_path / "gemma", make_tiny().config)) == (Layers(1, WINDOW), Layers(1, None))
    llama = LlamaConfig(num_hidden_layers=3)
    assert layers_of(checkpoint_of(tmp_path / "llama", llama)) == (Layers(3, None),)
    mistral = MistralConfig(num_hidden_layers=3, sliding_window=16)
    assert layers_of(checkpoint_of(tmp_path / "mistral", mistral)) == (Layers(3, 16),)


def test_layers_that_attend_in_another_way_are_one_clear_line(make_tiny, tmp_path):
    config = copy.deepcopy(make_tiny().config)
    config.text_config.layer_types = ["chunked_attention", "full_attention"]
    with pytest.raises(CheckpointError, match="layers of the kind chunked_attention"):
        layers_of(checkpoint_of(tmp_path, config))


# The text around.


@pytest.fixture
def watched(session, monkeypatch):
    """Runs a request, and notes what was read before each pass and how long each canvas was."""

    def run(request: EditRequest):
        frames: list[Frame] = []
        reads: list[list[int]] = []
        canvases: list[int] = []
        contexts: dict[int, tuple[object, list[int]]] = {}
        denoiser = session.denoiser
        prefill, causal, logits = denoiser.prefill, denoiser.causal, denoiser.logits

        def note(tokens, before, context) -> list[int]:
            # Each context is held here, so that no other one can take its id.
            contexts[id(context)] = (context, [*contexts.get(id(before), (None, []))[1], *tokens])
            return contexts[id(context)][1]

        def watch_prefill(tokens, context=None):
            found = prefill(tokens, context)
            note(tokens, context, found)
            return found

        def watch_causal(tokens, context=None):
            found = causal(tokens, context)
            reads.append(note(tokens, context, found[1]))
            return found

        def watch_logits(context, canvas, slots, conditioning):
            if not reads or reads[-1] != contexts[id(context)][1]:
                reads.append(contexts[id(context)][1])
                canvases.append(canvas.shape[1])
            return logits(context, canvas, slots, conditioning)

        with monkeypatch.context() as patch:
            patch.setattr(denoiser, "prefill", watch_prefill)
            patch.setattr(denoiser, "causal", watch_causal)
            patch.setattr(denoiser, "logits", watch_logits)
            session.run(request, on_frame=frames.append)
        return stages(session.checkpoint, request, frames), frames, reads, canvases

    return run


STORY = (
    "My grandmother kept a list of every bird that came to her window – 🐦 and all. It was not a scientific list. " * 12
)


def texts_between(text: str, starts) -> list[str]:
    edges = [*starts, len(text)]
    return [text[low:high] for low, high in pairwise(edges)]


def test_a_fill_sees_the_context_that_was_read_and_the_text_behind_on_its_canvas(session, vocabulary, watched):
    after = " and whether the bird had looked at her. " * 12
    (stage,), frames, reads, canvases = watched(EditRequest(STORY, "She wrote it down", after, Action.FILL))
    assert len(reads) == 1
    assert len(stage.starts) + 1 == len(reads[0])
    assert stage.shown == len(frames[-1].states)
    assert stage.shown + len(stage.ends) == canvases[0]
    text = (STORY + frames[-1].head)[: stage.end].removesuffix(" ")
    assert texts_between(text, stage.starts) == vocabulary.pieces(reads[0][1:])
    # The window of this checkpoint is longer than all that it reads.
    for sight in stage.sights(3):
        assert (sight.before, sight.since) == (len(stage.starts), stage.starts[0])
        assert (sight.first, sight.last) == (0, stage.shown)
        assert (sight.behind, sight.until) == (len(stage.ends), stage.ends[-1])
    assert after.startswith(vocabulary.text(vocabulary.encode(after)[: len(stage.ends)])[: stage.ends[-1]])


def test_each_block_of_a_continuation_sees_the_blocks_before_it(session, vocabulary, watched):
    request = EditRequest(STORY[:700], "", " Never seen.", Action.CONTINUE, length=150)
    found, frames, reads, canvases = watched(request)
    assert [stage.shown for stage in found] == canvases
    assert len(found) == 5
    for stage, read in zip(found, reads, strict=True):
        # The last of them have lost the beginning of the text.
        assert len(stage.starts) + 1 == len(read)
        frame = next(frame for frame in frames if frame.start + len(frame.head) == stage.end)
        text = request.before[: frame.start] + frame.head
        assert texts_between(text, stage.starts)[-20:] == vocabulary.pieces(read[1:])[-20:]
        assert all(sight.behind == 0 for sight in stage.sights(0))
    assert len(found[-1].starts) + 1 == session.checkpoint.trained_context


@pytest.mark.parametrize("length", [20, 150])
def test_from_left_to_right_each_token_sees_what_its_pass_had_read(session, watched, length):
    request = EditRequest(STORY, "", "", Action.CONTINUE, length=length, decoder=AUTOREGRESSIVE)
    (stage,), _, reads, _ = watched(request)
    assert len(reads) == length
    for position, read in enumerate(reads):
        sight = stage.sights(position)[-1]
        # All but the token that begins a sequence.
        assert sight.before + sight.last - sight.first == len(read) - 1
        assert sight.last == position
        assert (sight.behind, sight.until) == (0, 0)


def test_a_window_hides_the_far_context_from_its_layers_alone(session, watched):
    (stage,), _, _, _ = watched(EditRequest(STORY, "She wrote it down", " and so on.", Action.FILL))
    near, far = replace(stage, layers=(Layers(5, 11), Layers(1, None))).sights(0)
    assert (near.before, near.since) == (10, stage.starts[-10])
    assert (far.before, far.since) == (len(stage.starts), stage.starts[0])
    assert (near.first, near.last, near.behind) == (far.first, far.last, far.behind)
    written = replace(stage, decoder=AUTOREGRESSIVE, ends=(), layers=(Layers(1, 4),)).sights(6)[0]
    assert (written.before, written.since, written.first, written.last) == (0, stage.end, 2, 6)
