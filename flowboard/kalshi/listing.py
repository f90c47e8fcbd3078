"""REST's markets, events and series -> what is kept of them, their quotes, their JSON.

A page is read object by object, and the loop gets its turn in between: a page of two
hundred events with their markets is megabytes. One bad object never spoils a page.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from flowboard.errors import BadFrame, RequestFailed
from flowboard.kalshi.market_objects import (
    event_info,
    market_info,
    market_quote,
    series_info,
)
from flowboard.kalshi.messages import UNREADABLE
from flowboard.market_info import EventInfo, MarketInfo, Quote, SeriesInfo

Info = MarketInfo | EventInfo | SeriesInfo
InfoT = TypeVar("InfoT", bound=Info)
Param = str | int

TICKERS_MAX = 100
TICKERS_LENGTH_MAX = 4_000  # All tickers of a request together: URLs end near 8 KB.
MARKETS_PAGE_MAX = 1_000
EVENTS_PAGE_MAX = 200
OBJECTS_A_TURN = 20  # Read without giving the loop its turn: a millisecond or two.
NOT_FOUND = 404
# What can stand in a list of tickers, and at the end of a path.
_ASKABLE = re.compile(r"[A-Za-z0-9._\-]{1,200}")


class Get(Protocol):
    """Who asks; see `RestClient.get`."""

    async def __call__(
        self, path: str, params: Mapping[str, Param], *, patient: bool
    ) -> bytes:
        """Return what a route answers."""


class Listed(NamedTuple, Generic[InfoT]):
    """One object of the exchange.

    Attributes:
        info: What is kept of it.
        raw: The whole object as JSON; of an event, less its markets.
        quote: Of a market that tells one.
    """

    info: InfoT
    raw: bytes
    quote: Quote | None = None


class MarketsPage(NamedTuple):
    """Some markets, and where the next ones begin; "" after the last."""

    markets: list[Listed[MarketInfo]]
    cursor: str


class EventsPage(NamedTuple):
    """Some events, their markets where asked for, and where the next ones begin."""

    events: list[Listed[EventInfo]]
    markets: list[Listed[MarketInfo]]
    cursor: str


class _Markets(msgspec.Struct, gc=False):
    markets: list[msgspec.Raw]
    cursor: str | None = None


class _Events(msgspec.Struct, gc=False):
    events: list[msgspec.Raw]
    cursor: str | None = None


class _Event(msgspec.Struct, gc=False):
    event: msgspec.Raw
    markets: list[msgspec.Raw] | None = None


class _AllSeries(msgspec.Struct, gc=False):
    series: list[msgspec.Raw] | None = None


class _Series(msgspec.Struct, gc=False):
    series: msgspec.Raw


def is_askable(ticker: str) -> bool:
    """Return whether a ticker can be asked for by name."""
    return _ASKABLE.fullmatch(ticker) is not None


class Listing:
    """Asks what is listed, behind everybody else.

    Every method raises `RequestFailed` when the exchange refuses, `FeedInterrupted`
    when it cannot be reached, `BadFrame` when its answer cannot be read.

    Args:
        get: Asks, at a pace.
        wall_ms: Unix milliseconds.
        now_ms: The exchange's time, Unix ms, for quotes.
    """

    def __init__(
        self,
        get: Get,
        *,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self._get = get
        self._wall_ms = wall_ms
        self._now_ms = now_ms or wall_ms
        self._object = msgspec.json.Decoder(dict[str, Any]).decode
        self._keys = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        self._markets = msgspec.json.Decoder(list[msgspec.Raw]).decode

    async def markets(self, tickers: Sequence[str]) -> list[Listed[MarketInfo]]:
        """Return at most 100 markets; unknown ones are left out."""
        if not 0 < len(tickers) <= TICKERS_MAX:
            raise ValueError(
                f"1 to {TICKERS_MAX} tickers a request, not {len(tickers)}"
            )
        asked = _asked("", tickers=",".join(tickers), limit=MARKETS_PAGE_MAX)
        return (await self._markets_page(asked)).markets

    async def changed_markets(self, since_s: int, cursor: str = "") -> MarketsPage:
        """Return markets but combos of which something was changed since, page by page.

        Args:
            since_s: Unix seconds; of figures and quotes nothing is told.
            cursor: Of the page before this one; "" for the first.
        """
        asked = _asked(
            cursor,
            limit=MARKETS_PAGE_MAX,
            min_updated_ts=since_s,
            mve_filter="exclude",
        )
        return await self._markets_page(asked)

    async def events_page(
        self,
        status: str = "",
        cursor: str = "",
        *,
        with_markets: bool = False,
        since_s: int | None = None,
    ) -> EventsPage:
        """Return events but those of combos, page by page.

        Args:
            status: unopened, open, closed, settled: that of any of its markets; "" for
                all.
            cursor: Of the page before this one; "" for the first.
            with_markets: Return their markets, too.
            since_s: Unix seconds; only what was changed since.
        """
        asked = _asked(cursor, limit=EVENTS_PAGE_MAX)
        if status:
            asked["status"] = status
        if with_markets:
            asked["with_nested_markets"] = "true"
        if since_s is not None:
            asked["min_updated_ts"] = since_s
        return await self._events_page(asked)

    async def events(self, tickers: Sequence[str]) -> list[Listed[EventInfo]]:
        """Return at most 100 events; unknown ones and those of combos are left out."""
        asked = _asked("", tickers=",".join(tickers), limit=EVENTS_PAGE_MAX)
        return (await self._events_page(asked)).events

    async def event(self, ticker: str) -> EventsPage | None:
        """Return one event with its markets, of combos or not; None: unknown."""
        asked: dict[str, Param] = {"with_nested_markets": "true"}
        body = await self._found(f"/events/{ticker}", asked)
        if body is None:
            return None
        page = _decoded(body, _Event, "an event")
        events, nested = self._event(page.event, self._wall_ms())
        # The list beside the event is the older place of its markets.
        markets = await self._all_markets(nested or page.markets or [])
        return EventsPage(events, markets, "")

    async def series(self, ticker: str) -> Listed[SeriesInfo] | None:
        """Return one series; None: unknown."""
        body = await self._found(f"/series/{ticker}", {})
        if body is None:
            return None
        read = self._one_series(_decoded(body, _Series, "a series").series)
        if read is None:
            raise BadFrame(f"the series {ticker} cannot be read")
        return read

    async def all_series(self) -> list[Listed[SeriesInfo]]:
        """Return every series; there are some ten thousand, on one page."""
        body = await self._get("/series", {}, patient=True)
        found: list[Listed[SeriesInfo]] = []
        rows = _decoded(body, _AllSeries, "a list of series").series or []
        for place, raw in enumerate(rows):
            read = self._one_series(raw)
            if read is not None:
                found.append(read)
            await _turn(place)
        return found

    async def _markets_page(self, asked: Mapping[str, Param]) -> MarketsPage:
        # The book was so at the time of asking, or later: a frame since then is newer.
        asked_ms = self._now_ms()
        body = await self._get("/markets", asked, patient=True)
        page = _decoded(body, _Markets, "a list of markets")
        markets = await self._all_markets(page.markets, asked_ms)
        return MarketsPage(markets, page.cursor or "")

    async def _events_page(self, asked: Mapping[str, Param]) -> EventsPage:
        body = await self._get("/events", asked, patient=True)
        page = _decoded(body, _Events, "a list of events")
        read_ms = self._wall_ms()
        events: list[Listed[EventInfo]] = []
        markets: list[Listed[MarketInfo]] = []
        for raw in page.events:
            found, nested = self._event(raw, read_ms)
            events += found
            markets += await self._all_markets(nested)
            await asyncio.sleep(0)
        return EventsPage(events, markets, page.cursor or "")

    async def _found(self, path: str, asked: Mapping[str, Param]) -> bytes | None:
        try:
            return await self._get(path, asked, patient=True)
        except RequestFailed as refusal:
            if refusal.status != NOT_FOUND:
                raise
            return None

    async def _all_markets(
        self, rows: Sequence[msgspec.Raw], asked_ms: int | None = None
    ) -> list[Listed[MarketInfo]]:
        read_ms = self._wall_ms()
        found: list[Listed[MarketInfo]] = []
        for place, raw in enumerate(rows, start=1):
            try:
                market = self._object(raw)
                info = market_info(market, read_ms)
            except (*UNREADABLE, BadFrame):
                continue
            quote = None if asked_ms is None else market_quote(market, asked_ms)
            found.append(Listed(info, bytes(raw), quote))
            await _turn(place)
        return found

    def _event(
        self, raw: msgspec.Raw, read_ms: int
    ) -> tuple[list[Listed[EventInfo]], list[msgspec.Raw]]:
        """Return an event, if it can be read, and its markets."""
        nested: list[msgspec.Raw] = []
        try:
            keys = self._keys(raw)
            inside = keys.pop("markets", None)
            if inside is not None and bytes(inside) != b"null":
                nested = self._markets(inside)
            rest = msgspec.json.encode(keys)
            info = event_info(self._object(rest), read_ms)
        except (*UNREADABLE, BadFrame):
            return [], nested
        return [Listed(info, rest)], nested

    def _one_series(self, raw: msgspec.Raw) -> Listed[SeriesInfo] | None:
        try:
            return Listed(series_info(self._object(raw), self._wall_ms()), bytes(raw))
        except (*UNREADABLE, BadFrame):
            return None


T = TypeVar("T")


def _decoded(body: bytes, kind: type[T], name: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE as error:
        raise BadFrame(f"not {name}: {error}") from error


def _asked(cursor: str, **params: Param) -> dict[str, Param]:
    return params | {"cursor": cursor} if cursor else params


async def _turn(place: int) -> None:
    if place % OBJECTS_A_TURN == 0:
        await asyncio.sleep(0)
