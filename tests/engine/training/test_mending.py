"""What Fix weighs its candidates by is fitted by one command."""

from __future__ import annotations

import json

from engine.contracts.corrections import Mistake
from engine.mending.candidates import Candidate
from engine.mending.choose import Judged, Weights, probability
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.training.mending import Known, Text, fit, main


def text(gain: float, right: bool) -> Text:
    judged = Judged(Candidate(0, 3, "the", Mistake.SPELLING, 1, True), "teh", 0.0, gain, gain)
    return Text("synthetic", 10, frozenset(), (Known(judged, frozenset(), right),))


def test_what_is_right_more_often_becomes_more_probable() -> None:
    texts = [text(8.0 + number % 3, True) for number in range(9)] + [
        text(-2.0 + number % 3, False) for number in range(9)
    ]
    weights = Weights(fit(texts), 0.5)
    good, bad = (probability(item.known[0].judged, weights) for item in (texts[0], texts[-1]))
    assert good > 0.8
    assert bad < 0.2


def test_the_command_writes_weights_that_can_be_used(tmp_path, capsys) -> None:
    out = tmp_path / "mending.json"
    assert main([str(embedded_checkpoint().folder), "--texts", "6", "--leave", "0", "--out", str(out)]) == 0
    weights = Weights(**json.loads(out.read_text("utf-8")))
    assert weights.figures
    assert 0 < weights.threshold < 1
    assert "| threshold |" in capsys.readouterr().out


def test_bad_input_is_one_line(tmp_path, capsys) -> None:
    assert main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    # The small set is all left to the evaluation.
    assert main([str(embedded_checkpoint().folder), "--texts", "2", "--out", str(tmp_path / "mending.json")]) == 2
    assert "too few texts" in capsys.readouterr().err
    assert not (tmp_path / "mending.json").exists()


def test_texts_of_the_evaluation_are_left_out() -> None:
    from engine.evaluation import fixing
    from engine.evaluation.material import load
    from engine.training.mending import _cases

    material = load(None)
    tested = {item[1] for item in fixing.passages(material.documents, 5, 0)}
    tested |= {item[1] for item in fixing.passages(material.documents, 10, 1)}
    mended = {case.written for case in fixing.real(material.pairs, 5, 0)}
    cases = list(_cases(material, 20, 5, 11))
    assert {sort for sort, _ in cases} == {"synthetic", "real", "clean"}
    assert not any(case.right in tested for sort, case in cases if sort != "real")
    assert not any(case.written in mended for sort, case in cases if sort == "real")
