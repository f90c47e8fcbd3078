"""REST of the exchange: public routes only, unsigned, at a pace it can bear."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self

import httpx2
import msgspec

from flowboard.board_clock import BoardClock
from flowboard.errors import BadFrame, FeedInterrupted, RequestFailed
from flowboard.kalshi.auth import date_ms
from flowboard.kalshi.endpoints import checked_url, is_loopback
from flowboard.kalshi.fields import FieldMemory
from flowboard.kalshi.messages import UNREADABLE
from flowboard.kalshi.patient_pacer import PatientPacer
from flowboard.kalshi.request_pacer import RequestPacer
from flowboard.kalshi.trade_rows import PageReader, TradesPage
from flowboard.models import Source

PAGE_MAX = 1_000
NEWEST = 100  # More than one: the newest may be a row that cannot be read.
BODY_BYTES_MAX = 32 * 1024 * 1024
TIMEOUT_S = 10.0
WHOLE_S = 30.0  # For an answer that comes drop by drop.
MESSAGE_MAX = 200
NOT_FOUND = 404

Param = str | int


class _Status(msgspec.Struct, gc=False):
    trading_active: bool


class _Cutoff(msgspec.Struct, gc=False):
    trades_created_ts: datetime


class RestClient:
    """Asks for trades, and whatever else, at a pace. Close it, or use `async with`.

    Every method raises `RequestFailed` when the exchange refuses, `FeedInterrupted`
    when it cannot be reached, `BadFrame` when its answer cannot be read.

    Args:
        base_url: Whole URL, such as ``https://host/trade-api/v2``.
        clock: Hears the `Date` of every answer.
        memory: Fields read before, shared with the frames where given.
        pacer: How fast to ask; 25 requests a second.
        on_date: Called with what each answer's `Date` says, Unix ms.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.

    Raises:
        ConfigError: `base_url` is none, or unencrypted and not on this machine.
    """

    def __init__(
        self,
        base_url: str,
        clock: BoardClock | None = None,
        *,
        memory: FieldMemory | None = None,
        pacer: RequestPacer | None = None,
        on_date: Callable[[int], None] = lambda _: None,
        mono_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._base_url = checked_url(base_url, "KALSHI_API_BASE", "http")
        self._clock = clock
        self._pages = PageReader(memory)
        self._pacer = pacer or RequestPacer(25.0)
        self._patient = PatientPacer(self._pacer)
        self._on_date = on_date
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        host = httpx2.URL(self._base_url).host
        self._http = httpx2.AsyncClient(
            timeout=TIMEOUT_S, follow_redirects=False, trust_env=not is_loopback(host)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def trades_page(
        self,
        limit: int = PAGE_MAX,
        cursor: str = "",
        min_ts_s: int | None = None,
        max_ts_s: int | None = None,
        ticker: str | None = None,
        *,
        source: Source = "backfill",
        historical: bool = False,
    ) -> TradesPage:
        """Return a page of trades, newest first; bad rows are counted and left out.

        Args:
            limit: Most rows, 1 to 1,000.
            cursor: Of the page before this one; "" for the newest.
            min_ts_s: Unix seconds; whether the second itself belongs is not told, so
                ask for a little more.
            max_ts_s: Likewise.
            ticker: One market alone.
            source: What the trades are marked with.
            historical: Ask for what is older than `cutoff_ms`.
        """
        params: dict[str, Param] = {"limit": limit}
        if cursor:
            params["cursor"] = cursor
        if min_ts_s is not None:
            params["min_ts"] = min_ts_s
        if max_ts_s is not None:
            params["max_ts"] = max_ts_s
        if ticker is not None:
            params["ticker"] = ticker
        path = "/historical/trades" if historical else "/markets/trades"
        return self._pages.read(await self.get(path, params), self._wall_ms(), source)

    async def newest_ms(self) -> int | None:
        """Return the exchange time of the newest trade, or None if there is none."""
        page = await self.trades_page(NEWEST)
        return max((trade.ts_ms for trade in page.trades), default=None)

    async def is_trading(self) -> bool:
        """Return whether the exchange lets anybody trade just now."""
        body = await self.get("/exchange/status", {})
        try:
            return msgspec.json.decode(body, type=_Status).trading_active
        except UNREADABLE as error:
            raise BadFrame(f"not a status: {error}") from error

    async def cutoff_ms(self) -> int:
        """Return the exchange time before which trades are historical, Unix ms.

        0 where the exchange knows no such border: then all is on one tape.
        """
        try:
            body = await self.get("/historical/cutoff", {})
        except RequestFailed as refusal:
            if refusal.status != NOT_FOUND:
                raise
            return 0
        try:
            text = msgspec.json.decode(body, type=_Cutoff).trades_created_ts
        except UNREADABLE as error:
            raise BadFrame(f"not a cutoff: {error}") from error
        return int(text.timestamp() * 1000)

    async def get(
        self, path: str, params: Mapping[str, Param], *, patient: bool = False
    ) -> bytes:
        """Return what a route answers.

        Args:
            path: Behind the base URL.
            params: Of the query.
            patient: Stand behind all that is not; see `PatientPacer`.
        """
        await (self._patient if patient else self._pacer).turn()
        url = self._base_url + path
        try:
            async with (
                asyncio.timeout(WHOLE_S),
                self._http.stream("GET", url, params=dict(params)) as response,
            ):
                body = await _bounded(response)
        except (httpx2.HTTPError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise FeedInterrupted(
                f"{self._base_url} cannot be reached ({reason[:MESSAGE_MAX]}): check "
                "KALSHI_API_BASE and the network"
            ) from error
        self._hear_date(response)
        if response.status_code == 429:
            retry_after = response.headers.get("Retry-After", "")
            self._pacer.throttled(min(_seconds(retry_after), 300.0))
        else:
            self._pacer.answered()
        if response.status_code != 200:
            raise RequestFailed(response.status_code, error_message(body))
        return body

    def _hear_date(self, response: httpx2.Response) -> None:
        heard_ms = date_ms(response.headers.get("Date"))
        if heard_ms is None:
            return
        self._on_date(heard_ms)
        if self._clock is not None:
            self._clock.hear_exchange(heard_ms, self._mono_ms(), False)


def error_message(body: bytes) -> str:
    """Return what the exchange said, from whichever of its error shapes.

    They are ``{"error": {"code", "message", "details"}}``, the same without the outer
    key, ``{"msg": "..."}`` and ``{"error": "..."}``.
    """
    try:
        said: Any = msgspec.json.decode(body)
    except UNREADABLE:
        return "no reason given"
    if isinstance(said, dict) and isinstance(said.get("error"), dict | str):
        said = said["error"]
    if isinstance(said, dict):
        keys = ("code", "message", "details", "msg")
        texts = [said[key] for key in keys if isinstance(said.get(key), str)]
        said = ": ".join(dict.fromkeys(text for text in texts if text))
    if not isinstance(said, str) or not said:
        return "no reason given"
    return "".join(c for c in said if c.isprintable())[:MESSAGE_MAX]


async def _bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            raise BadFrame(f"an answer of more than {BODY_BYTES_MAX} bytes")
    return bytes(body)


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 0.0
