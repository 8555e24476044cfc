"""What cannot be written, and names that are no UTF-8, end in one line or in silence, and never in a traceback."""

import os
import subprocess
import sys

import pytest

from engine.cli.main import CLOSED_PIPE

HELP = [sys.executable, "-m", "engine", "--help"]


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def environment(request) -> dict[str, str]:
    """With and without a buffer: what cannot be written is noticed at the end, or at once."""
    return {**os.environ, "PYTHONUNBUFFERED": request.param}


def test_a_closed_pipe_is_quiet(environment):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(HELP, stdout=writer, stderr=subprocess.PIPE, env=environment)
    os.close(writer)
    assert (done.returncode, done.stderr) == (CLOSED_PIPE, b"")


def test_a_full_disk_is_one_line(environment):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(HELP, stdout=full, stderr=subprocess.PIPE, env=environment)
    assert done.returncode == 2
    assert done.stderr == b"remelt engine: the output cannot be written: No space left on device.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii:strict", "utf-16", "cp1252"])
def test_a_missing_file_whose_name_is_no_utf8_is_one_line(tmp_path, encoding):
    path = os.fsencode(tmp_path) + b"/caf\xe9.md"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "engine", "score", path]
    done = subprocess.run(command, capture_output=True, env=environment)
    assert done.returncode == 2
    assert done.stderr.decode() == f"remelt engine: There is no file {tmp_path}/caf\\udce9.md.\n"


def test_without_standard_error_nothing_is_said(tmp_path):
    script = f"exec '{sys.executable}' -m engine score '{tmp_path / 'none'}' 2>&-"
    done = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (2, b"")


def test_without_standard_output_it_is_one_line():
    script = f"exec '{sys.executable}' -m engine --help >&-"
    done = subprocess.run(["sh", "-c", script], stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (2, b"remelt engine: the output cannot be written: it is closed.\n")
