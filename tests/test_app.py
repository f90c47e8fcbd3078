"""The wiring, against a simulated exchange on a real socket, in one loop."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx2
import pytest

from flowboard import app
from flowboard.app import Flowboard, mono_ms, public_config, wall_ms
from flowboard.config import Settings
from flowboard.database import Database
from flowboard.kalshi.auth import load_signer
from flowboard.market_info import MarketInfo, Quote
from flowboard.pulse import Pulse
from flowboard.simulator import Simulator, SimulatorOptions
from flowboard.trade_processor import TradeProcessor
from tests.database.made_trades import make_trade, rows_of

PATIENCE_S = 10


@pytest.fixture
def path(tmp_path):
    return tmp_path / "board.db"


@pytest.fixture
async def exchange():
    async with Simulator(SimulatorOptions(port=0, rate=200, markets=20)) as running:
        yield running


def flowboard_of(exchange, path, crashes=None, *, listeners=(), **variables):
    usual = {
        "FLOWBOARD_DATABASE": path,
        "KALSHI_API_BASE": exchange.rest_base,
        "KALSHI_WS_URL": exchange.ws_url,
        "KALSHI_API_KEY_ID": exchange.key_id,
        "KALSHI_PRIVATE_KEY_PATH": exchange.private_key_path,
    }
    settings = Settings(_env_file=None, **(usual | variables))
    signer = load_signer(exchange.key_id, exchange.private_key_path)
    on_crash = [].append if crashes is None else crashes.append
    return Flowboard(settings, signer, on_crash=on_crash, listeners=listeners)


@asynccontextmanager
async def living(board):
    """Start and stop as a server does around it."""
    async with board.asgi.router.lifespan_context(board.asgi):
        yield board


async def until(condition):
    """Return when `condition()` holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.005)


async def get(board, path):
    transport = httpx2.ASGITransport(board.asgi)
    base = "http://127.0.0.1:8000"
    async with httpx2.AsyncClient(transport=transport, base_url=base) as client:
        return await client.get(path)


async def test_trades_go_all_the_way(exchange, path):
    """From the exchange's socket to disk, windows, listeners and the API."""
    batches = []
    later = []

    async def keep(batch):
        later.append(batch)

    def broken(_):
        raise RuntimeError("as scripted")

    board = flowboard_of(exchange, path, listeners=(broken, batches.append, keep))
    async with living(board):
        await until(lambda: board.board.trades_total >= 100)
        hot = (await get(board, "/api/markets/hot")).json()
        health = await get(board, "/health")

    rows = rows_of(path)
    told = [t.trade_id for batch in batches for t in batch.trades]
    assert [t.hex() for t in told] == [row["trade_id"].replace("-", "") for row in rows]
    assert [b.first_seq for b in later] == [b.first_seq for b in batches]
    assert hot["count"] > 0
    assert health.status_code == 200
    assert board.status.counters["listener_failures"] == len(batches)


async def test_stop_stores_what_was_received(exchange, path):
    """What lay in the inbox when told to stop is stored and shown; twice is once."""
    board = flowboard_of(exchange, path)
    async with living(board):
        await until(lambda: board.status.block(mono_ms()).connected)
        for number in range(1, 31):
            board.inbox.put(make_trade(number))
        await board.stop()
        await board.stop()
        assert board.hub.closed

    ids = {row["trade_id"] for row in rows_of(path)}
    assert {make_trade(n).trade_id.hex() for n in range(1, 31)} <= {
        each.replace("-", "") for each in ids
    }


async def test_a_restart_goes_on(exchange, path):
    """Totals, `seq` and windows go on from the file."""
    async with living(flowboard_of(exchange, path)) as first:
        await until(lambda: first.board.trades_total >= 50)
    total = first.board.trades_total

    async with living(flowboard_of(exchange, path)) as second:
        await until(second.hub.ready.is_set)
        assert second.board.trades_total >= total
        await until(lambda: second.board.trades_total > total)

    seqs = [row["seq"] for row in rows_of(path)]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) == second.board.trades_total


async def test_history_is_read_through_the_same_door(path):
    """With a span to read, trades from before the start are stored as backfill."""
    options = SimulatorOptions(port=0, rate=50, markets=20, history_ms=20_000)
    async with Simulator(options) as exchange:
        board = flowboard_of(exchange, path)
        async with living(board):
            await until(lambda: board.board.trades_total >= 1_000)

    sources = [row["source"] for row in rows_of(path)]
    assert sources.count("backfill") >= 900
    assert "ws" in sources


async def test_a_stage_that_dies_is_told_once(exchange, path, monkeypatch):
    """The server hears of it, `/health` names the stage, and the end is still an end."""
    monkeypatch.setattr(TradeProcessor, "run", fail)
    crashes = []
    board = flowboard_of(exchange, path, crashes)

    async with living(board):
        await until(lambda: crashes)
        health = await get(board, "/health")

    assert len(crashes) == 1
    assert health.status_code == 503
    assert health.json()["process"] == "processor has died"


async def test_a_key_is_read_again(exchange, path, tmp_path):
    """F18: a rotated key signs the next handshake; a broken file leaves the old one."""
    key = tmp_path / "key.pem"
    key.write_bytes(Path(exchange.private_key_path).read_bytes())
    board = flowboard_of(exchange, path, KALSHI_PRIVATE_KEY_PATH=key)
    signer = board.exchange._signer
    before = signer._key
    async with living(board):
        board.reload_key()
        assert signer._key is not before
        read = signer._key
        key.write_text("no key")
        board.reload_key()
        assert signer._key is read
        await until(lambda: board.board.trades_total >= 10)


async def test_a_stage_that_hangs_ends_the_process(exchange, path, monkeypatch):
    """F34: whoever supervises starts another; what came is stored, or healed then."""
    monkeypatch.setattr(app, "Pulse", partial(Pulse, hung_ms=200))
    monkeypatch.setattr(TradeProcessor, "beat", hang)
    crashes = []
    board = flowboard_of(exchange, path, crashes)

    async with living(board):
        await until(lambda: crashes)

    (crash,) = crashes[0].exceptions
    assert str(crash) == "the processor has made no step for 0.2 s"


async def hang(_):
    await asyncio.Event().wait()


async def fail(_):
    raise RuntimeError("as scripted")


async def test_markets_get_their_titles(exchange, path):
    """What is hot is soon shown by name."""
    board = flowboard_of(exchange, path)
    async with living(board):
        await until(lambda: len(board.board.markets.directory))
        hot = (await get(board, "/api/markets/hot")).json()

    assert any(row["title"] for row in hot["hot_markets"])


async def test_quotes_go_with_their_market(exchange, path):
    """What is over has none any more, in memory; what it said last is stored."""
    board = flowboard_of(exchange, path)
    quotes, now_ms = board.board.quotes, wall_ms()
    async with living(board):
        await until(board.hub.ready.is_set)
        ours = board.board.markets.id_of("KXOURS-1")
        board.exchange._take_quote("KXOURS-1", Quote(now_ms, 4500, 5300))
        taken = quotes.quote(ours)
        board.exchange._learn(MarketInfo(ticker="KXOURS-1", status="closed"))
        board.exchange._take_quote("KXOURS-1", Quote(now_ms + 1, 0, 10_000))
        kept = quotes.quote(ours)
        board.exchange._learn(MarketInfo(ticker="KXOURS-1", status="active"))
        board.exchange._take_quote("KXOURS-1", Quote(now_ms + 2, 4400, 5300))
        again = quotes.quote(ours)

    assert (taken.bid_e4, kept, again.bid_e4) == (4500, None, 4400)
    stored = rows_of(
        path,
        "SELECT yes_bid_e4 FROM quotes WHERE market_ticker = 'KXOURS-1' ORDER BY ts_ms",
    )
    assert [row["yes_bid_e4"] for row in stored] == [4500, 4400]


async def test_a_start_shows_no_quotes_of_long_ago(exchange, path):
    """Those of the last ten minutes, of markets that are not over."""
    now_ms = wall_ms()
    async with Database.open(path) as database:
        for ticker, ago_ms in [("KXNEW-1", 1_000), ("KXOLD-1", 3_600_000)]:
            market = database.markets.id_of(ticker)
            database.quotes.put(market, Quote(now_ms - ago_ms, 4500, 5300))
        market = database.markets.id_of("KXOVER-1")
        database.quotes.put(market, Quote(now_ms, 4500, 5300))
        over = MarketInfo(ticker="KXOVER-1", status="closed")
        await database.listings.save([(over, None)])

    board = flowboard_of(exchange, path)
    await asyncio.to_thread(board._recall)
    found = [
        board.board.quotes.quote(board.board.markets.find(ticker))
        for ticker in ("KXNEW-1", "KXOLD-1", "KXOVER-1")
    ]
    await board.database.close()

    assert [quote is not None for quote in found] == [True, False, False]


async def test_what_was_settled_long_ago_is_over_after_a_restart(exchange, path):
    """It is traded no more, though nothing else of it is read."""
    async with living(flowboard_of(exchange, path)) as first:
        first.board.markets.id_of("KXOLD-1")
        old = MarketInfo(ticker="KXOLD-1", status="finalized", settled_ms=1)
        await first.database.listings.save([(old, None)])
        await until(lambda: first.board.trades_total)

    async with living(flowboard_of(exchange, path)) as second:
        await until(second.hub.ready.is_set)
        markets = second.board.markets
        known = markets.directory.market("KXOLD-1")
        over = markets.over[markets.find("KXOLD-1")]

    assert known is None
    assert over


def test_no_secret_is_public(tmp_path):
    """Neither key nor folder is among what `/api/config` tells."""
    settings = Settings(
        _env_file=None,
        KALSHI_API_KEY_ID="sesame",
        KALSHI_PRIVATE_KEY_PATH=tmp_path / "key.pem",
        FLOWBOARD_DATABASE=tmp_path / "x.db",
    )

    told = str(public_config(settings))

    assert "sesame" not in told
    assert str(tmp_path) not in told
