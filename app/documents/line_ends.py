"""Line ends: the page knows only "\\n"; a file may have others, and an unedited line keeps its own."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

# Everything that starts a paragraph in a QTextDocument: the line ends of Unix, Windows and old Macintosh files, the
# paragraph separator, and two code points that Qt uses internally. Kept as line ends, they survive saving.
_LINE_END = re.compile("(\r\n|[\n\r\u2029\ufdd0\ufdd1])")
_RARE = "\u2029\ufdd0\ufdd1"


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
        # The two kinds that nearly all files are of, without looking at every line.
        if not any(end in raw for end in _RARE):
            if "\r" not in raw:
                return raw, cls()
            if raw.count("\r\n") == raw.count("\r") == raw.count("\n"):
                return raw.replace("\r\n", "\n"), cls("\r\n")
        parts = _LINE_END.split(raw)
        lines, ends = parts[0::2], parts[1::2]
        counts = Counter(ends)
        usual = max(counts, key=counts.__getitem__, default="\n")
        mixed = tuple(zip(lines, ends, strict=False)) if len(counts) > 1 else ()
        return "\n".join(lines), cls(usual, mixed)

    def join(self, text: str, ends: Sequence[str] | None = None) -> str:
        """Turn the page's text into the file's. `split(raw)` and then `join` gives back `raw`.

        ends: of all lines but the last, "" where a line is new; None to find out which lines are those of the file.
        """
        if ends is None and not self.mixed:
            return text.replace("\n", self.usual)
        lines = text.split("\n")
        last = lines.pop()
        ends = self.filled(lines, self.found(lines) if ends is None else ends)
        return "".join(line + end for line, end in zip(lines, ends, strict=True)) + last

    def found(self, lines: list[str]) -> list[str]:
        """Ends for the lines of an edited text, "" where a line is new.

        Lines before and after the edit keep theirs, as do moved lines; changed lines take over those of the lines that
        are gone, in order.
        """
        pairs = list(zip((line for line, _ in self.mixed), lines, strict=False))
        head = sum(1 for _ in takewhile(_same, pairs))
        room = min(len(self.mixed), len(lines)) - head
        backwards = zip(reversed([line for line, _ in self.mixed]), reversed(lines), strict=False)
        tail = min(room, sum(1 for _ in takewhile(_same, backwards)))
        old = [end for _, end in self.mixed]
        changed = lines[head : len(lines) - tail]
        return old[:head] + _middle(self.mixed[head : len(self.mixed) - tail], changed) + old[len(old) - tail :]

    def filled(self, lines: list[str], ends: Sequence[str]) -> list[str]:
        """An end for every line: a new one takes that of the line before it, or after it at the start of the text."""
        known = next((end for end in ends if end), self.usual)
        whole = []
        for end in ends:
            known = end or known
            whole.append(known)
        for number in reversed(range(len(whole) - 1)):
            if whole[number] == "\r" and lines[number + 1] == "" and whole[number + 1] == "\n":
                # An edit made them adjacent; in the file they would read as one Windows line end.
                whole[number] = "\n"
        return whole


def _middle(old: Sequence[tuple[str, str]], lines: list[str]) -> list[str]:
    """Ends for the lines that an edit has put in the place of old ones."""
    known: defaultdict[str, deque[str]] = defaultdict(deque)
    for line, end in old:
        known[line].append(end)
    ends = [known[line].popleft() if known[line] else "" for line in lines]
    left = Counter({line: len(queue) for line, queue in known.items()})
    # Of equal old lines the first ones are taken.
    free = deque(end for line, end in reversed(old) if left[line] > 0 and not left.subtract([line]))
    return [end or (free.pop() if free else "") for end in ends]


def _same(pair: tuple[str, str]) -> bool:
    """Whether two lines are equal."""
    return pair[0] == pair[1]
