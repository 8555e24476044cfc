"""Opening a text that is one line of a megabyte, and typing at its start, in its middle and at its end."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from PySide6.QtGui import QTextCursor

from app.bench.gaps import spread
from app.bench.keys import type_letter
from app.desk import Desk
from app.documents.text_document import plain_text

_SIZE = 1_000_000
_KEYS = 40
_PLACES = {"start": 0.0, "middle": 0.5, "end": 1.0}


def type_in_long_line(desk: Desk) -> list[dict[str, Any]]:
    """A row for a line with spaces and one without, and each place: milliseconds, and those of the processor."""
    opened, sample = desk.window.open_document, plain_text(desk.window.document)
    words = sample.replace("\n", " ")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, line in {"words": words, "no spaces": words.replace(" ", "")}.items():
            path = Path(folder, "line.txt")
            path.write_text((line * (_SIZE // len(line) + 1))[:_SIZE], encoding="utf-8")
            started = time.perf_counter()
            opened.open(str(path))
            desk.window.page.viewport().repaint()
            opening = (time.perf_counter() - started) * 1e3
            for place, share in _PLACES.items():
                _put_caret(desk, share)
                used = time.process_time()
                times = [type_letter(desk) for _ in range(_KEYS)]
                cpu = (time.process_time() - used) * 1e3 / _KEYS
                rows.append({"line": kind, "at": place, "opening": opening, "cpu": cpu, **spread(times)})
            opened.document.setModified(False)
    opened.show_sample(sample)
    return rows


def long_line_lines(rows: list[dict[str, Any]]) -> list[str]:
    """The same as readable text."""
    return [
        "in one line of 1 MB, ms     at        median     p95     max     cpu   opening",
        *(
            f"{row['line']:>10}                  {row['at']:6} {row['median']:9.1f} {row['p95']:7.1f} "
            f"{row['max']:7.1f} {row['cpu']:7.1f} {row['opening']:9.0f}"
            for row in rows
        ),
    ]


def _put_caret(desk: Desk, share: float) -> None:
    page = desk.window.page
    cursor = QTextCursor(page.document())
    cursor.setPosition(int(share * (page.document().characterCount() - 1)))
    page.setTextCursor(cursor)
    page.setFocus()
    desk.rest(0.5)
