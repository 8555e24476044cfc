"""`evaluate`: measure the quality of a checkpoint on text it was not trained on."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from engine.cli.loading import open_session
from engine.cli.options import Commands, add_verb, chosen_checkpoint
from engine.contracts.errors import RequestError
from engine.contracts.request import Action


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands,
        "evaluate",
        [common],
        "measure the quality of a checkpoint on text it was not trained on",
        "evaluate --model RUN/export --corpus CORPUS",
    )
    verb.add_argument(
        "--corpus",
        type=Path,
        metavar="DIR",
        help="use the held-out documents of this corpus (default: a small included set)",
    )
    verb.add_argument(
        "--count", type=float, default=1.0, metavar="SHARE", help="share of the places to measure (default: 1)"
    )
    verb.set_defaults(command=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    chosen_checkpoint(options, Action.REWRITE)
    from engine.evaluation.evaluate import evaluate, table
    from engine.training.corpus import CorpusError

    try:
        figures = evaluate(partial(open_session, options), options.corpus, options.seed, options.count)
    except CorpusError as error:
        raise RequestError(str(error)) from error
    print(json.dumps(figures, ensure_ascii=False) if options.json else table(figures))
