"""Time from a key press to the painted letter, in short and long texts, with and without a run."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from app.bench.gaps import spread
from app.desk import Desk
from app.documents.text_document import plain_text
from app.run_state import RunState

_SIZES = (10_000, 1_000_000, 5_000_000)
"""Characters of the text."""
_KEYS = 200


def type_often(desk: Desk) -> list[dict[str, Any]]:
    """A row for each size: milliseconds from the key to the painted letter, with and without a run elsewhere."""
    sample = plain_text(desk.window.document)
    rows = []
    for size in _SIZES:
        desk.window.document.setPlainText((sample + "\n") * (size // len(sample) + 1))
        desk.rest(0.5)
        to_middle(desk)
        quiet = [type_letter(desk) for _ in range(_KEYS)]
        rows.append({"characters": size, "beside": "nothing", **spread(quiet)})
        rows.append({"characters": size, "beside": "a run", **spread(_type_beside_runs(desk))})
    desk.window.document.setPlainText(sample)
    return rows


def typing_lines(rows: list[dict[str, Any]]) -> list[str]:
    """The same as readable text."""
    return [
        "key to painted letter, ms   beside      median     p95     max",
        *(
            f"{row['characters']:>10,} characters       {row['beside']:8}   {row['median']:7.1f} {row['p95']:7.1f} "
            f"{row['max']:7.1f}"
            for row in rows
        ),
    ]


def to_middle(desk: Desk) -> None:
    """Put the caret at the end of the paragraph in the middle of the text."""
    page = desk.window.page
    cursor = page.textCursor()
    cursor.setPosition(desk.window.document.characterCount() // 2)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
    page.setTextCursor(cursor)
    page.setFocus()
    desk.rest(0.2)


def type_letter(desk: Desk) -> float:
    """Milliseconds for one letter."""
    started = time.perf_counter()
    QTest.keyClick(desk.window.page, Qt.Key.Key_A)
    desk.window.page.viewport().repaint()
    return (time.perf_counter() - started) * 1e3


def _type_beside_runs(desk: Desk) -> list[float]:
    """Type two paragraphs below the melting words, in as many runs as needed."""
    page, controller = desk.window.page, desk.window.controller
    times: list[float] = []
    while len(times) < _KEYS:
        cursor = page.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.PreviousBlock)
        cursor.movePosition(QTextCursor.MoveOperation.PreviousBlock)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        page.setTextCursor(cursor)
        before = len(times)
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        desk.wait(lambda: controller.state is not RunState.IDLE)
        page.moveCursor(QTextCursor.MoveOperation.NextBlock)
        page.moveCursor(QTextCursor.MoveOperation.NextBlock)
        while controller.state is RunState.RUNNING and len(times) < _KEYS:
            times.append(type_letter(desk))
            desk.rest(0.02)
        desk.window.escape()
        desk.wait(lambda: controller.state is RunState.IDLE)
        if len(times) == before:
            raise TimeoutError("No run lasted long enough to type during it.")
    return times
