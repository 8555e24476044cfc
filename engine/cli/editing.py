"""Shared by the verbs that edit a text: their options, the run, and the output."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from engine.cli.loading import load_settings, open_session
from engine.cli.options import Parser, chosen_checkpoint, chosen_settings, range_of, read_text
from engine.cli.values import melt_at, pin_at, reseed_at
from engine.contracts.errors import LanguageError, RequestError, TextEncodingError
from engine.contracts.frames import Frame
from engine.contracts.instruction import Instruction, Structure
from engine.contracts.moves import Change
from engine.contracts.request import Decoder, EditRequest, EditResult, SamplerSettings
from engine.text.encodings import TextEncoding, encode_text
from engine.text.kinds import kind_of


def editing_options() -> argparse.ArgumentParser:
    """Options of all verbs that edit a text."""
    options = Parser(add_help=False)
    options.add_argument("file", type=Path, metavar="FILE", help="a text file; it is not changed")
    options.add_argument(
        "--pin",
        type=range_of,
        action="append",
        default=[],
        metavar="A:B",
        help="keep these characters; may be repeated",
    )
    options.add_argument("--free", action="store_true", help="let a rewrite change numbers and names too")
    options.add_argument(
        "--unchecked",
        action="store_true",
        help="print a result that has plain faults, and take text in any language",
    )
    options.add_argument("--variants", type=int, default=1, metavar="N", help="number of results (default: 1)")
    moves = options.add_argument_group("during the run", "each takes effect in the step after PASSES forward passes")
    for name, kind, shape, help in (
        ("--pin-at", pin_at, "PASSES:POSITION:TEXT", "replace the word at this position of the frame"),
        ("--melt-at", melt_at, "PASSES:POSITION", "melt the word at this position of the frame again"),
        ("--reseed-at", reseed_at, "PASSES:SEED", "branch off: continue with another seed"),
    ):
        moves.add_argument(name, type=kind, action="append", dest="script", default=[], metavar=shape, help=help)
    options.add_argument("--frames", type=Path, metavar="OUT.jsonl", help="write every frame as a line of JSON")
    return options


def add_decoder(verb: argparse.ArgumentParser) -> None:
    """Add the option that chooses a decoder."""
    verb.add_argument(
        "--decoder",
        type=Decoder,
        choices=list(Decoder),
        default=Decoder.DIFFUSION,
        help="a whole canvas at a time, or token by token, as causal models must (default: diffusion)",
    )


def edit(options: argparse.Namespace) -> None:
    """Run an edit on a file's text and print the result. Raises the errors of a run."""
    text, encoding = read_text(options.file)
    instruction = _instruction(options)
    checkpoint = chosen_checkpoint(options, options.action, options.decoder, asked=instruction is not None)
    request = _request(options, text, chosen_settings(options, checkpoint), instruction)
    # What is wrong with them should be said before a file for the frames is made.
    load_settings(options)
    with ExitStack() as stack:
        on_frame = _frame_writer(options.frames, options.file, stack)
        session = open_session(options)
        try:
            result = session.run(request, on_frame=on_frame)
        except LanguageError as error:
            raise RequestError(f"{error} With --unchecked it is taken all the same.") from error
    replacement = result.original if result.doubt else result.replacement
    whole = text[: result.start] + replacement + text[result.end :]
    if options.json:
        print(json.dumps(_as_json(result, whole), ensure_ascii=False))
        return
    _write(whole, encoding)
    print(f"remelt engine: {_remark(result)}", file=sys.stderr)


def _write(text: str, encoding: TextEncoding) -> None:
    """Print a text in the encoding of its file, or in UTF-8 where that lacks one of its characters."""
    if encoding != TextEncoding():
        try:
            content = encode_text(text, encoding)
        except TextEncodingError as error:
            print(f"remelt engine: {error} It is printed as UTF-8.", file=sys.stderr)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
            return
    sys.stdout.write(text)
    sys.stdout.flush()


def _instruction(options: argparse.Namespace) -> Instruction | None:
    """What is asked for in words, by the verbs that take it. Raises RequestError."""
    text, structure = getattr(options, "instruction", None), getattr(options, "structure", None)
    if text is None:
        if structure is not None:
            raise RequestError("--structure says what an answer may change. Give an --instruction too.")
        return None
    return Instruction(text, Structure(structure or Structure.KEPT))


def _request(
    options: argparse.Namespace, text: str, settings: SamplerSettings, instruction: Instruction | None
) -> EditRequest:
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
        markup=kind_of(options.file.name),
        free=options.free,
        checked=not options.unchecked,
        instruction=instruction,
    )


def _frame_writer(path: Path | None, text: Path, stack: ExitStack) -> Callable[[Frame], None]:
    """Writes each frame as a line of JSON if a path is given. Raises RequestError."""
    if path is None:
        return lambda frame: None
    try:
        if path.exists() and path.samefile(text):
            raise RequestError(f"The frames would replace the text in {path}. Choose another file for them.")
        # Unbuffered, so that a full disk is noticed at the frame that does not fit.
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
        "corrections": [asdict(each) for each in result.corrections],
        "note": result.note,
        "doubt": result.doubt,
    }


def _named(change: Change) -> dict[str, object]:
    """A change and its kind, as plain data."""
    return {"kind": type(change).__name__.lower(), **asdict(change)}


def _remark(result: EditResult) -> str:
    """One line about a run and its result."""
    if result.doubt:
        return f"{result.doubt} Your text is unchanged. Try another --seed, or print it all the same with --unchecked."
    return result.note or _summary(result)


def _summary(result: EditResult) -> str:
    """One line about a run."""
    return (
        f"{result.tokens} tokens in {result.forward_passes} forward passes, {result.melts} melts, "
        f"{result.seconds:.2f} s."
    )
