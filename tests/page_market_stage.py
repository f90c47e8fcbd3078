"""The stage with a market and an event to open: their answers, and a stream of their own."""

import asyncio
import contextlib
import json
import random
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.page_stage import START_MS, Frame, Stage, row, snapshot, trade

EVENT = "KXSAMPLE-26NOV21"
STRIKES = (96_000, 97_000, 98_000, 99_000, 100_000)
ABOVE = ("0.9100", "0.7400", "0.4700", "0.2200", "0.0600")
ABOVE_BEFORE = ("0.8800", "0.6600", "0.3900", "0.1700", "0.0500")
MINUTE_MS = 60_000
INTERVALS_MS = {"1m": MINUTE_MS, "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000}


class MarketStage(Stage):
    """A stage whose markets can be opened; see `market_page` for what they say.

    Attributes:
        market_connects: Query strings of the sockets of opened markets, oldest first.
        market_greeting: What such a socket hears first; None: that of `market_board`.
        gaps: What candles say of missing trades.
        whales: What a market's largest prints are; None: those of `prints`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.greeting = snapshot()
        self.market_connects: asyncio.Queue[str] = asyncio.Queue()
        self.market_greeting: Frame | None = None
        self.gaps: list[Frame] = []
        self.whales: list[Frame] | None = None
        self.answers["/api/config"] = {
            "version": "0.1.0",
            "mode": "demo",
            "whale_dollars": 1000,
        }
        self.answers[f"/api/events/{EVENT}"] = event_page()
        for n in range(50):
            ticker = row(n)["market_ticker"]
            self.answers[f"/api/markets/{ticker}"] = market_page(n)
        self._market_socket: WebSocket | None = None

    async def send_market(self, *frames: Frame) -> None:
        """Send `frames` to the opened market's socket."""
        assert self._market_socket is not None, "no market has a socket open"
        for frame in frames:
            await self._market_socket.send_text(json.dumps(frame))

    async def hang_up(self) -> None:
        """Close all sockets of the page."""
        await super().hang_up()
        if self._market_socket is not None:
            with contextlib.suppress(RuntimeError):
                await self._market_socket.close(1001)

    async def _answer(self, request: Request) -> Response:
        query = request.query_params
        made = _history(request.url.path, query)
        if self.whales is not None and query.get("sort") == "largest":
            made = _trades(self.whales, query)
        if made is None or request.url.path in self.answers:
            return await super()._answer(request)
        self.asked.append(f"{request.url.path}?{request.url.query}")
        return JSONResponse(made | {"gaps": self.gaps})

    async def _stream(self, websocket: WebSocket) -> None:
        query = websocket.query_params
        if query.get("limit") != "1" or not self.accepting:
            await super()._stream(websocket)
            return
        await websocket.accept()
        self._market_socket = websocket
        greeting = self.market_greeting or market_board(query["tickers"])
        await self.send_market(greeting)
        self.market_connects.put_nowait(websocket.url.query)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await websocket.receive_text()
        if self._market_socket is websocket:
            self._market_socket = None


def quote(n: int) -> Frame:
    """Return a market's best prices: a cent beside its last one, on either side."""
    last = float(prints(n, 60)[0]["yes_price_dollars"])
    return {
        "yes_bid_dollars": f"{last - 0.01:.4f}",
        "yes_ask_dollars": f"{last + 0.01:.4f}",
        "spread_dollars": "0.0200",
        "mid_dollars": f"{last:.4f}",
        "yes_price_dollars": f"{last:.4f}",
    }


def market(n: int, **fields: Any) -> Frame:
    """Return an invented market's object, that of `row(n)`."""
    its = row(n)
    made = {
        "market_ticker": its["market_ticker"],
        "title": its["title"],
        "outcome": f"${STRIKES[n % 5]:,} or above",
        "short_label": f"BTC ≥ {STRIKES[n % 5] // 1000}k",
        "event_ticker": EVENT,
        "series_ticker": "KXSAMPLE",
        "category": "Crypto",
        "league": "Bitcoin",
        "status": "active",
        "result": None,
        "settlement_value_dollars": None,
        "ends_ts_ms": START_MS + 200 * MINUTE_MS,
        "ends_by": "close",
        **quote(n),
        "yes_bid_size_fp": "120.00",
        "yes_ask_size_fp": "75.50",
        "open_interest_fp": "48210.00",
        "last_trade_ts_ms": its["last_trade_ts_ms"],
    }
    return made | fields


def prints(n: int, count: int = 60) -> list[Frame]:
    """Return invented prints of a market, newest first; every twentieth is a whale."""
    dice = random.Random(n)
    ticker, price = row(n)["market_ticker"], 47
    made = []
    for seq in range(count, 0, -1):
        price = min(90, max(10, price + dice.choice((-1, 0, 0, 0, 1))))
        side = dice.choice(("yes", "no"))
        contracts = 400_000 if seq % 20 == 0 else dice.randrange(100, 9_000)
        paid = contracts * (price if side == "yes" else 100 - price) / 10_000
        made.append(
            trade(
                seq,
                trade_id=f"{n:08}-0000-4000-8000-{seq:012}",
                market_ticker=ticker,
                yes_price_dollars=f"{price / 100:.4f}",
                no_price_dollars=f"{1 - price / 100:.4f}",
                count_fp=f"{contracts / 100:.2f}",
                taker_outcome_side=side,
                notional_dollars=f"{paid:.6f}",
                ts_ms=START_MS - (count - seq) * 37_000 - 500,
            )
        )
    return made


def market_page(n: int, **fields: Any) -> Frame:
    """Return what `/api/markets/{ticker}` says of `row(n)`'s market, but for `fields`."""
    group = n - n % 5
    made = {
        "market": market(n),
        "event": {
            "event_ticker": EVENT,
            "series_ticker": "KXSAMPLE",
            "title": "Bitcoin price on Friday at 5pm EST?",
            "sub_title": "Nov 21",
            "category": "Crypto",
            "markets": [market(group + place) for place in range(5)],
            "count": 5,
        },
        "series": {"series_ticker": "KXSAMPLE", "title": "Bitcoin price"},
        "rules": {
            "rules_primary": "If the price is above the strike at 5pm, YES is paid.",
            "rules_secondary": "The mean of the last minute counts.",
            "early_close_condition": "",
            "can_close_early": False,
            "settlement_timer_seconds": 1800,
            "settlement_sources": [
                {"name": "An index", "url": "https://example.com/index"},
                {"name": "No link", "url": "javascript:alert(1)"},
            ],
        },
        "legs": [],
        "windows": {"5m": row(n), "1h": row(n)},
        "usual": {
            "trade_count_24h": 884,
            "mean_print_dollars": "31.250000",
            "a_minute_dollars": "38.100000",
            "prints": 50,
            "median_print_dollars": "14.000000",
            "largest_print_dollars": "2400.000000",
        },
        "trades": prints(n)[:50],
        "cursor": "",
        "gaps": [],
        "since_ms": START_MS - 3 * INTERVALS_MS["1d"],
        "complete_to_ms": START_MS,
        "timestamp": "2026-11-21T03:00:00.123Z",
        "seq": 60,
        "ts_ms": START_MS,
    }
    return made | fields


def market_board(ticker: str, **fields: Any) -> Frame:
    """Return the greeting of an opened market's stream."""
    n = int(ticker[-3:])
    return snapshot(
        hot_markets=[row(n, **quote(n))],
        recent_trades=prints(n),
        whales=[each for each in prints(n) if float(each["notional_dollars"]) > 1000],
        **fields,
    )


def event_page(**fields: Any) -> Frame:
    """Return what `/api/events/{event_ticker}` says of a ladder, but for `fields`."""
    flow = {
        "notional_dollars": "17600.000000",
        "volume_fp": "41233.50",
        "trade_count": 1_204,
        "net_flow_fp": "-3120.00",
        "flow_size_fp": "3120.00",
        "plus_flow_dollars": "6400.000000",
        "minus_flow_dollars": "11200.000000",
        "other_flow_dollars": "0.000000",
    }
    members = []
    for n, strike in enumerate(STRIKES):
        its = row(n)
        keys = ("notional_dollars", "yes_flow_dollars", "no_flow_dollars")
        keys += ("net_flow_fp", "volume_fp", "trade_count")
        members.append(
            market(
                n,
                yes_price_dollars=ABOVE[n],
                yes_bid_dollars=f"{float(ABOVE[n]) - 0.01:.4f}",
                yes_ask_dollars=f"{float(ABOVE[n]) + 0.01:.4f}",
            )
            | {key: its[key] for key in keys}
            | {"side": "plus", "is_over": False, "cap_strike": None}
            | {"strike_type": "greater", "floor_strike": strike}
        )
    made = {
        "event": {
            "event_ticker": EVENT,
            "title": "Bitcoin price on Friday at 5pm EST?",
            "sub_title": "Nov 21",
            "series_ticker": "KXSAMPLE",
            "category": "Crypto",
            "league": "Bitcoin",
            "kind": "ladder",
            "ends_ts_ms": START_MS + 200 * MINUTE_MS,
            "ends_by": "close",
            "plus_side": "up",
            "minus_side": "down",
        },
        "markets": members,
        "count": len(members),
        "flows": {name: dict(flow) for name in ("1m", "5m", "15m", "1h", "24h")},
        "implied": implied(97_888.9, ABOVE),
        "first_implied": implied(97_592.6, ABOVE_BEFORE),
        "window": "5m",
        "window_from_ms": START_MS - 5 * MINUTE_MS,
        "ts_ms": START_MS,
    }
    return made | fields


def implied(median: float, above: tuple[str, ...]) -> Frame:
    """Return an implied distribution over `STRIKES`."""
    return {
        "median": median,
        "points": [
            {"strike": strike, "above_probability": probability}
            for strike, probability in zip(STRIKES, above, strict=True)
        ],
        "quoted_market_count": 4,
        "priced_market_count": 5,
    }


def _history(path: str, query: Mapping[str, str]) -> Frame | None:
    """Return what a market's candles, trades or snapshots are, as asked for."""
    parts = path.strip("/").split("/")
    if parts == ["api", "trades"] and query.get("event") == EVENT:
        every = [each for n in range(5) for each in prints(n, 240)]
        return _trades(every, query)
    if len(parts) < 4 or parts[-3] != "markets":
        return None
    number = parts[-2][-3:]
    n = int(number) if number.isdigit() else 0
    from_ms, to_ms = int(query.get("from", 0)), int(query.get("to", START_MS))
    if parts[-1] == "trades":
        return _trades(prints(n, 240), query)
    if parts[-1] == "snapshots":
        step = max(1, (to_ms - from_ms) // 40)
        times = range(from_ms, min(to_ms, START_MS), step)
        snapshots = [{"ts_ms": ms, **quote(n)} for ms in reversed(times)]
        return {
            "snapshots": snapshots,
            "count": len(snapshots),
            "covered": [{"source": "ws", "from_ms": from_ms, "to_ms": START_MS}],
            "cursor": "",
        }
    if parts[-1] == "candles":
        candles = _candles(n, INTERVALS_MS[query["interval"]], from_ms, to_ms)
        return {"candles": candles, "count": len(candles), "seq": 240}
    return None


def _trades(trades: list[Frame], query: Mapping[str, str]) -> Frame:
    """Return those that are asked for: the newest, or the largest whale prints."""
    from_ms, to_ms = int(query.get("from", 0)), int(query.get("to", START_MS))
    is_ranked = query.get("sort") == "largest"
    least = 1_000.0 if is_ranked else float(query.get("min_notional", 0))
    asked = [
        each
        for each in trades
        if from_ms <= each["ts_ms"] < to_ms and float(each["notional_dollars"]) >= least
    ]
    if is_ranked:
        asked.sort(key=lambda each: -float(each["notional_dollars"]))
    page = asked[: int(query.get("limit", 50))]
    made = {"trades": page, "count": len(page), "cursor": ""}
    if is_ranked:
        made |= {"total": len(asked), "from_ms": from_ms}
        made |= {"threshold_dollars": "1000.000000"}
    return made


def _candles(n: int, interval_ms: int, from_ms: int, to_ms: int) -> list[Frame]:
    dice = random.Random(n)
    # The members of the event fall with their strikes, as a ladder's prices do.
    made, price = [], round(float(ABOVE[n]) * 100) if n < len(ABOVE) else 50
    for ms in range(from_ms, min(to_ms, START_MS), interval_ms):
        price = min(95, max(5, price + dice.choice((-2, -1, 0, 0, 0, 1, 2))))
        if dice.random() < 0.3:
            continue
        made.append(
            {
                "ts_ms": ms,
                "close_dollars": f"{price / 100:.4f}",
                "volume_fp": f"{dice.randrange(1, 900)}.50",
                "net_flow_fp": f"{dice.randrange(-400, 400)}.00",
            }
        )
    return made
