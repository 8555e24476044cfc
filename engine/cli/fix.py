"""`fix`: correct spelling and grammar, and nothing else."""

from __future__ import annotations

import argparse

from engine.cli.editing import edit, editing_options
from engine.cli.options import Commands, add_verb, range_of
from engine.contracts.request import Action, Decoder


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands,
        "fix",
        [editing_options(), common],
        "correct spelling and grammar, and nothing else",
        "fix letter.txt --select 0:200",
    )
    verb.add_argument(
        "--select", type=range_of, metavar="A:B", help="fix only this selection (default: the whole text)"
    )
    verb.set_defaults(command=edit, action=Action.FIX, length=None, at=None, strength=1.0, decoder=Decoder.DIFFUSION)
