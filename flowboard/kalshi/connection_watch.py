"""Is a connection still worth having? A healthy ping is not a healthy feed.

The websockets library closes a connection whose pong is late. Ours may be late because
a full inbox stops the reading, so that the library's own keep-alive is off, and this
stands in its place.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

SILENCE_GAPS = 200  # A silence so many times the usual gap is a dead feed.


@dataclass(frozen=True)
class Patience:
    """How long the client waits for what; all in seconds.

    Attributes:
        answer_s: For the answer to `subscribe`.
        ping_s: Between two looks at the connection, each a ping.
        life_s: Without any frame or pong, before the connection is given up.
        silence_s: Without a trade, at least; longer where the market is quiet.
        silence_max_s: The most that grows to while new connections stay silent too.
        good_s: Of trades, before the next wait is a short one again.
        auth_s: At least, after a refused key.
    """

    answer_s: float = 5.0
    ping_s: float = 5.0
    life_s: float = 25.0
    silence_s: float = 30.0
    silence_max_s: float = 600.0
    good_s: float = 60.0
    auth_s: float = 30.0

    def silence_ms(self, usual_gap_ms: float, silent_before: int) -> int:
        """Return how long without a trade is too long.

        Args:
            usual_gap_ms: The usual time between two trades; 0 if that is not known.
            silent_before: How many connections were given up for silence in a row.
        """
        usual_ms = SILENCE_GAPS * usual_gap_ms
        limit_ms = max(self.silence_s * 1000, usual_ms) * 2 ** min(silent_before, 10)
        return int(min(limit_ms, max(self.silence_max_s * 1000, usual_ms)))


class Session:
    """One connection, and what is known of it.

    Attributes:
        heard_ms: When anything was last heard.
        trade_ms: When the last trade came; before the first, when trades were
            subscribed to, and before that None.
        first_trade_ms: When the first trade came.
        gave_trades: Whether a trade came since the last `subscribe`.
        held_up: The inbox is full and the socket is not being read.
        silent: Given up because no trade came.
        verdict: Why the connection was given up.
    """

    def __init__(self, socket: ClientConnection, now_ms: int) -> None:
        self.socket = socket
        self.heard_ms = now_ms
        self.trade_ms: int | None = None
        self.first_trade_ms: int | None = None
        self.gave_trades = False
        self.held_up = False
        self.silent = False
        self.verdict: str | None = None

    def trade_came(self, now_ms: int) -> None:
        """Note a trade."""
        if self.first_trade_ms is None:
            self.first_trade_ms = now_ms
        self.trade_ms = now_ms
        self.gave_trades = True

    @property
    def good_ms(self) -> int:
        """From the first trade to the last."""
        if self.trade_ms is None or self.first_trade_ms is None:
            return 0
        return self.trade_ms - self.first_trade_ms


async def watch(
    session: Session,
    patience: Patience,
    silence_ms: Callable[[], int],
    mono_ms: Callable[[], int],
) -> None:
    """Ping, and cut the connection once it is dead, or alive and without trades."""
    with contextlib.suppress(ConnectionClosed):
        while session.verdict is None:
            pong = asyncio.ensure_future(await session.socket.ping())
            await asyncio.wait({pong}, timeout=patience.ping_s)
            if pong.done():
                session.heard_ms = mono_ms()
                await asyncio.sleep(patience.ping_s)
            if not session.held_up:  # While we do not read, nothing heard says nothing.
                _judge(session, patience.life_s, silence_ms(), mono_ms())
    session.socket.transport.abort()


def _judge(session: Session, life_s: float, silence_ms: int, now_ms: int) -> None:
    if now_ms - session.heard_ms > life_s * 1000:
        session.verdict = f"nothing was heard for {life_s:g} s"
    elif session.trade_ms is not None and now_ms - session.trade_ms > silence_ms:
        session.silent = True
        session.verdict = f"no trade came for {silence_ms / 1000:g} s"
