"""`bench`: measure the speed of loading, prefill, steps, decoding and edits."""

from __future__ import annotations

import argparse
import json

from engine.cli.loading import load_settings, open_session
from engine.cli.options import Commands, add_verb, chosen_checkpoint, chosen_settings
from engine.contracts.request import Action


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands,
        "bench",
        [common],
        "measure the speed of loading, prefill, steps, decoding and edits",
        "bench --json",
        "bench --strength",
        "bench --random-weights --device cuda",
    )
    verb.add_argument(
        "--strength",
        action="store_true",
        help="measure instead how much of 100 sentences changes at each strength",
    )
    verb.add_argument("--soak", type=int, metavar="N", help="send N random requests instead, and watch memory")
    verb.add_argument(
        "--random-weights",
        nargs="?",
        const="",
        metavar="CONFIG",
        help="measure instead a DiffusionGemma of any size with random weights, in 4 bits and in bfloat16; CONFIG is a "
        "folder or config.json (default: the model with 26 billion parameters)",
    )
    verb.set_defaults(command=_bench)


def _bench(options: argparse.Namespace) -> None:
    from functools import partial

    from engine.bench import measure, table
    from engine.bench.strength import measure_strengths, strengths_table

    if options.random_weights is not None:
        from engine.bench.large import large_table, measure_large

        rows = measure_large(options.random_weights or None, options.device)
        print(json.dumps(rows) if options.json else large_table(rows))
        return
    if options.soak:
        from engine.bench.soak import soak, soak_lines

        told = soak(options.model, options.device, options.soak, options.seed, load_settings(options))
        print(json.dumps(told) if options.json else soak_lines(told))
        return
    if options.strength:
        checkpoint = chosen_checkpoint(options, Action.REWRITE)
        rows = measure_strengths(open_session(options), options.seed, chosen_settings(options, checkpoint))
        print(json.dumps(rows) if options.json else strengths_table(rows))
        return
    figures = measure(partial(open_session, options), options.seed)
    print(json.dumps(figures) if options.json else table(figures))
