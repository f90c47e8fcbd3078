"""Without a board: the span is filled on the file itself, and can be gone on with."""

import asyncio

import pytest

from flowboard import backfill
from flowboard.config import Settings
from flowboard.coverage import Span
from flowboard.database import Database
from flowboard.simulator import Simulator, SimulatorOptions
from tests.database.made_trades import rows_of

HOUR_MS = 3_600_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "board.db"


def settings_of(exchange, path):
    return Settings(
        _env_file=None,
        FLOWBOARD_DATABASE=path,
        KALSHI_API_BASE=exchange.rest_base,
        KALSHI_WS_URL=exchange.ws_url,
    )


def exchange_of(**changes):
    options = {"port": 0, "rate": 100, "markets": 20, "history_ms": 60_000}
    return Simulator(SimulatorOptions(**(options | changes)))


class Told:
    """Keeps what the progress was."""

    def __init__(self):
        self.parts = []

    def __call__(self, part, recovered):
        self.parts.append((part, recovered))


def span_of(exchange_ms):
    return Span(exchange_ms - HOUR_MS, exchange_ms)


async def begun_ms(settings):
    """Return the exchange's newest time, by its own REST."""
    from flowboard.kalshi.rest_client import RestClient

    async with RestClient(settings.kalshi_api_base) as rest:
        newest_ms = await rest.newest_ms()
    assert newest_ms is not None
    return newest_ms


async def test_a_span_is_filled_whole(path):
    async with exchange_of() as exchange:
        settings, told = settings_of(exchange, path), Told()
        span = span_of(await begun_ms(settings))

        found = await backfill.fill(settings, span, None, told)
        again = await backfill.fill(settings, span, None, told)

    rows = rows_of(path)
    assert found == len(rows) >= 5_900
    assert again == 0
    assert {row["source"] for row in rows} == {"backfill"}
    assert told.parts[-1] == (1.0, 0)
    assert max(row["ts_ms"] for row in rows) < span.to_ms


async def test_one_market_alone(path):
    async with exchange_of() as exchange:
        settings = settings_of(exchange, path)
        span = span_of(await begun_ms(settings))
        await backfill.fill(settings, span, None, Told())
        ticker = rows_of(path)[0]["market_ticker"]
        count = sum(row["market_ticker"] == ticker for row in rows_of(path))
        path.unlink()

        found = await backfill.fill(settings, span, ticker, Told())

    rows = rows_of(path)
    assert {row["market_ticker"] for row in rows} == {ticker}
    assert found == count


async def test_what_was_stopped_is_gone_on_with(path):
    """The gap stays in the file, as small as it has become."""
    async with exchange_of() as exchange:
        settings = settings_of(exchange, path)
        span = span_of(await begun_ms(settings))
        told = asyncio.Event()

        def note(part, recovered):
            if recovered:
                told.set()

        filling = asyncio.create_task(backfill.fill(settings, span, None, note))
        async with asyncio.timeout(10):
            await told.wait()
        filling.cancel()
        await asyncio.wait({filling})
        before = len(rows_of(path))
        with_gap = Database.open(path)
        async with with_gap as database:
            gap = backfill.gap_of(database.coverage, span, None)
            assert gap.gap == 1
            was_open = gap.is_open

        found = await backfill.fill(settings, span, None, Told())

    assert was_open or found == 0
    assert len(rows_of(path)) >= max(before, 5_900)
    (gap,) = rows_of(path, "SELECT * FROM gaps WHERE gap = 1")
    assert gap["state"] == "closed"
    # What was on its way when it was stopped was stored, and not counted.
    assert 0 < gap["recovered"] <= len(rows_of(path))


async def test_an_exchange_that_is_not_there(path, monkeypatch):
    """It gives up with a sentence, and the span stays asked for."""
    monkeypatch.setattr(backfill, "FAILURES_MAX", 1)
    async with exchange_of() as exchange:
        settings = settings_of(exchange, path)

    with pytest.raises(backfill.GaveUp, match="the same command goes on"):
        await backfill.fill(
            settings, Span(1_795_000_000_000, 1_795_000_900_000), None, Told()
        )

    (gap,) = rows_of(path, "SELECT * FROM gaps")
    assert gap["state"] == "open"


async def test_old_trades_do_not_set_the_clock_back(path):
    async with Database.open(path) as database:
        await database.write(None, 1_900_000_000_000, 1_900_000_000_000)
    async with exchange_of() as exchange:
        settings = settings_of(exchange, path)
        await backfill.fill(settings, span_of(await begun_ms(settings)), None, Told())

    (state,) = rows_of(path, "SELECT * FROM state")
    assert state["board_ms"] >= 1_900_000_000_000
