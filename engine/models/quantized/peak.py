"""The most memory that was in use while something was done, beside what was in use before."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Self

import torch

_STATUS = Path("/proc/self/status")


class Peak:
    """A context manager. host: bytes of the process, seen at each `look`. device: bytes of a GPU, seen at any time.

    Pages of files that are mapped are not counted: the system takes them back when it needs them. Without /proc the
    host's peak is 0, which means not measured.
    """

    def __init__(self, device: str) -> None:
        self._device = torch.device(device)
        self.host = self.device = 0

    def __enter__(self) -> Self:
        self._host_before = _anonymous()
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            self._device_before = torch.cuda.memory_allocated(self._device)
        return self

    def __exit__(self, *error: object) -> None:
        self.look()

    def look(self) -> None:
        """Note what is in use now."""
        self.host = max(self.host, _anonymous() - self._host_before)
        if self._device.type == "cuda":
            self.device = torch.cuda.max_memory_allocated(self._device) - self._device_before


def _anonymous() -> int:
    """Bytes of this process that belong to no file."""
    if sys.platform != "linux":
        return 0
    for line in _STATUS.read_text("ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0
