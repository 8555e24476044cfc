"""A corpus of a few made-up documents, and what the recipe makes of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from engine.training import corpus, packing, tokenizer
from engine.training.__main__ import main
from engine.training.tokenizer import BOS, PAD, Boundaries
from engine.vocabulary import Vocabulary

VOCABULARY = 400
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
    trained = tokenizer.train(paths, "plain", VOCABULARY, seed=0)
    trained.save(str(out / "tokenizer.json"))
    packing.pack(paths, trained, out / "tokens", workers=1)
    vocabulary = Vocabulary.read(out, VOCABULARY, PAD, BOS)
    return Prepared(folder, out, paths, trained, vocabulary, Boundaries(vocabulary))


@pytest.fixture(scope="session")
def sizes() -> dict[str, int]:
    """Flags of a run that takes a second."""
    return {
        "vocabulary": VOCABULARY,
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
