"""Exported races: the files agree with the window."""

import csv
import io
import json
import resource
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QLineEdit, QMessageBox

from app.race.exporter import KINDS
from app.race.film import HOLD, MOST, shots_of, tick_of
from app.race.film_file import Film
from app.race.menu import NO_RACE
from app.race.numbers import ROWS
from app.theme import DARK, LIGHT
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
    """A race run and played to its end."""
    script.pause = 0.01
    with qtbot.waitSignal(window.runner.finished):
        press(window, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.playback.finished)
    return window


def answer(path: Path, kind: str = "", *, replaces: bool | None = None) -> None:
    """Answer the file dialog by keys, once it opens. kind: the format chosen in it.

    replaces: whether an older file of that name shall be replaced; None where that must not be asked.
    """

    def type_name() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        if kind:
            kinds = dialog.findChild(QComboBox, "fileTypeCombo")
            while kinds.currentText() != KINDS[kind]:
                QTest.keyClick(kinds, KEY.Key_Down)
            # What a person does who chooses from the opened list.
            kinds.textActivated.emit(kinds.currentText())
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        # Typed letter by letter, Qt's list of completions would take the Return for itself.
        field.setText(str(path))
        if replaces is not None:
            QTimer.singleShot(0, dialog, decide)
        QTest.keyClick(field, KEY.Key_Return)
        if dialog.isVisible():
            dialog.reject()

    def decide() -> None:
        question = QApplication.activeModalWidget()
        assert isinstance(question, QMessageBox)
        which = QMessageBox.StandardButton.Yes if replaces else QMessageBox.StandardButton.No
        QTest.keyClick(question.button(which), KEY.Key_Space)

    QTimer.singleShot(0, QApplication.instance(), type_name)


@pytest.fixture
def export(qtbot, raced):
    """Export under a name with Ctrl+E, and wait for the message."""

    def run(path: Path, kind: str = "", **how: bool) -> str:
        answer(path, kind, **how)
        with qtbot.waitSignal(raced.exporter.ended, timeout=20_000) as ended:
            press(raced, KEY.Key_E, CONTROL)
        assert said(raced) == ended.args[0]
        return ended.args[0]

    return run


def shown(window) -> list[list[str]]:
    """The figures shown in the window."""
    return [
        [row.title, *(window.findChild(QLabel, f"race_{row.name}_{side.value}").text() for side in (LEFT, RIGHT))]
        for row in ROWS
    ]


def test_before_a_race_there_is_nothing_to_take_along(window):
    for name in ("race_export", "race_copy"):
        entry = window.findChild(QAction, name)
        assert not entry.isEnabled()
        assert entry.toolTip() == NO_RACE
    for key, modifiers in ((KEY.Key_E, CONTROL), (KEY.Key_C, CONTROL | SHIFT)):
        window.message.clear()
        press(window, key, modifiers)
        assert said(window) == NO_RACE


def test_the_menu_offers_both_once_there_is_a_race(qtbot, raced, tmp_path):
    entries = [raced.findChild(QAction, name) for name in ("race_export", "race_copy")]
    assert [entry.isEnabled() for entry in entries] == [True, True]
    assert [entry.text().split("\t")[1] for entry in entries] == ["Ctrl+E", "Ctrl+Shift+C"]
    entries[1].trigger()
    assert said(raced) == "Figures copied as Markdown."
    answer(tmp_path / "race.csv")
    with qtbot.waitSignal(raced.exporter.ended):
        entries[0].trigger()
    assert (tmp_path / "race.csv").exists()


def test_ctrl_e_exports_also_from_a_field(qtbot, raced, tmp_path):
    raced.controls.seed.setFocus()
    answer(tmp_path / "race.md")
    with qtbot.waitSignal(raced.exporter.ended):
        press(raced, KEY.Key_E, CONTROL)
    assert (tmp_path / "race.md").exists()


def test_every_frame_is_a_line_of_json(raced, export, tmp_path):
    assert export(tmp_path / "race.jsonl") == "Exported to race.jsonl."
    lines = [json.loads(line) for line in (tmp_path / "race.jsonl").read_text("utf-8").splitlines()]
    for side in raced.playback.sides:
        mine = [line for line in lines if line["side"] == side.decoder.value]
        assert [line["frame"]["step"] for line in mine] == [frame.step for frame in side.frames]
        assert [line["counters"]["passes"] for line in mine] == [counts.passes for counts in side.counts]
        assert [line["result"] is None for line in mine] == [True] * (len(mine) - 1) + [False]
        assert mine[-1]["result"]["replacement"] == side.result.replacement
        assert mine[0]["request"]["seed"] == side.request.seed
        assert mine[0]["checkpoint"] == side.checkpoint == "scripted"
    assert "Once there was" not in (tmp_path / "race.jsonl").read_text("utf-8")


def cells_of_markdown(markdown: str) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines()]
    return [rows[0], *rows[2:]]


def test_exported_tables_are_those_of_the_whole_race_whatever_is_shown(raced, export, tmp_path):
    """Catches a table of the frame shown, "45 of 48", taken for the result."""
    whole = [["", "Diffusion", "Autoregressive"], ["Checkpoint", "scripted", "scripted"], *shown(raced)]
    for _ in range(3):
        press(raced, KEY.Key_Left)
    assert shown(raced) != whole[2:]
    export(tmp_path / "race.csv")
    assert list(csv.reader(io.StringIO((tmp_path / "race.csv").read_bytes().decode("utf-8-sig")))) == whole
    export(tmp_path / "race.md")
    assert cells_of_markdown((tmp_path / "race.md").read_text("utf-8")) == whole


def test_the_copied_table_is_what_stands_in_the_window_and_says_of_when(raced):
    """Catches figures of a moment that are copied without a word."""
    for steps in (0, 3):
        for _ in range(steps):
            press(raced, KEY.Key_Left)
        press(raced, KEY.Key_C, CONTROL | SHIFT)
        assert cells_of_markdown(QGuiApplication.clipboard().text())[2:] == shown(raced)
        assert (f"after {raced.playback.position:.3f} of" in said(raced)) is bool(steps)


@pytest.mark.parametrize(("kind", "theme"), [("webp", LIGHT), ("gif", DARK)])
def test_a_film_lasts_as_long_as_the_race_as_it_is_played(raced, export, settings, tmp_path, kind, theme):
    settings.set_value("theme", theme.name)
    assert export(tmp_path / f"race.{kind}") == f"Exported to race.{kind}."
    length, speed = raced.playback.length, raced.playback.speed
    with Image.open(tmp_path / f"race.{kind}") as film:
        assert film.format == kind.upper()
        assert film.n_frames >= 3
        durations = []
        pictures = set()
        for number in range(film.n_frames):
            film.seek(number)
            film.load()
            durations.append(film.info["duration"])
            pictures.add(film.convert("RGB").tobytes())
            # The paper keeps its colour in every picture.
            assert film.convert("RGB").getpixel((3, film.height // 2)) == theme.paper.getRgb()[:3]
        assert film.info["loop"] == 0
        assert film.width == raced.board.width()
    assert sum(durations) == pytest.approx(1000 * length / speed + HOLD, abs=20)
    # Something moves in it.
    assert len(pictures) >= 3


def test_a_film_ends_with_what_stands_in_the_window(raced, export, tmp_path):
    export(tmp_path / "race.webp")
    with Image.open(tmp_path / "race.webp") as film:
        film.seek(film.n_frames - 1)
        pixels = film.convert("RGB").tobytes()
        end = QImage(pixels, *film.size, 3 * film.width, QImage.Format.Format_RGB888)
    seen = raced.board.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    # Below it, the film says how fast it is played.
    assert end.copy(seen.rect()) == seen


@pytest.mark.parametrize("grid", [False, True])
def test_a_film_shows_the_view_that_is_chosen(raced, export, tmp_path, grid):
    pictures = []
    for name in ("one.webp", "other.webp"):
        export(tmp_path / name)
        with Image.open(tmp_path / name) as film:
            pictures.append(film.convert("RGB").tobytes())
        if grid:
            press(raced, KEY.Key_G)
    assert (pictures[0] != pictures[1]) is grid


def test_a_long_race_has_fewer_pictures_a_second_and_that_is_said(export, tmp_path, monkeypatch):
    monkeypatch.setattr("app.race.film.MOST", 1)
    line = export(tmp_path / "race.webp")
    assert line.startswith("Exported to race.webp. The race is long, so the film shows one frame every 0.")
    with Image.open(tmp_path / "race.webp") as film:
        assert film.n_frames < 12


def test_the_ending_of_the_name_decides_what_is_written(export, tmp_path):
    assert export(tmp_path / "race.md", "gif") == "Exported to race.md."
    assert (tmp_path / "race.md").read_text("utf-8").startswith("|")


def test_a_name_without_an_ending_gets_that_of_what_is_chosen(export, tmp_path):
    assert export(tmp_path / "race", "csv") == "Exported to race.csv."
    assert export(tmp_path / "race.7", "md") == "Exported to race.7."
    assert (tmp_path / "race.7").read_text("utf-8").startswith("|")


def test_an_older_file_is_replaced_only_by_someone_who_agrees(qtbot, raced, export, tmp_path):
    path = tmp_path / "race.md"
    path.write_text("older")
    answer(tmp_path / "race", "md", replaces=False)
    press(raced, KEY.Key_E, CONTROL)
    assert not raced.exporter.busy
    assert path.read_text() == "older"
    export(tmp_path / "race", "md", replaces=True)
    assert path.read_text("utf-8").startswith("|")


def begin_film(qtbot, window, path, done: float) -> None:
    """Start a film and let it get that far."""
    window.playback.speed = 1 / 50
    answer(path, replaces=True if path.exists() else None)
    with qtbot.waitSignal(window.exporter.progressed, timeout=20_000, check_params_cb=lambda now: now >= done):
        press(window, KEY.Key_E, CONTROL)


def test_a_film_that_is_stopped_leaves_nothing_behind(qtbot, raced, tmp_path):
    path = tmp_path / "race.gif"
    path.write_bytes(b"older")
    for done in (0.05, 0.4, 0.6):
        begin_film(qtbot, raced, path, done)
        assert said(raced).startswith("Exporting… ")
        assert not raced.controls.menu.export.isEnabled()
        assert "Esc" in raced.controls.menu.export.toolTip()
        assert raced.controls.stop.isEnabled()
        press(raced, KEY.Key_Escape)
        assert said(raced) == "Export cancelled."
        assert raced.controls.menu.export.isEnabled()
        assert path.read_bytes() == b"older"
        assert files(tmp_path) == ["race.gif"]


def test_closing_the_window_ends_the_making_of_a_film(qtbot, raced, tmp_path):
    begin_film(qtbot, raced, tmp_path / "race.gif", 0.05)
    raced.close()
    assert not raced.exporter.busy
    assert files(tmp_path) == []


def files(folder: Path) -> list[str]:
    return [found.name for found in folder.iterdir() if found.is_file()]


@pytest.mark.parametrize("kind", ["md", "jsonl", "webp"])
def test_a_full_disk_is_told_in_one_line_and_the_race_and_the_older_file_stay(raced, export, tmp_path, kind):
    path = tmp_path / f"race.{kind}"
    path.write_bytes(b"older")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        line = export(path, replaces=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "could not be saved" in line
    assert "Export it elsewhere with Ctrl+E" in line
    assert len(line.splitlines()) == 1
    assert path.read_bytes() == b"older"
    assert files(tmp_path) == [path.name]
    assert raced.playback is not None


def test_a_film_that_cannot_be_made_is_told_in_one_line(export, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Film, "as_webp", fail)
    line = export(tmp_path / "race.webp")
    assert line.startswith("race.webp could not be created: MemoryError. ")
    assert files(tmp_path) == []


def test_no_name_no_file(raced):
    QTimer.singleShot(
        0, QApplication.instance(), lambda: QTest.keyClick(QApplication.activeModalWidget(), KEY.Key_Escape)
    )
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
