"""Headings of Markdown, judged by another parser of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.find.headings import headings

TEXT = """---
title: # none
---
# One

```python
# a comment
```

Two words
=========

    # code

~~~~
## none
~~~
## none
~~~~

### Three ###
<!-- # none
# none -->
1. # in a list

Four
---

---
#none
####### none
#
"""


def test_headings_and_what_only_looks_like_them():
    found = headings(TEXT)
    titles = [(1, "One"), (1, "Two words"), (3, "Three"), (2, "Four"), (1, "")]
    assert [(each.level, each.title) for each in found] == titles
    assert all(TEXT[each.position :].startswith(("#", "Two", "Four")) for each in found)


LINES = st.sampled_from(
    ["", "# One", "## Two ##", "words", "===", "---", "```", "~~~", "```py", "  ### Three", "#", "#none", "`x` ```"]
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(LINES, max_size=9))
def test_as_another_parser_finds_them(lines):
    text = "\n".join(lines)
    # Of an underlined heading of several lines, only the last one is shown; a front matter is no Markdown to it.
    if text.startswith("---"):
        return
    tokens = MarkdownIt().parse(text)
    expected = [
        (int(token.tag[1]), tokens[number + 1].content.split("\n")[-1])
        for number, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    assert [(each.level, each.title) for each in headings(text)] == expected


@pytest.mark.parametrize("text", ["#" * 100_000, "`" * 100_000, "```\n" * 30_000, "a\n" * 50_000, "<!--" * 30_000])
def test_no_text_takes_long(text):
    """Would run into the limit of the whole suite, were the time to grow with the square."""
    headings(text)
