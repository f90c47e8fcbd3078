"""A stage for the page: serves the built page, and plays frames that a test writes.

The stage keeps the real server's promises to the page (same paths, the same strict
Content-Security-Policy), and lets a test say what the server would never say: holes,
hostile titles, silence.
"""

import asyncio
import contextlib
import json
import random
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

STATIC = Path(__file__).parent.parent / "flowboard" / "_static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types svelte-trusted-html"
)
START_MS = 1_795_230_000_000
SPANS_MS = {
    "1m": 60_000,
    "5m": 300_000,
    "15m": 900_000,
    "1h": 3_600_000,
    "24h": 86_400_000,
}

Frame = dict[str, Any]


class Stage:
    """A server with one page in view.

    Attributes:
        url: Where the page is.
        connects: Query strings of the sockets opened so far, oldest first.
        requests: What the page has sent over its sockets.
        coverage: What `/api/coverage` answers; None: 404, as a server without it.
        coverage_asked: One entry for each time that the page has asked for it.
        answers: What other addresses answer, by path; those that are not here: 404.
        asked: Path and query of what the page has asked of these, oldest first.
    """

    def __init__(self) -> None:
        self.url = ""
        self.connects: asyncio.Queue[str] = asyncio.Queue()
        self.requests: asyncio.Queue[Frame] = asyncio.Queue()
        self.coverage: Frame | None = coverage()
        self.coverage_asked: asyncio.Queue[None] = asyncio.Queue()
        self.answers: dict[str, Frame] = {}
        self.asked: list[str] = []
        self.greeting: Frame | None = None
        self.accepting = True
        self._socket: WebSocket | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        """Serve on loopback until the block ends."""
        app = Starlette(
            routes=[
                Route("/", self._page),
                Route("/m/{ticker}", self._page),
                Route("/e/{ticker}", self._page),
                Route("/api/coverage", self._coverage),
                Route("/api/{path:path}", self._answer),
                WebSocketRoute("/ws/stream", self._stream),
                Mount("/assets", StaticFiles(directory=STATIC / "assets")),
            ]
        )
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="error", ws="websockets-sansio")
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield self
        finally:
            server.should_exit = True
            await self.hang_up()
            await asyncio.wait_for(serving, 10)
            listener.close()

    async def send(self, *frames: Frame) -> None:
        """Send `frames` to the page's open socket."""
        assert self._socket is not None, "the page has no socket open"
        for frame in frames:
            await self._socket.send_text(json.dumps(frame))

    async def hang_up(self) -> None:
        """Close the page's socket, if there is one."""
        if self._socket is not None:
            with contextlib.suppress(RuntimeError):
                await self._socket.close(1001)

    async def _page(self, _: Request) -> Response:
        headers = {"Content-Security-Policy": CSP, "Cache-Control": "no-store"}
        return FileResponse(STATIC / "index.html", headers=headers)

    async def _answer(self, request: Request) -> Response:
        self.asked.append(f"{request.url.path}?{request.url.query}")
        answer = self.answers.get(request.url.path)
        return Response(status_code=404) if answer is None else JSONResponse(answer)

    async def _coverage(self, _: Request) -> Response:
        self.coverage_asked.put_nowait(None)
        if self.coverage is None:
            return Response(status_code=404)
        return JSONResponse(self.coverage, headers={"Cache-Control": "no-store"})

    async def _stream(self, websocket: WebSocket) -> None:
        if not self.accepting:
            await websocket.close()
            self.connects.put_nowait("refused")
            return
        await websocket.accept()
        self._socket = websocket
        if self.greeting is not None:
            await self.send(self.greeting)
        self.connects.put_nowait(websocket.url.query)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                self.requests.put_nowait(json.loads(await websocket.receive_text()))
        if self._socket is websocket:
            self._socket = None


def row(n: int, **fields: Any) -> Frame:
    """Return an invented hot row; the larger `n`, the smaller its figures."""
    dice = random.Random(n)
    price = dice.randrange(800, 9200, 100)
    steps = [price + round(dice.gauss(0, 60)) for _ in range(59)]
    for i in range(1, 59):
        steps[i] = min(
            9900, max(100, steps[i - 1] + dice.choice((-100, 0, 0, 0, 0, 100)))
        )
    last = steps[-1] // 100 * 100 or 100
    yes, no = dice.randrange(40_000) / (n + 1), dice.randrange(40_000) / (n + 1)
    made = {
        "market_ticker": f"KXSAMPLE-26NOV21-T{n:03}",
        "title": TITLES[n % len(TITLES)] if n < 2 * len(TITLES) else None,
        "yes_price_dollars": f"{last / 10_000:.4f}",
        "first_yes_price_dollars": f"{price / 10_000:.4f}",
        "change_dollars": f"{(last - price) / 10_000:.4f}",
        "notional_dollars": f"{100_000 / (n + 1):.6f}",
        "yes_flow_dollars": f"{yes:.6f}",
        "no_flow_dollars": f"{no:.6f}",
        "net_flow_fp": f"{(yes - no) * 1.7:.2f}",
        "volume_fp": f"{170_000 / (n + 1):.2f}",
        "trade_count": 1400 // (n + 1) + 6,
        "last_trade_ts_ms": START_MS - 400,
        "heat": max(0, 97 - 2 * n),
        "sparkline": [price if n % 3 else None, *steps],
    }
    return made | fields


def trade(seq: int, **fields: Any) -> Frame:
    """Return an invented print; every hundredth is a whale."""
    dice = random.Random(seq)
    yes = dice.randrange(200, 9900, 100)
    side = dice.choice(("yes", "no"))
    count = (
        dice.randrange(300_000, 900_000)
        if seq % 100 == 0
        else dice.randrange(100, 30_000)
    )
    paid = count * (yes if side == "yes" else 10_000 - yes)
    made = {
        "seq": seq,
        "trade_id": f"00000000-0000-4000-8000-{seq:012}",
        "market_ticker": f"KXSAMPLE-26NOV21-T{dice.randrange(40):03}",
        "yes_price_dollars": f"{yes / 10_000:.4f}",
        "no_price_dollars": f"{1 - yes / 10_000:.4f}",
        "count_fp": f"{count / 100:.2f}",
        "taker_outcome_side": side,
        "is_block_trade": False,
        "ts_ms": START_MS - (2000 - seq) * 97,
        "notional_dollars": f"{paid / 1_000_000:.6f}",
        "received_ts_ms": START_MS - (2000 - seq) * 97 + 20,
        "source": "ws",
    }
    return made | fields


def feed(state: str = "live", **fields: Any) -> Frame:
    """Return the health of the feed."""
    made = {
        "state": state,
        "connected": state not in ("stale", "starting"),
        "data_age_ms": 40,
        "complete_to_ms": START_MS,
        "open_gaps": 0,
    }
    return made | fields


def coverage(**last_24h: Any) -> Frame:
    """Return what is known to be complete: everything, but for `last_24h`."""
    hours = [
        {
            "from_ms": START_MS - START_MS % 3_600_000 - n * 3_600_000,
            "ours": 100_530 + n,
            "exchange": 100_530 + n,
            "missing": 0,
            "extra": 0,
            "digest": f"{n:016x}",
        }
        for n in range(24)
    ]
    day = {
        "ours": 2_412_737,
        "exchange": 2_412_737,
        "missing": 0,
        "extra": 0,
        "audited_ms": SPANS_MS["24h"] - 600_000,
    }
    return {
        "since_ms": START_MS - 2 * SPANS_MS["24h"],
        "complete_to_ms": START_MS,
        "spans": [
            {"from_ms": START_MS - 2 * SPANS_MS["24h"], "to_ms": START_MS},
        ],
        "gaps": [
            gap(3, "disconnect", recovered=1_204),
            gap(2, "restart", recovered=31),
            gap(1, "start", background=True, state="healing", closed_ms=None),
        ],
        "last_24h": day | last_24h,
        "hours": hours,
        "timestamp": "2026-11-21T03:00:00.123Z",
    }


def gap(number: int, cause: str, **fields: Any) -> Frame:
    """Return a gap of half a minute, healed, but for `fields`."""
    from_ms = START_MS - 3_600_000 // number
    made = {
        "gap": number,
        "cause": cause,
        "from_ms": from_ms,
        "to_ms": from_ms,
        "asked_to_ms": from_ms + 30_000,
        "ticker": None,
        "state": "closed",
        "background": False,
        "noticed_ms": from_ms + 30_000,
        "closed_ms": from_ms + 33_000,
        "recovered": 0,
        "pages": 2,
    }
    return made | fields


def span(window: str = "5m", to_ms: int = START_MS + 1000) -> Frame:
    """Return the window's keys."""
    return {
        "window": window,
        "window_from_ms": to_ms - SPANS_MS[window],
        "window_to_ms": to_ms,
    }


def stats(**fields: Any) -> Frame:
    """Return totals."""
    made = {
        "trades_total": 2_104_233,
        "trades_per_s": 92.4,
        "active_markets": 288,
        "notional_dollars": "1298441.250000",
    }
    return made | fields


def snapshot(window: str = "5m", sort: str = "notional", **fields: Any) -> Frame:
    """Return a whole board."""
    trades = [trade(seq) for seq in range(2000, 1800, -1)]
    whales = [trade(seq) for seq in range(2000, 0, -100)]
    made = {
        "type": "snapshot",
        "v": 1,
        "epoch": "e1",
        "offset": 7,
        "seq": 2000,
        "ts_ms": START_MS,
        "mode": "live",
        "feed": feed(),
        "subscription": {
            "channels": ["hot", "trades", "whales"],
            "window": window,
            "sort": sort,
            "limit": 50,
            "combos": "exclude",
        },
        **span(window),
        "window_covered_ms": SPANS_MS[window],
        "hot_markets": [row(n) for n in range(50)],
        "recent_trades": trades,
        "whales": sorted(whales, key=lambda t: -float(t["notional_dollars"])),
        "stats": stats(),
    }
    return made | fields


def delta(offset: int, window: str = "5m", **fields: Any) -> Frame:
    """Return what one beat changed: nothing, but for `fields`."""
    made = {
        "type": "delta",
        "offset": offset,
        "seq": 2000 + offset,
        "ts_ms": START_MS + offset * 100,
        **span(window),
        "trades": [],
        "hot_markets": [],
        "left": [],
        "whales": [],
        "stats": stats(),
    }
    return made | fields


TITLES = (
    "Will the northern league final go to extra time?",
    "Fed funds rate above 3.75% after the December meeting",
    "Highest temperature in Springfield on Saturday: 61° or above",
    "Bitcoin above $98,000 on Friday at 5pm EST",
    "Harbor City at River Falls: River Falls wins",
    "CPI year-over-year in November above 2.9%",
    "Senate confirms the nominee before January",
    "Gas prices this month above $3.10",
    "Song of the week: Paper Lanterns",
    "Launch window opens before the end of the month",
    "S&P 500 closes above 6,900 on Monday",
    "Best Picture goes to a debut",
    "Ether price today at 5pm EST: $3,600 or above",
    "Turnout above 52% in the run-off",
    "First snow in Aspen before Thanksgiving",
)
