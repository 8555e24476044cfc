"""Line ends: the page knows only "\\n"; a file may have others, and an unedited line keeps its own."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from itertools import takewhile

# Everything that starts a paragraph in a QTextDocument: the line ends of Unix, Windows and old Macintosh files, the
# paragraph separator, and two code points that Qt uses internally. Kept as line ends, they survive saving.
_LINE_END = re.compile("(\r\n|[\n\r\u2029\ufdd0\ufdd1])")


@dataclass(frozen=True, slots=True)
class LineEnds:
    """How the lines of a file end.

    usual: the most frequent end, for lines that are new.
    mixed: text and end of every line, where a file has more than one kind of end; else ().
    """

    usual: str = "\n"
    mixed: tuple[tuple[str, str], ...] = ()

    @classmethod
    def split(cls, raw: str) -> tuple[str, LineEnds]:
        """Turn a file's text into the page's, and remember its line ends."""
        parts = _LINE_END.split(raw)
        lines, ends = parts[0::2], parts[1::2]
        counts = Counter(ends)
        usual = max(counts, key=counts.__getitem__, default="\n")
        mixed = tuple(zip(lines, ends, strict=False)) if len(counts) > 1 else ()
        return "\n".join(lines), cls(usual, mixed)

    def join(self, text: str) -> str:
        """Turn the page's text into the file's. `split(raw)` and then `join` gives back `raw`."""
        if not self.mixed:
            return text.replace("\n", self.usual)
        lines = text.split("\n")
        last = lines.pop()
        return "".join(line + end for line, end in zip(lines, self._ends(lines), strict=True)) + last

    def _ends(self, lines: list[str]) -> list[str]:
        """Ends for the lines of an edited text: lines before and after the edit keep theirs, as do moved lines."""
        pairs = list(zip((line for line, _ in self.mixed), lines, strict=False))
        head = sum(1 for _ in takewhile(_same, pairs))
        room = min(len(self.mixed), len(lines)) - head
        backwards = zip(reversed([line for line, _ in self.mixed]), reversed(lines), strict=False)
        tail = min(room, sum(1 for _ in takewhile(_same, backwards)))
        known: defaultdict[str, deque[str]] = defaultdict(deque)
        for line, end in self.mixed[head : len(self.mixed) - tail]:
            known[line].append(end)
        changed = lines[head : len(lines) - tail]
        middle = [known[line].popleft() if known[line] else self.usual for line in changed]
        old = [end for _, end in self.mixed]
        ends = old[:head] + middle + old[len(old) - tail :]
        for number in reversed(range(len(ends) - 1)):
            if ends[number] == "\r" and lines[number + 1] == "" and ends[number + 1] == "\n":
                # An edit made them adjacent; in the file they would read as one Windows line end.
                ends[number] = "\n"
        return ends


def _same(pair: tuple[str, str]) -> bool:
    """Whether two lines are equal."""
    return pair[0] == pair[1]
