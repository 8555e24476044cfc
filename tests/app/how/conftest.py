"""A recording of the real engine for the help page."""

import queue

import pytest

from app.how.run import Recording, plan
from engine import EngineThread, LoadFailed, Ready, RunFailed, RunFinished

MELTS = 4
"""A seed with which the embedded checkpoint takes a word back at once."""


@pytest.fixture(scope="session")
def recording() -> Recording:
    """Recorded by the embedded checkpoint."""
    events: queue.Queue = queue.Queue()

    def wait(kind):
        while not isinstance(event := events.get(timeout=60), kind):
            assert not isinstance(event, LoadFailed | RunFailed), event
        return event

    engine = EngineThread(events.put)
    try:
        engine.start()
        runs = plan(wait(Ready).checkpoint.sampler, MELTS)
        request = next(runs)
        while True:
            engine.submit(request)
            finished = wait(RunFinished)
            try:
                request = runs.send((finished.result, finished.frames))
            except StopIteration as end:
                return end.value
    finally:
        assert engine.close(60)
