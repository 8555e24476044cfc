"""All measurements of `python -m engine evaluate`, as data and as tables."""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from engine.bench import rewrite
from engine.bench.steps import own_step_ms
from engine.contracts.request import Action
from engine.evaluation import characters, continuation, fills, fixing, infill, rewriting, wording
from engine.evaluation.material import load
from engine.evaluation.places import Lexicon, places
from engine.evaluation.spelling import Speller
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.runs.session import Session
from engine.text.vocabulary import Vocabulary

FILLS = 200
_GAPS = 120
"""Gaps of each length, over all sources."""
_PLACES = 60
"""The same, for bits a character."""
_WORDED = 200
_CONTINUED, _FIXED, _REWRITTEN = 24, 100, 24
_SPEED_SLOTS = 64
_REWRITE_TOKENS = 24


def evaluate(
    open_session: Callable[[], Session],
    corpus: Path | None,
    seed: int,
    count: float = 1.0,
    progress: Callable[[str], None] = lambda stage: print(f"remelt engine: {stage} …", file=sys.stderr, flush=True),
) -> dict[str, Any]:
    """Measure a checkpoint.

    open_session: loads it, which is timed. corpus: a folder of text, whose held-out documents are used; None means the
    small included set. count: share of the places to measure. Raises CorpusError, EngineError.
    """
    started = time.perf_counter()
    session = open_session()
    load_seconds = time.perf_counter() - started
    progress("reading the texts")
    material = load(corpus)
    speller = Speller.load()
    lexicon = Lexicon(material.known, speller.knows if speller else lambda word: False)
    sources = max(1, sum(bool(texts) for texts in material.documents.values()))
    # Without a corpus, token frequencies come from the texts themselves.
    known = material.known or [text for texts in material.documents.values() for text in texts]

    def each(total: int) -> int:
        return max(1, round(count * total / sources))

    progress("in-fill")
    rows = infill.measure(session, _untrained(session, seed), material.documents, known, each(_GAPS), seed)
    progress("characters")
    by_character = characters.measure(session, material.documents, each(_PLACES), seed)
    progress("fills")
    chosen = fills.choose(material.documents, max(1, round(count * FILLS)), seed)
    filled = fills.measure(session, lexicon, chosen, seed)
    progress("other words")
    worded = wording.measure(session, wording.choose(material.documents, max(1, round(count * _WORDED)), seed))
    progress("continuation")
    continued = continuation.measure(session, places(material.documents, 1, each(_CONTINUED), seed), seed)
    mended = rewritten = None
    trained = {action for action in (Action.FIX, *rewriting.TASKS) if trained_for(session.vocabulary, action)}
    if Action.FIX in trained:
        progress("fix")
        all_tasks = with_tasks(session)
        mended = fixing.measure(
            all_tasks, material.documents, material.pairs, speller, max(1, round(count * _FIXED)), seed
        )
        progress("shorter, simpler, rephrase")
        rewritten = rewriting.measure(all_tasks, material.pairs, max(1, round(count * _REWRITTEN)), seed)
    progress("speed")
    return {
        "checkpoint": session.checkpoint.name,
        "tasks": list(session.checkpoint.tasks),
        "texts": material.name,
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "seed": seed,
        "infill": rows,
        "characters": by_character,
        "fills": {**filled, "dictionary": bool(material.known or speller), "seams": bool(material.known)},
        "words": worded,
        "continuation": continued,
        "fix": mended,
        "rewrite_tasks": rewritten,
        "speed": _speed(session, load_seconds, seed),
        "seconds": time.perf_counter() - started,
    }


def trained_for(vocabulary: Vocabulary, action: Action) -> bool:
    """Whether the tokenizer has the tokens needed for a task."""
    return vocabulary.has_special(f"<{action.value}>") and vocabulary.has_special("<sep>")


def with_tasks(session: Session) -> Session:
    """The same session with all tasks: those not offered are measured too."""
    checkpoint = replace(session.checkpoint, tasks=tuple(action.value for action in Action))
    return Session(checkpoint, session.denoiser, session.vocabulary)


def _untrained(session: Session, seed: int) -> DiffusionGemmaDenoiser:
    """The same architecture with the initial weights of training."""
    from engine.training.model import build, size_of

    model = build(size_of(session.checkpoint.folder), seed)
    return DiffusionGemmaDenoiser(model.to(session.denoiser.device))  # pyright: ignore[reportArgumentType] # a decorator hides its parameters


def _speed(session: Session, load_seconds: float, seed: int) -> dict[str, float]:
    """Size in megabytes, and the times a person waits for."""
    size = sum(path.stat().st_size for path in session.checkpoint.folder.glob("*.safetensors"))
    step = own_step_ms(session, _SPEED_SLOTS, seed)
    rewrites = [rewrite(session, _REWRITE_TOKENS, Action.REWRITE, seed + turn)["seconds"] for turn in range(3)]
    return {
        "megabytes": size / 1e6,
        "load_seconds": load_seconds,
        "slots": _SPEED_SLOTS,
        "step_ms": step,
        "rewrite_tokens": _REWRITE_TOKENS,
        "rewrite_seconds": statistics.median(rewrites),
    }


def table(figures: Mapping[str, Any]) -> str:
    """The figures as Markdown tables."""
    parts = [
        f"{figures['checkpoint']} checkpoint on {figures['texts']}, seed {figures['seed']}, {figures['threads']} "
        f"threads ({figures['machine']}), {figures['seconds']:.0f} s",
        _infill_table(figures["infill"]),
        _characters_table(figures["characters"]),
        _fills_table(figures["fills"]),
        _words_line(figures["words"]),
        _continuation_table(figures["continuation"]),
    ]
    if figures["fix"]:
        parts.append(_fix_table(figures["fix"]))
    if figures["rewrite_tasks"]:
        parts.append(_rewrite_table(figures["rewrite_tasks"]))
    speed = figures["speed"]
    parts.append(
        f"{speed['megabytes']:.1f} MB, loaded in {speed['load_seconds']:.2f} s, a step at {speed['slots']} slots "
        f"{speed['step_ms']:.0f} ms, a rewrite of {speed['rewrite_tokens']} tokens {speed['rewrite_seconds']:.2f} s"
    )
    return "\n\n".join(parts)


def _rows(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are right-aligned."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _infill_table(rows: list[dict[str, Any]]) -> str:
    names = {
        "both": "text on both sides",
        "left": "text before only",
        "causal": "causal head, all before",
        "unigram": "unigram",
        "untrained": "untrained",
    }
    head = ["bits a token (guessed right)", *(f"{row['tokens']} tokens" for row in rows)]
    return _rows(
        head,
        [
            [title, *(f"{row[name]['bits']:.2f} ({row[name]['accuracy']:.1%})" for row in rows)]
            for name, title in names.items()
        ],
    )


def _characters_table(rows: list[dict[str, Any]]) -> str:
    names = {"both": "text on both sides", "left": "text before only", "causal": "causal head, all before"}
    head = ["bits a character", *(f"{row['words']} words" for row in rows)]
    return _rows(head, [[title, *(f"{row[name]:.2f}" for row in rows)] for name, title in names.items()])


def _fills_table(row: dict[str, Any]) -> str:
    faults = ", ".join(f"{name} {share:.1%}" for name, share in row["faults"].items()) or "none"
    lines = [
        f"{row['fills']} fills: {row['sound']:.1%} sound; faults: {faults}; {row['passes']:.1f} passes a fill, "
        f"{row['tokens_per_forward']:.2f} tokens a pass"
    ]
    if not row["dictionary"]:
        lines.append('Without a dictionary, many words count as unknown: install the extra "evaluate" or use a corpus.')
    if not row["seams"]:
        lines.append("Seams were not judged, because that needs a corpus.")
    lines += [f"- …{item['before']}**{item['fill']}**{item['after']}…".replace("\n", " ") for item in row["samples"]]
    return "\n".join(lines)


def _words_line(row: dict[str, Any]) -> str:
    lines = [
        f"Other words at {row['places']} places: a hidden word is among the {wording.SHOWN} likeliest in "
        f"{row['own_among_shown']:.1%} and the likeliest in {row['own_first']:.1%}. With the word known, "
        f"{row['answered']:.1%} of the places have others, {row['shown']:.1f} each; {row['in_dictionary']:.1%} of them "
        f"are in the dictionary, {row['same_form']:.1%} have the same form; {row['milliseconds']:.0f} ms a request."
    ]
    lines += [
        f"- …{item['before']}**{item['own']}**{item['after']}… {', '.join(item['words'])}".replace("\n", " ")
        for item in row["samples"]
    ]
    return "\n".join(lines)


def _continuation_table(row: dict[str, Any]) -> str:
    head = [
        f"{row['tokens']} tokens of continuation, temperature {row['temperature']}, {row['places']} places",
        "distinct-2",
        "repetition",
        "bits a token (causal head)",
        "passes",
        "seconds",
    ]
    rows = []
    for name in ("diffusion", "autoregressive", "the writer"):
        found = row[name]
        cost = [f"{found['passes']:.1f}", f"{found['seconds']:.2f}"] if "passes" in found else ["", ""]
        shares = [f"{found['distinct_2']:.1%}", f"{found['repetition']:.1%}", f"{found['bits']:.2f}"]
        rows.append([name, *shares, *cost])
    return _rows(head, rows)


def _fix_table(found: dict[str, Any]) -> str:
    head = [
        "fix",
        "precision",
        "recall",
        "F0.5",
        "of mistakes",
        "changes per 1,000 right words",
        "right sentences touched",
    ]
    rows, kinds = [], []
    for name, result in found.items():
        for sort in ("synthetic", "real"):
            if sort not in result:
                continue
            row = result[sort]
            figures = [f"{row[key]:.1%}" for key in ("precision", "recall", "f05")]
            alarms = result["false_alarms"]
            shares = [f"{alarms['per_1000']:.2f}", f"{alarms['sentences_touched']:.1%}"]
            rows.append(
                [f"{name}, {sort}", *figures, str(row["mistakes"]), *(shares if sort == "synthetic" else ["", ""])]
            )
            if sort == "synthetic":
                by_kind = ", ".join(f"{kind} {share:.0%}" for kind, share in row["recall_by_kind"].items())
                kinds.append(f"Corrected by the {name}: {by_kind}.")
    rows.append(["leave unchanged", "", "0.0%", "0.0%", "", "0.00", "0.0%"])
    return _rows(head, rows) + "\n\n" + "\n".join(kinds)


def _rewrite_table(found: dict[str, Any]) -> str:
    head = ["task", "chrF to the human rewrite", "chrF to the original", "names kept", "copies", "length"]
    rows = []
    for task, result in found.items():
        for name in ("checkpoint", "unchanged"):
            row = result[name]
            figures = [f"{row['chrf_reference']:.1f}", f"{row['chrf_original']:.1f}"]
            shares = [f"{row[key]:.0%}" for key in ("names_kept", "copies", "length")]
            rows.append([f"{task}, {name}", *figures, *shares])
    return _rows(head, rows)
