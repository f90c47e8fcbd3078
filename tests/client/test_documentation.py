"""docs/client.md: its programs run as they stand there."""

import asyncio
import inspect
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from flowboard.client import connect
from tests.stream_serving import Served
from tests.trade_batches import START_MS, make_print

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text("utf-8")
PROGRAMS = re.findall(r"```python\n(.+?)```", PAGE, re.S)
FIRST = make_print(1, ticker="KXDOC-1", count_e2=10**6, price_e4=5_000)
SECOND = make_print(2, ticker="KXDOC-2", count_e2=10**6, price_e4=4_000, yes=False)


class Lines:
    """Where a program prints to; ends it once it has printed enough."""

    def __init__(self, enough):
        self.text = ""
        self.enough = enough

    def write(self, text):
        self.text += text
        if self.text.count("\n") == self.enough:
            asyncio.current_task().cancel()

    def flush(self):
        pass


async def run(program, enough, stage, then):
    """Return the first lines of a program's main beside a hub; `then`: what happens
    once it is there."""
    named = {}
    text = program.replace("127.0.0.1:8000", f"127.0.0.1:{stage.port}")
    exec(compile(text.replace("asyncio.run(main())", ""), "client.md", "exec"), named)
    lines = Lines(enough)
    with redirect_stdout(lines):
        main = asyncio.create_task(named["main"]())
        await stage.clients_are(1)
        then()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await main
    return lines.text.splitlines()


async def test_the_program_that_prints_trades():
    """Those that pass its filter, as they come."""
    stage = Served()
    stage.beat([FIRST], START_MS)
    small = make_print(3, ticker="KXDOC-3")
    large = make_print(
        4, START_MS + 1, ticker="KXDOC-4", count_e2=10**6, price_e4=2_000
    )

    async with stage.served():
        lines = await run(
            PROGRAMS[0], 2, stage, lambda: stage.beat([SECOND, small, large], START_MS)
        )

    assert lines == ["KXDOC-2 NO 6000.000000", "KXDOC-4 YES 2000.000000"]


async def test_the_program_that_shows_a_board():
    """By the size of the net flow, either way, after each frame."""
    stage = Served()
    stage.beat([FIRST], START_MS)

    async with stage.served():
        lines = await run(PROGRAMS[1], 3, stage, lambda: stage.beat([SECOND], START_MS))

    assert lines == ["KXDOC-1 10000.00", "KXDOC-1 10000.00", "KXDOC-2 -10000.00"]


def test_each_argument_has_its_row():
    """Of `connect`, but the two that are explained in the text."""
    told = re.findall(r"^\| `(\w+)` \|", PAGE, re.M)
    arguments = list(inspect.signature(connect).parameters)

    assert arguments[:2] == ["url", "subscription"]
    assert told == arguments[2:]
