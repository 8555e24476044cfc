"""Whose work is in the program, and under which licence: read from what is installed and from the files themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.resources import files

_NAME = re.compile(r"[\w.-]+")
_SHORT = 60
"""Characters of a licence's name; some packages give its whole text instead."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A part of what is shipped. read: returns its licence and sources; markdown: whether as Markdown."""

    name: str
    title: str
    read: Callable[[], str]
    markdown: bool = False


def _licence() -> str:
    """The licence of the program itself, from its own package."""
    text = metadata.distribution("remelt").read_text("licenses/LICENSE")
    return text or str(metadata.metadata("remelt").json.get("license_expression", ""))


def _resource(*path: str) -> Callable[[], str]:
    def read() -> str:
        text = files("resources").joinpath(*path).read_text("utf-8")
        # A model card begins with data for machines.
        return text.split("---\n", 2)[2] if text.startswith("---\n") else text

    return read


def _libraries() -> str:
    """Every library the program needs, with its version and the licence it declares, as a Markdown table."""
    needed = (requirement for requirement in metadata.requires("remelt") or () if "extra ==" not in requirement)
    names = sorted((match.group() for need in needed if (match := _NAME.match(need))), key=str.lower)
    rows = [f"| {name} | {metadata.version(name)} | {licence_of(name)} |" for name in names]
    return "\n".join(["| library | version | licence |", "| --- | --- | --- |", *rows])


def licence_of(name: str) -> str:
    """The licence that an installed package declares, in a few words."""
    about = metadata.metadata(name).json
    declared = str(about.get("license_expression") or about.get("license") or "")
    if 0 < len(declared) <= _SHORT or "license_expression" in about:
        return declared
    classed = [line.split(" :: ")[-1] for line in about.get("classifier", ()) if line.startswith("License ::")]
    return ", ".join(classed) or "see the package"


CREDITS = (
    Credit("licence", "Remelt", _licence),
    Credit("checkpoint", "The embedded model", _resource("checkpoint", "README.md"), markdown=True),
    Credit("word_lists", "Word lists", _resource("dictionaries", "README.md"), markdown=True),
    Credit("scowl", "SCOWL", _resource("dictionaries", "LICENSE-SCOWL.txt")),
    Credit("wordnet", "WordNet", _resource("dictionaries", "LICENSE-WordNet.txt")),
    Credit("evaluation", "Evaluation texts", _resource("evaluation", "README.md"), markdown=True),
    Credit("libraries", "Libraries", _libraries, markdown=True),
)
