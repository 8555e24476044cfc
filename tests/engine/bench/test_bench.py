"""The table of strengths: nothing changes at 0, most at 1."""

import json

import pytest

from engine.__main__ import main
from engine.bench import prefill, sides, soak, strength
from engine.evaluation.places import places


def test_a_stronger_rewrite_changes_more(monkeypatch, capsys) -> None:
    monkeypatch.setattr(strength, "_SENTENCES", 2)
    assert main(["bench", "--strength", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["strength"] for row in rows] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert (rows[0]["changed"], rows[0]["same"], rows[0]["sentences"]) == (0.0, 1.0, 2)
    assert rows[-1]["changed"] > rows[1]["changed"] > 0
    assert len(strength.strengths_table(rows).splitlines()) == 6


def test_reading_after_an_edit_is_measured_beside_reading_from_scratch(session, monkeypatch) -> None:
    monkeypatch.setattr(prefill, "_TOKENS", 1024)
    monkeypatch.setattr(prefill, "_TURNS", 1)
    rows = prefill.compare_prefill(session, "The harbour was quiet when we came down. ")
    assert [row["edit"] for row in rows] == ["none", "at the end", "in the middle"]
    for row in rows:
        assert row["tokens"] == 1024
        assert row["ratio"] == row["kept_ms"] / row["whole_ms"] > 0
    assert len(prefill.prefill_table(rows)) == 4


def test_both_ways_of_writing_are_measured_side_by_side(session, monkeypatch) -> None:
    monkeypatch.setattr(sides, "_TOKENS", (8, 72))
    monkeypatch.setattr(sides, "places", lambda *arguments: places(*arguments)[:1])
    rows = sides.compare_sides(session, seed=0)
    assert [row["tokens"] for row in rows] == [8, 72]
    for row in rows:
        assert row["autoregressive"]["passes"] == row["tokens"]
        assert row["tokens_a_pass"] == pytest.approx(row["tokens"] / row["diffusion"]["passes"])
        assert row["break_even"] > 0
    assert len(sides.sides_table(rows)) == 5


def test_random_requests_all_end_and_the_thread_lives_on(capsys) -> None:
    assert main(["bench", "--soak", "12", "--json", "--seed", "7"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sum(found["ends"].values()) == found["requests"] == 12
    assert found["ends"]["RunFinished"] > 5
    assert (found["lost"], found["closed"]) == (0, True)
    assert all(error.startswith("RequestError") for error in found["errors"])
    assert len(found["megabytes"]) > 10
    assert len(soak.soak_lines(found).splitlines()) == 2 + len(found["errors"])
