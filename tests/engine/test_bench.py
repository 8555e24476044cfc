"""The table of strengths: nothing changes at 0, most at 1."""

import json

from engine import bench, bench_prefill
from engine.__main__ import main


def test_a_stronger_rewrite_changes_more(monkeypatch, capsys) -> None:
    monkeypatch.setattr(bench, "_SENTENCES", 6)
    assert main(["bench", "--strength", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["strength"] for row in rows] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert (rows[0]["changed"], rows[0]["same"], rows[0]["sentences"]) == (0.0, 1.0, 6)
    assert rows[-1]["changed"] > rows[1]["changed"] > 0
    assert len(bench.table_of_strengths(rows).splitlines()) == 6


def test_reading_after_an_edit_is_measured_beside_reading_from_scratch(session, monkeypatch) -> None:
    monkeypatch.setattr(bench_prefill, "_TOKENS", 1024)
    monkeypatch.setattr(bench_prefill, "_TURNS", 1)
    rows = bench_prefill.compare_prefill(session, "The harbour was quiet when we came down. ")
    assert [row["edit"] for row in rows] == ["none", "at the end", "in the middle"]
    for row in rows:
        assert row["tokens"] == 1024
        assert row["ratio"] == row["kept_ms"] / row["whole_ms"] > 0
    assert len(bench_prefill.prefill_table(rows)) == 4
