"""A long run says how long it will still take, and the line on its bar how much has settled."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.run.bar import RunBar
from app.run.time_left import TimeLeft
from app.run_state import RunState


def test_the_rest_is_reckoned_from_the_parts_that_are_done():
    now = 100.0
    left = TimeLeft(lambda: now)
    left.begin_part(0, 20)
    assert str(left) == ""
    now = 110.0
    left.begin_part(1, 20)
    assert str(left) == "about 3 min left"
    now = 115.0
    left.begin_part(1, 20)
    assert str(left) == "about 3 min left"
    # Parts without anything to do are skipped.
    now = 120.0
    left.begin_part(16, 20)
    assert str(left) == ""
    left.begin_part(5, 20)
    assert str(left) == "about 60 s left"
    left.start()
    assert str(left) == ""


def filled(desk) -> float:
    """How far the line on the bar of a run reaches, 0 to 1."""
    bar = desk.page.findChild(RunBar)
    picture, accent = bar.grab().toImage(), desk.themes.theme.accent
    row = next(y for y in range(picture.height() - 1, 0, -1) if picture.pixelColor(22, y) == accent)
    reached = max(x for x in range(picture.width()) if picture.pixelColor(x, row) == accent)
    return (reached - 18) / (picture.width() - 36)


def test_the_bar_of_a_run_tells_what_has_settled(make_desk, script):
    """It told steps of the most there could be, and ended at a tenth when the words had settled early."""
    desk = make_desk("One two three four five six seven eight.")
    script.manual, script.steps = True, 4
    desk.select(0, 40)
    desk.rewrite()
    desk.wait_for_state(RunState.RUNNING)
    label = desk.page.findChild(QLabel, "run_progress")
    shares = []
    for _ in range(3):
        desk.engine.play()
        before = label.text()
        desk.wait_for(lambda before=before: label.text() != before)
        shares.append(label.text())
    assert all(text.startswith("Rewriting · ") and text.endswith("% settled") for text in shares)
    percent = [int(text.split(" · ")[1].split("%")[0]) for text in shares]
    assert percent[0] < percent[-1]
    assert abs(filled(desk) - percent[-1] / 100) < 0.06
    desk.press(Qt.Key.Key_Escape)
