"""The simulated exchange: REST, WebSocket and test endpoints on one port."""

import asyncio
import contextlib
import gc
import itertools
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from flowboard.errors import FlowboardError
from flowboard.simulator import replies
from flowboard.simulator.auth import Gate, Rejected, rejected
from flowboard.simulator.connection import (
    EXTENSION,
    HEARTBEAT_EVERY_S,
    ExchangeConnection,
)
from flowboard.simulator.control import ControlApi
from flowboard.simulator.exchange import Exchange, Source, wall_us
from flowboard.simulator.exchange_hours import ExchangeHours
from flowboard.simulator.faults import Fault, Faults
from flowboard.simulator.front_door import (
    REST_ROOT,
    WS_PATH,
    FrontDoor,
    unavailable,
)
from flowboard.simulator.keys import ApiKey, open_key
from flowboard.simulator.listener import Listener, bind
from flowboard.simulator.listing import Listing
from flowboard.simulator.listing_api import ListingApi
from flowboard.simulator.options import SimulatorOptions
from flowboard.simulator.rate_limit import RateLimit
from flowboard.simulator.rest import RestApi
from flowboard.simulator.session import Session
from flowboard.simulator.sources import GeneratorSource, TapeSource
from flowboard.simulator.trades_api import TradesApi
from flowboard.simulator.turnovers import settlement_timer_s

MESSAGE_BYTES_MAX = 1_048_576
SHUTDOWN_S_MAX = 1


class Simulator:
    """An exchange on loopback, from ``async with`` to its end.

    After entering, `rest_base`, `ws_url`, `key_id` and `private_key_path` are what a
    client needs. Leaving it closes every connection.

    Args:
        options: Checked on entering.
        say: Gets each line that an operator should read.
    """

    def __init__(
        self,
        options: SimulatorOptions,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._options = options
        self._say = say
        self._sessions: set[Session] = set()
        self._keys = itertools.count(1)
        self.faults = Faults(time.monotonic)
        self.rest_base = ""
        self.ws_url = ""
        self.key_id = ""
        self.private_key_path = Path()

    async def __aenter__(self) -> Self:
        """Bind, trade the history, accept connections, begin to trade.

        Raises:
            ConfigError: An option is wrong.
            FlowboardError: The port is in use.
        """
        options = self._options
        options.check()
        async with contextlib.AsyncExitStack() as stack:
            key = self._open_key(stack)
            bound = stack.enter_context(bind(options.host, options.port))
            self.exchange = Exchange(_source(options), self.faults)
            stack.callback(self.exchange.close)
            self._cutoff_s = _cutoff_s(options)
            if options.tape is None:
                await self.exchange.trade_history()
            self._gate = Gate(key, self._wall_ms)
            self._server = Listener(self._config())
            self._serving = asyncio.create_task(self._server.serve([bound]))
            stack.push_async_callback(self._stop_serving)
            await self._server.accepting.wait()
            self._trading = asyncio.create_task(self.exchange.trade())
            stack.push_async_callback(self._stop_trading)
            self._announce(key, bound)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop trading, close every connection, remove what was temporary."""
        await self._stack.aclose()

    def _open_key(self, stack: contextlib.AsyncExitStack) -> ApiKey:
        folder = self._options.keys
        if folder is None:
            made = tempfile.TemporaryDirectory(prefix="flowboard-keys-")
            folder = Path(stack.enter_context(made))
        return open_key(folder, self._options.key_type)

    def _announce(self, key: ApiKey, bound: socket.socket) -> None:
        host = f"[{self._options.host}]" if ":" in self._options.host else None
        authority = f"{host or self._options.host}:{bound.getsockname()[1]}"
        self.base = f"http://{authority}"
        self.rest_base = f"{self.base}{REST_ROOT}"
        self.ws_url = f"ws://{authority}{WS_PATH}"
        self.key_id = key.key_id
        self.private_key_path = key.private_key_path
        if self._options.keys is None:
            folder = key.private_key_path.parent
            self._say(f"the API key lies in {folder} until the exchange ends")

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._app(),
            http="h11",
            ws=ExchangeConnection,
            ws_max_size=MESSAGE_BYTES_MAX,
            ws_ping_interval=HEARTBEAT_EVERY_S,
            ws_ping_timeout=None,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,  # The front door tells the exchange's own.
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_S_MAX,
        )

    def _app(self) -> ASGIApp:
        trades = TradesApi(self.exchange, self.faults, self._cutoff_s)
        hours = ExchangeHours(self.faults, self._wall_ms)
        routes = [
            *RestApi(ListingApi(self._listing(), wall_us), trades, hours).routes(),
            *ControlApi(self.exchange, self.faults, self._meet).routes(),
            WebSocketRoute(WS_PATH, self._connect),
        ]
        app = Starlette(routes=routes, exception_handlers={404: _no_such_route})
        app.router.redirect_slashes = False
        limit = RateLimit(time.monotonic)
        self._door = FrontDoor(app, self._gate, limit, self.faults, self._wall_ms)
        return self._door

    def _listing(self) -> Listing:
        timer_s = settlement_timer_s(self._options.lifecycle_rate)
        return Listing(self.exchange, self.faults, timer_s)

    def _wall_ms(self) -> int:
        """Return the clock for dates and signatures, Unix ms."""
        return wall_us() // 1000 + self.faults.clock_ms

    async def _connect(self, websocket: WebSocket) -> None:
        if self.faults.take("freeze"):
            await _silence(websocket)
            return
        refusal = self._refusal(websocket)
        if refusal is not None:
            await websocket.send_denial_response(refusal)
            return
        await websocket.accept()
        connection: ExchangeConnection = websocket.scope["extensions"][EXTENSION]
        session = Session(websocket, connection, self.exchange, self.faults, self._keys)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)

    def _refusal(self, websocket: WebSocket) -> Response | None:
        """Return why a handshake is not accepted; None if it is."""
        if self.faults.take("refuse"):
            return unavailable()
        if self.faults.take("unauthorized"):
            return replies.json_reply(rejected("INCORRECT_API_KEY_SIGNATURE").body, 401)
        signer = self._door.signer("GET", websocket.scope, websocket.headers)
        if isinstance(signer, Rejected):
            return replies.json_reply(signer.body, 401)
        return None

    def _meet(self, fault: Fault) -> None:
        """Let a new `drop` or `stall_open` meet the connections that are open."""
        if fault.kind == "stall_open":
            fault.take()
            for session in self._sessions:
                session.stalled = True
        if fault.kind == "drop" and self._sessions:
            fault.take()
            for session in list(self._sessions):
                session.connection.cut()

    async def failed(self) -> None:
        """Wait until something breaks, and raise it; a tape's end is no failure."""
        await asyncio.wait(
            (self._trading, self._serving), return_when=asyncio.FIRST_EXCEPTION
        )
        await self._trading
        await self._serving
        raise FlowboardError("the simulated exchange stopped serving: start it again")

    async def _stop_trading(self) -> None:
        self._trading.cancel()
        await asyncio.wait([self._trading])
        if not self._trading.cancelled() and (error := self._trading.exception()):
            raise error

    async def _stop_serving(self) -> None:
        self._server.should_exit = True
        await self._serving


async def _silence(websocket: WebSocket) -> None:
    """Say nothing until the client has gone."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


def _cutoff_s(options: SimulatorOptions) -> int:
    """Return the Unix second before which trades are archived; 0 without an archive."""
    if options.archive_after_ms is None:
        return 0
    return (wall_us() // 1000 - options.archive_after_ms) // 1000


def _source(options: SimulatorOptions) -> Source:
    if options.tape is None:
        return GeneratorSource(
            options.markets,
            options.rate,
            options.seed,
            options.history_ms,
            wall_us,
            quote_rate=options.quote_rate,
            lifecycle_rate=options.lifecycle_rate,
        )
    return TapeSource(
        options.tape,
        options.speed,
        options.keep_times,
        options.start == "now",
        wall_us,
        options.quote_rate,
    )


async def _no_such_route(request: Request, error: Exception) -> Response:
    body: dict[str, Any] = {"code": "not_found", "message": "not found"}
    return replies.json_reply(body, 404)


def run(options: SimulatorOptions, *, until_stdin_closes: bool = False) -> int:
    """Run an exchange until SIGTERM or SIGINT; return the exit code.

    stdout gets one line, ``ready <REST base> <WS URL>``, once connections are accepted;
    everything else goes to stderr.

    Args:
        options: Of the exchange.
        until_stdin_closes: Whether to end, too, when stdin, a pipe on which nothing is
            ever written, closes: so a parent that was killed leaves nothing behind.

    Raises:
        ConfigError: An option is wrong.
        FlowboardError: The port is in use.
    """
    return asyncio.run(_run(options, until_stdin_closes))


async def _run(options: SimulatorOptions, until_stdin_closes: bool) -> int:
    loop = asyncio.get_running_loop()
    work = asyncio.ensure_future(_serve(options))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    if until_stdin_closes:
        loop.add_reader(sys.stdin, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return 0
    finally:
        if until_stdin_closes:
            loop.remove_reader(sys.stdin)
    return 0


async def _serve(options: SimulatorOptions) -> None:
    async with Simulator(options, _to_stderr) as exchange:
        # What is listed stays: looking through it for garbage would halt trading.
        gc.collect()
        gc.freeze()
        sys.stdout.write(f"ready {exchange.rest_base} {exchange.ws_url}\n")
        sys.stdout.flush()
        await exchange.failed()


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
