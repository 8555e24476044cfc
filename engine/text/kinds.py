"""What kind of text a file holds, by the ending of its name."""

from __future__ import annotations

MARKDOWN = "md"
"""The kind of a text that has no name yet."""
_SAME = {
    "markdown": "md",
    "mdown": "md",
    "mkd": "md",
    "qmd": "md",
    "rmd": "md",
    "mdx": "md",
    "latex": "tex",
    "ltx": "tex",
    "rest": "rst",
    "tab": "tsv",
    "htm": "html",
    "xhtml": "html",
    "xml": "html",
    "asciidoc": "adoc",
    "asc": "adoc",
    "pot": "po",
    "webmanifest": "json",
    "arb": "json",
}


def kind_of(name: str) -> str:
    """The ending of a file's name without the dot, in one spelling for each kind; Markdown where it has none."""
    _, dot, ending = name.rpartition(".")
    ending = ending.casefold() if dot else MARKDOWN
    return _SAME.get(ending, ending)
