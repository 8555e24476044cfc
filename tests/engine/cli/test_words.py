"""`python -m engine words`: a place by file or by text, a table or JSON, and what is refused."""

from __future__ import annotations

import json

import pytest

from engine.__main__ import main

TEXT = "She walked slowly to the old house. Run `walked` now."

pytestmark = pytest.mark.usefixtures("loaded_once")


@pytest.fixture
def call(capsys, tmp_path):
    """Runs the verb in this process, FILE standing for a text: (exit code, standard output, standard error)."""
    path = tmp_path / "text.md"
    path.write_text(TEXT, "utf-8")

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            code = main(["words", *(str(path if word == "FILE" else word) for word in arguments)])
        except SystemExit as stop:
            code = stop.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_a_place_can_be_named_in_three_ways(call) -> None:
    code, out, err = call("FILE", "--select", "4:10", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["start"], found["end"], found["original"]) == (4, 10, "walked")
    assert "went" in [word["text"] for word in found["words"]]
    assert json.loads(call("FILE", "--at", 6, "--json")[1]) == found
    given = json.loads(call("--before", TEXT[:4], "--word", "walked", "--after", TEXT[10:], "--json")[1])
    assert given == found


def test_a_table_has_a_line_for_each(call) -> None:
    code, out, _ = call("FILE", "--at", 6, "--most", 3)
    assert code == 0
    assert len(out.splitlines()) == 3
    assert all(line.endswith("%") for line in out.splitlines())


def test_where_there_are_none_it_says_why(call) -> None:
    code, out, err = call("FILE", "--at", TEXT.index("`walked") + 3)
    assert (code, out) == (0, "")
    assert "markup or code" in err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("FILE",), "Name one place"),
        (("--at", 3), "Name one place"),
        (("FILE", "--at", 3, "--word", "x"), "Name one place"),
        (("FILE", "--at", 3, "--before", "x"), "belong to --word"),
        (("FILE", "--at", 300), "lies outside the text"),
        (("FILE", "--select", "5:2"), "lies outside the text"),
        (("FILE", "--at", 3, "--most", 0), "--most"),
        # Would catch a verb that loads the checkpoint without what was said about loading.
        (("FILE", "--at", 3, "--context", 0), "context must be at least 1 token"),
    ],
)
def test_bad_input_is_one_line(call, arguments, named) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert named in err
    assert len(err.splitlines()) == 1
