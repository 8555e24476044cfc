"""Time from a key press to the painted letter in a long text, with Check as I write on and off."""

from __future__ import annotations

import itertools
from typing import Any

from app.bench.gaps import spread
from app.bench.keys import to_middle, type_letter
from app.desk import Desk
from app.documents.text_document import plain_text

_SIZE = 300_000
_BURSTS, _KEYS = 20, 5
"""The writer pauses after some letters, so that each burst begins while the engine checks."""
_PAUSE, _BETWEEN = 1.2, 0.06
"""Seconds before a burst, and between its letters."""


def type_with_and_without_check(desk: Desk) -> dict[str, Any]:
    """Milliseconds from the key to the painted letter, with the check on and off."""
    document = desk.window.document
    sample = plain_text(document)
    # As on a page that somebody writes, no two paragraphs are the same.
    numbered = (f"{sample}\nThis is page {number}.\n\n" for number in itertools.count(1))
    document.setPlainText("".join(itertools.islice(numbered, _SIZE // len(sample) + 1)))
    answers: list[object] = []
    desk.bridge.line_checked.connect(answers.append)
    figures: dict[str, Any] = {"characters": document.characterCount()}
    for name in ("off", "on"):
        desk.settings.set_value("check_as_i_write", name == "on")
        to_middle(desk)
        if name == "on":
            desk.wait(lambda: answers)
        figures[name] = spread([each for _ in range(_BURSTS) for each in _burst(desk)])
    figures["checked"] = len(answers)
    desk.settings.set_value("check_as_i_write", False)
    desk.bridge.line_checked.disconnect(answers.append)
    document.setPlainText(sample)
    return figures


def check_line(figures: dict[str, Any]) -> str:
    """The same as readable text."""
    on, off = figures["on"], figures["off"]
    return (
        f"{figures['characters']:>10,} characters       check on: p95 {on['p95']:.1f} ms, max {on['max']:.1f} ms; "
        f"off: p95 {off['p95']:.1f} ms, max {off['max']:.1f} ms ({figures['checked']} paragraphs checked meanwhile)"
    )


def _burst(desk: Desk) -> list[float]:
    desk.rest(_PAUSE)
    times = []
    for _ in range(_KEYS):
        times.append(type_letter(desk))
        desk.rest(_BETWEEN)
    return times
