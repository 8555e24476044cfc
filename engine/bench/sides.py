"""Compares continuing by diffusion and autoregressively, with the same weights and temperature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.evaluation import continuation
from engine.evaluation.material import load
from engine.evaluation.places import places
from engine.runs.session import Session

_TOKENS = (32, 64, 128, 256)
_PLACES = 1
"""Places in each source of the small set."""


def compare_sides(session: Session, seed: int) -> list[dict[str, Any]]:
    """A row for each number of tokens: passes, seconds, variety and cost under the causal head, for both decoders.

    break_even: tokens that a pass of diffusion must yield to be as fast as autoregressive decoding.
    """
    found = places(load(None).documents, 1, _PLACES, seed)
    rows = []
    for tokens in _TOKENS:
        row = continuation.measure(session, found, seed, tokens)
        ours, theirs = row["diffusion"], row["autoregressive"]
        a_pass, a_token = ours["seconds"] / ours["passes"], theirs["seconds"] / theirs["passes"]
        rows.append({**row, "tokens_a_pass": tokens / ours["passes"], "break_even": a_pass / a_token})
    return rows


def sides_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The rows in readable form."""
    lines = ["tokens   by               passes   tokens a pass   break-even   seconds   distinct-2   bits a token"]
    for row in rows:
        for name in ("diffusion", "autoregressive"):
            side = row[name]
            pace = f"{1:13.2f}" + 13 * " "
            if name == "diffusion":
                pace = f"{row['tokens_a_pass']:13.2f}   {row['break_even']:10.2f}"
            lines.append(
                f"{row['tokens']:6}   {name:14}   {side['passes']:6.1f}   {pace}   {side['seconds']:7.2f}   "
                f"{side['distinct_2']:10.1%}   {side['bits']:12.2f}"
            )
    return lines
