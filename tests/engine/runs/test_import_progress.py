"""Loading tells how far its imports have come."""

import sys
import threading
from contextlib import suppress

from engine.runs.import_progress import reported


def test_only_the_imports_of_its_own_thread_count_and_it_leaves_nothing_behind():
    finders, shares = list(sys.meta_path), []
    with reported(shares.append):
        other = threading.Thread(target=lambda: [_try(f"missing_{number}") for number in range(60)])
        other.start()
        other.join()
        assert not shares
        for number in range(60):
            _try(f"missing_{number}")
    assert len(shares) == 2
    assert sys.meta_path == finders


def _try(name: str) -> None:
    with suppress(ImportError):
        __import__(name)
