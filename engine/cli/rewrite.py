"""`rewrite`: melt a share of the selected words into new ones, or do with them what an instruction says."""

from __future__ import annotations

import argparse

from engine.cli.editing import edit, editing_options
from engine.cli.options import Commands, add_verb, range_of
from engine.cli.values import LENGTHS, length_of
from engine.contracts.instruction import Structure
from engine.contracts.request import Action, Decoder


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands,
        "rewrite",
        [editing_options(), common],
        "melt a share of the selected words into new ones",
        "rewrite letter.txt --select 120:180 --strength 0.5",
        "rewrite letter.txt --select 120:180 --strength 1 --length 8w --variants 3",
        'rewrite letter.txt --select 120:180 --model FOLDER --instruction "Make it friendlier."',
    )
    verb.add_argument("--select", type=range_of, required=True, metavar="A:B", help="rewrite this selection")
    verb.add_argument(
        "--strength", type=float, default=0.5, metavar="S", help="share of the words that melt, 0 to 1 (default: 0.5)"
    )
    verb.add_argument("--length", type=length_of, metavar="LENGTH", help=LENGTHS)
    group = verb.add_argument_group("in words", "for checkpoints that follow instructions")
    group.add_argument("--instruction", metavar="TEXT", help="what should become of the selection")
    group.add_argument(
        "--structure",
        choices=list(map(str, Structure)),
        help="marks and code: the same; all kept, and new ones may come; or free (default: kept)",
    )
    verb.set_defaults(command=edit, action=Action.REWRITE, at=None, decoder=Decoder.DIFFUSION)
