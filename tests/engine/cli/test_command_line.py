from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

from engine import WORD, Frame
from engine.__main__ import main
from engine.models.checkpoint_folder import embedded_checkpoint

TEXT = "One two three four five. Six seven eight nine ten.\n\n- an item\n"
KEYS = {
    *(
        "text",
        "range",
        "replacement",
        "variants",
        "steps",
        "forward_passes",
        "tokens",
        "tokens_per_forward",
        "melts",
        "causal_bits",
    ),
    *("seconds", "prefill_seconds", "stopped_by"),
}


pytestmark = pytest.mark.usefixtures("loaded_once")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A text with a line break and a mark of a list."""
    path = tmp_path / "text.md"
    path.write_bytes(TEXT.encode())
    return path


@pytest.fixture
def call(capfd):
    """Runs a command in this process: (exit code, standard output, standard error)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        sys.stdout.flush()
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


def refused(answer: tuple[int, str, str], *named: str) -> None:
    """Exit code 2, nothing on standard output, one line on standard error."""
    code, out, err = answer
    assert code == 2
    assert out == ""
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    for word in named:
        assert word in err


def test_rewrite_prints_one_object(file, call):
    code, out, err = call("rewrite", file, "--select", "4:13", "--steps", 2, "--json", "--seed", 3)
    assert code == 0
    assert len(out.splitlines()) == 1
    found = json.loads(out)
    assert found.keys() >= KEYS
    assert found["range"] == [4, 13]
    assert found["text"] == TEXT[:4] + found["replacement"] + TEXT[13:]
    assert found["variants"] == [found["replacement"]]
    assert 1 <= found["steps"] <= 2
    assert found["forward_passes"] >= found["steps"]
    assert found["tokens_per_forward"] == pytest.approx(found["tokens"] / found["forward_passes"], abs=1e-3)
    assert found["stopped_by"] in ("converged", "steps")
    assert found["seconds"] >= found["prefill_seconds"] > 0
    assert "Traceback" not in err


def test_the_range_is_widened_to_whole_words(file, call):
    _, out, _ = call("rewrite", file, "--select", "5:9", "--steps", 1, "--json")
    assert json.loads(out)["range"] == [4, 13]


def test_fill_prints_one_object(file, call):
    code, out, _ = call("fill", file, "--at", 13, "--length", 5, "--steps", 2, "--json")
    found = json.loads(out)
    assert code == 0
    assert found.keys() >= KEYS
    assert found["range"] == [13, 13]
    assert found["text"] == TEXT[:13] + found["replacement"] + TEXT[13:]
    assert found["tokens"] <= 5


def test_fill_of_a_selection(file, call):
    _, out, _ = call("fill", file, "--select", "4:13", "--steps", 2, "--json")
    found = json.loads(out)
    assert found["range"] == [4, 13]
    assert found["text"] == TEXT[:4] + found["replacement"] + TEXT[13:]


def test_without_json_the_new_text_and_nothing_else_is_printed(file, call):
    arguments = ("rewrite", file, "--select", "0:24", "--strength", 1, "--steps", 2, "--seed", 5)
    _, out, _ = call(*arguments, "--json")
    code, text, err = call(*arguments)
    assert code == 0
    assert text == json.loads(out)["text"]
    assert text.endswith(TEXT[24:])
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["\ufeffOne two\r\nthree four\r\n", "漢字 👍🏽 שלום\n", "é e\u0301 \u2028 x", "no end"]
)
def test_what_is_not_rewritten_is_printed_to_the_byte(tmp_path, call, text):
    path = tmp_path / "a text.txt"
    path.write_bytes(text.encode())
    code, out, _ = call("rewrite", path, "--select", f"0:{len(text)}", "--strength", 0, "--unchecked")
    assert (code, out) == (0, text)
    assert path.read_bytes() == text.encode()


def test_score_prints_one_object(file, call):
    code, out, err = call("score", file, "--json")
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 1
    found = json.loads(out)["paragraphs"]
    assert [TEXT[each["start"] : each["end"]] for each in found] == [line for line in TEXT.splitlines() if line]
    for paragraph in found:
        assert "".join(token["text"] for token in paragraph["tokens"]) == TEXT[paragraph["start"] : paragraph["end"]]
        for token in paragraph["tokens"]:
            assert token.keys() == {"start", "end", "text", "entropy", "probability", "alternatives"}
            assert [other.keys() for other in token["alternatives"]] == [{"token", "text", "probability"}] * 5


def test_score_names_places_for_people(file, call):
    code, out, err = call("score", file)
    assert (code, err) == (0, "")
    assert "in 2 paragraphs" in out.splitlines()[0]
    places = [line.split()[0] for line in out.splitlines() if line and line.split()[0][0].isdigit()][1:]
    lines = TEXT.splitlines()
    assert len(places) > 10
    for line, column in (map(int, place.split(":")) for place in places):
        assert not lines[line - 1][column - 1].isspace()


def test_score_of_an_empty_file(tmp_path, call):
    path = tmp_path / "empty"
    path.write_bytes(b"")
    assert json.loads(call("score", path, "--json")[1]) == {"paragraphs": []}
    assert call("score", path)[::2] == (0, "")


def test_the_file_is_not_changed(file, call):
    call("rewrite", file, "--select", "0:24", "--strength", 1, "--steps", 1)
    assert file.read_bytes() == TEXT.encode()


def test_frames_are_lines_of_json(file, call, tmp_path):
    path = tmp_path / "frames.jsonl"
    _, out, _ = call("rewrite", file, "--select", "0:23", "--steps", 3, "--frames", path, "--json")
    frames = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    found = json.loads(out)
    # An empty answer is tried again, on a canvas that starts from noise.
    assert len(frames) == found["steps"] + sum(frame["step"] == 0 for frame in frames)
    assert all(frame.keys() >= {field.name for field in fields(Frame)} for frame in frames)
    assert all(later["step"] in (0, earlier["step"] + 1) for earlier, later in pairwise(frames))
    last = frames[-1]
    assert last["head"] + "".join(last["pieces"]) + last["tail"] == found["replacement"]
    assert last["alternatives"] is not None


def test_pinned_ranges_survive(file, call):
    arguments = ("--select", "0:24", "--strength", 1, "--steps", 1, "--pin", "4:7", "--pin", "14:18", "--json")
    _, out, _ = call("rewrite", file, *arguments)
    replacement = json.loads(out)["replacement"]
    assert "two" in replacement
    assert "four" in replacement[replacement.index("two") :]


def test_variants_are_listed(file, call):
    # One step writes what no reader would take.
    arguments = ("--select", "0:24", "--strength", 1, "--steps", 1, "--variants", 3, "--json", "--unchecked")
    _, out, _ = call("rewrite", file, *arguments)
    found = json.loads(out)
    assert 2 <= len(found["variants"]) <= 3
    assert found["variants"][0] == found["replacement"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("rewrite", "--select", "4:25", "--strength", "1", "--length", "6w"), 6),
        (("fill", "--at", "13", "--length", "3w"), 3),
        (("continue", "--at", "13", "--words", "5"), 5),
    ],
)
def test_a_number_of_words(file, call, command, words):
    found = json.loads(call(command[0], file, *command[1:], "--json")[1])
    assert len(WORD.findall(found["replacement"])) == words
    assert found["note"] == ""


def test_a_run_is_changed_at_a_step_and_branches_off(file, call):
    fill = ("fill", file, "--at", 13, "--length", 20, "--steps", 5, "--entropy-bound", 1, "--json")
    found = json.loads(call(*fill, "--pin-at", "2:3:10:30 Uhr", "--melt-at", "3:15", "--reseed-at", "4:7")[1])
    assert "10:30 Uhr" in found["replacement"]
    assert [move["kind"] for move in found["moves"]] == ["pin", "melt", "reseed"]
    # A step with the causal head is two passes.
    assert [move["after"] for move in found["moves"]] == [3, 3, 5]
    again = json.loads(call(*fill, "--reseed-at", "4:7", "--melt-at", "3:15", "--pin-at", "2:3:10:30 Uhr")[1])
    assert again["text"] == found["text"]


def test_the_same_seed_prints_the_same(file, call):
    arguments = ("rewrite", file, "--select", "0:24", "--strength", 1, "--steps", 2, "--seed")
    first, again, other = (call(*arguments, seed)[1] for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_sampler_options_are_used(file, call, tmp_path):
    path = tmp_path / "frames.jsonl"
    options = ("--steps", 2, "--entropy-bound", 99, "--temperature", "2:1", "--strength", 1, "--frames", path)
    assert call("rewrite", file, "--select", "0:24", *options)[0] == 0
    frames = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [frame["temperature"] for frame in frames] == [0, 2, 1.5]


def test_a_rewrite_of_nothing_says_so(file, call):
    code, out, err = call("rewrite", file, "--select", "24:25")
    assert (code, out) == (0, TEXT)
    assert "No words" in err


def test_an_empty_file(tmp_path, call):
    path = tmp_path / "empty"
    path.write_bytes(b"")
    assert call("rewrite", path, "--select", "0:0")[:2] == (0, "")
    code, out, _ = call("fill", path, "--at", 0, "--steps", 1, "--json", "--unchecked")
    assert code == 0
    assert json.loads(out)["text"] == json.loads(out)["replacement"]


def test_a_result_with_faults_is_printed_only_when_asked_for(tmp_path, call):
    """One step writes a row of marks, which took the place of the writer's text."""
    path = tmp_path / "empty.md"
    path.write_bytes(b"")
    fill = ("fill", path, "--at", 0, "--steps", 1)
    code, out, err = call(*fill)
    assert (code, out) == (0, "")
    assert "Nothing better was found: the new text has" in err
    assert "--unchecked" in err
    found = json.loads(call(*fill, "--json")[1])
    assert (found["text"], found["replacement"] != "", found["doubt"] != "") == ("", True, True)
    assert call(*fill, "--unchecked")[1] == found["replacement"]


def test_text_in_another_language_is_refused_in_one_line(tmp_path, call):
    path = tmp_path / "brief.txt"
    path.write_text("Der Hund lief über die Straße und bellte laut, weil ihn niemand nach Hause rief.\n", "utf-8")
    code, out, err = call("rewrite", path, "--select", "0:80")
    assert (code, out) == (2, "")
    assert "This looks like German" in err
    assert "--unchecked" in err
    assert len(err.splitlines()) == 1


def test_another_checkpoint_folder(file, call, tmp_path):

    folder = tmp_path / "my model"
    folder.symlink_to(embedded_checkpoint().folder)
    arguments = ("rewrite", file, "--select", "0:24", "--steps", 1)
    assert call(*arguments, "--model", folder)[1] == call(*arguments)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("unknown",),
        ("rewrite",),
        ("rewrite", "FILE"),
        ("rewrite", "FILE", "--select"),
        ("rewrite", "FILE", "--select", "4"),
        ("rewrite", "FILE", "--select", "a:b"),
        ("rewrite", "FILE", "--select", "1:2:3"),
        ("rewrite", "FILE", "--select", "-3:4"),
        ("rewrite", "FILE", "--select=-3:4"),
        ("rewrite", "FILE", "--select", "9:4"),
        ("rewrite", "FILE", "--select", "0:9999"),
        ("rewrite", "FILE", "--select", f"0:{10**30}"),
        ("rewrite", "FILE", "--select", "0:9", "--strength", "2"),
        ("rewrite", "FILE", "--select", "0:9", "--strength", "nan"),
        ("rewrite", "FILE", "--select", "0:9", "--strength", "much"),
        ("rewrite", "FILE", "--select", "0:9", "--pin", "0:12"),
        ("rewrite", "FILE", "--select", "4:9", "--pin", "0:5"),
        ("rewrite", "FILE", "--select", "4:9", "--pin", "5:5"),
        ("rewrite", "FILE", "--select", "4:9", "--pin", "x"),
        ("rewrite", "FILE", "--select", "0:9", "--seed", "-1"),
        ("rewrite", "FILE", "--select", "0:9", "--seed", str(2**64)),
        ("rewrite", "FILE", "--select", "0:9", "--seed", "1.5"),
        ("rewrite", "FILE", "--select", "0:9", "--variants", "0"),
        ("rewrite", "FILE", "--select", "0:9", "--variants", "99"),
        ("rewrite", "FILE", "--select", "0:9", "--steps", "0"),
        ("rewrite", "FILE", "--select", "0:9", "--steps", "99999999"),
        ("rewrite", "FILE", "--select", "0:9", "--entropy-bound", "0"),
        ("rewrite", "FILE", "--select", "0:9", "--entropy-bound", "inf"),
        ("rewrite", "FILE", "--select", "0:9", "--temperature", "0.8"),
        ("rewrite", "FILE", "--select", "0:9", "--temperature", "0.4:0.8"),
        ("rewrite", "FILE", "--select", "0:9", "--temperature", "0.8:0"),
        ("rewrite", "FILE", "--select", "0:9", "--temperature", "nan:nan"),
        ("rewrite", "FILE", "--select", "0:9", "--device", "nonsense"),
        ("rewrite", "FILE", "--select", "0:9", "--device", "meta"),
        ("rewrite", "FILE", "--select", "0:9", "--device", ""),
        ("rewrite", "FILE", "--select", "0:9", "--unknown"),
        ("rewrite", "FILE", "--select", "0:9", "--frames", "FOLDER"),
        ("rewrite", "FILE", "--select", "0:9", "--frames", "FOLDER/no/such/place.jsonl"),
        ("rewrite", "FILE", "--select", "0:9", "--frames", ""),
        ("rewrite", "FILE", "--select", "0:9", "--model", "FOLDER"),
        ("rewrite", "FILE", "--select", "0:9", "--model", "FOLDER/nowhere"),
        ("rewrite", "FILE", "--select", "0:9", "--model", "FILE"),
        ("rewrite", "FILE", "--select", "0:9", "--model", "google/diffusiongemma-26B-A4B-it"),
        ("rewrite", "FILE", "--select", "0:9", "--model", ""),
        ("rewrite", "FOLDER", "--select", "0:9"),
        ("rewrite", "FOLDER/missing.txt", "--select", "0:9"),
        ("rewrite", "", "--select", "0:9"),
        ("rewrite", "FILE/inside.txt", "--select", "0:9"),
        ("fill", "FILE"),
        ("fill", "FILE", "--at", "x"),
        ("fill", "FILE", "--at", "-1"),
        ("fill", "FILE", "--at=-1"),
        ("fill", "FILE", "--at", "9999"),
        ("fill", "FILE", "--at", "3", "--select", "0:9"),
        ("fill", "FILE", "--at", "3", "--length", "0"),
        ("fill", "FILE", "--at", "3", "--length", "9999"),
        ("fill", "FILE", "--at", "3", "--length", "long"),
        ("fill", "FILE", "--at", "3", "--length", "5x"),
        ("fill", "FILE", "--at", "3", "--length", "0w"),
        ("fill", "FILE", "--at", "3", "--length", "shorter"),
        ("rewrite", "FILE", "--select", "0:9", "--length", "5"),
        ("rewrite", "FILE", "--select", "0:9", "--length", "w"),
        ("rewrite", "FILE", "--select", "0:9", "--length", "longer", "--sampler", "ddim"),
        ("continue", "FILE", "--at", "3", "--words", "x"),
        ("continue", "FILE", "--at", "3", "--words", "3", "--tokens", "3"),
        ("fill", "FILE", "--at", "3", "--pin-at", "1:2"),
        ("fill", "FILE", "--at", "3", "--pin-at", "1:2: "),
        ("fill", "FILE", "--at", "3", "--pin-at", "x:2:word"),
        ("fill", "FILE", "--at", "3", "--melt-at", "1"),
        ("fill", "FILE", "--at", "3", "--melt-at", "1:99"),
        ("fill", "FILE", "--at", "3", "--reseed-at", "1:-1"),
        ("score",),
        ("score", "FOLDER"),
        ("score", "FOLDER/missing.txt"),
        ("score", "FILE", "--select", "0:9"),
        ("score", "FILE", "--device", "nonsense"),
        ("score", "FILE", "--model", "FOLDER"),
        ("bench", "--model", "FOLDER"),
        ("bench", "--device", "nonsense"),
    ],
)
def test_bad_input_gives_one_line_and_exit_code_2(file, call, tmp_path, arguments):
    folder = tmp_path / "folder"
    folder.mkdir()
    filled = [word.replace("FILE", str(file)).replace("FOLDER", str(folder)) for word in arguments]
    refused(call(*filled))
    assert file.read_bytes() == TEXT.encode()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n\x00", b"\xed\xa0\x80"])
def test_a_file_that_is_no_text(tmp_path, call, content):
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    refused(call("rewrite", path, "--select", "0:1"), "picture.png")


@pytest.mark.parametrize("codec", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_text_is_printed_in_the_encoding_of_its_file(tmp_path, loaded_once, capfdbinary, codec):
    path = tmp_path / "letter.txt"
    path.write_bytes("Das Café “öffnet” um 8 – na klar.\n".encode(codec))
    assert main(["rewrite", str(path), "--select", "0:8", "--strength", "0"]) == 0
    assert capfdbinary.readouterr().out == path.read_bytes()


def test_a_file_without_permission(tmp_path, call, monkeypatch):
    """Whoever runs the tests may read everything, so the refusal comes from a stand-in."""

    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", denied)
    refused(call("rewrite", tmp_path / "secret.txt", "--select", "0:1"), "secret.txt", "ermission")


def test_frames_never_replace_the_text(file, call):
    refused(call("rewrite", file, "--select", "0:9", "--frames", file))
    assert file.read_bytes() == TEXT.encode()


class FullDisk(io.RawIOBase):
    """A file on a disk without room; like a real one it says so only when the buffer is written."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_ends_in_one_line(file, call, tmp_path, monkeypatch):
    path, usual = tmp_path / "frames.jsonl", Path.open

    def opened(self: Path, mode: str = "r", buffering: int = -1, **options):
        if self != path:
            return usual(self, mode, buffering, **options)
        stream = FullDisk() if buffering == 0 else io.BufferedWriter(FullDisk(), 10_000_000)
        return stream if "b" in mode else io.TextIOWrapper(stream, encoding="utf-8")

    monkeypatch.setattr(Path, "open", opened)
    refused(call("rewrite", file, "--select", "0:9", "--steps", 1, "--frames", path), "frames.jsonl")


def test_the_keyboard_interrupts_in_one_line(file, call, monkeypatch):
    from engine.runs.session import Session

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "run", interrupted)
    monkeypatch.setattr(Session, "open", classmethod(lambda cls, *arguments, **named: object.__new__(cls)))
    code, out, err = call("rewrite", file, "--select", "0:9")
    assert (code, out) == (130, "")
    assert len(err.splitlines()) == 1


def test_help_explains_the_commands(call):
    code, out, err = call("--help")
    assert (code, err) == (0, "")
    assert all(word in out for word in ("rewrite", "fill", "score", "bench"))
    code, out, _ = call("rewrite", "--help")
    assert code == 0
    assert all(option in out for option in ("--select", "--strength", "--pin", "--frames", "--json", "--seed"))


def test_a_process_prints_utf_8_whatever_the_terminal_is_set_to(tmp_path):
    text = "Café “漢字” 👍\r\nend"
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    done = subprocess.run(
        [sys.executable, "-m", "engine", "rewrite", str(path), "--select", "0:4", "--strength", "0", "--json"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8"))["text"] == text


def test_a_process_refuses_bad_input_without_loading_torch(tmp_path):
    script = "import sys, engine.__main__ as m; code = m.main(sys.argv[1:]); print(code, 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, "rewrite", str(tmp_path / "missing.txt"), "--select", "0:4"],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stdout == "2 False\n"
    assert "missing.txt" in done.stderr
