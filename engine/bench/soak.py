"""Many random requests on one engine thread: `python -m engine bench --soak N`. Memory must stay flat and the thread
alive, whatever is requested, changed and cancelled.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import RequestError
from engine.contracts.events import Event, LoadFailed, Ready, RunCancelled, RunFailed, RunFinished
from engine.contracts.loading import LoadSettings
from engine.contracts.moves import Melt, Pin, Reseed
from engine.contracts.request import Action, Decoder, EditRequest, Exactly, Length, Sampler, Unit
from engine.evaluation.material import load
from engine.models.hub import find_checkpoint
from engine.runs.thread import EngineThread

_PATIENCE = 120.0
"""Seconds; a run that takes longer counts as lost."""
_SAMPLES = 10
_ENDS = (RunFinished, RunCancelled, RunFailed)


class _Listener:
    """Records how runs end, and waits for their ends."""

    def __init__(self) -> None:
        self.ends: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self._arrived = threading.Condition()
        self._ready: Event | None = None
        self._last = 0

    def __call__(self, event: Event) -> None:
        with self._arrived:
            if isinstance(event, Ready | LoadFailed):
                self._ready = event
            elif isinstance(event, _ENDS):
                self.ends[type(event).__name__] += 1
                self._last = max(self._last, event.run)
                if isinstance(event, RunFailed):
                    self.errors[f"{type(event.error).__name__}: {event.error}"] += 1
            self._arrived.notify_all()

    def ready(self) -> None:
        """Wait until the checkpoint is loaded. Raises its error."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._ready is not None)
        if isinstance(self._ready, LoadFailed):
            raise self._ready.error

    def wait(self, run: int) -> bool:
        """Wait for the end of a run; False if it does not come."""
        with self._arrived:
            return self._arrived.wait_for(lambda: self._last >= run, _PATIENCE)


def soak(
    folder: str | Path | None, device: str, count: int, seed: int, settings: LoadSettings | None = None
) -> dict[str, Any]:
    """Send `count` requests one after the other; some are cancelled, replaced or changed while they run.

    settings: how the checkpoint is loaded.
    Returns how they ended, and megabytes of memory ten times on the way and at the end.
    Raises EngineError if the checkpoint cannot be loaded.
    """
    choice = random.Random(seed)
    checkpoint = find_checkpoint(folder)
    documents = [text for texts in load(None).documents.values() for text in texts]
    listener = _Listener()
    engine = EngineThread(listener, folder, device, settings)
    engine.start()
    listener.ready()
    started, lost = time.perf_counter(), 0
    memory: list[float] = []
    for number in range(count):
        run = engine.submit(_request(choice, checkpoint, choice.choice(documents)))
        _disturb(choice, engine, run)
        lost += not listener.wait(run)
        if number % max(1, count // _SAMPLES) == 0:
            memory.append(megabytes())
    closed = engine.close(_PATIENCE)
    memory.append(megabytes())
    return {
        "requests": count,
        "seconds": time.perf_counter() - started,
        "ends": dict(listener.ends),
        "errors": dict(listener.errors),
        "lost": lost,
        "closed": closed,
        "megabytes": memory,
    }


def _request(choice: random.Random, checkpoint: Checkpoint, text: str) -> EditRequest:
    """Any request that a person could make and the checkpoint can do."""
    while True:
        start = choice.randrange(len(text))
        end = min(len(text), start + choice.choice((0, 5, 40, 40, 200, 800)))
        decoder = choice.choice(list(checkpoint.decoders))
        actions = [action for action in Action if not checkpoint.refusal(action, decoder)]
        if decoder is Decoder.AUTOREGRESSIVE:
            actions = [action for action in actions if action in (Action.FILL, Action.CONTINUE)]
        low = choice.randrange(max(1, end - start))
        settings = replace(
            checkpoint.sampler,
            steps=choice.choice((1, 4, 12)),
            sampler=choice.choice(list(Sampler)),
            causal_weight=choice.choice((0.0, 0.5)),
        )
        try:
            return EditRequest(
                text[:start],
                text[start:end],
                text[end:],
                choice.choice(actions),
                strength=choice.random(),
                length=choice.choice((None, None, 12, Exactly(5), Exactly(20, Unit.TOKENS), *Length)),
                pins=((low, min(low + 8, end - start)),) if choice.random() < 0.3 and low < end - start else (),
                seed=choice.randrange(1000),
                variants=choice.choice((1, 1, 1, 3)),
                settings=choice.choice((None, settings)),
                decoder=decoder,
                recorded=choice.random() < 0.3,
            )
        except RequestError:
            # Not every length is valid for every action; a person would be told so right away.
            continue


def _disturb(choice: random.Random, engine: EngineThread, run: int) -> None:
    """Cancel a run, replace it or change it, or leave it alone."""
    time.sleep(choice.choice((0, 0, 0.02, 0.1)))
    wish = choice.random()
    if wish < 0.15:
        engine.cancel()
    elif wish < 0.5:
        place = choice.randrange(20)
        engine.change(run, choice.choice((Pin(place, "harbour"), Melt(place), Reseed(place))))


def megabytes() -> float:
    """Current memory of this process in megabytes; its peak on macOS, NaN on Windows."""
    if sys.platform == "win32":
        return float("nan")
    # Unix only.
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return pages * resource.getpagesize() / 1e6


def soak_lines(figures: dict[str, Any]) -> str:
    """The figures in readable form."""
    ends = ", ".join(f"{number} {name}" for name, number in sorted(figures["ends"].items()))
    lines = [
        f"{figures['requests']} requests in {figures['seconds']:.0f} s: {ends}; {figures['lost']} without an end; "
        f"thread {'ended when asked' if figures['closed'] else 'DID NOT END'}",
        "MB of memory on the way: " + " ".join(f"{value:.0f}" for value in figures["megabytes"]),
    ]
    lines += [f"{number} times {error}" for error, number in sorted(figures["errors"].items())]
    return "\n".join(lines)
