"""A race taken along: what is in the files is what was in the window."""

import csv
import io
import json
import threading

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel

from app.race_film import HOLD, MOST, shots_of, tick_of
from app.race_numbers import ROWS
from engine import Decoder

KEY = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT, RIGHT = Decoder.DIFFUSION, Decoder.AUTOREGRESSIVE


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.focusWidget() or window, key, modifiers)


def said(window) -> str:
    return window.findChild(QLabel, "race_message").text()


@pytest.fixture
def raced(qtbot, window, script):
    """A race that has been run and played to its end."""
    script.pause = 0.01
    with qtbot.waitSignal(window.runner.finished):
        press(window, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.playback.finished)
    return window


@pytest.fixture
def export(qtbot, raced, monkeypatch):
    """Exports under a name by Ctrl+E, and waits for the line that tells of it."""

    def run(path) -> str:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
        with qtbot.waitSignal(raced.exporter.ended, timeout=20_000) as ended:
            press(raced, KEY.Key_E, CONTROL)
        return ended.args[0]

    return run


def shown(window) -> list[list[str]]:
    """The numbers as they stand in the window."""
    return [
        [row.title, *(window.findChild(QLabel, f"race_{row.name}_{side.value}").text() for side in (LEFT, RIGHT))]
        for row in ROWS
    ]


def test_before_a_race_there_is_nothing_to_take_along(window, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("asked for a name"))
    for name in ("race_export", "race_copy"):
        assert not window.findChild(QAbstractButton, name).isEnabled()
    press(window, KEY.Key_E, CONTROL)
    press(window, KEY.Key_C, CONTROL | SHIFT)
    assert said(window) == ""


def test_every_frame_is_a_line_of_json(raced, export, tmp_path):
    assert export(tmp_path / "race.jsonl") == "Written to race.jsonl."
    lines = [json.loads(line) for line in (tmp_path / "race.jsonl").read_text("utf-8").splitlines()]
    for side in raced.playback.sides:
        mine = [line for line in lines if line["side"] == side.decoder.value]
        assert [line["frame"]["step"] for line in mine] == [frame.step for frame in side.frames]
        assert [line["counters"]["passes"] for line in mine] == [counts.passes for counts in side.counts]
        assert [line["result"] is None for line in mine] == [True] * (len(mine) - 1) + [False]
        assert mine[-1]["result"]["replacement"] == side.result.replacement
        assert mine[0]["request"]["seed"] == side.request.seed
    assert "Once there was" not in (tmp_path / "race.jsonl").read_text("utf-8")


def test_the_tables_are_what_stands_in_the_window(raced, export, tmp_path):
    for steps in (0, 2):
        for _ in range(steps):
            press(raced, KEY.Key_Left)
        export(tmp_path / "race.csv")
        read = list(csv.reader(io.StringIO((tmp_path / "race.csv").read_bytes().decode("utf-8-sig"))))
        assert read == [["", "Diffusion", "Autoregressive"], *shown(raced)]
        export(tmp_path / "race.md")
        press(raced, KEY.Key_C, CONTROL | SHIFT)
        markdown = (tmp_path / "race.md").read_text("utf-8")
        assert QGuiApplication.clipboard().text() == markdown
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines()]
        assert [rows[0], *rows[2:]] == read


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_a_film_lasts_as_long_as_the_race_as_it_is_played(raced, export, tmp_path, kind):
    assert export(tmp_path / f"race.{kind}") == f"Written to race.{kind}."
    length, speed = raced.playback.length, raced.playback.speed
    with Image.open(tmp_path / f"race.{kind}") as film:
        assert film.n_frames >= 3
        durations = []
        pictures = set()
        for number in range(film.n_frames):
            film.seek(number)
            film.load()
            durations.append(film.info["duration"])
            pictures.add(film.convert("RGB").tobytes())
        assert film.info["loop"] == 0
        assert film.width >= 400
    assert sum(durations) == pytest.approx(1000 * length / speed + HOLD, abs=20)
    # Something moves in it.
    assert len(pictures) >= 3


def test_another_ending_becomes_a_webp(export, tmp_path):
    assert export(tmp_path / "race") == "Written to race.webp."
    with Image.open(tmp_path / "race.webp") as film:
        assert film.format == "WEBP"


def test_a_film_that_is_stopped_leaves_nothing_behind(qtbot, raced, monkeypatch, tmp_path):
    path = tmp_path / "race.gif"
    path.write_bytes(b"older")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    for moment in (0.05, 0.55, 0.62):
        with qtbot.waitSignal(raced.exporter.progressed, check_params_cb=lambda done, at=moment: done >= at):
            press(raced, KEY.Key_E, CONTROL)
        with qtbot.waitSignal(raced.exporter.ended):
            press(raced, KEY.Key_Escape)
        assert said(raced) == "Nothing was written."
        assert path.read_bytes() == b"older"
        assert [found.name for found in tmp_path.iterdir() if found.is_file()] == ["race.gif"]
    assert all(thread.name != "film" for thread in threading.enumerate())


def test_closing_the_window_ends_the_making_of_a_film(qtbot, raced, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "race.gif"), ""))
    with qtbot.waitSignal(raced.exporter.progressed):
        press(raced, KEY.Key_E, CONTROL)
    raced.close()
    assert not raced.exporter.busy
    assert not [found for found in tmp_path.iterdir() if found.is_file()]


@pytest.mark.parametrize("kind", ["md", "jsonl", "webp"])
def test_a_place_that_cannot_be_written_is_told_in_one_line_and_the_race_stays(raced, export, tmp_path, kind):
    line = export(tmp_path / "no folder" / f"race.{kind}")
    assert "could not be saved" in line
    assert "Ctrl+E" in line
    assert len(line.splitlines()) == 1
    assert raced.playback is not None


def test_no_name_no_file(raced, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    press(raced, KEY.Key_E, CONTROL)
    assert not raced.exporter.busy


@pytest.mark.parametrize("length", [0.004, 0.3, 2.0, 400.0])
@pytest.mark.parametrize("speed", [1.0, 0.2, 0.02])
def test_a_film_is_never_cut_short_or_played_faster(length, speed):
    shots = shots_of(length, speed)
    assert len(shots) <= MOST + 12
    assert sum(shot.milliseconds for shot in shots) == pytest.approx(max(20, 1000 * length / speed) + HOLD, abs=10)
    moments = [shot.moment for shot in shots]
    assert moments == sorted(moments)
    assert (moments[0], moments[-1]) == (0.0, length)
    assert tick_of(length, speed) % 10 == 0
