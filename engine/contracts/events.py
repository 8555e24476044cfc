"""What the engine thread reports to its owner. Events are plain data and arrive on the engine's thread, in order."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.corrections import Correction
from engine.contracts.errors import EngineError
from engine.contracts.frames import Frame
from engine.contracts.moves import Change
from engine.contracts.request import EditResult
from engine.contracts.scores import ParagraphScore
from engine.contracts.words import WordsResult


@dataclass(frozen=True, slots=True)
class Loading:
    """The checkpoint is being loaded. fraction: 0 to 1. stage: what is being done, in a few words."""

    fraction: float
    stage: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The checkpoint is loaded. device: such as "cpu". seconds: how long loading took.

    weights: what the large layers are kept as, such as "nf4". note: one line on how it was loaded, or "".
    """

    checkpoint: Checkpoint
    device: str
    seconds: float
    weights: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The checkpoint cannot be used. The thread keeps running and answers every request with its failure."""

    error: EngineError


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run starts denoising. start, end: the range of the text, in code points, that it will replace."""

    run: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Group `group` (from 0) of `groups` starts; sent only if the selection has more than one."""

    run: int
    group: int
    groups: int


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A change made during a run was processed. refusal: "" if it took effect, else the reason in one line."""

    run: int
    change: Change
    refusal: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run ended on its own. A cancelled one ends with RunCancelled instead.

    frames: all of them, in order, if the request was recorded.
    """

    run: int
    result: EditResult
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class RunCancelled:
    """A run was cancelled or replaced by a newer one. None of its output may be applied."""

    run: int


@dataclass(frozen=True, slots=True)
class RunFailed:
    """A run failed. None of its output may be applied."""

    run: int
    error: EngineError


@dataclass(frozen=True, slots=True)
class Scored:
    """More paragraphs of a text are scored. paragraphs: those since the previous event, in reading order.

    done, total: numbers of paragraphs, equal in the last event.
    """

    score: int
    paragraphs: tuple[ParagraphScore, ...]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ScoreFailed:
    """The scoring of a text failed; the scores already reported remain valid."""

    score: int
    error: EngineError


@dataclass(frozen=True, slots=True)
class CheckStarted:
    """A check has read its text. code: one byte for each line, 1 where the line lies in a block that is not prose.

    A line for which that differs from an earlier check needs to be checked again, even if its letters are the same.
    """

    check: int
    code: bytes


@dataclass(frozen=True, slots=True)
class LineChecked:
    """A line of a text was checked.

    corrections: in order, in code points from the start of the line. done, total: numbers of lines, equal in the last
        event.
    """

    check: int
    line: int
    corrections: tuple[Correction, ...]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class CheckFailed:
    """The check of a text failed; what was already reported remains valid."""

    check: int
    error: EngineError


@dataclass(frozen=True, slots=True)
class WordsFound:
    """Other words were looked for. search: the id that `EngineThread.find_words` gave."""

    search: int
    result: WordsResult


@dataclass(frozen=True, slots=True)
class WordsFailed:
    """Looking for other words failed."""

    search: int
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
    | CheckStarted
    | LineChecked
    | CheckFailed
    | WordsFound
    | WordsFailed
)
