"""The window's benchmarks run, and what they count does not grow with the number of races."""

import json

from app.bench.__main__ import main
from app.bench.races import race_lines


def test_races_leave_no_objects_and_no_threads_behind(capsys):
    assert main(["--real", "1", "--races", "20", "--json"]) == 0
    races = json.loads(capsys.readouterr().out)["races"]
    assert [row["races"] for row in races["real"]] == [1]
    replayed = races["replayed"]
    assert [row["races"] for row in replayed] == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
    # Both views have been shown by then.
    middle, last = replayed[4], replayed[-1]
    assert last["qt_objects"] == middle["qt_objects"]
    # The thread that finds out who sees what may be at work.
    assert last["threads"] <= middle["threads"] + 1
    # Less than a recorded frame has.
    assert last["objects"] - middle["objects"] < 500
    head, *rows = race_lines(races)
    assert head.split()[:3] == ["races", "number", "seconds"]
    assert [row.split()[:2] for row in rows[:2]] == [["real", "1"], ["real", "grew"]]
