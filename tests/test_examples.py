"""The examples run as they stand. They would break unseen when a name they use is moved."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def _run(path: Path) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", path],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_there_are_examples():
    assert {path.name for path in EXAMPLES} == {"fill_a_gap.py", "watch_frames.py", "write_a_denoiser.py"}


def test_a_gap_is_filled_between_its_sides():
    *variants, counted = _run(ROOT / "examples/fill_a_gap.py")
    assert 1 <= len(variants) <= 3
    for line in variants:
        assert line.startswith("She opened the door and saw ")
        assert line.endswith(" in the garden.")
        assert len(line) > len("She opened the door and saw  in the garden.")
    assert counted.endswith("passes of the model.")


def test_the_frames_lead_to_the_result():
    *steps, result = _run(ROOT / "examples/watch_frames.py")
    assert len(steps) > 2
    assert steps[0].startswith("  0   0 melts | ")
    assert "·" in steps[0]
    assert steps[-1].partition("| ")[2] == result


def test_the_toy_denoiser_finds_its_sentence():
    lines = _run(ROOT / "examples/write_a_denoiser.py")
    assert lines[-1] == "noise becomes text"
    assert lines[0].partition("| ")[2] != "noise becomes text"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= 70
