"""Every trade after a `seq` once, from memory or from disk, whatever the gap."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowboard.database import Database, reader
from flowboard.errors import StoreError
from flowboard.stream_messages import render_trades
from flowboard.tape_memory import TapeMemory
from flowboard.tape_reader import TapeReader
from flowboard.trade_filter import Sieve, TradeFilter
from tests.database.made_trades import make_trade, store
from tests.trade_filters import TICKERS, filters, objects, passes

ALL = TradeFilter(combos=True)


class NoDisk:
    """Stands in for the store where memory must do."""

    async def trades_after(self, *_):
        raise StoreError("nobody may ask")


def trades(first, count):
    return [
        make_trade(
            n,
            market_ticker=TICKERS[n * 7 % 6],
            count_e2=[10_000, 9_999][n % 2],
            taker_yes=n % 3 > 0,
            source=["ws", "ws", "heal"][n % 3],
        )
        for n in range(first, first + count)
    ]


async def add(database, memory, count):
    """Store so many trades and show them, as a beat does; return the entries."""
    batch = await store(database, trades(database.next_seq, count))
    entries = render_trades(batch, database.markets)
    memory.add(entries)
    return entries


@settings(max_examples=60, deadline=None)
@given(
    wanted=filters,
    beats=st.lists(st.integers(1, 30), min_size=1, max_size=12),
    before=st.integers(0, 6),
    after=st.integers(0, 100),
    limit=st.integers(1, 40),
    kept=st.integers(1, 40),
    looked=st.sampled_from([5, 1_000]),
    restart=st.booleans(),
)
async def test_pages_join_while_the_tape_grows(
    wanted, beats, before, after, limit, kept, looked, restart
):
    """However it is cut up between memory, disk and what is yet to come: equal to a
    plain list of all trades, none lost, none doubled, in order."""
    memory, every, found, pages = TapeMemory(kept), [], [], 0
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "LOOKED_AT_MAX", looked)
        path = Path(folder) / "a.db"
        async with Database.open(path) as database:
            for count in beats[:before]:
                every += await add(database, memory, count)
        if restart:
            memory = TapeMemory(kept)
            memory.floor_seq = len(every)
        async with Database.open(path) as database:
            tape = TapeReader(memory, database)
            sieve = Sieve(wanted, database.markets)
            seq = after = min(after, len(every))
            for count in [*beats[before:], 0]:
                upto = len(every)
                page = await tape.page(seq, upto, sieve, limit)
                while page.seq != upto or page.trades:
                    assert len(page.trades) <= limit
                    assert page.seq > seq
                    found += page.trades
                    seq, pages = page.seq, pages + 1
                    page = await tape.page(seq, upto, sieve, limit)
                seq = page.seq
                if count:
                    every += await add(database, memory, count)

    later = [entry for entry in every if entry.seq > after]
    assert found == [e.json for e in later if passes(*objects([e]), wanted)]


async def test_what_is_in_memory_costs_no_query(database):
    """A thousand clients that come back at once are no business of the disk."""
    memory = TapeMemory(kept=5_000)
    every = await add(database, memory, 4_500)
    tape, sieve = TapeReader(memory, NoDisk()), Sieve(ALL, database.markets)

    page = await tape.page(0, 4_500, sieve, 4_000)
    rest = await tape.page(page.seq, 4_500, sieve, 500)
    none = await tape.page(
        4_499, 4_500, Sieve(TradeFilter(tickers=()), database.markets), 9
    )

    assert (len(page.trades), page.seq) == (4_000, 4_000)
    assert rest == ([entry.json for entry in every[4_000:]], 4_500)
    assert none == ([], 4_500)


async def test_what_memory_has_forgotten_needs_the_disk(database):
    """While that fails the caller hears of it, and gets no page with a hole."""
    memory = TapeMemory(kept=10)
    await add(database, memory, 100)
    tape, sieve = TapeReader(memory, NoDisk()), Sieve(ALL, database.markets)

    with pytest.raises(StoreError):
        await tape.page(80, 100, sieve, 100)
    assert len((await tape.page(90, 100, sieve, 100)).trades) == 10


async def test_a_number_that_is_yet_to_come(database):
    """Of another tape, so this one's end comes back, and the reader goes on there."""
    memory = TapeMemory()
    await add(database, memory, 3)
    tape, sieve = TapeReader(memory, NoDisk()), Sieve(ALL, database.markets)

    assert await tape.page(3, 3, sieve, 10) == ([], 3)
    assert await tape.page(1_000, 3, sieve, 10) == ([], 3)


async def test_trades_of_later_are_left_for_later(database):
    """A page ends where it was asked to end, though more is known."""
    memory = TapeMemory()
    every = await add(database, memory, 10)
    tape, sieve = TapeReader(memory, NoDisk()), Sieve(ALL, database.markets)

    page = await tape.page(2, 5, sieve, 10)

    assert page == ([entry.json for entry in every[2:5]], 5)


async def test_a_page_that_is_full_by_chance_is_the_last(database):
    """What follows does not pass, and nobody has to ask again to hear that."""
    memory = TapeMemory()
    await add(database, memory, 10)
    sieve = Sieve(TradeFilter(combos=True, side="no"), database.markets)

    remembered = await TapeReader(memory, NoDisk()).page(0, 10, sieve, 3)
    memory.floor_seq = 10
    stored = await TapeReader(memory, database).page(0, 10, sieve, 3)

    assert len(remembered.trades) == 3
    assert remembered.seq == 10
    assert stored == remembered


@pytest.fixture
async def database(tmp_path):
    async with Database.open(tmp_path / "a.db") as opened:
        yield opened
