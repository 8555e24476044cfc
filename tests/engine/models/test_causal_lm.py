"""Causal language models in a local folder: each writes what transformers' generate() writes, and nothing else."""

from __future__ import annotations

import json
import queue
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertLMHeadModel,
    Gemma4Config,
    Gemma4ForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from engine import (
    Action,
    CheckpointError,
    Decoder,
    EditRequest,
    EngineThread,
    Ready,
    RequestError,
    RunFinished,
)
from engine.__main__ import main
from engine.diffusion.autoregressive import decode
from engine.models import causal_lm
from engine.models.causal_lm import CausalLMDenoiser, causal_half
from engine.models.checkpoint_folder import read_checkpoint
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.runs.session import Session
from engine.text.words import as_read

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

SIZE = 320
BEFORE, AFTER = "The old gardener carried a small boat", " in the rain. Nobody sold it."
LEARNT = [BEFORE + AFTER, "My sister wrote about the blue door, slowly.", "A café: 3.5 kilos of tea - twice!"] * 20


def byte_level(*special: AddedToken) -> Tokenizer:
    """As GPT-2, Qwen and Llama 3 have it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=290, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(LEARNT, trainer)
    tokenizer.add_tokens(list(special))
    return tokenizer


def sentencepiece() -> Tokenizer:
    """As Llama 2, Mistral and Gemma have it: with a space before each text, and single bytes for what has no token."""
    names = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    letters = sorted(set("".join(LEARNT)) - {" "})
    vocabulary = {name: number for number, name in enumerate([*names, "▁", *letters, "▁t", "▁th", "▁the"])}
    merges = [("▁", "t"), ("▁t", "h"), ("▁th", "e")]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer


def save(folder: Path, model: PreTrainedModel, tokenizer: Tokenizer) -> Path:
    """A folder such as one gets from the hub."""
    # Random weights of the usual size give nearly uniform predictions, which would hide a wrong cache.
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data.mul_(4.0)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def small(**fields: object) -> dict[str, object]:
    """Fields that most families share."""
    sizes = {"vocab_size": SIZE, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    return {**sizes, "num_attention_heads": 2, "num_key_value_heads": 1, **fields}


def llama() -> tuple[PreTrainedModel, Tokenizer]:
    """A start token, an end token, no padding."""
    config = LlamaConfig(**small(max_position_embeddings=128), bos_token_id=1, eos_token_id=2, pad_token_id=None)
    return LlamaForCausalLM(config), sentencepiece()


def gpt2() -> tuple[PreTrainedModel, Tokenizer]:
    """One token for everything, which the tokenizer does not even call special."""
    config = GPT2Config(
        vocab_size=291, n_positions=64, n_embd=32, n_layer=2, n_head=2, bos_token_id=290, eos_token_id=290
    )
    return GPT2LMHeadModel(config), byte_level(AddedToken("<|endoftext|>", special=False))


def qwen2() -> tuple[PreTrainedModel, Tokenizer]:
    """No start token, several end tokens, embeddings that no token has, and a sliding window."""
    special = [AddedToken(name, special=True) for name in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")]
    config = Qwen2Config(
        **small(max_position_embeddings=96, use_sliding_window=True, sliding_window=8, max_window_layers=1),
        bos_token_id=None,
        eos_token_id=[292, 290],
        pad_token_id=290,
    )
    return Qwen2ForCausalLM(config), byte_level(*special)


def gemma4() -> tuple[PreTrainedModel, Tokenizer]:
    """A model that sees images; its fields lie below text_config."""
    text = small(head_dim=16, global_head_dim=16, sliding_window=8, hidden_size_per_layer_input=0)
    marks = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "max_position_embeddings": 128}
    vision = small(head_dim=16, position_embedding_size=16, num_key_value_heads=2)
    del vision["vocab_size"]
    layers = ["sliding_attention", "full_attention"]
    config = Gemma4Config(text_config={**text, **marks, "layer_types": layers}, vision_config=vision, audio_config=None)
    return Gemma4ForConditionalGeneration(config), sentencepiece()


FAMILIES = {make.__name__: make for make in (llama, gpt2, qwen2, gemma4)}


@dataclass(frozen=True)
class Family:
    """A folder and what is in it, loaded."""

    folder: Path
    session: Session


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Family]:
    """One folder of each family."""
    found = {}
    for name, make in FAMILIES.items():
        torch.manual_seed(0)
        folder = save(tmp_path_factory.mktemp("models") / name, *make())
        found[name] = Family(folder, Session.open(folder))
    return found


@pytest.fixture(params=FAMILIES)
def family(families: dict[str, Family], request: pytest.FixtureRequest) -> Family:
    """Each family in turn."""
    return families[request.param]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a Llama to be spoilt."""
    return save(tmp_path / "model", *llama())


def edit(path: Path, change: Callable[[dict], object]) -> None:
    """Change a JSON file."""
    value = json.loads(path.read_text("utf-8"))
    change(value)
    path.write_text(json.dumps(value), "utf-8")


def refused(folder: Path, *named: str) -> None:
    """The folder is refused in one line that names it."""
    with pytest.raises(CheckpointError) as caught:
        Session.open(folder)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    for word in (str(folder), *named):
        assert word in line


def onwards(**changes: object) -> EditRequest:
    """A continuation from left to right."""
    fields = {"length": 12, "decoder": Decoder.AUTOREGRESSIVE, "seed": 3, **changes}
    return EditRequest(BEFORE, "", AFTER, Action.CONTINUE, **fields)


def test_what_it_can_do_is_read_without_loading_it(families) -> None:
    contexts = {name: read_checkpoint(family.folder).trained_context for name, family in families.items()}
    assert contexts == {"llama": 128, "gpt2": 64, "qwen2": 96, "gemma4": 128}
    for name, family in families.items():
        checkpoint = read_checkpoint(family.folder)
        assert checkpoint == family.session.checkpoint
        assert (checkpoint.name, checkpoint.decoders) == (name, (Decoder.AUTOREGRESSIVE,))
        for action in Action:
            assert "only from left to right" in checkpoint.refusal(action)
        assert checkpoint.refusal(Action.CONTINUE, Decoder.AUTOREGRESSIVE) == ""
        assert checkpoint.refusal(Action.FILL, Decoder.AUTOREGRESSIVE) == ""
        assert "shorter" in checkpoint.refusal(Action.SHORTER, Decoder.AUTOREGRESSIVE)


def test_a_cache_gives_what_the_whole_row_gives(family, monkeypatch) -> None:
    monkeypatch.setattr(causal_lm, "_BLOCK", 7)
    denoiser = family.session.denoiser
    tokens = [family.session.vocabulary.bos, *family.session.vocabulary.encode(BEFORE + AFTER)]
    whole, _ = denoiser.causal(tokens)
    assert whole.dtype is torch.float32
    assert whole.shape == (len(tokens), denoiser.vocabulary_size)
    context = denoiser.prefill(tokens[:10])
    context = denoiser.prefill(tokens[10:13], context)
    rows = []
    for token in tokens[13:]:
        logits, context = denoiser.causal([token], context)
        rows.append(logits[0])
    torch.testing.assert_close(torch.stack(rows), whole[13:], atol=1e-5, rtol=0)


def generated(model: PreTrainedModel, prompt: list[int], count: int, temperature: float, seed: int) -> list[int]:
    """What transformers writes."""
    torch.manual_seed(seed)
    ids = torch.tensor([prompt])
    return model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=count,
        do_sample=True,
        temperature=temperature,
        top_k=0,
        top_p=1.0,
        eos_token_id=None,
        pad_token_id=0,
    )[0, len(prompt) :].tolist()


@pytest.mark.parametrize("temperature", [1.0, 0.01])
def test_the_tokens_are_those_of_generate(family, temperature) -> None:
    denoiser = family.session.denoiser
    prompt = [family.session.vocabulary.bos, *family.session.vocabulary.encode(BEFORE)]
    # generate() draws from the global generator.
    steps = decode(denoiser, prompt, 20, temperature, torch.Generator().manual_seed(5))
    assert list(steps)[-1].draft[0].tolist() == generated(denoiser.model, prompt, 20, temperature, 5)


@pytest.mark.parametrize("experts", [1, 4])
def test_the_causal_half_of_diffusion_gemma_is_a_gemma_4(make_tiny, experts) -> None:
    model = make_tiny(experts)
    denoiser, gemma = DiffusionGemmaDenoiser(model), causal_half(model)
    prompt = [2, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34]
    ours, _ = denoiser.causal(prompt)
    theirs, _ = CausalLMDenoiser(gemma).causal(prompt)
    assert torch.equal(ours, theirs)
    steps = decode(denoiser, prompt, 15, 0.8, torch.Generator().manual_seed(1))
    assert list(steps)[-1].draft[0].tolist() == generated(gemma, prompt, 15, 0.8, 1)
    # The weights are not there twice.
    memory = {weight.data_ptr() for weight in model.parameters()}
    places = [weight.data_ptr() for weight in gemma.parameters()]
    assert len(set(places)) == len(places)
    assert set(places) <= memory


def test_the_causal_half_in_a_folder_of_its_own_writes_what_the_embedded_checkpoint_writes(session, tmp_path) -> None:
    causal_half(session.denoiser.model).save_pretrained(tmp_path / "half")
    shutil.copy(session.checkpoint.folder / "tokenizer.json", tmp_path / "half")
    (tmp_path / "half" / "remelt.json").write_text('{"length_by": "pad", "trained_context": 128}')
    request = onwards(length=30, settings=session.checkpoint.sampler, recorded=True)
    ours, theirs = session.run(request), Session.open(tmp_path / "half").run(request)
    assert ours.replacement == theirs.replacement
    assert ours.causal_bits == pytest.approx(theirs.causal_bits, abs=1e-4)


def test_a_text_goes_on_and_a_gap_is_filled(family) -> None:
    session, frames = family.session, []
    result = session.run(onwards(variants=3, recorded=True), on_frame=frames.append)
    assert (result.start, result.end) == (len(BEFORE), len(BEFORE))
    assert result.replacement
    assert result.replacement == result.variants[0]
    assert result.causal_bits > 0
    assert frames[-1].draft.strip() in {text.strip() for text in result.variants}
    assert len(frames) == result.forward_passes + 1
    fill = EditRequest(BEFORE, " in the rain", AFTER, Action.FILL, decoder=Decoder.AUTOREGRESSIVE)
    assert session.run(fill).original == " in the rain"


@settings(max_examples=EXAMPLES // 5)
@given(name=st.sampled_from(sorted(FAMILIES)), before=st.text(max_size=12), seed=st.integers(0, 999))
def test_nothing_but_text_is_written_behind_any_text(families, name, before, seed) -> None:
    request = EditRequest(
        before, "", "", Action.CONTINUE, length=6, decoder=Decoder.AUTOREGRESSIVE, seed=seed, recorded=True
    )
    text = families[name].session.run(request).replacement
    assert not set(text) & set("\n\r\x00\ufffd▁Ġ")
    assert "endoftext" not in text


@given(name=st.sampled_from(sorted(FAMILIES)), text=st.text(max_size=30).filter(lambda text: "▁" not in text))
def test_a_text_in_parts_has_the_tokens_of_its_letters(families, name, text) -> None:
    """No tokenizer puts a space before a part."""
    vocabulary = families[name].session.vocabulary
    assert "".join(vocabulary.pieces(vocabulary.encode(text))) == as_read(text)


def test_more_than_it_can_read_is_written(families) -> None:
    session = families["gpt2"].session
    session = Session(session.checkpoint, session.denoiser, session.vocabulary)
    session.ends = ()
    request = EditRequest("word " * 300, "", "", Action.CONTINUE, length=90, decoder=Decoder.AUTOREGRESSIVE, seed=1)
    assert session.run(request).forward_passes == 90


def test_an_end_token_ends_the_text(families) -> None:
    """With so small a vocabulary one comes soon."""
    results = (families["qwen2"].session.run(onwards(length=60, seed=seed)) for seed in range(20))
    assert any(result.forward_passes < 60 for result in results)


def test_it_never_denoises(families) -> None:
    session = families["llama"].session
    with pytest.raises(RequestError, match="--decoder autoregressive"):
        session.run(EditRequest(BEFORE, "word", AFTER))
    with pytest.raises(RequestError, match="--decoder autoregressive"):
        session.run(onwards(decoder=Decoder.DIFFUSION))
    with pytest.raises(RequestError, match="cannot denoise"):
        session.denoiser.logits(None, torch.zeros(1, 4, dtype=torch.long), torch.arange(4), None)


def test_the_command_line_continues_and_fills_and_refuses_the_rest(families, tmp_path, capsys) -> None:
    path = tmp_path / "text.txt"
    path.write_text(BEFORE + AFTER, "utf-8")
    model = ["--model", str(families["llama"].folder)]
    place = ["--at", str(len(BEFORE))]
    for command, length in (("continue", "--tokens"), ("fill", "--length")):
        flags = [*place, length, "9", "--decoder", "autoregressive", "--json", *model]
        assert main([command, str(path), *flags]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["text"] == BEFORE + found["replacement"] + AFTER
        assert 1 <= found["forward_passes"] <= 9
    for command in (
        ["continue", str(path), *place],
        ["fill", str(path), *place],
        ["rewrite", str(path), "--select", "0:9"],
        ["fix", str(path)],
        ["evaluate"],
        ["bench", "--strength"],
    ):
        assert main([*command, *model]) == 2
        error = capsys.readouterr().err
        assert len(error.splitlines()) == 1
        assert "only from left to right" in error


def test_the_engine_thread_runs_it(families) -> None:
    events: queue.Queue = queue.Queue()
    thread = EngineThread(events.put, families["qwen2"].folder)
    thread.start()
    thread.submit(onwards())
    seen = []
    while not seen or not isinstance(seen[-1], RunFinished):
        seen.append(events.get(timeout=60))
    assert thread.close(10)
    assert any(isinstance(event, Ready) and event.checkpoint.name == "qwen2" for event in seen)
    assert seen[-1].result.replacement


def test_bench_compares_it_with_generate(families, capsys, monkeypatch) -> None:
    monkeypatch.setattr("engine.bench.decoding._TURNS", 1)
    flags = ["bench", "--model", str(families["gpt2"].folder)]
    assert main([*flags, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    row = found["decoding"]
    assert (row["class"], row["same_tokens"], row["tokens"]) == ("GPT2LMHeadModel", True, 32)
    assert row["ratio"] == row["own_ms"] / row["generate_ms"]
    assert found["steps"] == found["rewrites"] == []
    assert main(flags) == 0
    assert "left to right" in capsys.readouterr().out


def test_remelt_json_narrows_the_context(folder) -> None:
    (folder / "remelt.json").write_text('{"trained_context": 40, "languages": ["en"]}')
    checkpoint = read_checkpoint(folder)
    assert (checkpoint.trained_context, checkpoint.languages) == (40, ("en",))
    (folder / "remelt.json").write_text('{"trained_context": 129}')
    refused(folder, "129", "128")
    (folder / "remelt.json").write_text('{"noise_kind": "uniform"}')
    refused(folder, "uniform")


def test_code_in_the_folder_is_never_run(folder) -> None:
    edit(folder / "config.json", lambda value: value.update(auto_map={"AutoModelForCausalLM": "evil.Model"}))
    (folder / "evil.py").write_text("raise SystemExit('ran')")
    refused(folder, "code")


def test_a_class_that_does_not_fit_its_type(folder) -> None:
    edit(folder / "config.json", lambda value: value.update(architectures=["MistralForCausalLM"]))
    refused(folder, "MistralForCausalLM", "llama")
    edit(folder / "config.json", lambda value: value.update(architectures=["EvilForCausalLM"], model_type="evil"))
    refused(folder, "evil")


def test_a_model_without_a_start_and_an_end(folder) -> None:
    edit(folder / "config.json", lambda value: value.update(bos_token_id=None, eos_token_id=None))
    (folder / "generation_config.json").unlink()
    refused(folder, "bos_token_id")


@settings(max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["text_config", "vocab_size", "bos_token_id", "pad_token_id", "max_position_embeddings"]),
    value=st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([1]) | st.just({"vocab_size": 9}),
)
def test_a_config_with_any_value_is_read_or_refused(folder, name, value) -> None:
    whole = (folder / "config.json").read_text("utf-8")
    edit(folder / "config.json", lambda config: config.update({name: value}))
    try:
        line = f"reads {read_checkpoint(folder).trained_context:d} tokens"
    except CheckpointError as error:
        line = str(error)
    assert len(line.splitlines()) == 1
    (folder / "config.json").write_text(whole, "utf-8")


def test_a_missing_weight_is_not_filled_with_random_values(folder) -> None:
    weights = load_file(folder / "model.safetensors")
    weights.pop("model.norm.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    refused(folder, "model.norm.weight")


def test_a_tokenizer_of_another_model(folder) -> None:
    edit(folder / "config.json", lambda value: value.update(vocab_size=200))
    refused(folder, "200")


def test_an_encoder_is_no_writer(tmp_path) -> None:
    sizes = small(max_position_embeddings=64, bos_token_id=1, eos_token_id=2)
    del sizes["num_key_value_heads"]
    refused(save(tmp_path / "bert", BertLMHeadModel(BertConfig(**sizes)), sentencepiece()), "BertLMHeadModel")


def test_a_model_without_a_key_value_cache(folder) -> None:
    MambaConfig(vocab_size=SIZE, hidden_size=32, architectures=["MambaForCausalLM"]).save_pretrained(folder)
    refused(folder, "MambaForCausalLM", "key-value cache")
