"""The golden record: what the shipped checkpoint answers to 60 requests, with a hash of all frames on the way.

It catches every change of behaviour that was meant as a change of structure. It is made anew, by
`python tests/engine/test_golden_record.py` from the top of the repository, when the checkpoint or, on purpose, the
engine's answers change.

The same machine gives the same frames to the last bit. Another processor adds up in another order, which may turn a
token in a close draw and with it the rest of a run; there the words of nearly all requests must be the same.
"""

import contextlib
import hashlib
import io
import json
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path

import pytest
import torch

from engine import (
    Action,
    Decoder,
    EditRequest,
    EditResult,
    Exactly,
    Frame,
    Length,
    Melt,
    Move,
    Pin,
    Reseed,
    Sampler,
    SamplerSettings,
    Unit,
)

RECORD = Path(__file__).with_name("golden_record.json")
_ROOT = Path(__file__).parents[2]
_ELSEWHERE = 0.9
"""Share of the requests whose words must be the same on another processor."""

_LETTER = (
    "Dear Anna,\n\nthe train was late again, so I had an hour to look at the river. It has risen since Monday, and the "
    "children from the school stood on the bridge and threw sticks into it. I thought of the summer when we built the "
    "small boat, and of how long it took until it swam.\n\nTomorrow I shall ask the neighbour about the roof."
)
_NOTES = (
    "# Notes\n\n- The **second** draft is due on Friday.\n- Ask Ben about the [figures](numbers.csv).\n\n"
    "He said that the house on the hill had been empty for years. Nobody knew who had the key. In the end we climbed "
    "over the wall, and found a garden full of old apple trees.\n"
)
_WRONG = "She have two brother and they lives in a old house. It were sold last weak, becuase nobody want it."
_LONG = (
    " ".join(
        f"On day {number} the {who} walked {where} and came back with {what}."
        for number, (who, where, what) in enumerate(
            [
                ("farmer", "to the market", "a basket of plums"),
                ("teacher", "along the shore", "three grey stones"),
                ("doctor", "into the forest", "wet boots and a song"),
                ("baker", "up the hill", "a letter for the mayor"),
                ("sailor", "through the town", "news that nobody believed"),
            ]
            * 2,
            start=1,
        )
    )
    + " Then it began to rain."
)


def _at(text: str, words: str, action: Action = Action.REWRITE, **fields: object) -> EditRequest:
    """A request for the first place where these words stand."""
    before, selection, after = text.partition(words)
    assert selection
    return EditRequest(before, selection, after, action, **fields)


def _requests() -> Iterator[tuple[str, EditRequest]]:
    sentence = "It has risen since Monday, and the children from the school stood on the bridge"
    short = "the small boat"
    ddim = SamplerSettings(steps=12, temperature_high=0.6, temperature_low=0.2, sampler=Sampler.DDIM)
    gentle = SamplerSettings(steps=16, entropy_bound=0.5, temperature_high=1.0, temperature_low=0.5)
    few = SamplerSettings(steps=6, entropy_bound=2.0, causal_weight=0.5)

    for strength in (0.0, 0.2, 0.5, 0.8, 1.0):
        yield f"rewrite {strength}", _at(_LETTER, sentence, strength=strength, seed=3, recorded=strength == 0.5)
    for seed in range(4):
        yield f"rewrite seed {seed}", _at(_NOTES, "Nobody knew who had the key.", strength=0.6, seed=seed)
    yield "rewrite markup", _at(_NOTES, _NOTES[9:96], strength=0.7, seed=1)
    yield "rewrite word", _at(_LETTER, "neighbour", strength=1, seed=5)
    yield "rewrite half a word", _at(_LETTER, "eighbou", strength=1, seed=5)
    yield "rewrite across lines", _at(_LETTER, "until it swam.\n\nTomorrow I", strength=0.7, seed=2)
    yield "rewrite settings", _at(_LETTER, short, strength=1, seed=8, settings=gentle)
    yield "rewrite few steps", _at(_LETTER, sentence, strength=0.7, seed=8, settings=few)
    yield "rewrite end", _at(_LETTER, "about the roof.", strength=0.8, seed=4)
    yield "rewrite start", _at(_LETTER, "Dear Anna", strength=0.8, seed=4)
    for length in (Length.SHORTER, Length.SAME, Length.LONGER):
        yield f"rewrite {length}", _at(_LETTER, sentence, strength=0.6, length=length, seed=6)
    yield "rewrite words", _at(_LETTER, "the river. It has risen", strength=1, length=Exactly(5), seed=6, settings=few)
    yield "rewrite tokens", _at(_LETTER, sentence, strength=1, length=Exactly(11, Unit.TOKENS), seed=6)
    yield "rewrite variants", _at(_LETTER, sentence, strength=0.7, variants=3, seed=9, recorded=True)
    yield "rewrite pins", _at(_LETTER, sentence, strength=1, pins=((7, 12), (31, 43)), seed=10)
    yield "rewrite pin at the end", _at(_LETTER, short, strength=1, pins=((10, 14),), seed=10)
    yield "rewrite long", _at(_LONG, _LONG[: _LONG.index("On day 8")].rstrip(), strength=0.4, seed=11, settings=few)
    part = _LONG[60 : _LONG.index("On day 7")]
    yield "rewrite long variants", _at(_LONG, part, strength=0.3, variants=2, seed=11, settings=few)

    for level in (0.05, 0.3, 1.0):
        yield f"ddim {level}", _at(_LETTER, sentence, strength=level, settings=ddim, seed=12)
    yield "ddim variants", _at(_LETTER, short, strength=0.5, settings=ddim, variants=2, seed=13)
    yield "ddim fill", _at(_LETTER, short, Action.FILL, settings=ddim, seed=13)
    yield "ddim continue", _at(_LETTER, "Anna,", Action.CONTINUE, settings=ddim, length=10, seed=13)

    for seed in range(3):
        yield f"fill seed {seed}", _at(_LETTER, "so I had an hour", Action.FILL, seed=seed)
    yield "fill short", _at(_LETTER, "river", Action.FILL, seed=14)
    yield "fill tokens", _at(_NOTES, "empty for years", Action.FILL, length=6, seed=14)
    yield "fill words", _at(_NOTES, "empty for years", Action.FILL, length=Exactly(4), seed=14, settings=few)
    yield "fill longer", _at(_NOTES, "empty for years", Action.FILL, length=Length.LONGER, seed=14)
    yield "fill here", EditRequest(_LETTER[:60], "", _LETTER[60:], Action.FILL, seed=15)
    yield "fill here, so long", EditRequest(_NOTES, "", "", Action.FILL, length=9, seed=15)
    yield "fill nothing around", EditRequest("", "", "", Action.FILL, length=8, seed=15)
    yield "fill variants", _at(_LETTER, "an hour to look", Action.FILL, variants=4, seed=16)
    left = {"decoder": Decoder.AUTOREGRESSIVE}
    yield "fill left to right", _at(_LETTER, "an hour to look", Action.FILL, seed=16, recorded=True, **left)
    yield "fill left to right, longer", _at(_LETTER, short, Action.FILL, length=Length.LONGER, seed=16, **left)

    yield "continue", EditRequest(_LETTER, "", "", Action.CONTINUE, length=20, seed=17, recorded=True)
    yield "continue in the middle", _at(_LETTER, "since Monday", Action.CONTINUE, length=12, seed=17)
    yield "continue in blocks", EditRequest(_NOTES, "", "", Action.CONTINUE, length=70, seed=18)
    yield "continue words", EditRequest(_NOTES, "", "", Action.CONTINUE, length=Exactly(7), seed=18)
    yield "continue from nothing", EditRequest("", "", "", Action.CONTINUE, length=8, seed=18)
    yield "left to right", EditRequest(_LETTER, "", "", Action.CONTINUE, length=24, seed=19, recorded=True, **left)
    yield "left to right, words", EditRequest(_LONG, "", "", Action.CONTINUE, length=Exactly(6), seed=19, **left)
    yield (
        "left to right, variants",
        EditRequest(_NOTES, "", "", Action.CONTINUE, length=10, variants=2, seed=19, **left),
    )
    yield "left to right, far", EditRequest(_LONG * 4, "", "", Action.CONTINUE, length=30, seed=20, **left)

    yield "fix", EditRequest("", _WRONG, "", Action.FIX, seed=21)
    yield "fix a part", _at(_WRONG, "It were sold last weak", Action.FIX, seed=21)
    for action in (Action.SHORTER, Action.SIMPLER, Action.REPHRASE):
        yield action.value, _at(_NOTES, "Nobody knew who had the key.", action, seed=22)

    pin, melt, branch = Move(3, Pin(2, "water")), Move(4, Melt(6)), Move(5, Reseed(77))
    yield "script pin", _at(_LETTER, sentence, strength=1, seed=23, script=(pin,), free=True)
    yield "script melt", _at(_LETTER, sentence, strength=1, seed=23, script=(melt, Move(6, Melt(1))), free=True)
    yield "script all", _at(_LETTER, sentence, Action.FILL, seed=23, script=(pin, melt, branch))


REQUESTS = dict(_requests())


def _fingerprint() -> str:
    """What the last bit of a sum depends on."""
    model = platform.processor()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {model}"


def _answer(session, request: EditRequest) -> dict[str, object]:
    """What the record keeps of one request: its result, and all frames as a hash."""
    frames = hashlib.blake2b(digest_size=16)
    count = 0

    def on_frame(frame: Frame) -> None:
        nonlocal count
        count += 1
        frames.update(repr(astuple(replace(frame, seconds=0.0))).encode())

    result: EditResult = session.run(request, on_frame=on_frame)
    return {
        "range": [result.start, result.end],
        "variants": list(result.variants),
        "counted": [result.steps, result.forward_passes, result.tokens, result.melts, str(result.stopped_by)],
        "moves": len(result.moves),
        "causal_bits": None if result.causal_bits is None else round(result.causal_bits, 3),
        "note": result.note,
        "frames": f"{count} {frames.hexdigest()}",
    }


COMMANDS = {
    "rewrite": ["rewrite", "{letter}", "--select", "100:150", "--strength", "0.6", "--seed", "3", "--json"],
    "rewrite text": ["rewrite", "{letter}", "--select", "60:95", "--strength", "1", "--length", "6w", "--pin", "64:68"],
    "rewrite moves": [
        *("rewrite", "{letter}", "--select", "100:150", "--strength", "1", "--pin-at", "2:1:water", "--melt-at", "3:4"),
        *("--reseed-at", "4:9", "--variants", "2", "--json"),
    ],
    "rewrite ddim": [
        *("rewrite", "{letter}", "--select", "100:150", "--sampler", "ddim", "--strength", "0.3", "--steps", "6"),
        *("--temperature", "0.6:0.2", "--json"),
    ],
    "fill": ["fill", "{letter}", "--at", "60", "--length", "5", "--entropy-bound", "2", "--causal-weight", "0"],
    "fill left": ["fill", "{letter}", "--select", "60:70", "--decoder", "autoregressive", "--json"],
    "continue": ["continue", "{letter}", "--at", "60", "--tokens", "8", "--json"],
    "continue words": ["continue", "{letter}", "--at", "60", "--words", "3", "--decoder", "autoregressive"],
    "score": ["score", "{letter}"],
    "fix": ["fix", "{letter}"],
    "outside": ["rewrite", "{letter}", "--select", "100:5000"],
    "no file": ["fill", "{letter}.none", "--at", "0"],
    "no model": ["rewrite", "{letter}", "--select", "1:5", "--model", "{letter}"],
    "no range": ["rewrite", "{letter}", "--select", "five"],
    "no verb": ["melt"],
}


def _command(letter: Path, arguments: list[str]) -> dict[str, object]:
    """What the command line prints, without the times, which are never the same."""
    from engine.__main__ import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([argument.format(letter=letter) for argument in arguments])
        except SystemExit as leaving:
            code = leaving.code
    said = err.getvalue().replace(str(letter), "LETTER").replace(str(_ROOT), "ROOT")
    said = re.sub(r"\d+\.\d\d s\.", "TIME s.", said)
    printed = re.sub(r'("(?:prefill_)?seconds"): [\d.]+', r"\1: TIME", out.getvalue())
    return {"code": code, "out": printed, "err": said}


def _open():
    """The shipped checkpoint, whatever it is offered for."""
    from engine.runs.session import Session

    session = Session.open()
    tasks = {*session.checkpoint.tasks, "fill", "fix", "shorter", "simpler", "rephrase", "continue"}
    return Session(replace(session.checkpoint, tasks=tuple(sorted(tasks))), session.denoiser, session.vocabulary)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """How a sum is divided among threads decides on its last bit too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def record() -> dict[str, dict]:
    return json.loads(RECORD.read_text("utf-8"))


def test_there_are_sixty_requests_of_every_kind(record):
    assert len(REQUESTS) >= 60
    assert record["requests"].keys() == REQUESTS.keys()
    assert {request.action for request in REQUESTS.values()} == set(Action)
    assert RECORD.stat().st_size < 300_000


def test_every_request_is_answered_as_recorded(record):
    with _one_thread():
        session = _open()
        found = {name: _answer(session, request) for name, request in REQUESTS.items()}
    different = [name for name in REQUESTS if found[name] != record["requests"][name]]
    if record["made_on"] == _fingerprint():
        assert not different, {name: (found[name], record["requests"][name]) for name in different[:3]}
    else:
        other = [name for name in REQUESTS if found[name]["variants"] != record["requests"][name]["variants"]]
        assert len(other) <= (1 - _ELSEWHERE) * len(REQUESTS), other


def test_the_command_line_prints_what_is_recorded(record, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text(_LETTER, "utf-8")
    with _one_thread():
        found = {name: _command(letter, arguments) for name, arguments in COMMANDS.items()}
    if record["made_on"] == _fingerprint():
        assert found == record["commands"]
    else:
        expected = record["commands"]
        assert [answer["code"] for answer in found.values()] == [answer["code"] for answer in expected.values()]
        assert {name: answer for name, answer in found.items() if answer["code"]} == {
            name: answer for name, answer in expected.items() if answer["code"]
        }


def main() -> None:
    """Make the record anew."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, _one_thread():
        letter = Path(folder) / "letter.txt"
        letter.write_text(_LETTER, "utf-8")
        session = _open()
        record = {
            "made_on": _fingerprint(),
            "requests": {name: _answer(session, request) for name, request in REQUESTS.items()},
            "commands": {name: _command(letter, arguments) for name, arguments in COMMANDS.items()},
        }
    RECORD.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{len(REQUESTS)} requests and {len(COMMANDS)} commands, {RECORD.stat().st_size} bytes.")


if __name__ == "__main__":
    sys.exit(main())
