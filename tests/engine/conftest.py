"""For the engine's tests: the embedded checkpoint, tiny models that are made or trained here, and a corpus of a few
made-up documents with what the recipe makes of it.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.tasklists import tasklists_plugin
from tokenizers import Tokenizer
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

from engine.contracts.loading import LoadSettings
from engine.evaluation.evaluate import evaluate
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.runs.session import Session
from engine.text.vocabulary import Vocabulary
from engine.training import corpus, packing, tokenizer
from engine.training.__main__ import main
from engine.training.tokenizer import BOS, PAD, Boundaries

# Two threads that wait for each other on a busy machine take many times as long as one.
torch.set_num_threads(1)

VOCABULARY = 48
CANVAS = 16
_TINY_STEPS = 250
"""Of training the model that counts."""


@pytest.fixture(scope="session")
def session() -> Session:
    """The embedded checkpoint, loaded."""
    return Session.open()


@pytest.fixture
def loaded_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives whoever opens the embedded checkpoint the one that is loaded already; other folders are opened."""
    open_folder = Session.open

    def opened(folder: object = None, device: str = "cpu", *others: object, **named: object) -> Session:
        chosen = named.get("settings", others[2] if len(others) > 2 else None)
        if (folder, device) != (None, "cpu") or chosen not in (None, LoadSettings()):
            return open_folder(folder, device, *others, **named)
        return Session(session.checkpoint, session.denoiser, session.vocabulary)

    monkeypatch.setattr(Session, "open", opened)


@pytest.fixture(scope="session")
def skeleton() -> Callable[[str], list[tuple]]:
    """Reads with another parser what a Markdown text is without its words: kinds, marks, addresses, and all code."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for plugin in (front_matter_plugin, footnote_plugin, tasklists_plugin, deflist_plugin):
        parser.use(plugin)
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False)

    def read(tokens: list[Token], found: list[tuple]) -> list[tuple]:
        for token in tokens:
            if token.type == "text":
                if token.content.strip() and found[-1:] != [("text",)]:
                    found.append(("text",))
                continue
            attributes = sorted((name, str(value)) for name, value in token.attrs.items() if name != "alt")
            is_code = token.type in ("fence", "code_block", "code_inline", "html_inline", "front_matter")
            content = token.content if is_code or "math" in token.type else ""
            found.append((token.type, token.tag, token.nesting, token.info, tuple(attributes), content))
            read(token.children or [], found)
        return found

    return lambda text: read(parser.parse(text), [])


@pytest.fixture(scope="session")
def vocabulary(session: Session):
    """The embedded checkpoint's tokens."""
    return session.vocabulary


@pytest.fixture(scope="session")
def make_tiny():
    """Makes a random DiffusionGemma with a sliding window of 8 tokens."""

    def make(experts: int = 1, seed: int = 0) -> DiffusionGemmaForBlockDiffusion:
        torch.manual_seed(seed)
        text = {
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "intermediate_size": 64,
            "moe_intermediate_size": 32,
            "num_hidden_layers": 2,
            "layer_types": ["sliding_attention", "full_attention"],
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "global_head_dim": 16,
            "num_global_key_value_heads": 1,
            "num_experts": experts,
            "top_k_experts": min(2, experts),
            "sliding_window": 8,
            "pad_token_id": 0,
            "bos_token_id": 2,
            "eos_token_id": 1,
        }
        vision = {
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 1,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "position_embedding_size": 16,
        }
        config = DiffusionGemmaConfig(text_config=text, vision_config=vision, canvas_length=CANVAS)
        model = DiffusionGemmaForBlockDiffusion(config).eval()
        # Random weights of the usual size give nearly uniform predictions, which would hide a wrong mask.
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.mul_(4.0)
        return model

    return make


def counting(start: int, length: int) -> torch.Tensor:
    """Tokens that go on in steps of three, (length,), none of them special."""
    return (start + 3 * torch.arange(length)) % (VOCABULARY - 4) + 4


@pytest.fixture(scope="session")
def trained_tiny(make_tiny) -> Iterator[DiffusionGemmaForBlockDiffusion]:
    """A tiny model that has learnt to go on counting, so that it is certain of its predictions and stops early."""
    model = make_tiny()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data.div_(4.0)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    generator = torch.Generator().manual_seed(0)
    for step in range(_TINY_STEPS):
        # A rate that falls to 0 arrives in half of the steps that a constant one takes.
        for group in optimizer.param_groups:
            group["lr"] = 8e-3 * (1 - step / _TINY_STEPS)
        starts = torch.randint(0, VOCABULARY - 4, (24,), generator=generator)
        rows = torch.stack([counting(start, 8 + CANVAS) for start in starts.tolist()])
        prompt, clean = rows[:, :8], rows[:, 8:]
        noisy = torch.rand(clean.shape, generator=generator) < torch.rand((24, 1), generator=generator)
        noise = torch.randint(0, VOCABULARY, clean.shape, generator=generator)
        canvas = torch.where(noisy, noise, clean)
        conditioning = None
        if torch.rand((), generator=generator) < 0.5:
            with torch.no_grad():
                conditioning = model(input_ids=prompt, decoder_input_ids=canvas).logits
        logits = model(input_ids=prompt, decoder_input_ids=canvas, self_conditioning_logits=conditioning).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), clean.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@pytest.fixture(scope="session")
def trained_denoiser(trained_tiny) -> DiffusionGemmaDenoiser:
    """A denoiser of the model that counts."""
    return DiffusionGemmaDenoiser(trained_tiny)


_WORDS_AND_PIECES = 400
_SUBJECTS = ("The old gardener", "My sister", "A tired clerk", "Nobody", "Dr. Brown's dog", "The café")
_VERBS = ("didn't open", "carried", "wrote about", "never forgot", "sold", "painted")
_OBJECTS = ("the well-kept letters", "3.5 kilos of tea", "a small boat", "“the blue door”", "an umbrella", "it")
_ENDS = (" in the rain.", ", slowly.", " – twice!", "; then everyone left.", " before 1984.", "?")


def documents(count: int, seed: int) -> list[str]:
    """Documents of some paragraphs each."""
    choose = random.Random(seed)

    def sentence() -> str:
        return " ".join(map(choose.choice, (_SUBJECTS, _VERBS, _OBJECTS))) + choose.choice(_ENDS)

    def paragraph() -> str:
        return " ".join(sentence() for _ in range(choose.randint(1, 6)))

    return ["\n\n".join(paragraph() for _ in range(choose.randint(4, 10))) for _ in range(count)]


@dataclass(frozen=True)
class Prepared:
    """A corpus folder, its sources, and tokenizer and tokens in another folder."""

    corpus: Path
    folder: Path
    paths: dict[str, Path]
    tokenizer: Tokenizer
    vocabulary: Vocabulary
    bounds: Boundaries


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Two sources of 40 documents, tokenised."""
    folder = tmp_path_factory.mktemp("corpus")
    for seed, name in enumerate(("letters", "stories")):
        (folder / f"{name}.txt").write_text(corpus.SEPARATOR.join(documents(40, seed)), "utf-8")
    paths = corpus.sources(folder, "plain")
    out = tmp_path_factory.mktemp("run")
    trained = tokenizer.train(paths, "plain", _WORDS_AND_PIECES, seed=0)
    trained.save(str(out / "tokenizer.json"))
    packing.pack(paths, trained, out / "tokens", workers=1)
    vocabulary = Vocabulary.read(out, _WORDS_AND_PIECES, PAD, BOS)
    return Prepared(folder, out, paths, trained, vocabulary, Boundaries(vocabulary))


@pytest.fixture(scope="session")
def sizes() -> dict[str, int]:
    """Flags of a run that takes a second."""
    return {
        "vocabulary": _WORDS_AND_PIECES,
        "hidden": 32,
        "layers": 2,
        "head": 16,
        "wide": 48,
        "expert": 16,
        "context": 16,
        "canvas": 32,
        "rows": 4,
        "minutes": 0,
        "steps": 6,
    }


@pytest.fixture(scope="session")
def arguments(prepared: Prepared, sizes: dict[str, int]) -> Callable[..., list[str]]:
    """The command line of such a run into a folder, with some flags changed."""

    def make(out: Path, **changes: object) -> list[str]:
        flags = {"corpus": prepared.corpus, "out": out, "device": "cpu", "threads": 1, **sizes, **changes}
        pairs = [part for name, value in flags.items() for part in (f"--{name}", str(value))]
        return ["--eager", "--save-minutes", "0", *pairs]

    return make


@pytest.fixture(scope="session")
def finished(arguments: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    out = tmp_path_factory.mktemp("finished")
    threads = torch.get_num_threads()
    assert main(arguments(out)) == 0
    torch.set_num_threads(threads)
    return out


@pytest.fixture(scope="session")
def figures(finished: Path) -> dict[str, Any]:
    """What `evaluate` finds on the checkpoint of that run."""
    return evaluate(lambda: Session.open(finished / "export"), None, 0, count=0.02, progress=lambda stage: None)


_TEMPLATE = """{{ bos_token }}
{%- for message in messages %}{% set role = "model" if message.role == "assistant" else message.role %}
{{- "<start_of_turn>" + role + "\\n" + (message.content | trim) + "<end_of_turn>\\n" }}
{%- endfor %}
{%- if add_generation_prompt %}{{ "<start_of_turn>model\\n" + ("<think>" if enable_thinking else "") }}{% endif %}"""


@pytest.fixture(scope="session")
def chat_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a chat template, like Gemma's, and the embedded tokenizer with the marks that it needs."""
    folder, embedded = tmp_path_factory.mktemp("chat"), embedded_checkpoint().folder
    tokenizer_json = (embedded / "tokenizer.json").read_text("utf-8")
    for own, mark in (("<shorter>", "<start_of_turn>"), ("<simpler>", "<end_of_turn>"), ("<rephrase>", "<think>")):
        tokenizer_json = tokenizer_json.replace(f'"{own}"', f'"{mark}"')
    (folder / "tokenizer.json").write_text(tokenizer_json, "utf-8")
    (folder / "tokenizer_config.json").write_text('{"bos_token": {"content": "<bos>"}, "eos_token": "<eos>"}', "utf-8")
    (folder / "chat_template.jinja").write_text(_TEMPLATE, "utf-8")
    return folder
