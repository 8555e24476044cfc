"""`fill`: write something new that fits the surrounding text."""

from __future__ import annotations

import argparse

from engine.cli.editing import add_decoder, edit, editing_options
from engine.cli.options import Commands, add_verb, range_of
from engine.cli.values import LENGTHS, length_of
from engine.contracts.request import Action


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands,
        "fill",
        [editing_options(), common],
        "write something new that fits the surrounding text",
        "fill letter.txt --at 240 --length 12 --json --frames frames.jsonl",
    )
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--select", type=range_of, metavar="A:B", help="replace this selection")
    where.add_argument("--at", type=int, metavar="OFFSET", help="insert here")
    verb.add_argument("--length", type=length_of, metavar="LENGTH", help=f"{LENGTHS}; or N for at most N tokens")
    add_decoder(verb)
    verb.set_defaults(command=edit, action=Action.FILL, strength=1.0)
