"""What docs/stream.md tells to type can be typed, and answers as it stands there."""

import asyncio
import json
import os
import re
import shlex
import sys
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from flowboard.market_info import EventInfo, MarketInfo
from tests.stream_serving import FRAME_S, Served
from tests.trade_batches import START_MS, make_print

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "stream.md").read_text("utf-8")
SESSIONS = re.findall(r"```\n(\$ wscat .+?)```", PAGE, re.S)
(BOT,) = re.findall(r"```python\n(.+?)```", PAGE, re.S)
ADDRESS = "ws://127.0.0.1:8000/ws/stream"
EPOCH = "5d0c9a1be2f7s1"
TICKER = "KXHIGHNY-26NOV21-T50"
LARGE, SMALL = 400_000, 100  # Hundredths of a contract, at 36 cents each.
BOT_S = 20


class Board(Served):
    """A served board that large and small trades come to."""

    seq = 0

    def trade(self, count_e2=LARGE, trades=1):
        """Let a beat pass with so many trades; return their numbers."""
        first = self.seq + 1
        self.seq += trades
        numbers = range(first, self.seq + 1)
        at = {"ticker": TICKER, "count_e2": count_e2}
        prints = [make_print(n, START_MS + n, **at) for n in numbers]
        self.beat(prints, START_MS + self.seq)
        return [*numbers]

    def cut(self):
        """End every connection, as a restart does."""
        for subscriber in list(self.hub._places):
            subscriber.close(1012)


class OneFrame:
    """An outlet that lets one more frame through; then its client is cut off."""

    def __init__(self, subscriber):
        self._subscriber = subscriber
        self._outlet = subscriber.outlet

    def __getattr__(self, name):
        return getattr(self._outlet, name)

    def send_frame(self, frame):
        self._outlet.send_frame(frame)
        self._subscriber.close(1012)


@pytest.fixture
async def board():
    async with Board().served() as board:
        event = TICKER.rpartition("-")[0]
        for strike in (50, 55):
            info = MarketInfo(
                ticker=f"{event}-T{strike}",
                event_ticker=event,
                strike_type="greater",
                floor_strike=strike,
            )
            board.board.markets.learn(info)
        board.board.markets.learn(EventInfo(ticker=event))
        yield board


# Sessions of wscat.


def pattern(line):
    """Return what a frame must look like that is shown as `line`: `…` is anything, a
    number is any number, and so is the epoch."""
    forms = {"…": ".*", EPOCH: "[a-z0-9]+"}
    parts = re.split(rf"(…|{EPOCH}|\d+)", line.replace(", …", ",…"))
    return "".join(
        forms.get(part, r"\d+" if part.isdecimal() else re.escape(part))
        for part in parts
    )


@asynccontextmanager
async def trading(board):
    """Let trades come, one a beat, until the block ends."""

    async def trade():
        while True:
            board.trade()
            await asyncio.sleep(0.01)

    task = asyncio.create_task(trade())
    try:
        yield
    finally:
        task.cancel()


async def place_of(board):
    """Return the epoch and offset at which a client was cut off."""
    async with board.connect() as client:
        snapshot = json.loads(await asyncio.wait_for(client.recv(), FRAME_S))
    await board.clients_are(0)
    return f"{snapshot['epoch']}:{snapshot['offset']}"


@pytest.mark.parametrize("session", SESSIONS, ids=range(len(SESSIONS)))
async def test_a_session_goes_as_it_is_shown(board, session):
    """Frames in this order, with these keys; only deltas may come between."""
    command, *lines = session.strip().splitlines()
    *_, address = shlex.split(command)
    assert address.startswith(ADDRESS)
    query = address.removeprefix(ADDRESS).replace("since_seq=90210", "since_seq=1")
    board.trade(trades=3)
    query = query.replace(f"{EPOCH}:41", await place_of(board))

    async with board.connect(query) as client, trading(board), asyncio.timeout(FRAME_S):
        for line in lines:
            mark, _, text = line.partition(" ")
            if mark == ">":
                await client.send(text)
            elif mark == "<":
                while not re.fullmatch(pattern(text), found := await client.recv()):
                    assert found.startswith('{"type":"delta"'), (found, text)
            else:
                with pytest.raises(ConnectionClosed) as closed:
                    await client.recv()
                code = f'(code: {closed.value.rcvd.code}, reason: "")'
                assert line == f"Disconnected {code}"


def test_sessions_are_found():
    """There are some, with what comes, what is said and how it ends."""
    marks = {line.partition(" ")[0] for s in SESSIONS for line in s.splitlines()}

    assert len(SESSIONS) == PAGE.count("$ wscat") == 6
    assert marks == {"$", "<", ">", "Disconnected"}


# The bot.


@asynccontextmanager
async def bot(board, folder):
    """Run the bot as it stands on the page; give it, and what reads what it prints."""
    assert BOT.count(ADDRESS) == 1
    code = BOT.replace("127.0.0.1:8000", f"127.0.0.1:{board.port}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        cwd=folder,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        stdout=PIPE,
    )
    printed = []

    async def read(count):
        """Return the numbers of the next trades that it deals with."""
        async with asyncio.timeout(BOT_S):
            for _ in range(count):
                number, ticker = (await process.stdout.readline()).decode().split()
                assert ticker == TICKER
                printed.append(int(number))
        return printed[-count:]

    try:
        yield read
    finally:
        process.kill()
        await process.communicate()


async def noted(folder, seq):
    """Return once the bot's file has this number."""
    place = folder / "bot.seq"
    async with asyncio.timeout(BOT_S):
        while not place.exists() or place.read_text() != str(seq):
            await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_the_bot_loses_no_trade(board, tmp_path):
    """Over cuts, in the middle of a beat, too, over its own end, over more than memory
    holds: every large trade once, and no small one."""
    board.trade()  # Before it was ever there: not its business.

    async with bot(board, tmp_path) as read:
        await board.clients_are(1)
        await noted(tmp_path, 1)
        (subscriber,) = board.hub._places
        subscriber.outlet = OneFrame(subscriber)
        seen = board.trade(trades=2_500)  # Two deltas: it is cut between them.
        assert await read(2_500) == seen
        board.trade(SMALL)
        board.cut()
        await board.clients_are(0)
        away = board.trade()
        board.trade(SMALL)
        await board.clients_are(1)
        assert await read(1) == away
        last = board.trade()
        assert await read(1) == last
        await noted(tmp_path, last[0])
    await board.clients_are(0)

    board.board.tape._kept = 1_000
    missed = [number for _ in range(6) for number in board.trade(trades=700)]
    async with bot(board, tmp_path) as read:
        assert await read(len(missed)) == missed
        await board.clients_are(1)
        last = board.trade()
        assert await read(1) == last
    assert board.disk.asked > 0


@pytest.mark.slow
async def test_the_bot_says_why_it_is_refused(board, tmp_path):
    """A mistake in its address ends it with the board's sentence."""
    code = BOT.replace("127.0.0.1:8000", f"127.0.0.1:{board.port}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code.replace("min_notional=1000", "side=maybe")),
        cwd=tmp_path,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        said, traceback = await asyncio.wait_for(process.communicate(), BOT_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert said == b"side 'maybe' is not known: use yes, no\n"
    assert b"1008" in traceback
    assert process.returncode == 1
