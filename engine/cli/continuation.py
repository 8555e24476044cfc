"""`continue`: write on from a place, ignoring the text after it."""

from __future__ import annotations

import argparse

from engine.cli.editing import add_decoder, edit, editing_options
from engine.cli.options import Commands, add_verb
from engine.cli.values import words_of
from engine.contracts.request import Action


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands,
        "continue",
        [editing_options(), common],
        "write on from a place, ignoring the text after it",
        "continue letter.txt --at 400 --tokens 40 --decoder autoregressive",
    )
    verb.add_argument("--at", type=int, required=True, metavar="OFFSET", help="continue from here")
    much = verb.add_mutually_exclusive_group()
    much.add_argument("--tokens", type=int, dest="length", metavar="N", help="how many tokens to write (default: 48)")
    much.add_argument("--words", type=words_of, dest="length", metavar="N", help="how many words to write")
    add_decoder(verb)
    verb.set_defaults(command=edit, action=Action.CONTINUE, select=None, strength=1.0)
