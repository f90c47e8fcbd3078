"""The subscriptions beside the one to trades: quotes, and the lives of markets.

None of them is worth a trade. They begin once trades are subscribed to; one that is
refused, lost or stuck is tried again after a wait that grows, and the others, and the
trades, do not notice. Times are monotonic, but for `from_ms`.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import ParamSpec

import msgspec
import structlog
from websockets.exceptions import ConnectionClosed

from flowboard.feed_status import FeedStatus
from flowboard.kalshi.connection_watch import Patience, Session
from flowboard.kalshi.lifecycle_messages import LifecycleMessage
from flowboard.kalshi.messages import (
    ErrorFrame,
    OkFrame,
    SubscribedFrame,
    UnsubscribedFrame,
)
from flowboard.kalshi.subscription import TERMINAL, Ack
from flowboard.market_info import Quote

TICKER = "ticker"
LIFECYCLES = ("market_lifecycle_v2", "multivariate_market_lifecycle")

P = ParamSpec("P")


def _nothing(*_: object) -> None:
    """Do not listen."""


@dataclass(frozen=True)
class Changes:
    """Who hears of what is told beside trades; what raises is counted and stops nobody.

    Attributes:
        on_quote: Gets the ticker and quote of a market whenever one of its figures has
            changed; None: nobody asks for quotes.
        on_lifecycle: Gets the steps in the lives of markets and events; None: nobody
            asks for them.
        on_quotes_covered: Gets the exchange time from which on every quote comes, or
            None when that has ended.
        on_lifecycle_missed: Called when steps may have been missed: before each
            subscription, and where a number was left out.
    """

    on_quote: Callable[[str, Quote], None] | None = None
    on_lifecycle: Callable[[LifecycleMessage], None] | None = None
    on_quotes_covered: Callable[[int | None], None] = _nothing
    on_lifecycle_missed: Callable[[], None] = _nothing

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that tell what is asked for."""
        quotes = (TICKER,) if self.on_quote is not None else ()
        return quotes + (LIFECYCLES if self.on_lifecycle is not None else ())


class _Channel:
    """One channel: not subscribed, asked for, or subscribed."""

    def __init__(self, name: str, wait_ms: int) -> None:
        self.name = name
        self.sid: int | None = None
        self.active = False
        self.command_id: int | None = None
        self.due_ms: int | None = (
            None  # Of the next command, or the answer to the last.
        )
        self.wait_ms = wait_ms
        self.since_ms = 0
        self.last_seq: int | None = None


class SideChannels:
    """The subscriptions of one connection to all but trades.

    Args:
        changes: Who hears of what.
        status: Counts; knows how many trades and quotes came.
        command_ids: Numbers of commands, shared with the subscription to trades.
        exchange_ms: The exchange's clock, None where it was never heard.
        patience: How long to wait for what.

    Attributes:
        woken: Set when there may be something to send sooner than was said.
    """

    def __init__(
        self,
        changes: Changes,
        status: FeedStatus,
        command_ids: Iterator[int],
        exchange_ms: Callable[[], int | None],
        patience: Patience,
    ) -> None:
        self._changes = changes
        self._status = status
        self._command_ids = command_ids
        self._exchange_ms = exchange_ms
        self._patience = patience
        self._wait_ms = int(patience.side_wait_s * 1000)
        self._channels = {n: _Channel(n, self._wait_ms) for n in changes.channels}
        self._sids: dict[int, _Channel] = {}  # Those of long ago too.
        self._covered = False
        self._seen_ms = self._seen_quotes = self._seen_trades = 0
        self._log = structlog.get_logger("flowboard.feed")
        self.woken = asyncio.Event()

    def begin(self, now_ms: int) -> None:
        """Trades are subscribed to: now the others may."""
        for channel in self._channels.values():
            if not channel.active and channel.due_ms is None:
                channel.due_ms = now_ms
        self.woken.set()

    def end(self) -> None:
        """The connection has ended."""
        self._uncover()

    def commands(self, now_ms: int) -> list[str]:
        """Return what is to be sent now."""
        out = []
        ticker = self._channels.get(TICKER)
        if ticker is not None and ticker.active:
            self._cover()
        if ticker is not None and ticker.active and self._is_stuck(now_ms):
            if ticker.sid is not None:
                out.append(self._command("unsubscribe", {"sids": [ticker.sid]})[0])
            self._lost(ticker, now_ms, "brought no quote")
            ticker.due_ms = now_ms
        for channel in self._channels.values():
            if channel.due_ms is None or channel.due_ms > now_ms:
                continue
            if channel.command_id is not None:
                self._lost(channel, now_ms, "was not answered")
                continue
            command, channel.command_id = self._command(
                "subscribe", {"channels": [channel.name]}
            )
            channel.due_ms = now_ms + int(self._patience.answer_s * 1000)
            out.append(command)
        return out

    def wait_ms(self, now_ms: int) -> int:
        """Return how long there is nothing to send, at most."""
        dues = [c.due_ms for c in self._channels.values() if c.due_ms is not None]
        return max(0, min([now_ms + int(self._patience.look_s * 1000), *dues]) - now_ms)

    def sequence(self, sid: int | None, seq: int | None) -> bool:
        """Check the number of a frame; return whether it is of one of these."""
        channel = self._sids.get(sid) if sid is not None else None
        if channel is None:
            return False
        if seq is not None and sid == channel.sid:
            last, channel.last_seq = channel.last_seq, seq
            if last is not None and seq > last + 1:
                self._status.count("lifecycle_gaps")
                self._tell(self._changes.on_lifecycle_missed)
        return True

    def take(self, frame: Ack, now_ms: int) -> bool:
        """Hear an answer or an error; return whether the trades need not hear it."""
        if isinstance(frame, SubscribedFrame):
            return self._subscribed(frame.msg.channel, frame.msg.sid, now_ms)
        for channel in self._channels.values():
            if channel.command_id is not None and channel.command_id == frame.id:
                return self._answered(channel, frame, now_ms)
        ours = self.sequence(frame.sid, frame.seq)
        if isinstance(frame, UnsubscribedFrame | ErrorFrame):
            self._ended(frame, now_ms)
        return ours

    def quote(self, ticker: str, quote: Quote) -> None:
        """Hand a quote on."""
        if self._changes.on_quote is not None:
            self._status.count("quotes")
            self._tell(self._changes.on_quote, ticker, quote)

    def lifecycle(self, message: LifecycleMessage) -> None:
        """Hand a step in the life of a market or an event on."""
        if self._changes.on_lifecycle is not None:
            self._status.count("lifecycle_messages")
            self._tell(self._changes.on_lifecycle, message)

    def _command(self, name: str, params: dict[str, object]) -> tuple[str, int]:
        command_id = next(self._command_ids)
        command = {"id": command_id, "cmd": name, "params": params}
        return msgspec.json.encode(command).decode(), command_id

    def _subscribed(self, name: str, sid: int | None, now_ms: int) -> bool:
        channel = self._channels.get(name)
        if channel is None:
            return False
        # Though the answer came late: subscribed is subscribed.
        channel.active, channel.sid = True, sid
        channel.command_id = channel.due_ms = channel.last_seq = None
        channel.since_ms = now_ms
        if sid is not None:
            self._sids[sid] = channel
        if name == TICKER:
            self._see(now_ms)
            self._cover()
        else:
            self._tell(self._changes.on_lifecycle_missed)
        return True

    def _answered(self, channel: _Channel, frame: Ack, now_ms: int) -> bool:
        if isinstance(frame, OkFrame):  # It was merged with one that we have forgotten.
            self._subscribed(channel.name, frame.sid, now_ms)
            self.sequence(frame.sid, frame.seq)
        elif isinstance(frame, ErrorFrame):
            why = f"was refused (error {frame.msg.code}: {frame.msg.msg[:200]})"
            self._lost(channel, now_ms, why)
        return True

    def _ended(self, frame: UnsubscribedFrame | ErrorFrame, now_ms: int) -> None:
        """Note the end of one; an error without a `sid` may mean any of them."""
        why = "was ended by the exchange"
        if isinstance(frame, ErrorFrame):
            if frame.msg.code not in TERMINAL:
                return
            why = f"was ended (error {frame.msg.code})"
        for channel in self._channels.values():
            if channel.active and frame.sid in (None, channel.sid):
                self._lost(channel, now_ms, why)

    def _lost(self, channel: _Channel, now_ms: int, why: str) -> None:
        good_ms = self._patience.good_s * 1000
        if channel.active and now_ms - channel.since_ms >= good_ms:
            channel.wait_ms = self._wait_ms
        channel.active, channel.sid, channel.command_id = False, None, None
        channel.due_ms = now_ms + channel.wait_ms
        self._status.count(f"lost_{channel.name}")
        wait_s = channel.wait_ms / 1000
        self._log.warning(
            f"the channel {channel.name} {why}: trades go on", wait_s=wait_s
        )
        most_ms = int(self._patience.side_wait_max_s * 1000)
        channel.wait_ms = min(2 * channel.wait_ms, most_ms)
        if channel.name == TICKER:
            self._uncover()
        self.woken.set()

    def _is_stuck(self, now_ms: int) -> bool:
        counters = self._status.counters
        if counters.get("quotes", 0) != self._seen_quotes:
            self._see(now_ms)
        trades = counters["trades"] - self._seen_trades
        waited_ms = now_ms - self._seen_ms
        patience = self._patience
        return waited_ms >= patience.stuck_s * 1000 and trades >= patience.stuck_trades

    def _see(self, now_ms: int) -> None:
        counters = self._status.counters
        self._seen_ms = now_ms
        self._seen_quotes = counters.get("quotes", 0)
        self._seen_trades = counters["trades"]

    def _cover(self) -> None:
        """Tell from when on every quote comes, once there is a clock to say it by."""
        from_ms = self._exchange_ms()
        if from_ms is not None and not self._covered:
            self._covered = True
            self._tell(self._changes.on_quotes_covered, from_ms)

    def _uncover(self) -> None:
        if self._covered:
            self._covered = False
            self._tell(self._changes.on_quotes_covered, None)

    def _tell(
        self, listener: Callable[P, None], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        try:
            listener(*args, **kwargs)
        except Exception:
            self._status.count("change_failures")
            if self._status.counters["change_failures"] == 1:
                self._log.exception("what is told beside trades could not be taken")


async def keep(
    side: SideChannels, session: Session, mono_ms: Callable[[], int]
) -> None:
    """Send what is to be sent, until the connection is given up."""
    with suppress(ConnectionClosed):
        while session.verdict is None:
            side.woken.clear()
            for command in side.commands(mono_ms()):
                await session.socket.send(command)
            with suppress(TimeoutError):
                async with asyncio.timeout(side.wait_ms(mono_ms()) / 1000):
                    await side.woken.wait()
