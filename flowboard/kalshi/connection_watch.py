"""Is there still somebody at the other end? A connection, its patience, its pings.

The websockets library closes a connection whose pong is late. Ours may be late because
a full inbox stops the reading, so that the library's own keep-alive is off, and this
stands in its place. Whether a live connection is a live feed is `silence_watch`'s.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from flowboard.feed_status import DELAYED_GAPS, DELAYED_MS

SILENCE_GAPS = 200  # A silence so many times the usual gap is a dead feed.
FACTOR_MAX = 10  # Of the wait before REST is asked again.


@dataclass(frozen=True)
class Patience:
    """How long the client waits for what; all in seconds.

    Attributes:
        answer_s: For the answer to `subscribe`.
        ping_s: Between two looks at the connection, each a ping.
        life_s: Without any frame or pong, before the connection is given up.
        delayed_s: Without a trade, before the viewer is told; longer where the market
            is quiet. REST is asked after two thirds of it.
        probe_s: For the answer of REST.
        settle_s: For the feed to bring what REST has.
        probe_min_s: Between two questions to REST, at least.
        probe_max_s: At most; longer where the market is quiet.
        silence_s: Without a trade, at least, where REST cannot be asked.
        silence_max_s: The most that grows to while new connections stay silent too.
        good_s: Of trades, before the next wait is a short one again.
        auth_s: At least, after a refused key.
        side_wait_s: Before a channel beside the trades is tried again; twice as long
            each time.
        side_wait_max_s: The most that grows to.
        look_s: Between two looks at those channels.
        stuck_s: Without a quote, while `stuck_trades` came, before quotes are asked for
            again: each trade changes a market's figures.
        stuck_trades: See there.
    """

    answer_s: float = 5.0
    ping_s: float = 5.0
    life_s: float = 24.0  # So that by 25 s it is cut, and the viewer told.
    delayed_s: float = DELAYED_MS / 1000
    probe_s: float = 4.0
    settle_s: float = 1.5
    probe_min_s: float = 2.0
    probe_max_s: float = 30.0
    silence_s: float = 30.0
    silence_max_s: float = 600.0
    good_s: float = 60.0
    auth_s: float = 30.0
    side_wait_s: float = 5.0
    side_wait_max_s: float = 300.0
    look_s: float = 5.0
    stuck_s: float = 20.0
    stuck_trades: int = 100

    def probe_ms(self, usual_gap_ms: float, asked: int) -> int:
        """Return how long without a trade to wait before REST is asked.

        Args:
            usual_gap_ms: The usual time between two trades; 0 if that is not known.
            asked: How often it was asked in this silence; then from the last time.
        """
        usual_ms = DELAYED_GAPS * usual_gap_ms
        first_ms = max(self.delayed_s * 1000, usual_ms) * 2 / 3
        if asked == 0:
            return int(first_ms)
        wait_ms = first_ms * min(2 ** min(asked, FACTOR_MAX), FACTOR_MAX)
        most_ms = max(self.probe_max_s * 1000, usual_ms)
        return int(min(max(wait_ms, self.probe_min_s * 1000), most_ms))

    def silence_ms(self, usual_gap_ms: float, silent_before: int) -> int:
        """Return how long without a trade is too long where REST cannot be asked.

        Args:
            usual_gap_ms: The usual time between two trades; 0 if that is not known.
            silent_before: How many connections were given up for silence in a row.
        """
        usual_ms = SILENCE_GAPS * usual_gap_ms
        limit_ms = max(self.silence_s * 1000, usual_ms) * 2 ** min(silent_before, 10)
        return int(min(limit_ms, max(self.silence_max_s * 1000, usual_ms)))


class Session:
    """One connection, and what is known of it; times without a word are monotonic.

    Attributes:
        heard_ms: When anything was last heard.
        subscribed: Trades are subscribed to.
        trade_ms: When the last trade came; before the first, when trades were
            subscribed to.
        newest_ms: Exchange time of the newest trade; at first, of the subscription. 0
            while neither is known.
        quiet_ms: When REST last said that there was nothing to bring.
        flowing_ms: When first a trade had come, or REST had said so.
        gave_trades: Whether a trade came since the last `subscribe`.
        held_up: The inbox is full and the socket is not being read.
        too_large: It ended because a frame was larger than we take.
        cause: Why the connection was given up, as one word.
        verdict: The same for the operator; None: it was not given up.
    """

    def __init__(self, socket: ClientConnection, now_ms: int) -> None:
        self.socket = socket
        self.heard_ms = now_ms
        self.subscribed = False
        self.trade_ms = now_ms
        self.newest_ms = 0
        self.quiet_ms = 0
        self.flowing_ms: int | None = None
        self.gave_trades = False
        self.held_up = False
        self.too_large = False
        self.cause = "disconnect"
        self.verdict: str | None = None

    def subscribe(self, now_ms: int, exchange_ms: int | None) -> None:
        """Note that trades are subscribed to, from this exchange time on."""
        self.subscribed = True
        self.gave_trades = False
        self.trade_ms = now_ms
        self.newest_ms = exchange_ms or 0

    def trade_came(self, now_ms: int, ts_ms: int) -> None:
        """Note a trade of exchange time `ts_ms`."""
        self.trade_ms = now_ms
        if ts_ms > self.newest_ms:
            self.newest_ms = ts_ms

    def flows(self, now_ms: int) -> None:
        """Note that the feed brings what there is."""
        if self.flowing_ms is None:
            self.flowing_ms = now_ms

    def give_up(self, cause: str, verdict: str) -> None:
        """Cut the connection at once; only the first reason counts.

        No polite goodbye: a half-open socket would not answer it.
        """
        if self.verdict is None:
            self.cause, self.verdict = cause, verdict
        self.socket.transport.abort()

    @property
    def good_ms(self) -> int:
        """For how long the feed has brought what there was."""
        if self.flowing_ms is None:
            return 0
        return max(self.trade_ms, self.quiet_ms) - self.flowing_ms


async def watch(
    session: Session, patience: Patience, mono_ms: Callable[[], int]
) -> None:
    """Ping, and cut the connection once nothing comes back."""
    life_ms = int(patience.life_s * 1000)

    def left_s() -> float:
        if session.held_up:  # While we do not read, nothing heard says nothing.
            return patience.ping_s
        return (session.heard_ms + life_ms - mono_ms()) / 1000

    with contextlib.suppress(ConnectionClosed):
        while left_s() > 0:
            pong = asyncio.ensure_future(await session.socket.ping())
            await asyncio.wait({pong}, timeout=min(patience.ping_s, left_s()))
            if pong.done():
                session.heard_ms = mono_ms()
                await asyncio.sleep(min(patience.ping_s, left_s()))
        session.give_up("disconnect", f"nothing was heard for {patience.life_s:g} s")
