"""What the engine thread tells its owner. Events are plain data and arrive on the engine's thread, in order."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import EngineError
from engine.contracts.frames import Frame
from engine.contracts.moves import Change
from engine.contracts.request import EditResult
from engine.contracts.scores import ParagraphScore


@dataclass(frozen=True, slots=True)
class Loading:
    """The checkpoint is being loaded. fraction: 0 to 1. stage: what is done now, in a few words."""

    fraction: float
    stage: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The checkpoint is loaded. device: such as "cpu". seconds: how long loading took."""

    checkpoint: Checkpoint
    device: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The checkpoint cannot be used. The thread lives on and answers requests with RunFailed and ScoreFailed."""

    error: EngineError


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins to denoise. start, end: the range of the text, in code points, that it will replace."""

    run: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Group `group` (from 0) of `groups` begins; sent only for selections of more than one group."""

    run: int
    group: int
    groups: int


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A change that a person made during a run was seen. refusal: "" where it took effect, else why not, in a line."""

    run: int
    change: Change
    refusal: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run ended by itself. A cancelled one ends with RunCancelled instead.

    frames: all of them, in order, where the request was recorded.
    """

    run: int
    result: EditResult
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class RunCancelled:
    """A run was cancelled or replaced by a newer one. Nothing of it may be applied."""

    run: int


@dataclass(frozen=True, slots=True)
class RunFailed:
    """A run ended with an error. Nothing of it may be applied."""

    run: int
    error: EngineError


@dataclass(frozen=True, slots=True)
class Scored:
    """More paragraphs of a text are scored. paragraphs: those since the event before, in reading order.

    done, total: paragraphs; with the last event they are equal.
    """

    score: int
    paragraphs: tuple[ParagraphScore, ...]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ScoreFailed:
    """The scoring of a text ended with an error; what was told of it before stays true."""

    score: int
    error: EngineError


Event = (
    Loading
    | Ready
    | LoadFailed
    | RunStarted
    | RunProgress
    | RunChanged
    | RunFinished
    | RunCancelled
    | RunFailed
    | Scored
    | ScoreFailed
)
