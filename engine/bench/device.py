"""Times and memory of work on a device that computes while Python goes on."""

from __future__ import annotations

import gc
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

_TURNS, _WARM_UPS = 8, 3


class Device:
    """A torch device that can be waited for. On a CPU there is nothing to wait for, and memory is not measured."""

    def __init__(self, name: str) -> None:
        self.torch = torch.device(name)
        self.is_cuda = self.torch.type == "cuda"

    @property
    def name(self) -> str:
        """What the maker calls it."""
        return torch.cuda.get_device_name(self.torch) if self.is_cuda else platform.machine()

    def wait(self) -> None:
        """Until all work that was given to it is done."""
        if self.is_cuda:
            torch.cuda.synchronize(self.torch)

    def milliseconds(self, action: Callable[[], Any], turns: int = _TURNS) -> float:
        """Median of an action over some turns, after a few to warm up."""
        times = []
        for turn in range(turns + _WARM_UPS):
            self.wait()
            started = time.perf_counter()
            action()
            self.wait()
            if turn >= _WARM_UPS:
                times.append(time.perf_counter() - started)
        return statistics.median(times) * 1e3

    def copy_speed(self) -> float:
        """GB that it reads and writes a second."""
        source = torch.randint(256, (2**31,), dtype=torch.uint8, device=self.torch)
        target = torch.empty_like(source)
        return 2 * source.nbytes / self.milliseconds(lambda: target.copy_(source)) / 1e6

    def free(self) -> None:
        """Give back what nothing holds any longer."""
        gc.collect()
        if self.is_cuda:
            torch.cuda.empty_cache()

    def forget_peak(self) -> None:
        """Measure the most memory from now on."""
        if self.is_cuda:
            torch.cuda.reset_peak_memory_stats(self.torch)

    def memory(self) -> dict[str, float]:
        """GB in use, the most that were in use, and the most that torch held."""
        if not self.is_cuda:
            return {}
        return {
            "allocated_gb": torch.cuda.memory_allocated(self.torch) / 1e9,
            "peak_gb": torch.cuda.max_memory_allocated(self.torch) / 1e9,
            "reserved_gb": torch.cuda.max_memory_reserved(self.torch) / 1e9,
        }
