"""One serving process: settings and key in, uvicorn around the board, exit code out."""

import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import FrameType

import structlog
import uvicorn

from flowboard import __version__
from flowboard.app import Flowboard
from flowboard.config import Settings, load
from flowboard.errors import ConfigError, FlowboardError
from flowboard.http_protocol import HttpProtocol
from flowboard.kalshi.auth import Signer, load_signer
from flowboard.running_server import RunningServer, announced
from flowboard.secret_file import exposed
from flowboard.stuck_watch import StuckWatch
from flowboard.trade_processor import Listener
from flowboard.websocket_protocol import WebSocketProtocol

BACKLOG = 2_048
WS_MESSAGE_BYTES_MAX = 4_096
SWITCH_S = 0.002
STOP_S = 3  # For requests that are under way when told to stop.


class PortTaken(FlowboardError):
    """Somebody listens at the address already."""

    def __init__(self, host: str, port: int, problem: str) -> None:
        super().__init__(host, port, problem)
        self.host = host
        self.port = port
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.host}:{self.port} cannot be listened at ({self.problem}): stop what "
            "runs there, or choose another with --port"
        )


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    database: Path | None = None,
) -> int:
    """Serve the board of the exchange that the settings name; return the exit code.

    Raises:
        ConfigError: A setting or the key is missing or wrong.
        FlowboardError: The port or the database is of no use.
    """
    settings = load(host=host, port=port, database=database)
    return run(settings, signer_of(settings))


def signer_of(settings: Settings) -> Signer | None:
    """Return what signs for the key that the settings name; None: there is no key.

    Raises:
        ConfigError: Half a key, one of no use, or none where the feed needs one.
    """
    if not settings.has_key:
        if settings.feed != "websocket":
            return None
        raise ConfigError(
            "KALSHI_API_KEY_ID",
            "is not set, and FLOWBOARD_FEED=websocket needs a key",
            "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH, or FLOWBOARD_FEED=auto",
        )
    if not settings.kalshi_api_key_id:
        raise ConfigError(
            "KALSHI_API_KEY_ID", "is not set", "set it beside KALSHI_PRIVATE_KEY_PATH"
        )
    if settings.kalshi_private_key_path is None:
        raise ConfigError(
            "KALSHI_PRIVATE_KEY_PATH", "is not set", "set it beside KALSHI_API_KEY_ID"
        )
    path = settings.kalshi_private_key_path
    signer = load_signer(settings.kalshi_api_key_id, path)
    problem = exposed(path.expanduser(), os.geteuid())
    if problem is not None and not settings.insecure_key_file:
        told, remedy = problem
        raise ConfigError(
            "KALSHI_PRIVATE_KEY_PATH",
            f"is not safe: {told}",
            f"{remedy}, or set FLOWBOARD_INSECURE_KEY_FILE=true",
        )
    return signer


def run(
    settings: Settings,
    signer: Signer | None,
    *,
    listeners: tuple[Listener, ...] = (),
) -> int:
    """Serve until told to stop (0), or until a stage dies (1).

    Args:
        settings: See `config.load`.
        signer: See `signer_of`.
        listeners: Each gets every batch of new trades; see `TradeProcessor`.

    Raises:
        FlowboardError: The port, the database or a setting is of no use.
    """
    log_to_stderr(settings.log_level)
    crashes: list[BaseException] = []

    def stop(crash: BaseException) -> None:
        crashes.append(crash)
        server.should_exit = True  # Never cancel serve(): it would leak its sockets.

    listener = listen(settings.host, settings.port)
    try:
        board = Flowboard(
            settings,
            signer,
            on_crash=stop,
            listeners=listeners,
        )
    except BaseException:
        listener.close()
        raise
    address = f"http://{_shown(settings.host)}:{listener.getsockname()[1]}"
    server = Server(
        uvicorn.Config(
            board.asgi,
            lifespan="on",
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=WS_MESSAGE_BYTES_MAX,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=STOP_S,
        ),
        ready=address,
        closing=board.stop,
        began_closing=lambda: watch.closing(),
        closed=lambda: watch.closed(1 if crashes else 0),
        reload=board.reload_key,
    )
    watch = StuckWatch(lambda: board.loop_watch.pulses)
    tune_interpreter()
    me = RunningServer(address, os.getpid(), __version__, time.time_ns() // 1_000_000)
    with announced(settings.database, me), watch:
        server.run(sockets=[listener])
    if crashes:
        print(
            f"flowboard: a stage died ({crashes[0]!r}): the log above says which; start "
            "again, what is stored is safe",
            file=sys.stderr,
        )
    return 1 if crashes else 0


class Server(uvicorn.Server):
    """Says `ready` on stdout, and takes a signal as a wish to end, not to die of.

    Args:
        config: Of uvicorn.
        ready: The address to say.
        closing: Called when a stop begins, before connections are waited for.
        began_closing: Called before that.
        closed: Called when all is closed, and the process about to end.
        reload: Called at SIGHUP.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        ready: str,
        closing: Callable[[], Awaitable[None]],
        began_closing: Callable[[], None],
        closed: Callable[[], None],
        reload: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._closing = closing
        self._began_closing = began_closing
        self._closed = closed
        self._reload = reload

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, then say so."""
        await super().startup(sockets)
        if self.started:
            print(f"ready {self._ready}", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the feed and store what it gave before any client is let go."""
        self._began_closing()
        await self._closing()
        await super().shutdown(sockets)
        self._closed()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGTERM and SIGINT, without raising them again afterwards."""
        wanted = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGHUP: lambda *_: self._reload(),
        }
        before = {number: signal.signal(number, do) for number, do in wanted.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, _: int, __: FrameType | None) -> None:
        self.should_exit = True


def tune_interpreter() -> None:
    """Set the interpreter up for one loop under load and one thread that writes.

    The garbage collector looks less often, and not at what stays for ever: trades are
    no garbage that only it could find, and at its own pace it costs more than the
    decoding of every third frame. A thread that waits for the interpreter gets it after
    two milliseconds in place of five: the writer waits once a statement.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sys.setswitchinterval(SWITCH_S)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, or raise `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, or asyncio would leave Nagle's delay on: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(host, port, error.strerror or str(error)) from error
    return listener


def log_to_stderr(level: str) -> None:
    """Send every log line to stderr: coloured on a terminal, JSON into a pipe."""
    number = logging.getLevelNamesMapping()[level]
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr)
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
