"""Starting the program, in separate interpreters."""

import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version

import pytest

from app.__main__ import main

SHOWN = """
import sys, threading
from PySide6.QtCore import QTimer
import app.__main__ as program
from app.bridge import EngineBridge

def look(bridge):
    window = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "main_window")
    print("visible", window.isVisible(), window.page.viewport().isVisible())
    for other in window.findChildren(QWidget, "race_window"):
        print("beside", other.isVisible(), repr(other.subject.before))
    print("heavy", sorted(name for name in ("torch", "transformers", "tokenizers", "pyqtgraph") if name in sys.modules))
    QTimer.singleShot(0, window.close)

EngineBridge.start = look
from PySide6.QtWidgets import QApplication, QWidget
code = program.main(sys.argv[1:])
print("code", code)
"""

FAILS = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
import app.__main__ as program
from app.bridge import EngineBridge

start = EngineBridge.start

def look(bridge):
    window = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "main_window")
    shares = [0.0]
    bridge.loading.connect(lambda share, _stage: shares.append(share))
    steps = lambda: max(after - before for before, after in zip(shares, shares[1:]))
    bridge.load_failed.connect(lambda line: print(line, "In small steps:", len(shares) > 50 and steps() < 0.08))
    bridge.load_failed.connect(lambda line: QTimer.singleShot(0, window.close))
    start(bridge)

EngineBridge.start = look
print("code", program.main(sys.argv[1:]))
"""

LOOK_FOR_REPORT = """
    def end():
        report = window.findChild(QWidget, "report")
        text = report.details.toPlainText() if report else ""
        found = "report", text[:9], "Fatal", "Segmentation fault" in text, "in end" not in text
        print(*found) if text else print("no report")
        window.close()
    QTimer.singleShot(200, window, end)
"""

COMPUTES = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.__main__ as program
from engine import EngineThread

def compute(engine):
    import torch
    numbers = torch.ones(1500, 1500)
    window = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "main_window")
    QTimer.singleShot(0, window, window.close)
    while True:
        numbers @ numbers

EngineThread._main = compute
sys.exit(program.main([]))
"""


@pytest.fixture
def environment(tmp_path):
    return os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PYTHONWARNINGS": "error",
    }


def run(environment, *arguments):
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_window_is_seen_before_torch_is_imported(environment):
    done = run(environment, "-c", SHOWN)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["visible True True", "heavy []", "code 0"]


def test_both_decoders_side_by_side_from_the_start(environment, tmp_path):
    (tmp_path / "text.md").write_text("It was")
    done = run(environment, "-c", SHOWN, "--compare", str(tmp_path / "text.md"))
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["visible True True", "beside True 'It was'", "heavy ['pyqtgraph']", "code 0"]


def test_a_crash_is_offered_at_the_next_start_and_only_then(environment):
    """Catches a crash that leaves nothing behind, and a regular end that is taken for one."""
    crash = SHOWN.replace(
        "QTimer.singleShot(0, window.close)", "QTimer.singleShot(0, __import__('faulthandler')._sigsegv)"
    )
    look = SHOWN.replace("QTimer.singleShot(0, window.close)", LOOK_FOR_REPORT)
    assert run(environment | {"PYTHONWARNINGS": ""}, "-c", crash).returncode == -signal.SIGSEGV
    assert run(environment, "-c", look).stdout.splitlines()[2:] == ["report Remelt 0. Fatal True True", "code 0"]
    assert run(environment, "-c", look).stdout.splitlines()[2:] == ["no report", "code 0"]


def test_a_device_that_is_not_there_is_one_line_in_the_window(environment):
    done = run(environment | {"PYTHONWARNINGS": ""}, "-c", FAILS, "--device", "nowhere")
    assert done.stderr == ""
    said = "The device 'nowhere' is not available here. Try --device cpu."
    # Loading stood at 0 % for most of its time.
    assert done.stdout.splitlines() == [f"{said} In small steps: True", "code 0"]


def test_closing_while_the_engine_computes_without_an_end_is_no_crash(environment):
    done = run(environment | {"PYTHONWARNINGS": ""}, "-c", COMPUTES)
    assert (done.returncode, done.stderr) == (0, "")


def test_version_and_help(environment):
    assert run(environment, "-m", "app", "--version").stdout.strip() == f"remelt {version('remelt')}"
    shown = run(environment, "-m", "app", "--help").stdout
    assert "--model" in shown
    assert "FILE" in shown


def test_an_unknown_option_is_an_error(environment):
    done = run(environment, "-m", "app", "--colour")
    assert done.returncode == 2
    assert "--colour" in done.stderr


def test_a_missing_library_is_one_line_and_exit_code_2(capsys):
    assert main([], lambda: "Remelt needs the system library libEGL.so.1.") == 2
    assert capsys.readouterr().err == "Remelt needs the system library libEGL.so.1.\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there a screen can be missing")
def test_without_a_screen_it_is_one_line_too(environment):
    bare = {name: value for name, value in environment.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    del bare["QT_QPA_PLATFORM"]
    done = run(bare, "-m", "app")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no screen" in done.stderr


def test_an_interrupt_closes_the_window_and_ends_the_engine(environment, tmp_path):
    program = subprocess.Popen(
        [sys.executable, "-m", "app", "--model", str(tmp_path)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    settings = tmp_path / "config" / "remelt" / "settings.json"
    deadline = time.monotonic() + 20
    while not settings.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    # The window opens right after the sample of the first start was noted.
    time.sleep(1)
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=20)
    assert program.returncode == 0
    assert errors == ""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_help_into_a_closed_pipe_is_quiet(unbuffered):
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, "-m", "app", "--help"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=environment)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
