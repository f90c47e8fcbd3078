"""The live tape on a terminal."""

import asyncio
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from flowboard import tail
from flowboard.errors import BadParameter, FlowboardError
from flowboard.stream_frames import Delta, read_frame
from tests.acceptance.processes import READY_S, flowboard, until
from tests.client.golden import session
from tests.client.played_stream import CUT, STAY, PlayedStream

LIMIT_S = 10
FRAMES = [step["frame"] for step in session("late_trades")["steps"][1:]]
# By the exchange's clock; the last of them came late.
LINES = [
    "07:59:59.950  YES     50¢         10.00           $5.00  KXGOLD-A  late",
    "08:00:00.020  YES     30¢         10.00           $3.00  KXGOLD-A",
    "08:00:00.020  YES     40¢         10.00           $4.00  KXGOLD-A",
]
REFUSAL = {"type": "error", "code": "bad_parameter", "message": "side 'x' is no"}


def trade_of(**changes):
    frame = read_frame(json.dumps(FRAMES[2]))
    assert isinstance(frame, Delta)
    text = json.dumps(FRAMES[2] | {"trades": [FRAMES[2]["trades"][0] | changes]})
    changed = read_frame(text)
    assert isinstance(changed, Delta)
    return changed.trades[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "08:00:00.020  YES 30¢ 10.00 $3.00 KXGOLD-A"),
        ({"taker_outcome_side": "no"}, "08:00:00.020  NO 70¢ 10.00 $3.00 KXGOLD-A"),
        ({"yes_price_dollars": "0.0010"}, "08:00:00.020 YES 0.1¢ 10.00 $3.00 KXGOLD-A"),
        ({"yes_price_dollars": "1.0000"}, "08:00:00.020 YES 100¢ 10.00 $3.00 KXGOLD-A"),
        (
            {"count_fp": "1234567.05", "notional_dollars": "1234567.005000"},
            "08:00:00.020 YES 30¢ 1,234,567.05 $1,234,567.01 KXGOLD-A",
        ),
        ({"late": True}, "08:00:00.020 YES 30¢ 10.00 $3.00 KXGOLD-A late"),
    ],
)
def test_a_trade_is_a_line(changes, words):
    """Time in UTC, side and its price in cents, contracts, dollars, ticker, late."""
    line = tail.describe(trade_of(**changes), colour=False)

    assert line.split() == words.split()
    assert "\x1b" not in line


@pytest.mark.parametrize(("side", "code"), [("yes", "\x1b[32m"), ("no", "\x1b[31m")])
def test_sides_have_their_colours(side, code):
    """YES green, NO red, in words as well; without the codes it is the plain line."""
    trade = trade_of(taker_outcome_side=side, late=True)

    line = tail.describe(trade, colour=True)

    assert f"{code}{side.upper()}" in line
    for each in (code, tail.DIM, tail.PLAIN):
        line = line.replace(each, "")
    assert line == tail.describe(trade, colour=False)


def test_colour_is_for_terminals(monkeypatch):
    """Not for files and pipes, nor where NO_COLOR is set to anything."""
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    assert tail.wants_colour(Terminal())
    assert not tail.wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not tail.wants_colour(Terminal())


async def tailing(url, **options):
    """Run the command's work beside the server; it ends when it is refused."""
    given = {"as_json": False, "colour": False, "since_seq": None} | options
    subscription = given.pop("subscription", {})
    since_seq = given.pop("since_seq")
    return await asyncio.wait_for(
        asyncio.to_thread(tail.run, url, subscription, since_seq, **given), LIMIT_S
    )


async def test_trades_go_to_stdout_and_changes_to_stderr(capsys):
    """A line each; the snapshot's are old, and not printed."""
    async with PlayedStream((FRAMES[:3], CUT), ([REFUSAL], 1008)).open() as server:
        with pytest.raises(BadParameter, match="side 'x'"):
            await tailing(server.url)

    told = capsys.readouterr()
    assert told.out.splitlines()[:3] == LINES
    assert len(told.out.splitlines()) == 6
    first, second = told.err.splitlines()
    assert first == "flowboard: connected"
    assert second.startswith("flowboard: the connection broke: trying again in ")
    assert server.asked[0] == {"channels": "trades"}


async def test_json_is_the_trade_as_the_stream_has_it(capsys):
    """One object a line, to be read by programs."""
    async with PlayedStream((FRAMES, CUT), ([REFUSAL], 1008)).open() as server:
        with pytest.raises(BadParameter):
            await tailing(server.url, as_json=True)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [trade for frame in FRAMES[1:] for trade in frame["trades"]]


async def test_filters_and_the_beginning_are_the_servers_work():
    """What was asked for stands in the address."""
    wanted = {"series": "KXA,KXB", "min_notional": "1000", "side": None}

    async with PlayedStream(([REFUSAL], 1008)).open() as server:
        with pytest.raises(BadParameter):
            await tailing(server.url, subscription=wanted, since_seq=90)

    assert server.asked == [
        {
            "channels": "trades",
            "series": "KXA,KXB",
            "min_notional": "1000",
            "since_seq": "90",
        }
    ]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_where_no_server_answers():
    """What happened, and what to do."""
    url = f"ws://127.0.0.1:{free_port()}"

    with pytest.raises(FlowboardError, match=r"refused.*flowboard serve.*--url"):
        tail.run(url, {}, None, as_json=False, colour=False)


@pytest.mark.slow
async def test_no_server_is_one_line_and_exit_1(tmp_path):
    """Nothing on stdout."""
    url = f"ws://127.0.0.1:{free_port()}"
    async with flowboard("tail", "--url", url, folder=tmp_path) as process:
        code = await process.ended(READY_S)

    assert code == 1
    assert process.lines == []
    assert process.stderr.count("\n") == 1
    assert url in process.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_end_it_well(tmp_path, number):
    """Exit 0 and no traceback, with trades printed as they came."""
    async with PlayedStream((FRAMES, STAY)).open() as server:
        command = ("tail", "--url", server.url, "--combos", "--side", "yes")
        async with flowboard(*command, folder=tmp_path) as process:
            await until(lambda: len(process.lines) == 7, READY_S)
            process.signal(number)
            code = await process.ended()

    assert code == 0
    assert process.lines[:3] == LINES
    assert process.stderr == "flowboard: connected\n"
    assert server.asked == [{"channels": "trades", "side": "yes", "combos": "include"}]


@pytest.mark.slow
async def test_signals_end_it_well_while_it_waits(tmp_path):
    """The server is away; so is nobody's patience at stake."""
    async with PlayedStream((FRAMES, CUT)).open() as server:
        command = ("tail", "--url", server.url)
        async with flowboard(*command, folder=tmp_path) as process:
            await until(lambda: "trying again" in process.stderr, READY_S)
            process.signal(signal.SIGTERM)
            code = await process.ended()

    assert code == 0
    assert "Traceback" not in process.stderr


@pytest.mark.slow
async def test_a_reader_that_has_had_enough(tmp_path):
    """`| head -1`: it ends with 0 and says nothing of it."""
    trade = FRAMES[2]["trades"][0]
    deltas = [FRAMES[1] | {"offset": n, "seq": n} for n in range(6, 3_000)]
    for delta in deltas:
        delta["trades"] = [trade | {"seq": delta["offset"] + 100}]

    async with PlayedStream(([FRAMES[0], *deltas], STAY)).open() as server:
        ours, theirs = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "flowboard", "tail", "--url", server.url),
            cwd=tmp_path,
            stdout=theirs,
            stderr=subprocess.PIPE,
        )
        os.close(theirs)
        try:
            async with asyncio.timeout(READY_S):
                first = await asyncio.to_thread(os.read, ours, 64)
                os.close(ours)
                _, told = await process.communicate()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    assert first.startswith(b"08:00:00.020  YES")
    assert process.returncode == 0
    assert told == b"flowboard: connected\n"
