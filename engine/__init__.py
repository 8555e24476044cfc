"""Remelt's diffusion engine. This is its front door: everything the app may use, importable without torch."""

import os

# torch's threads spin while they wait for each other, which made runs on two busy cores up to twenty times slower. The
# setting is read once, when torch is imported, so it has to come before any other import.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.checks import CheckRequest
from engine.contracts.corrections import Correction, Mistake
from engine.contracts.errors import (
    CheckpointError,
    DenoisingError,
    EngineError,
    MemoryShortageError,
    RequestError,
    TextEncodingError,
    UnknownEncodingError,
)
from engine.contracts.events import (
    CheckFailed,
    CheckStarted,
    Event,
    LineChecked,
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
    WordsFailed,
    WordsFound,
)
from engine.contracts.frames import Alternative, Frame, FrameMailbox, SlotState
from engine.contracts.instruction import Instruction, Structure
from engine.contracts.loading import LoadSettings, Quantization
from engine.contracts.moves import Change, Melt, Move, Pin, Reseed
from engine.contracts.outlook import Outlook
from engine.contracts.request import (
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
from engine.contracts.scores import ParagraphScore, TokenScore
from engine.contracts.words import MOST_WORDS, OtherWord, WordsRequest, WordsResult
from engine.models.outlook import devices, outlook
from engine.models.sight import Layers, Sight, Stage, stages
from engine.runs.thread import EngineThread
from engine.text.encodings import ENCODINGS, TextEncoding, decode_text, encode_text, unwritable
from engine.text.kinds import kind_of
from engine.text.text_map import TextMap
from engine.text.words import WORD

__all__ = [
    "ENCODINGS",
    "MOST_WORDS",
    "WORD",
    "Action",
    "Alternative",
    "Change",
    "CheckFailed",
    "CheckRequest",
    "CheckStarted",
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
    "Instruction",
    "Layers",
    "Length",
    "LineChecked",
    "LoadFailed",
    "LoadSettings",
    "Loading",
    "Melt",
    "MemoryShortageError",
    "Mistake",
    "Move",
    "OtherWord",
    "Outlook",
    "ParagraphScore",
    "Pin",
    "Quantization",
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
    "Structure",
    "TextEncoding",
    "TextEncodingError",
    "TextMap",
    "TokenScore",
    "Unit",
    "UnknownEncodingError",
    "WordsFailed",
    "WordsFound",
    "WordsRequest",
    "WordsResult",
    "decode_text",
    "devices",
    "encode_text",
    "kind_of",
    "outlook",
    "stages",
    "unwritable",
]
