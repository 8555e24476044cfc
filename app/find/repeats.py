"""How often the innermost part of a regular expression is repeated at least, by its counts in braces."""

from __future__ import annotations

import regex

_PART = regex.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]?|(?P<open>\()|(?P<close>\))|\{(?P<count>\d++)(?:,\d*+)?\}|.", regex.DOTALL
)


def repeats(source: str) -> int:
    """The size of an expression with all its counted parts written out; never too small, sometimes too large."""
    sizes = [0]
    last = 0
    for part in _PART.finditer(source):
        if part["open"]:
            sizes.append(0)
            last = 0
        elif part["close"]:
            last = sizes.pop() if len(sizes) > 1 else 0
            sizes[-1] += last
        elif part["count"]:
            # Cut short: Python refuses to read a number of very many digits.
            more = last * max(0, int(part["count"][:9]) - 1)
            sizes[-1] += more
            last += more
        else:
            last = 1
            sizes[-1] += 1
    return sum(sizes)
