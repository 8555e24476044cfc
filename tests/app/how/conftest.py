"""A recording of the real engine for the help page."""

import pickle
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt

from app.how.run import Recording

KEY = Qt.Key

RECORD = """
import pickle, queue, sys
from app.how.run import plan
from engine import EngineThread, LoadFailed, Ready, RunFailed, RunFinished

def wait(kind):
    while not isinstance(event := events.get(timeout=60), kind):
        assert not isinstance(event, LoadFailed | RunFailed), event
    return event

events = queue.Queue()
engine = EngineThread(events.put)
engine.start()
runs = plan(wait(Ready).checkpoint.sampler, 0)
request = next(runs)
while True:
    engine.submit(request)
    finished = wait(RunFinished)
    try:
        request = runs.send((finished.result, finished.frames))
    except StopIteration as end:
        pickle.dump(end.value, sys.stdout.buffer)
        break
"""


@pytest.fixture(scope="session")
def recording() -> Recording:
    """Recorded by the embedded checkpoint, in another process: torch in memory would slow down every leak check."""
    done = subprocess.run([sys.executable, "-c", RECORD], capture_output=True, timeout=120, check=True)
    return pickle.loads(done.stdout)
