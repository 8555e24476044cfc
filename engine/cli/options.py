"""Shared by all verbs: options of the checkpoint and the sampler, their values, and reading a text."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from engine.cli.loading import LoadingLine
from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import RequestError, TextEncodingError
from engine.contracts.loading import Quantization
from engine.contracts.request import Action, Decoder, Sampler, SamplerSettings
from engine.models.hub import find_checkpoint
from engine.text.encodings import TextEncoding, decode_text

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""The verbs of a command line; argparse has no public name for them."""


class Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line, without the usage before it."""

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help; unlike argparse, raise OSError where it cannot be written."""
        print(self.format_help(), end="", file=file)

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message} (--help shows how)\n")


def add_verb(
    commands: Commands, name: str, parents: Sequence[argparse.ArgumentParser], help: str, *examples: str
) -> argparse.ArgumentParser:
    """A verb with its description, and examples after its options."""
    lines = "".join(f"\n  python -m engine {example}" for example in examples)
    return commands.add_parser(
        name,
        parents=parents,
        help=help,
        description=f"{help[0].upper()}{help[1:]}.",
        epilog=f"{'example' if len(examples) == 1 else 'examples'}:{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def common_options() -> argparse.ArgumentParser:
    """Options that all verbs have."""
    common = Parser(add_help=False)
    group = common.add_argument_group("checkpoint")
    group.add_argument(
        "--model",
        metavar="MODEL",
        help="folder of a checkpoint or of a causal language model, or an id of the Hugging Face hub such as "
        "google/diffusiongemma-26B-A4B-it (default: the embedded checkpoint)",
    )
    group.add_argument(
        "--download",
        action="store_true",
        help="fetch a hub id that is not on this computer",
    )
    group.add_argument("--device", default="cpu", help="torch device, such as cuda (default: cpu)")
    group.add_argument(
        "--quantization",
        choices=list(map(str, Quantization)),
        default=Quantization.AUTO.value,
        help="what the large layers are kept as (default: auto, the most precise that fits)",
    )
    group.add_argument(
        "--context",
        type=int,
        metavar="N",
        help="most tokens of context (default: those it was trained with, up to 8192)",
    )
    group = common.add_argument_group("sampler")
    group.add_argument("--seed", type=int, default=0, help="seed of all random draws (default: 0)")
    group.add_argument(
        "--sampler",
        type=Sampler,
        choices=list(Sampler),
        help="accept the most certain tokens, or use the exact posterior",
    )
    group.add_argument("--steps", type=int, help="maximum number of denoising steps")
    group.add_argument(
        "--entropy-bound", type=float, metavar="NATS", help="budget in nats for the tokens accepted in one step"
    )
    group.add_argument(
        "--temperature", type=_temperature, metavar="HIGH:LOW", help="temperature, falling linearly from HIGH to LOW"
    )
    group.add_argument(
        "--causal-weight", type=float, metavar="W", help="weight of the causal head's prediction; 0 turns it off"
    )
    group = common.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="print one JSON object")
    return common


def range_of(text: str) -> tuple[int, int]:
    """A range A:B of code points."""
    try:
        start, end = map(int, text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range such as 10:25") from None
    return start, end


def _temperature(text: str) -> tuple[float, float]:
    """HIGH:LOW."""
    try:
        high, low = map(float, text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a pair such as 0.8:0.4") from None
    return high, low


def chosen_checkpoint(
    options: argparse.Namespace, action: Action, decoder: Decoder = Decoder.DIFFUSION, *, asked: bool = False
) -> Checkpoint:
    """The requested checkpoint. asked: whether in words. Raises CheckpointError, or RequestError if it cannot do it."""
    with LoadingLine() as line:
        checkpoint = find_checkpoint(options.model, options.download, line.show)
    if refusal := checkpoint.ask_refusal if asked else checkpoint.refusal(action, decoder):
        raise RequestError(refusal)
    return checkpoint


def chosen_settings(options: argparse.Namespace, checkpoint: Checkpoint) -> SamplerSettings:
    """The checkpoint's own settings with the requested changes. Raises RequestError."""
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


def read_text(path: Path) -> tuple[str, TextEncoding]:
    """The exact text of a file, with its byte order mark, and how it is written. Raises RequestError."""
    try:
        text, encoding = decode_text(path.read_bytes())
        return "\ufeff" * encoding.bom + text, TextEncoding(encoding.codec)
    except TextEncodingError as error:
        raise RequestError(f"{path} cannot be read. {error}") from None
    except FileNotFoundError:
        raise RequestError(f"There is no file {path}.") from None
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}.") from None
