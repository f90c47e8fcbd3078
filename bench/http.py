"""The hot list over HTTP, beside a bare ASGI answer of the same bytes on the same server.

One process serves both with the product's protocol; its board takes trades and moves ten
times a second all the while, so what is kept is made anew as often. Another asks over a
few connections that stay open, by turns, plain and compressed. To reach: 0.8 of the bare
one.
"""

import asyncio
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from starlette.applications import Starlette

from bench.machine import headline
from bench.synthetic import trades_of, zipf_markets
from flowboard import http_api
from flowboard.board import Board
from flowboard.feed_status import FeedStatus
from flowboard.http_protocol import HttpProtocol
from flowboard.hub import Hub
from flowboard.markets import Markets
from flowboard.models import TradeBatch
from flowboard.server import listen, tune_interpreter
from flowboard.stream_messages import render_trades

PATH = "/api/markets/hot?window=1h&limit=100"
MARKETS = 2_000
CONNECTIONS = 8
ROUND_S = 0.25
ROUNDS = 15
BEAT_S = 0.1
BEAT_TRADES = 100
FIRST_TRADES = 50_000
FORMS = {"plain": "identity", "gzip": "gzip"}
SHARE = 0.8


class Ticking:
    """A board that goes on, as under a thousand trades a second."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(7)
        self._pick = zipf_markets(self._rng, MARKETS)
        names = [f"KXBENCH-26NOV21-T{number}" for number in range(MARKETS)]
        self.board = Board(Markets(names), 1_000_000_000)
        self.take(FIRST_TRADES, 1_800_000)

    def take(self, rows: int, span_ms: int) -> None:
        """Fold so many trades of the last `span_ms`."""
        now_ms = _wall_ms()
        ts_ms = np.sort(self._rng.integers(now_ms - span_ms, now_ms + 1, rows))
        ids = self._pick(rows)
        trades = trades_of(self._rng, ts_ms, ids, self.board.markets)
        batch = TradeBatch(self.board.seq + 1, trades, ids, np.ones(rows, np.bool_))
        self.board.fold(batch, render_trades(batch, self.board.markets))

    async def run(self) -> None:
        """Take a beat's trades for ever."""
        while True:
            await asyncio.sleep(BEAT_S)
            self.take(BEAT_TRADES, int(BEAT_S * 1_000))


def product(board: Board) -> Starlette:
    """Return the API as it is served."""
    status = FeedStatus()
    hub = Hub(board, status, mode="demo", mono_ms=_mono_ms, wall_ms=_wall_ms)
    kept = http_api.KeptAnswers()
    unused: Any = None  # The hot list reads no disk.
    return Starlette(
        routes=http_api.routes(
            board=board,
            hub=hub,
            status=status,
            store=unused,
            tape=unused,
            config={},
            static_dir=Path(),
            mono_ms=_mono_ms,
            wall_ms=_wall_ms,
            kept=kept,
        ),
        middleware=http_api.middleware(kept=kept),
        exception_handlers=http_api.exception_handlers(),
    )


def bare(answers: dict[str, tuple[list[Any], bytes]]) -> Any:
    """Return an app that answers with bytes, and does nothing else."""

    async def app(scope: Any, _: Any, send: Any) -> None:
        accepted = dict(scope["headers"]).get(b"accept-encoding", b"").decode()
        headers, body = answers[accepted]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return app


async def answer_of(app: Any, accepted: str) -> tuple[list[Any], bytes]:
    """Return headers and body of the product's answer."""
    path, query = PATH.split("?")
    headers = [(b"host", b"localhost"), (b"accept-encoding", accepted.encode())]
    scope = {
        **{"type": "http", "method": "GET", "path": path, "raw_path": path.encode()},
        **{"query_string": query.encode(), "headers": headers, "root_path": ""},
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    await app(scope, receive, send)
    start, *parts = sent
    assert start["status"] == 200
    return start["headers"], b"".join(part["body"] for part in parts)


async def serve() -> None:
    """Serve both until stdin ends; say their ports."""
    ticking = Ticking()
    ours = product(ticking.board)
    answers = {each: await answer_of(ours, each) for each in FORMS.values()}
    servers, ports = [], []
    for app in (bare(answers), ours):
        listener = listen("127.0.0.1", 0)
        config = uvicorn.Config(
            app, http=HttpProtocol, lifespan="off", access_log=False, log_config=None
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        servers.append(server)
        ports.append(listener.getsockname()[1])
    tune_interpreter()
    ticks = asyncio.create_task(ticking.run())
    print(*ports, *(len(answers[each][1]) for each in FORMS.values()), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    ticks.cancel()
    for server in servers:
        await server.shutdown()


async def ask(port: int, accepted: str, until_s: float) -> int:
    """Ask again and again over one connection; return how often it was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = f"GET {PATH} HTTP/1.1", "Host: localhost", f"Accept-Encoding: {accepted}"
    request = "\r\n".join((*lines, "", "")).encode()
    count = 0
    while time.monotonic() < until_s:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 200")
        count += 1
    writer.close()
    return count


async def rate(port: int, accepted: str) -> float:
    """Return answers a second."""
    until_s = time.monotonic() + ROUND_S
    asked = [ask(port, accepted, until_s) for _ in range(CONNECTIONS)]
    return sum(await asyncio.gather(*asked)) / ROUND_S


async def measure() -> bool:
    """Say what came of it; return whether the share was reached."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.http", "serve"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    bare_port, our_port, *sizes = map(int, (await server.stdout.readline()).split())
    reached = True
    for (form, accepted), size in zip(FORMS.items(), sizes, strict=True):
        rounds = [
            (await rate(bare_port, accepted), await rate(our_port, accepted))
            for _ in range(ROUNDS)
        ]
        bares, ours = (statistics.median(each) for each in zip(*rounds, strict=True))
        share = statistics.median(our / bare for bare, our in rounds)
        reached &= share >= SHARE
        print(
            f"  {form:5} {size:>6,} bytes: {ours:6,.0f}/s of {bares:6,.0f}/s bare: "
            f"{share:.2f} (to reach {SHARE})"
        )
    await server.communicate()
    return reached


def _mono_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        print(headline("http"))
        sys.exit(0 if asyncio.run(measure()) else 1)
