"""The progress of loading on standard error: where it is shown, and when it is not."""

import io

import pytest

from engine.cli import loading


class Terminal(io.StringIO):
    """Standard error in a window."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved."""
    now = [100.0]
    monkeypatch.setattr(loading.time, "monotonic", lambda: now[0])
    return now


def shown(stream: io.StringIO, clock: list[float], monkeypatch, seconds: float = 0.6) -> str:
    """What is written of five files that take so many seconds each."""
    monkeypatch.setattr(loading.sys, "stderr", stream)
    with loading.LoadingLine() as line:
        for number in range(5):
            line.show(0.5 + number / 10, f"File {number + 1} of 5")
            clock[0] += seconds
    return stream.getvalue()


def test_a_terminal_gets_one_line_that_is_gone_at_the_end(clock, monkeypatch):
    # Would catch progress that stays before the result, or flickers where loading takes no time.
    lines = shown(Terminal(), clock, monkeypatch).split("\r")
    assert lines[1:] == [
        "remelt engine: File 3 of 5, 40%\x1b[K",
        "remelt engine: File 4 of 5, 60%\x1b[K",
        "remelt engine: File 5 of 5, 80%\x1b[K",
        "\x1b[K",
    ]


def test_a_file_gets_a_line_now_and_then(clock, monkeypatch):
    lines = shown(io.StringIO(), clock, monkeypatch, seconds=6).splitlines()
    assert lines == ["remelt engine: File 3 of 5, 40%", "remelt engine: File 5 of 5, 80%"]


def test_without_standard_error_nothing_is_shown(clock, monkeypatch):
    monkeypatch.setattr(loading.sys, "stderr", None)
    with loading.LoadingLine() as line:
        clock[0] += 5
        line.show(0.5, "File 1 of 1")
