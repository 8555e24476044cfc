"""How far a long import has come: torch and transformers consist of thousands of modules."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

MODULES = 2_600
"""Modules that are imported before a checkpoint can be loaded, about."""
_EVERY = 26


class _Counter:
    """A finder that finds nothing, and counts what one thread looks for. See `importlib.abc.MetaPathFinder`."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self._report = report
        self._thread = threading.get_ident()
        self._sought = 0

    def find_spec(self, _name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None) -> None:
        """Leave the module to the other finders."""
        if threading.get_ident() != self._thread:
            return
        self._sought += 1
        if self._sought % _EVERY == 0:
            self._report(min(1.0, self._sought / MODULES))


@contextmanager
def reported(report: Callable[[float], None]) -> Iterator[None]:
    """Report the share of the modules that the body has imported, 0 to 1, about a hundred times."""
    counter = _Counter(report)
    sys.meta_path.insert(0, counter)
    try:
        yield
    finally:
        sys.meta_path.remove(counter)
