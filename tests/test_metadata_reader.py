"""The reader against a simulated exchange over real HTTP, and against a scripted one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flowboard.database import Database
from flowboard.errors import FeedInterrupted, RequestFailed
from flowboard.kalshi.lifecycle_messages import LifecycleMessage, lifecycle_message
from flowboard.kalshi.listing import EventsPage, Listed, Listing, MarketsPage
from flowboard.kalshi.request_pacer import RequestPacer
from flowboard.kalshi.rest_client import RestClient
from flowboard.market_info import EventInfo, MarketInfo, Quote, SeriesInfo
from flowboard.market_label import label_of
from flowboard.markets import Markets
from flowboard.metadata_reader import MetadataReader
from flowboard.simulator import Simulator, SimulatorOptions
from tests.kalshi.scripted_exchange import SOON_S
from tests.simulator.client import fault

NOW_MS = 1_795_262_400_000
PATIENCE_S = 10.0


def told(event_type: str, ticker: str = "KXA-1-A", **fields: Any) -> LifecycleMessage:
    message = {"market_ticker": ticker, "event_type": event_type} | fields
    return lifecycle_message("market_lifecycle_v2", message)


class Exchange:
    """Knows markets, events and series; remembers what it was asked for."""

    def __init__(self, *markets: MarketInfo) -> None:
        self.known = {market.ticker: market for market in markets}
        self.events_known: dict[str, EventInfo] = {}
        self.refused: set[str] = set()
        self.failure: Exception | None = None
        self.asked: list[list[str]] = []
        self.events_asked: list[list[str]] = []
        self.series_asked: list[str] = []

    async def markets(self, tickers: Sequence[str]) -> list[Listed[MarketInfo]]:
        self.asked.append(list(tickers))
        if self.failure is not None:
            raise self.failure
        if self.refused & set(tickers):
            raise RequestFailed(400, "no such form")
        quote = Quote(NOW_MS, 4_000, 4_200, source="poll")
        return [Listed(self.known[t], b"{}", quote) for t in tickers if t in self.known]

    async def events(self, tickers: Sequence[str]) -> list[Listed[EventInfo]]:
        self.events_asked.append(list(tickers))
        events = self.events_known
        return [Listed(events[t], b"{}") for t in tickers if t in events]

    async def series(self, ticker: str) -> Listed[SeriesInfo] | None:
        self.series_asked.append(ticker)
        return None

    async def events_page(self, *_: Any, **__: Any) -> EventsPage:
        return EventsPage([], [], "")

    async def changed_markets(self, since_s: int, cursor: str = "") -> MarketsPage:
        return MarketsPage([], "")

    async def all_series(self) -> list[Listed[SeriesInfo]]:
        return []


class Disk:
    """Keeps nothing, and remembers what was dropped."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.events_dropped: list[str] = []

    async def save(self, told: Sequence[tuple[Any, bytes | None]]) -> None:
        return None

    async def drop(self, tickers: Sequence[str], events: Sequence[str]) -> None:
        self.dropped += tickers
        self.events_dropped += events


class Stage:
    """A reader over an exchange, and the board that it tells."""

    def __init__(self, exchange: Exchange, *shown: str, polling: bool = False) -> None:
        self.exchange = exchange
        self.now_ms = NOW_MS
        self.shown: list[str] = list(shown)
        self.markets = Markets()
        self.quotes: dict[str, Quote] = {}
        self.disk = Disk()
        self.reader = MetadataReader(
            exchange,
            self.markets.directory,
            self.disk,
            lambda: self.shown,
            self.markets.learn,
            lambda ticker, quote: self.quotes.__setitem__(ticker, quote),
            is_polling=lambda: polling,
            now_ms=lambda: self.now_ms,
            interval_s=0.001,
        )

    def status(self, ticker: str) -> str | None:
        info = self.markets.directory.market(ticker)
        return None if info is None else info.status


def a_market(ticker: str, **fields: Any) -> MarketInfo:
    event_ticker = ticker.rpartition("-")[0]
    told = {"event_ticker": event_ticker, "status": "active", "close_ms": 2 * NOW_MS}
    return MarketInfo(ticker=ticker, **(told | fields))


async def until(condition: Callable[[], Any], patience_s: float = SOON_S) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def reading(reader: MetadataReader) -> AsyncIterator[None]:
    task = asyncio.create_task(reader.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
    assert task.cancelled()


async def test_what_is_shown_is_known_with_its_event_and_quote() -> None:
    """Three requests, and none of them twice."""
    exchange = Exchange(a_market("KXA-1-A", title="A?"))
    exchange.events_known["KXA-1"] = EventInfo(ticker="KXA-1", category="Sports")
    stage = Stage(exchange, "KXA-1-A")

    read = [await stage.reader.read_once() for _ in range(3)]

    assert read == [1, 0, 0]
    assert stage.markets.directory.category_of("KXA-1-A") == "Sports"
    assert stage.quotes["KXA-1-A"].bid_e4 == 4_000
    assert exchange.asked == [["KXA-1-A"]]
    assert exchange.events_asked == [["KXA-1"]]
    assert exchange.series_asked == ["KXA"]


async def test_a_hundred_a_request_the_most_wanted_first() -> None:
    """Long tickers make short lists: a URL ends at 8 KB somewhere on its way."""
    short = [f"KX{n}" for n in range(150)]
    long = [f"KXL{n:0>150}" for n in range(40)]
    exchange = Exchange(*map(a_market, short + long))
    stage = Stage(exchange, *short, *long)

    await stage.reader.read_once()

    assert exchange.asked[0] == short[:100]
    assert max(map(len, exchange.asked)) == 100
    assert max(len(",".join(asked)) for asked in exchange.asked) <= 4_000
    assert len(stage.markets.directory) == 190


async def test_while_polling_quotes_come_every_five_seconds() -> None:
    """Only of what is shown: others are asked for, and have no row."""
    stage = Stage(Exchange(a_market("KXA-1-A")), "KXA-1-A", polling=True)

    for _ in range(10):
        await stage.reader.read_once()
        stage.now_ms += 1_000

    assert len(stage.exchange.asked) == 2


async def test_what_nobody_looks_at_has_no_quote() -> None:
    """A market that is asked for because it should have closed has no row."""
    exchange = Exchange(a_market("KXA-1-A", close_ms=NOW_MS - 9_000_000))
    stage = Stage(exchange, "KXA-1-A")
    await stage.reader.read_once()
    stage.shown, stage.quotes = [], {}
    stage.now_ms += 3_600_000

    read = await stage.reader.read_once()

    assert read == 1
    assert stage.quotes == {}


async def test_one_refused_ticker_does_not_cost_the_others() -> None:
    """A list that is refused is asked for by halves."""
    tickers = [f"KX{n}-1" for n in range(9)]
    exchange = Exchange(*map(a_market, tickers))
    exchange.refused = {"KX5-1"}
    stage = Stage(exchange, *tickers, "not a ticker,at all")

    read = await stage.reader.read_once()
    asked = len(exchange.asked)
    await stage.reader.read_once()

    assert read == 8
    assert asked <= 8
    assert len(exchange.asked) == asked


async def test_a_failure_is_tried_again_later() -> None:
    """An outage of REST costs names for a while, and nothing else."""
    exchange = Exchange(a_market("KXA-1-A"))
    exchange.failure = FeedInterrupted("no network")
    stage = Stage(exchange, "KXA-1-A")

    async with reading(stage.reader):
        await until(lambda: len(exchange.asked) >= 3)
        exchange.failure = None
        await until(lambda: stage.status("KXA-1-A"))

    assert stage.status("KXA-1-A") == "active"


async def test_a_refresh_reads_all_that_is_shown_now() -> None:
    """And says how many that were, or why it could not."""
    exchange = Exchange(a_market("KXA-1-A"), a_market("KXB-1-A"))
    stage = Stage(exchange, "KXA-1-A", "KXB-1-A", "KXGONE")
    await stage.reader.read_once()
    exchange.known["KXA-1-A"] = a_market("KXA-1-A", status="closed")

    read = await stage.reader.refresh()

    assert read == 2
    assert stage.status("KXA-1-A") == "closed"
    exchange.failure = RequestFailed(503, "not now")
    with pytest.raises(RequestFailed):
        await stage.reader.refresh()


async def test_a_close_by_the_clock_is_noticed() -> None:
    """No message tells of it."""
    exchange = Exchange(a_market("KXA-1-A", close_ms=NOW_MS + 60_000))
    stage = Stage(exchange, "KXA-1-A")
    await stage.reader.read_once()
    exchange.known["KXA-1-A"] = a_market(
        "KXA-1-A", close_ms=NOW_MS + 60_000, status="closed"
    )

    stage.now_ms += 61_999
    await stage.reader.read_once()
    early = stage.status("KXA-1-A")
    stage.now_ms += 1
    await stage.reader.read_once()

    assert (early, stage.status("KXA-1-A")) == ("active", "closed")


async def test_a_result_is_shown_when_it_is_told_and_looked_at_until_settled() -> None:
    """What the message leaves out, REST tells a moment later."""
    exchange = Exchange(a_market("KXA-1-A"))
    stage = Stage(exchange, "KXA-1-A")
    await stage.reader.read_once()

    stage.reader.take_lifecycle(told("determined", result="yes"))
    at_once = stage.status("KXA-1-A")
    exchange.known["KXA-1-A"] = a_market(
        "KXA-1-A", status="finalized", result="yes", settlement_value_e4=10_000
    )
    for _ in range(3):
        stage.now_ms += 1_000
        await stage.reader.read_once()

    info = stage.markets.directory.market("KXA-1-A")
    assert info is not None
    assert at_once == "determined"
    assert (info.status, info.settlement_value_e4) == ("finalized", 10_000)


async def test_messages_of_unknown_markets_ask_for_them() -> None:
    """But not of combos: of those there is no end."""
    exchange = Exchange(a_market("KXA-1-A", title="A?"))
    stage = Stage(exchange)

    stage.reader.take_lifecycle(told("deactivated"))
    stage.reader.take_lifecycle(told("created", "KXMVEX-1-A"))
    stage.reader.take_lifecycle(told("activated", "KXMVEX-1-A"))
    unknown = len(stage.markets.directory)
    stage.now_ms += 10_000
    await stage.reader.read_once()

    assert unknown == 0
    assert exchange.asked == [["KXA-1-A"]]
    assert stage.status("KXA-1-A") == "active"


async def test_an_event_that_is_told_is_known() -> None:
    """Of its fees nothing is kept."""
    stage = Stage(Exchange())

    for kind in ("event_fee_update", "event_lifecycle"):
        message = {"event_ticker": "KXA-1", "title": kind}
        stage.reader.take_lifecycle(lifecycle_message(kind, message))

    event = stage.markets.directory.event("KXA-1")
    assert event is not None
    assert event.title == "event_lifecycle"


async def test_a_market_that_somebody_opens_is_asked_for_at_once() -> None:
    """Though no list shows it."""
    exchange = Exchange(a_market("KXA-1-A"))
    stage = Stage(exchange)

    stage.reader.want("KXA-1-A")
    await stage.reader.read_once()
    stage.reader.want("KXA-1-A")
    await stage.reader.read_once()

    assert exchange.asked == [["KXA-1-A"]]
    assert "KXA-1-A" in stage.quotes


async def test_what_was_settled_days_ago_is_forgotten() -> None:
    """Unless it is shown; what was traded here stays on the disk."""
    day_ms = 86_400_000
    old = {"status": "finalized", "settled_ms": NOW_MS - 4 * day_ms}
    stage = Stage(Exchange(), "KXSHOWN-1")
    for market in (
        a_market("KXSHOWN-1", **old),
        a_market("KXOLD-1", **old),
        a_market("KXNEW-1", status="finalized", settled_ms=NOW_MS - day_ms),
        a_market("KXOPEN-1"),
    ):
        stage.markets.learn(market)

    gone = await stage.reader.forget_settled()

    left = {info.ticker for info in stage.markets.directory.markets()}
    assert gone == 1
    assert left == {"KXSHOWN-1", "KXNEW-1", "KXOPEN-1"}
    assert stage.disk.dropped == ["KXOLD-1"]
    assert stage.disk.events_dropped == ["KXOLD"]


@asynccontextmanager
async def simulated(folder: Path, **options: Any) -> AsyncIterator[Simulator]:
    values = {"port": 0, "keys": folder / "keys", "start": "now", "rate": 5.0}
    async with Simulator(SimulatorOptions(**(values | options))) as exchange:
        yield exchange


@asynccontextmanager
async def over_http(
    exchange: Simulator, database: Database, shown: Iterable[str]
) -> AsyncIterator[tuple[MetadataReader, dict[str, Quote]]]:
    quotes: dict[str, Quote] = {}
    markets = database.markets
    async with RestClient(exchange.rest_base, pacer=RequestPacer(500)) as rest:
        reader = MetadataReader(
            Listing(rest.get),
            markets.directory,
            database.listings,
            lambda: list(shown),
            markets.learn,
            quotes.__setitem__,
            is_polling=lambda: True,
            interval_s=0.02,
        )
        async with reading(reader):
            yield reader, quotes


@pytest.mark.slow
async def test_a_simulated_exchange_is_known_whole(tmp_path: Path) -> None:
    """Every market, event and series; kept, so that a restart asks for none of it."""
    path = tmp_path / "board.db"
    async with simulated(tmp_path, markets=300) as exchange:
        listed = exchange.exchange.catalogue
        singles = [m for m in listed.markets.values() if not m.is_combo]
        combo = next(m for m in listed.markets.values() if m.is_combo)
        shown = [singles[0].ticker, combo.ticker]

        async with Database.open(path) as database:
            async with over_http(exchange, database, shown) as (reader, quotes):
                await asyncio.wait_for(reader.walk.whole.wait(), PATIENCE_S)
                await until(lambda: combo.ticker in quotes, PATIENCE_S)
            directory = database.markets.directory
            raw = await database.listings.raw(singles[5].ticker)
            found = await database.listings.search(singles[5].ticker, 5)
        async with Database.open(path) as database:
            kept = {info.ticker for info in database.listings.read()}

    known = {info.ticker for info in directory.markets()}
    assert {m.ticker for m in singles} | {combo.ticker} <= known
    assert {leg.market_ticker for leg in combo.legs} <= known
    assert len(list(directory.events())) >= len({m.event_ticker for m in singles})
    assert set(quotes) == set(shown)
    assert raw is not None
    assert singles[5].rules.encode() in raw
    assert found == [singles[5].ticker]
    assert known <= kept


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["hostile_titles", "missing_keys"])
async def test_whatever_is_told_the_board_has_labels(kind: str, tmp_path: Path) -> None:
    """Hostile titles are one short line, and a market without one has its event's."""
    async with simulated(tmp_path, markets=200) as exchange:
        async with httpx2.AsyncClient(trust_env=False) as http:
            await fault(http, exchange, kind)
        async with Database.open(tmp_path / "board.db") as database:
            async with over_http(exchange, database, []) as (reader, _):
                await asyncio.wait_for(reader.walk.whole.wait(), PATIENCE_S)
            directory = database.markets.directory
            found = await database.listings.search("buffalo", 9)

    labels = [label_of(info.ticker, directory) for info in directory.markets()]
    assert len(labels) >= 150
    for label in labels:
        for text in (label.title or "", label.outcome, label.short_label):
            assert len(text) <= 400
            assert text.isprintable() or "\u200d" in text
        assert label.short_label
    assert found
