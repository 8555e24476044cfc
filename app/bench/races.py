"""Many races in one window, whose memory must not grow: `python -m app.bench --real 30 --races 1000`."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest

from app.bench.replay import ReplayEngine
from app.bridge import EngineFactory
from app.desk import Desk
from app.race.recording import Recording
from app.race.window import RaceWindow

_WORDS = "She wrote down the weather, what she was cooking"
_SAMPLES = 10
_OFTEN, _SELDOM = 5, 25
"""Races after which the view is switched, and after which the window is closed and reopened."""


def race_often(make_engine: EngineFactory, real: int, replayed: int) -> dict[str, Any]:
    """The figures of both as plain data: `real` races of the engine, then `replayed` ones answered from memory.

    Memory is that of the whole process in megabytes; objects are those of Python, and those of Qt in the window.
    """
    figures: dict[str, Any] = {}
    with Desk(make_engine) as desk:
        samples, sides = _races(desk, max(1, real))
        checkpoint = desk.checkpoint
    if real:
        figures["real"] = samples
    if replayed:
        with Desk(lambda on_event: ReplayEngine(on_event, checkpoint, sides)) as desk:
            figures["replayed"], _ = _races(desk, replayed)
    return figures


def race_lines(figures: dict[str, Any]) -> list[str]:
    """The same as readable text."""
    lines = ["races      number   seconds   memory, MB   Python objects   Qt objects   threads"]
    for kind, samples in figures.items():
        lines += [
            f"{kind:8}   {row['races']:6}   {row['seconds']:7.1f}   {row['megabytes']:10.1f}   {row['objects']:14}   "
            f"{row['qt_objects']:10}   {row['threads']:7}"
            for row in samples
        ]
        # The first races fill caches: glyphs, fonts, the latest recording.
        grown = samples[-1]["megabytes"] - samples[len(samples) // 5]["megabytes"]
        lines.append(f"{kind:8}   grew by {grown:+.1f} MB after the first fifth")
    return lines


def _races(desk: Desk, number: int) -> tuple[list[dict[str, Any]], Sequence[Recording]]:
    """Run races by keyboard, showing every frame; returns ten memory samples and the last race."""
    desk.select(_WORDS)
    race, sides = desk.compare(), ()
    samples: list[dict[str, Any]] = []
    started = time.monotonic()
    for done in range(1, number + 1):
        sides = _run(desk, race)
        if done % _OFTEN == 0:
            QTest.keyClick(race, Qt.Key.Key_G if done % 2 else Qt.Key.Key_W)
        if done % _SELDOM == 0:
            race.close()
            desk.compare()
        if done % max(1, number // _SAMPLES) == 0:
            samples.append(_sample(desk, done, time.monotonic() - started))
    race.close()
    return samples, sides


def _run(desk: Desk, race: RaceWindow) -> tuple[Recording, ...]:
    """Run one race with the next seed and play it frame by frame."""
    seed = race.controls.seed
    seed.setValue(seed.value() + 1)
    QTest.keyClick(race, Qt.Key.Key_Return)
    desk.wait(lambda: race.playback is not None or not race.runner.running)
    if race.playback is None:
        # Nothing was written with that seed; try the next one.
        return _run(desk, race)
    while not race.playback.finished:
        QTest.keyClick(race, Qt.Key.Key_Right)
        desk.application.processEvents()
    return race.playback.sides


def _sample(desk: Desk, races: int, seconds: float) -> dict[str, Any]:
    gc.collect()
    return {
        "races": races,
        "seconds": seconds,
        "megabytes": memory(),
        "objects": len(gc.get_objects()),
        "qt_objects": len(desk.window.findChildren(QObject)),
        "threads": threading.active_count(),
    }


def memory() -> float:
    """Megabytes the process uses now, or its peak where the system does not report that."""
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return pages * resource.getpagesize() / 1e6
