"""What a checkpoint that follows instructions is told.

A sliding window forgets what stands some hundred tokens back unless it is asked for, so the order is: the text around,
what must be known, the instruction, and last the words that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.contracts.errors import RequestError
from engine.contracts.instruction import Structure
from engine.contracts.request import Action, EditRequest
from engine.models.chat import Chat
from engine.text.answers import ASKED_FOR
from engine.text.context import CHARACTERS_PER_TOKEN, context_tokens
from engine.text.kinds import MARKDOWN
from engine.text.vocabulary import Vocabulary

_AROUND = 1536
"""Tokens of the text around that are read at most: more hardly changes an answer, and has to be read first."""
_AFTER_SHARE = 1 / 3
_SEAMS = 8
_CONTINUED = 256
"""Tokens of the text before a continuation that are its passage."""
_KINDS = {
    MARKDOWN: "Markdown",
    "tex": "LaTeX",
    "rst": "reStructuredText",
    "html": "HTML",
    "org": "Org",
    "adoc": "AsciiDoc",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The passage an instruction is about, and what stands around it.

    before, after: text around it. passage: the words to be replaced, or those that are continued.
    pinned: words that must stay, in order.
    """

    request: EditRequest
    before: str
    passage: str
    after: str
    pinned: tuple[str, ...]

    @classmethod
    def of(cls, request: EditRequest, start: int, end: int, vocabulary: Vocabulary) -> Asked:
        """What is asked about text[start:end], which is empty for a continuation."""
        text = request.text
        if request.action is Action.CONTINUE:
            # A continuation is about what stands before it.
            tokens = context_tokens(text[:end], _CONTINUED, vocabulary)[1:]
            start = end - min(end, len(vocabulary.text(tokens).lstrip("\ufffd")))
        pinned = tuple(request.selection[low:high].strip() for low, high in sorted(request.pins))
        return cls(request, text[:start], text[start:end].strip(), text[end:], tuple(filter(None, pinned)))

    def prompt(self, chat: Chat, vocabulary: Vocabulary, limit: int, answer: int) -> list[int]:
        """The tokens of the prompt: at most `limit`, with room for an answer. Raises RequestError."""
        bare, framed = (chat.prompt(vocabulary.encode(self._message(*around))) for around in (("", ""), ("…", "…")))
        if len(bare) + answer > limit:
            own = len(vocabulary.encode(self.passage))
            raise RequestError(
                f"The model reads {limit} tokens, and the {own} of the selection do not fit with the instruction and "
                "an answer. Select less text."
            )
        # Tokens at a seam may part in another way.
        room = min(limit - len(framed) - answer - _SEAMS, _AROUND)
        if room <= 0:
            return bare
        after = _first(self.after, int(_AFTER_SHARE * room), vocabulary)
        before = _last(self.before, room - len(vocabulary.encode(after)), vocabulary)
        return chat.prompt(vocabulary.encode(self._message(before, after)))

    def _message(self, before: str, after: str) -> str:
        """The message of the writer, with the text around as far as it has room."""
        asked = self.request.instruction
        assert asked is not None
        around = []
        if before.strip():
            around.append(f"The text before the passage:\n{before.strip()}")
        if after.strip():
            around.append(f"The text after the passage:\n{after.strip()}")
        known = "\n".join(f"- {line}" for line in self._known(asked.structure))
        last = f"What to know:\n{known}\n\nInstruction: {asked.text.strip()}\n\nPassage:\n{self.passage}"
        return "\n\n".join([*around, last])

    def _known(self, structure: Structure) -> list[str]:
        """What must be known, in one line each."""
        lines = [f"Begin your answer with “{ASKED_FOR}”, then write it on the next line, without remarks."]
        if self.request.action is Action.CONTINUE:
            lines.append("Write only what follows the passage, and do not repeat it.")
        else:
            lines.append("The new passage takes the place of the old one, so it must fit the text around it.")
        lines.append("Write in the language of the passage, unless the instruction names another.")
        if structure is not Structure.FREE:
            kind = _KINDS.get(self.request.markup)
            marks = f"{kind} marks, code, links and line breaks" if kind else "marks, code, links and line breaks"
            facts = "" if self.request.free else " Keep numbers and names."
            lines.append(f"Keep {marks} as they are.{facts}")
        if self.pinned:
            words = ", ".join(f"“{words}”" for words in self.pinned)
            lines.append(f"These words must be in the new passage exactly so: {words}.")
        return lines


def _first(text: str, room: int, vocabulary: Vocabulary) -> str:
    """The beginning of a text that takes so many tokens."""
    tokens = vocabulary.encode(text[: room * CHARACTERS_PER_TOKEN])
    return vocabulary.text(tokens[:room]).rstrip("\ufffd")


def _last(text: str, room: int, vocabulary: Vocabulary) -> str:
    """The end of a text that takes so many tokens, from a good place on."""
    return vocabulary.text(context_tokens(text, max(0, room), vocabulary)[1:]).lstrip("\ufffd")
