"""Remelt's diffusion engine. This is its front door: everything the app may use, importable without torch."""

import os

# torch's threads spin while they wait for each other; beside any other program that made runs on two cores up to twenty
# times slower. The setting is read once, when torch is imported, so it must stand before all else.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from engine.checkpoint import Checkpoint
from engine.corrections import Correction, Mistake
from engine.errors import CheckpointError, DenoisingError, EngineError, MemoryShortageError, RequestError
from engine.events import (
    Event,
    LoadFailed,
    Loading,
    Ready,
    RunCancelled,
    RunChanged,
    RunFailed,
    RunFinished,
    RunProgress,
    RunStarted,
    Scored,
    ScoreFailed,
)
from engine.frames import Alternative, Frame, FrameMailbox, SlotState
from engine.moves import Change, Melt, Move, Pin, Reseed
from engine.request import (
    Action,
    Decoder,
    EditRequest,
    EditResult,
    Exactly,
    Length,
    Sampler,
    SamplerSettings,
    StoppedBy,
    Unit,
)
from engine.score import ParagraphScore, TokenScore
from engine.sight import Layers, Sight, Stage, stages
from engine.textmap import WORD, TextMap
from engine.thread import EngineThread

__all__ = [
    "WORD",
    "Action",
    "Alternative",
    "Change",
    "Checkpoint",
    "CheckpointError",
    "Correction",
    "Decoder",
    "DenoisingError",
    "EditRequest",
    "EditResult",
    "EngineError",
    "EngineThread",
    "Event",
    "Exactly",
    "Frame",
    "FrameMailbox",
    "Layers",
    "Length",
    "LoadFailed",
    "Loading",
    "Melt",
    "MemoryShortageError",
    "Mistake",
    "Move",
    "ParagraphScore",
    "Pin",
    "Ready",
    "RequestError",
    "Reseed",
    "RunCancelled",
    "RunChanged",
    "RunFailed",
    "RunFinished",
    "RunProgress",
    "RunStarted",
    "Sampler",
    "SamplerSettings",
    "ScoreFailed",
    "Scored",
    "Sight",
    "SlotState",
    "Stage",
    "StoppedBy",
    "TextMap",
    "TokenScore",
    "Unit",
    "stages",
]
