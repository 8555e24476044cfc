"""A race as text for export: every frame as a line of JSON, the figures as a table. Knows no Qt."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from app.race.numbers import ROWS
from app.race.recording import NAMES, Counts, Recording
from engine import EditRequest

Table = tuple[tuple[str, ...], ...]
"""Rows of cells. The first row names the sides, the first column the figures."""


def json_lines(sides: Sequence[Recording]) -> Iterator[str]:
    """One line for each frame, one side after the other; joined, they are the file.

    Each is an object: `side`, `checkpoint`, `request` (action, decoder, seed, length), `frame` as `python -m engine
    --frames` writes it, `counters` at that frame, and `result`, which is null except for the last frame of a side. What
    surrounds the written text is left out: a race of a few words should not disclose a whole document.
    """
    for side in sides:
        last = len(side.frames) - 1
        asked = _request(side.request)
        for index, frame in enumerate(side.frames):
            line = {
                "side": side.decoder.value,
                "checkpoint": side.checkpoint,
                "request": asked,
                "frame": asdict(frame),
                "counters": _counters(side.counts[index]),
                "result": asdict(side.result) if index == last else None,
            }
            yield json.dumps(line, ensure_ascii=False) + "\n"


def table_at(sides: Sequence[Recording], seconds: float) -> Table:
    """The checkpoints, and the figures as the window shows them so many seconds after the runs started."""
    counts = [side.counts_at(seconds) for side in sides]
    names = ("", *(NAMES[side.decoder] for side in sides))
    writers = ("Checkpoint", *(side.checkpoint for side in sides))
    return (names, writers, *((row.title, *(row.text(numbers) for numbers in counts)) for row in ROWS))


def as_markdown(table: Table) -> str:
    """A table in GitHub's Markdown, with figures right-aligned."""
    head, *rows = (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in table)
    return "\n".join((head, f"| --- |{' ---: |' * (len(table[0]) - 1)}", *rows)) + "\n"


def as_csv(table: Table) -> str:
    """Comma-separated values (RFC 4180). The byte order mark tells spreadsheets that it is UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return "\ufeff" + text.getvalue()


def _request(request: EditRequest) -> dict[str, object]:
    return {
        "action": request.action.value,
        "decoder": request.decoder.value,
        "seed": request.seed,
        "length": request.length,
    }


def _counters(counts: Counts) -> dict[str, object]:
    return asdict(counts) | {
        "open": counts.open,
        "tokens_per_pass": counts.tokens_per_pass,
        "tokens_per_second": counts.tokens_per_second,
    }
