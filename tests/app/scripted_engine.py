"""A stand-in for `engine.EngineThread` that plays prepared frames: same methods, own thread, no torch."""

from __future__ import annotations

import queue
import random
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, cycle, islice
from pathlib import Path

from engine import (
    WORD,
    Action,
    CheckFailed,
    Checkpoint,
    CheckRequest,
    CheckStarted,
    Correction,
    Decoder,
    EditRequest,
    EditResult,
    EngineError,
    Event,
    Frame,
    FrameMailbox,
    LineChecked,
    LoadFailed,
    Loading,
    Mistake,
    OtherWord,
    Ready,
    RequestError,
    RunCancelled,
    RunFailed,
    RunFinished,
    RunProgress,
    RunStarted,
    SamplerSettings,
    SlotState,
    StoppedBy,
    TextMap,
    WordsFailed,
    WordsFound,
    WordsRequest,
    WordsResult,
)

_SPARE = 2
"""Slots after the words that end as padding."""


def checkpoint(tasks: tuple[str, ...] = ("fill", "continue"), name: str = "scripted") -> Checkpoint:
    """A checkpoint as `Ready` would carry it, without files."""
    return Checkpoint(
        folder=Path("checkpoint"),
        name=name,
        model_class="DiffusionGemmaForBlockDiffusion",
        tasks=tasks,
        languages=("en",),
        noise_kind="uniform",
        length_by="pad",
        trained_context=64,
        trained_canvas=64,
        follows_instructions=False,
        sees_images=False,
        sampler=SamplerSettings(),
    )


@dataclass
class Script:
    """What the engine does with the next requests. May be changed between two runs.

    replacement: the result, or a function of the text to be replaced.
    steps: denoising steps of each group.
    groups: how many groups the range is cut into.
    pause: seconds between two frames.
    manual: play a frame only when `ScriptedEngine.play()` is called.
    frames: these frames instead of invented ones; run, start and end are set by the engine.
    error: end the run with this error after the first frame.
    note: the note of the result. doubt: why it is not worth showing.
    corrections: of a fix, in code points of the whole text: what the result says was corrected; its replacement is
        made of them.
    mistakes: what a check finds, wherever it stands: a word, what it should be, and the kind of mistake.
    check_error: end every check with this error.
    manual_checks: answer a line only when `ScriptedEngine.answer()` is called.
    load_error: report this instead of Ready.
    tasks: what the checkpoint can do.
    instructed: whether the checkpoint follows instructions.
    other_words: what a search for other words finds, or an error for it to end with.
    searching: while it is not set, a search takes time.

    From left to right, the result is repeated or cut until it has as many tokens as were asked for.
    As the real engine's, a fix has frames only of groups in which something is wrong; right words are pinned.
    """

    replacement: str | Callable[[str], str] = "melted words"
    steps: int = 4
    groups: int = 1
    pause: float = 0.002
    manual: bool = False
    frames: Sequence[Frame] | None = None
    error: EngineError | None = None
    note: str = ""
    doubt: str = ""
    corrections: Sequence[Correction] = ()
    mistakes: Sequence[tuple[str, str, Mistake]] = ()
    check_error: EngineError | None = None
    manual_checks: bool = False
    load_error: EngineError | None = None
    tasks: tuple[str, ...] = ("fill", "fix", "continue")
    instructed: bool = False
    other_words: Sequence[str] | EngineError = ("glad", "pleased", "delighted")
    searching: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.searching.set()


@dataclass
class ScriptedEngine:
    """Public methods of `EngineThread`; `requests` lists everything submitted."""

    on_event: Callable[[Event], None]
    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        self.frames = FrameMailbox()
        self.requests: list[EditRequest] = []
        self.checks: list[CheckRequest] = []
        self._answers = threading.Semaphore(0)
        self._checks = 0
        self.searches: list[WordsRequest] = []
        self._search = 0
        self._jobs: queue.Queue[tuple[int, EditRequest | CheckRequest | WordsRequest] | None] = queue.Queue()
        self._cancelled = threading.Event()
        self._closing = threading.Event()
        self._permits = threading.Semaphore(0)
        self._runs = 0
        self._withdrawn = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="scripted-engine", daemon=True)

    def start(self) -> None:
        """Start the thread; it reports Loading, then Ready or LoadFailed."""
        self._thread.start()

    def submit(self, request: EditRequest) -> int:
        """Queue a run; a run in progress is cancelled."""
        with self._lock:
            self._runs += 1
            self.requests.append(request)
            self._cancelled.set()
            self._jobs.put((self._runs, request))
            return self._runs

    def find_words(self, request: WordsRequest) -> int:
        """Queue a search for other words."""
        with self._lock:
            self.searches.append(request)
            self._search = len(self.searches)
            self._jobs.put((self._search, request))
            return self._search

    def cancel_words(self) -> None:
        """The search is not answered."""
        with self._lock:
            self._search = 0

    def cancel(self) -> None:
        """Cancel the run in progress or waiting, if any."""
        with self._lock:
            self._withdrawn = self._runs
            self._cancelled.set()

    def check(self, request: CheckRequest) -> int:
        """Queue a check; the one before is given up."""
        with self._lock:
            self._checks += 1
            self.checks.append(request)
            self._jobs.put((self._checks, request))
            return self._checks

    def stop_check(self) -> None:
        """Give up the check in progress or waiting."""
        with self._lock:
            self._checks += 1

    def answer(self, lines: int = 1) -> None:
        """With manual checks: let that many more lines be answered."""
        self._answers.release(lines)

    def close(self, timeout: float = 1.0) -> bool:
        """End the thread and wait for it."""
        self._closing.set()
        self._cancelled.set()
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def play(self, frames: int = 1) -> None:
        """In manual mode: let that many more frames pass (the end of a run counts as one)."""
        self._permits.release(frames)

    def _work(self) -> None:
        self.on_event(Loading(0.5, "reading weights"))
        if self.script.load_error:
            self.on_event(LoadFailed(self.script.load_error))
        else:
            ready = replace(
                checkpoint(self.script.tasks), follows_instructions=self.script.instructed, has_chat_template=True
            )
            self.on_event(Ready(ready, "cpu", 0.1))
        while (job := self._jobs.get()) is not None and not self._closing.is_set():
            if isinstance(job[1], CheckRequest):
                self._check(*job)
                continue
            if isinstance(job[1], WordsRequest):
                self._find(*job)
                continue
            with self._lock:
                if job[0] != self._runs or job[0] <= self._withdrawn:
                    self.on_event(RunCancelled(job[0]))
                    continue
                self._cancelled.clear()
            self._run(*job)

    def _find(self, search: int, request: WordsRequest) -> None:
        """Answer a search, unless it was cancelled or replaced."""
        while search == self._search and not self._closing.is_set():
            if self.script.searching.wait(0.002):
                break
        if search != self._search:
            return
        found = self.script.other_words
        if isinstance(found, EngineError):
            self.on_event(WordsFailed(search, found))
            return
        text, start = request.text, len(request.before)
        span = next((m.span() for m in WORD.finditer(text) if m.start() <= start <= m.end()), (start, start))
        end = max(span[1], start + len(request.words)) if request.words else span[1]
        words = tuple(OtherWord(word, 0.1) for word in found)
        note = "" if words else "No other words found here."
        self.on_event(WordsFound(search, WordsResult(span[0], end, text[span[0] : end], words, note)))

    def _run(self, run: int, request: EditRequest) -> None:
        script = self.script
        if script.load_error:
            self.on_event(RunFailed(run, script.load_error))
            return
        start, end = TextMap(request.text).widen(request.start, request.end)
        self.on_event(RunStarted(run, start, end))
        original = request.text[start:end]
        new = script.replacement(original) if callable(script.replacement) else script.replacement
        fixed = script.corrections if request.action is Action.FIX else ()
        if fixed:
            new = original
            for each in reversed(fixed):
                new = new[: each.start - start] + each.replacement + new[each.end - start :]
        frames: Iterator[Frame] | Sequence[Frame]
        if script.frames is not None:
            frames = script.frames
        elif request.decoder is Decoder.AUTOREGRESSIVE:
            new = "".join(islice(cycle(pieces_of(new)), request.length or len(pieces_of(original))))
            frames = frames_from_left_to_right(request, new, script)
        else:
            frames = invented_frames(request, original, new, script)
        group = -1
        last = None
        recorded = []
        for shown in frames:
            if not self._may_go_on(script):
                self.on_event(RunCancelled(run))
                return
            last = replace(shown, run=run, start=start, end=end)
            self._report_groups(run, group, last.group, last.groups)
            group = last.group
            self.frames.put(last)
            if request.recorded:
                recorded.append(last)
            if script.error:
                self.on_event(RunFailed(run, script.error))
                return
        if script.frames is None and request.decoder is Decoder.DIFFUSION:
            self._report_groups(run, group, script.groups - 1, script.groups)
        if not self._may_go_on(script):
            self.on_event(RunCancelled(run))
            return
        result = replace(
            _result(run, request, start, original, new, last, script.note), corrections=tuple(fixed), doubt=script.doubt
        )
        self.on_event(RunFinished(run, result, tuple(recorded)))

    def _check(self, check: int, request: CheckRequest) -> None:
        """Find the mistakes of the script in the lines that are asked for."""
        if self.script.check_error or self.script.load_error:
            self.on_event(CheckFailed(check, self.script.check_error or self.script.load_error))
            return
        lines = request.text.split("\n")
        fences = accumulate(line.startswith("```") for line in lines)
        code = bytes(number % 2 or line.startswith("```") for number, line in zip(fences, lines, strict=True))
        self.on_event(CheckStarted(check, code))
        for done, number in enumerate(request.lines, 1):
            while self.script.manual_checks and not self._answers.acquire(timeout=0.002):
                if check != self._checks or self._closing.is_set():
                    return
            if check != self._checks:
                return
            found = () if code[number] else tuple(self._mistakes(lines[number], request.own_words))
            self.on_event(LineChecked(check, number, found, done, len(request.lines)))

    def _mistakes(self, line: str, own_words: frozenset[str]) -> list[Correction]:
        found = [
            Correction(match.start(), match.end(), right, kind, 3.0, (right.upper(),))
            for word, right, kind in self.script.mistakes
            for match in re.finditer(rf"\b{word}\b", line)
            if word not in own_words
        ]
        return sorted(found, key=lambda each: each.start)

    def _report_groups(self, run: int, before: int, now: int, groups: int) -> None:
        """Report that the groups after `before` up to `now` have begun."""
        for group in range(before + 1, now + 1) if groups > 1 else ():
            self.on_event(RunProgress(run, group, groups))

    def _may_go_on(self, script: Script) -> bool:
        """Wait for the next frame's turn. False when the run was cancelled meanwhile."""
        if script.manual:
            while not self._permits.acquire(timeout=0.002):
                if self._cancelled.is_set():
                    return False
        return not self._cancelled.wait(script.pause)


class BrokenEngine(ScriptedEngine):
    """Its checkpoint cannot be loaded."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.script.load_error = RequestError("The checkpoint is broken. Choose another one.")


def pieces_of(text: str) -> list[str]:
    """Cut a text as a byte-pair tokenizer would: a space belongs to its word, long words come in pieces."""
    pieces = []
    for word in re.findall(r"\n| ?[^\s]+|[^\S\n]", text):
        rest = word[5:]
        cut = [word[:5], *(rest[start : start + 10] for start in range(0, len(rest), 10))]
        pieces += [word] if len(word) < 8 else cut
    return pieces


def invented_frames(request: EditRequest, original: str, new: str, script: Script) -> Iterator[Frame]:
    """Plausible frames of a run with that result: noise, words that land, a few that melt again."""
    fixing = request.action is Action.FIX
    stays = SlotState.PINNED if fixing else SlotState.KEPT
    chance = random.Random(request.seed)
    old_parts = _cut(original, script.groups)
    new_parts = _cut(new, script.groups)
    passes = 0
    for group, part in enumerate(new_parts):
        head = "".join(new_parts[:group])
        tail = "".join(old_parts[group + 1 :])
        if fixing and part == old_parts[group]:
            continue
        keeps = set() if request.action is Action.FILL else set(pieces_of(old_parts[group]))
        strength = 0.0 if fixing else request.strength
        final = pieces_of(part)
        kept = [piece in keeps and chance.random() > strength for piece in final] + [False] * _SPARE
        pieces = final + [""] * _SPARE
        order = [index for index in range(len(pieces)) if not kept[index]]
        chance.shuffle(order)
        accepted: set[int] = set()
        melts = [0] * len(pieces)
        for step in range(script.steps + 1):
            before = accepted
            accepted = set(order[: round(len(order) * step / script.steps)])
            if 0 < step < script.steps:
                accepted -= {index for index in before if chance.random() < 0.15}
            states = [
                stays
                if kept[index]
                else SlotState.ACCEPTED
                if index in accepted
                else SlotState.RENOISED
                if index in before
                else SlotState.NOISE
                for index in range(len(pieces))
            ]
            melts = [count + (state == SlotState.RENOISED) for count, state in zip(melts, states, strict=True)]
            draft = [
                piece if state >= SlotState.KEPT or index in accepted else chance.choice([" of", " grey", "ly", " a"])
                for index, (piece, state) in enumerate(zip(pieces, states, strict=True))
            ]
            passes += step > 0
            yield Frame(
                run=0,
                variant=0,
                group=group,
                groups=script.groups,
                start=0,
                end=0,
                head=head,
                tail=tail,
                step=step,
                steps=script.steps,
                temperature=0.8 if step else 0.0,
                forward_passes=passes,
                seconds=passes * script.pause,
                canvas_tokens=tuple(chance.randrange(8192) for _ in pieces),
                draft_tokens=tuple(range(len(pieces))),
                canvas_pieces=tuple(chance.choice(["ﬂ", " q", "тре", "木"]) for _ in pieces),
                pieces=tuple(draft),
                states=tuple(states),
                entropies=tuple(
                    chance.uniform(0, 0.3) if index in accepted or kept[index] else chance.uniform(1, 5)
                    for index in range(len(pieces))
                ),
                melts=tuple(melts),
            )


def frames_from_left_to_right(request: EditRequest, new: str, script: Script) -> Iterator[Frame]:
    """Frames of the autoregressive decoder: one more token per pass, none re-noised."""
    chance = random.Random(request.seed)
    final = pieces_of(new)
    for step in range(len(final) + 1):
        written = [index < step for index in range(len(final))]
        tokens = tuple(chance.randrange(1, 8192) if known else 0 for known in written)
        pieces = tuple(piece if known else "" for piece, known in zip(final, written, strict=True))
        yield Frame(
            run=0,
            variant=0,
            group=0,
            groups=1,
            start=0,
            end=0,
            head="",
            tail="",
            step=step,
            steps=len(final),
            temperature=0.65 if step else 0.0,
            forward_passes=step,
            seconds=step * script.pause,
            canvas_tokens=tokens,
            draft_tokens=tokens,
            canvas_pieces=pieces,
            pieces=pieces,
            states=tuple(SlotState.ACCEPTED if known else SlotState.NOISE for known in written),
            entropies=tuple(chance.uniform(0, 3) if known else 0.0 for known in written),
            melts=(0,) * len(final),
        )


def _cut(text: str, parts: int) -> list[str]:
    """Split at word boundaries into so many parts of about equal length; joined they are the text."""
    words = re.findall(r"\s*\S+|\s+$", text) or [text]
    size = -(-len(words) // parts)
    return ["".join(words[index * size : (index + 1) * size]) for index in range(parts)]


def _result(
    run: int, request: EditRequest, start: int, original: str, new: str, last: Frame | None, note: str
) -> EditResult:
    """What `RunFinished` carries."""
    return EditResult(
        run=run,
        action=request.action,
        start=start,
        end=start + len(original),
        original=original,
        replacement=new,
        variants=(new,),
        steps=last.step if last else 0,
        forward_passes=last.forward_passes if last else 0,
        tokens=len(pieces_of(new)),
        melts=sum(last.melts) if last else 0,
        seconds=last.seconds if last else 0.0,
        prefill_seconds=0.0,
        stopped_by=StoppedBy.CONVERGED,
        note=note,
        causal_bits=len(new) / 10 if request.recorded else None,
    )
