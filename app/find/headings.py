"""The headings of a Markdown text, and where they begin."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import regex
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextDocument

from app.documents.text_document import kind_of_document
from app.find.text_reader import TextReader
from engine import TextMap

_MARKDOWN = "md"
# A front matter, fenced code and comments are passed over, whatever they hold. Possessive, so that no text takes long.
_HEADING = regex.compile(
    r"""
    \A---[ \t]*\n(?:(?!(?:---|\.\.\.)[ \t]*$)[^\n]*\n)*+(?:---|\.\.\.)[ \t]*$
    | ^[ ]{0,3}(?P<fence>(?P<tick>[`~])(?P=tick){2,}+)(?:(?<=~)[^\n]*|[^`\n]*)$
      (?:\n(?![ ]{0,3}(?P=fence)(?P=tick)*+[ \t]*$)[^\n]*)*+(?:\n[^\n]*)?
    | ^[ ]{0,3}<!--(?:(?!-->)[\s\S])*+(?:-->)?
    | ^[ ]{0,3}(?P<marks>\#{1,6}+)(?:[ \t]++(?P<title>[^\n]*?))??(?:[ \t]++\#++)?[ \t]*+$
    | ^[ ]{0,3}(?![ \t>]|[*+\-][ \t]|\d++[.)][ \t]|(?:-[ \t]*){3,}$)
      (?P<line>\S[^\n]*?)[ \t]*+\n[ ]{0,3}(?P<under>=++|-++)[ \t]*+$
    """,
    regex.MULTILINE | regex.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading. position: where its line begins, in code points. level: from 1."""

    position: int
    level: int
    title: str


def headings(text: str) -> list[Heading]:
    """All headings of a Markdown text, in order. An underlined one of several lines goes by its last line."""
    found = []
    for match in _HEADING.finditer(text):
        if match["marks"]:
            found.append(Heading(match.start(), len(match["marks"]), (match["title"] or "").strip()))
        elif match["under"]:
            found.append(Heading(match.start(), 1 if match["under"][0] == "=" else 2, match["line"]))
    return found


class HeadingReader(QObject):
    """Finds the headings of a document, on a thread of its own."""

    found = Signal(object)
    """The Headings, with positions in UTF-16 units; none where the document is not Markdown."""
    _report = Signal(int, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._newest = 0
        self._lock = threading.Lock()
        self._reader = TextReader(self)
        self._reader.read.connect(self._begin)
        self._report.connect(self._take)

    def start(self, document: QTextDocument) -> None:
        """Read a document; an earlier one is dropped."""
        self.stop()
        if kind_of_document(document) == _MARKDOWN:
            self._reader.start(document)
        else:
            self.found.emit([])

    def stop(self) -> None:
        """Drop what is being read. Does not wait for the thread, which ends by itself."""
        self._reader.forget()
        with self._lock:
            self._newest += 1

    @Slot()
    def _begin(self) -> None:
        if self._reader.text is not None:
            work = threading.Thread(
                target=self._work, args=(self._newest, self._reader.text), name="headings", daemon=True
            )
            work.start()

    def _work(self, number: int, text: TextMap) -> None:
        """On the thread."""
        found = [Heading(text.to_utf16(each.position), each.level, each.title) for each in headings(text.text)]
        with self._lock:
            if number == self._newest:
                self._report.emit(number, found)

    @Slot(int, object)
    def _take(self, number: int, found: list[Heading]) -> None:
        if number == self._newest:
            self.found.emit(found)
