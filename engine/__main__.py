"""The engine's command line: `python -m engine rewrite FILE --select A:B`. Offsets are code points of the file's text.

Every failure is one line on standard error and exit code 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from engine.checkpoint import Checkpoint
from engine.errors import EngineError, RequestError
from engine.frames import Frame
from engine.moves import Change, Melt, Move, Pin, Reseed
from engine.request import Action, Decoder, EditRequest, EditResult, Exactly, Length, Sampler, SamplerSettings, Unit

_LENGTHS = "shorter, same or longer, or exactly so many tokens or words: Nt or Nw"


class _Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help shows how)\n")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Whatever the terminal is set to, the text is UTF-8 and keeps its line ends.
            stream.reconfigure(encoding="utf-8", newline="")
    try:
        options = _parser().parse_args(arguments)
        options.command(options)
    except EngineError as error:
        print(f"remelt engine: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("remelt engine: stopped, nothing was changed.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    common = _Parser(add_help=False)
    group = common.add_argument_group("checkpoint and sampler")
    group.add_argument(
        "--model",
        metavar="FOLDER",
        help="folder of a checkpoint, or of a causal language model; left out: the embedded one",
    )
    group.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    group.add_argument("--seed", type=int, default=0, help="every random draw follows from it (default: 0)")
    group.add_argument(
        "--sampler", type=Sampler, choices=list(Sampler), help="accept the surest tokens, or follow the noise back"
    )
    group.add_argument("--steps", type=int, help="denoising steps at most")
    group.add_argument("--entropy-bound", type=float, metavar="NATS", help="nats accepted together in one step")
    group.add_argument("--temperature", type=_temperature, metavar="HIGH:LOW", help="falls linearly between them")
    group.add_argument(
        "--causal-weight", type=float, metavar="W", help="power of what the causal head expects, 0 for none"
    )
    group.add_argument("--json", action="store_true", help="print one JSON object")

    edit = _Parser(add_help=False)
    edit.add_argument("file", type=Path, metavar="FILE", help="a UTF-8 text; it is not changed")
    edit.add_argument("--pin", type=_range, action="append", default=[], metavar="A:B", help="keep these characters")
    edit.add_argument("--variants", type=int, default=1, metavar="N", help="how many results to make")
    moves = edit.add_argument_group("during the run", "each takes effect in the step after so many forward passes")
    for name, kind, shape, help in (
        ("--pin-at", _pin_at, "PASSES:POSITION:TEXT", "put a text where the word at this position of the frame stands"),
        ("--melt-at", _melt_at, "PASSES:POSITION", "melt the word at this position of the frame again"),
        ("--reseed-at", _reseed_at, "PASSES:SEED", "branch off: go on with another seed"),
    ):
        moves.add_argument(name, type=kind, action="append", dest="script", default=[], metavar=shape, help=help)
    edit.add_argument("--frames", type=Path, metavar="OUT.jsonl", help="write every frame as a line of JSON")

    parser = _Parser(prog="python -m engine", description="Remelt's diffusion engine, without a window.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    rewrite = commands.add_parser("rewrite", parents=[edit, common], help="melt a share of the selected words")
    rewrite.add_argument("--select", type=_range, required=True, metavar="A:B", help="the selection")
    rewrite.add_argument(
        "--strength", type=float, default=0.5, metavar="S", help="share of words, 0 to 1 (default: 0.5)"
    )
    rewrite.add_argument("--length", type=_length, metavar="LENGTH", help=_LENGTHS)
    rewrite.set_defaults(command=_edit, action=Action.REWRITE, at=None, decoder=Decoder.DIFFUSION)

    fill = commands.add_parser("fill", parents=[edit, common], help="invent what fits between the two sides")
    where = fill.add_mutually_exclusive_group(required=True)
    where.add_argument("--select", type=_range, metavar="A:B", help="replace this selection")
    where.add_argument("--at", type=int, metavar="OFFSET", help="insert at this place")
    fill.add_argument("--length", type=_length, metavar="LENGTH", help=f"{_LENGTHS}, or N tokens at most")
    _add_decoder(fill)
    fill.set_defaults(command=_edit, action=Action.FILL, strength=1.0)

    on = commands.add_parser("continue", parents=[edit, common], help="write on from a place, blind to what follows")
    on.add_argument("--at", type=int, required=True, metavar="OFFSET", help="write on at this place")
    much = on.add_mutually_exclusive_group()
    much.add_argument("--tokens", type=int, dest="length", metavar="N", help="how many tokens to write (default: 48)")
    much.add_argument("--words", type=_words, dest="length", metavar="N", help="how many words to write")
    _add_decoder(on)
    on.set_defaults(command=_edit, action=Action.CONTINUE, select=None, strength=1.0)

    fix = commands.add_parser("fix", parents=[edit, common], help="mend spelling and grammar, leave the rest")
    fix.add_argument("--select", type=_range, metavar="A:B", help="only this selection; left out: the whole text")
    fix.set_defaults(command=_edit, action=Action.FIX, length=None, at=None, strength=1.0, decoder=Decoder.DIFFUSION)

    score = commands.add_parser("score", parents=[common], help="show where the model expects other words, and which")
    score.add_argument("file", type=Path, metavar="FILE", help="a UTF-8 text; it is not changed")
    score.set_defaults(command=_score)

    evaluate = commands.add_parser("evaluate", parents=[common], help="measure a checkpoint on text it does not know")
    evaluate.add_argument(
        "--corpus", type=Path, metavar="DIR", help="use its held-out documents; left out: a small set of our own"
    )
    evaluate.add_argument("--count", type=float, default=1.0, metavar="SHARE", help="share of the places (default: 1)")
    evaluate.set_defaults(command=_evaluate)

    bench = commands.add_parser("bench", parents=[common], help="measure load, prefill, steps, decoding and rewrites")
    bench.add_argument(
        "--strength",
        action="store_true",
        help="measure instead how much of 100 sentences changes, by strength",
    )
    bench.add_argument("--soak", type=int, metavar="N", help="send N random requests instead, and watch the memory")
    bench.set_defaults(command=_bench)
    return parser


def _add_decoder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--decoder",
        type=Decoder,
        choices=list(Decoder),
        default=Decoder.DIFFUSION,
        help="all of a canvas at once, or token after token, all that a causal model can (default: diffusion)",
    )


def _range(text: str) -> tuple[int, int]:
    """A range A:B of code points."""
    try:
        start, end = map(int, text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range such as 10:25") from None
    return start, end


def _length(text: str) -> int | Length | Exactly:
    """shorter, same, longer, Nt, Nw, or N."""
    if text in list(Length):
        return Length(text)
    unit = {"t": Unit.TOKENS, "w": Unit.WORDS}.get(text[-1:])
    try:
        return Exactly(int(text[:-1]), unit) if unit else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length such as shorter, 12t or 5w") from None


def _words(text: str) -> Exactly:
    """A number of words."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of words")
    return Exactly(int(text))


def _temperature(text: str) -> tuple[float, float]:
    """HIGH:LOW."""
    try:
        high, low = map(float, text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a pair such as 0.8:0.4") from None
    return high, low


def _pin_at(text: str) -> Move:
    """PASSES:POSITION:TEXT."""
    after, position, typed = _parts(text, 2, "3:5:word")
    return Move(after, Pin(position, typed))


def _melt_at(text: str) -> Move:
    """PASSES:POSITION."""
    after, position = _parts(text, 2, "3:5")
    return Move(after, Melt(position))


def _reseed_at(text: str) -> Move:
    """PASSES:SEED."""
    after, seed = _parts(text, 2, "3:42")
    return Move(after, Reseed(seed))


def _parts(text: str, numbers: int, example: str) -> list[Any]:
    """The numbers that a text begins with, and the rest behind them."""
    parts = text.split(":", example.count(":"))
    try:
        if len(parts) != example.count(":") + 1:
            raise ValueError
        return [*map(int, parts[:numbers]), *parts[numbers:]]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not written like {example}") from None


def _edit(options: argparse.Namespace) -> None:
    """The commands rewrite and fill."""
    text = _read(options.file)
    checkpoint = _checkpoint(options, options.action, options.decoder)
    request = _request(options, text, _settings(options, checkpoint))
    # torch takes seconds to import; bad input should not wait for it.
    from engine.session import Session

    with ExitStack() as stack:
        on_frame = _frame_writer(options.frames, options.file, stack)
        session = Session.open(options.model, options.device)
        result = session.run(request, on_frame=on_frame)
    whole = text[: result.start] + result.replacement + text[result.end :]
    if options.json:
        print(json.dumps(_as_json(result, whole), ensure_ascii=False))
        return
    sys.stdout.write(whole)
    sys.stdout.flush()
    print(f"remelt engine: {result.note or _summary(result)}", file=sys.stderr)


def _checkpoint(options: argparse.Namespace, action: Action, decoder: Decoder = Decoder.DIFFUSION) -> Checkpoint:
    """The checkpoint that is asked for. Raises CheckpointError, and RequestError where it cannot do an action."""
    checkpoint = Checkpoint.embedded() if options.model is None else Checkpoint.read(options.model)
    if refusal := checkpoint.refusal(action, decoder):
        raise RequestError(refusal)
    return checkpoint


def _settings(options: argparse.Namespace, checkpoint: Checkpoint) -> SamplerSettings:
    """The checkpoint's own settings with what was asked for instead. Raises RequestError."""
    changes: dict[str, float | Sampler] = {}
    if options.sampler is not None:
        changes["sampler"] = options.sampler
    if options.steps is not None:
        changes["steps"] = options.steps
    if options.causal_weight is not None:
        changes["causal_weight"] = options.causal_weight
    if options.entropy_bound is not None:
        changes["entropy_bound"] = options.entropy_bound
    if options.temperature is not None:
        changes["temperature_high"], changes["temperature_low"] = options.temperature
    return replace(checkpoint.sampler, **changes)


def _request(options: argparse.Namespace, text: str, settings: SamplerSettings) -> EditRequest:
    """The request of an edit. Raises RequestError."""
    start, end = options.select or ((0, len(text)) if options.at is None else (options.at, options.at))
    if not 0 <= start <= end <= len(text):
        raise RequestError(f"The range {start}:{end} lies outside the text, which has {len(text)} characters.")
    for low, high in options.pin:
        if not start <= low < high <= end:
            raise RequestError(f"The pinned range {low}:{high} lies outside the selection {start}:{end}.")
    return EditRequest(
        before=text[:start],
        selection=text[start:end],
        after=text[end:],
        action=options.action,
        strength=options.strength,
        length=options.length,
        pins=tuple((low - start, high - start) for low, high in options.pin),
        seed=options.seed,
        variants=options.variants,
        settings=settings,
        decoder=options.decoder,
        recorded=options.json,
        script=tuple(options.script),
    )


def _read(path: Path) -> str:
    """A text file to the letter. Raises RequestError."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise RequestError(f"{path} is not a UTF-8 text. Save it as UTF-8 first.") from None
    except FileNotFoundError:
        raise RequestError(f"There is no file {path}.") from None
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}.") from None


def _frame_writer(path: Path | None, text: Path, stack: ExitStack) -> Callable[[Frame], None]:
    """Writes each frame as a line of JSON where a path is given. Raises RequestError."""
    if path is None:
        return lambda frame: None
    try:
        if path.exists() and path.samefile(text):
            raise RequestError(f"The frames would replace the text in {path}. Name another file for them.")
        # Without a buffer, so that a full disk is noticed at the frame that does not fit.
        stream = stack.enter_context(path.open("wb", buffering=0))
    except OSError as error:
        raise RequestError(f"{path} cannot be written: {error.strerror}.") from None

    def write(frame: Frame) -> None:
        line = memoryview(json.dumps(asdict(frame), ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        try:
            while line:
                line = line[stream.write(line) :]
        except OSError as error:
            raise RequestError(f"{path} cannot be written: {error.strerror}.") from None

    return write


def _as_json(result: EditResult, whole: str) -> dict[str, object]:
    """What `--json` prints for an edit."""
    return {
        "text": whole,
        "range": [result.start, result.end],
        "replacement": result.replacement,
        "variants": result.variants,
        "steps": result.steps,
        "forward_passes": result.forward_passes,
        "tokens": result.tokens,
        "tokens_per_forward": round(result.tokens_per_forward, 3),
        "melts": result.melts,
        "seconds": round(result.seconds, 4),
        "prefill_seconds": round(result.prefill_seconds, 4),
        "stopped_by": result.stopped_by,
        "moves": [{"after": move.after, **_named(move.change)} for move in result.moves],
        "causal_bits": None if result.causal_bits is None else round(result.causal_bits, 3),
        "note": result.note,
    }


def _named(change: Change) -> dict[str, object]:
    """A change with its kind."""
    return {"kind": type(change).__name__.lower(), **asdict(change)}


def _summary(result: EditResult) -> str:
    """One line about a run."""
    return (
        f"{result.tokens} tokens in {result.forward_passes} forward passes, {result.melts} melts, "
        f"{result.seconds:.2f} s."
    )


def _score(options: argparse.Namespace) -> None:
    """The command score."""
    text = _read(options.file)
    _checkpoint(options, Action.REWRITE)
    from engine.score import table
    from engine.scoring import Scorer
    from engine.session import Session

    # Nobody waits for a slice here, so that they may be large.
    scorer = Scorer(Session.open(options.model, options.device), seconds=1.0)
    found = [paragraph for scored in scorer.score(text) for paragraph in scored]
    if options.json:
        print(json.dumps({"paragraphs": list(map(asdict, found))}, ensure_ascii=False))
        return
    print(table(text, found))


def _evaluate(options: argparse.Namespace) -> None:
    """The command evaluate."""
    _checkpoint(options, Action.REWRITE)
    from engine.evaluation.evaluate import evaluate, table
    from engine.training.corpus import CorpusError

    try:
        figures = evaluate(options.model, options.corpus, options.device, options.seed, options.count)
    except CorpusError as error:
        raise RequestError(str(error)) from error
    print(json.dumps(figures, ensure_ascii=False) if options.json else table(figures))


def _bench(options: argparse.Namespace) -> None:
    """The command bench."""
    from engine.bench import measure, table
    from engine.bench.strength import measure_strengths, strengths_table

    if options.soak:
        from engine.bench.soak import soak, soak_lines

        told = soak(options.model, options.device, options.soak, options.seed)
        print(json.dumps(told) if options.json else soak_lines(told))
        return
    if options.strength:
        checkpoint = _checkpoint(options, Action.REWRITE)
        rows = measure_strengths(options.model, options.device, options.seed, _settings(options, checkpoint))
        print(json.dumps(rows) if options.json else strengths_table(rows))
        return
    figures = measure(options.model, options.device, options.seed)
    print(json.dumps(figures) if options.json else table(figures))


if __name__ == "__main__":
    sys.exit(main())
