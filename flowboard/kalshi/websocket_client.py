"""The exchange's WebSocket -> `Trade`s in an inbox, for ever.

One task reads, and does nothing else: decode, hand on, next. Where the inbox is full
it waits, the socket is not read, and TCP makes the exchange wait; nothing is dropped.
Where the connection ends it is opened again. Trades made meanwhile are missing: that is
told to the `FeedStatus` as a gap.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Never, Protocol
from urllib.parse import urlsplit

import structlog
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from flowboard.board_clock import BoardClock
from flowboard.errors import AuthRejected, BadFrame, FeedInterrupted
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.auth import Signer, date_ms
from flowboard.kalshi.backoff import Backoff
from flowboard.kalshi.connection_watch import Patience, Session, watch
from flowboard.kalshi.endpoints import checked_url
from flowboard.kalshi.fields import TS_MAX_MS, TS_MIN_MS, FieldMemory
from flowboard.kalshi.handshake import ClockWasWrong, ExchangeBusy, shake_hands
from flowboard.kalshi.messages import (
    Decoder,
    Frame,
    OldTradeFrame,
    TradeFrame,
    UnknownFrame,
)
from flowboard.kalshi.subscription import Outcome, TradeSubscription
from flowboard.models import Trade


class Inbox(Protocol):
    """Where trades go; see `trade_processor.Inbox`."""

    @property
    def full(self) -> bool:
        """Whether to wait for `room` before the next `put`."""

    async def room(self) -> None:
        """Return when there is room."""

    def put(self, trade: Trade) -> None:
        """Take one trade."""


class WebSocketClient:
    """Subscribes to every public trade and keeps that alive until closed.

    Args:
        url: Whole URL of the exchange's WebSocket.
        signer: Signs each handshake.
        inbox: Where the trades go.
        status: Is told the state of the feed; `problem` says what an operator can do.
        clock: Hears the exchange's clock.
        memory: Fields read before, shared with REST where given.
        backoff: Waits between two tries.
        patience: All other waits.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.

    Attributes:
        subscribed: Set while trades are subscribed to.

    Raises:
        ConfigError: `url` is none, or unencrypted and not on this machine.
    """

    def __init__(
        self,
        url: str,
        signer: Signer,
        inbox: Inbox,
        status: FeedStatus,
        clock: BoardClock,
        *,
        memory: FieldMemory | None = None,
        backoff: Backoff | None = None,
        patience: Patience | None = None,
        mono_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._url = checked_url(url, "KALSHI_WS_URL", "ws")
        parts = urlsplit(self._url)
        self._host, self._path = parts.hostname or "", parts.path or "/"
        self._signer = signer
        self._inbox = inbox
        self._status = status
        self._clock = clock
        self._decoder = Decoder(memory)
        self._backoff = backoff or Backoff()
        self._patience = patience or Patience()
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        self._log = structlog.get_logger("flowboard.feed")
        self._closed = asyncio.Event()
        self.subscribed = asyncio.Event()
        self._silent_connections = 0
        self._quick = False

    def close(self) -> None:
        """End `run` at once; what is in the inbox stays there."""
        self._closed.set()

    async def run(self) -> None:
        """Feed the inbox until `close`, through any number of connections."""
        feeding = asyncio.create_task(self._feed_for_ever(), name="feed")
        closed = asyncio.create_task(self._closed.wait(), name="feed_closed")
        try:
            await asyncio.wait({feeding, closed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (feeding, closed):
                task.cancel()
            await asyncio.wait({feeding, closed})
        if not feeding.cancelled():
            feeding.result()  # It never returns: this raises what ended it.

    async def _feed_for_ever(self) -> None:
        while True:
            self._status.connecting()
            problem, wait_s = await self._until_interrupted()
            self._status.interrupted(problem, self._mono_ms())
            self._log.warning("feed interrupted", problem=problem, wait_s=wait_s)
            await asyncio.sleep(wait_s)

    async def _until_interrupted(self) -> tuple[str, float]:
        """Return what ended a connection, and the seconds to wait before the next."""
        quick_before, self._quick = self._quick, False
        try:
            await self._one_connection()
        except AuthRejected as error:
            self._quick = isinstance(error, ClockWasWrong) and not quick_before
            slow_s = self._patience.auth_s + self._backoff.next_s()
            return str(error), 0.0 if self._quick else slow_s
        except ExchangeBusy as error:
            return str(error), max(error.retry_after_s, self._backoff.next_s())
        except FeedInterrupted as error:
            return str(error), self._backoff.next_s()

    async def _one_connection(self) -> Never:
        socket = await shake_hands(
            self._url, self._path, self._host, self._signer, self._wall_ms
        )
        session = Session(socket, self._mono_ms())
        self._hear_date(socket)
        watching = asyncio.create_task(
            watch(session, self._patience, self._silence_ms, self._mono_ms),
            name="feed_watch",
        )
        try:
            async with asyncio.timeout(None) as answer:
                await self._read(session, answer)
        except TimeoutError:
            raise FeedInterrupted(
                "the exchange did not answer our subscription: Flowboard tries again"
            ) from None
        except ConnectionClosed as error:
            why = session.verdict or f"it ended ({error})"
            raise FeedInterrupted(
                f"the connection to the exchange was lost: {why}; Flowboard reconnects"
            ) from None
        finally:
            self.subscribed.clear()
            # No polite goodbye: a half-open socket would not answer it.
            socket.transport.abort()
            watching.cancel()
            await asyncio.wait({watching})
            if not self._closed.is_set():
                self._note_end(session)

    async def _read(self, session: Session, answer: asyncio.Timeout) -> Never:
        inbox, status = self._inbox, self._status
        subscription = TradeSubscription(status)
        await self._subscribe(session, subscription, answer)
        while True:
            raw = await session.socket.recv(decode=False)
            session.heard_ms = self._mono_ms()
            status.count("frames")
            heard = self._decoded(raw, session.heard_ms, subscription)
            if isinstance(heard, Trade):
                if inbox.full:
                    await self._room(session)
                inbox.put(heard)
                session.trade_came(session.heard_ms)
                status.trade_received(session.heard_ms)
                status.count("trades")
            elif heard is Outcome.SUBSCRIBED:
                answer.reschedule(None)
                self._now_subscribed(session)
            elif heard is Outcome.LOST:
                await self._subscribe_again(session, subscription, answer)

    def _decoded(
        self, raw: bytes, now_ms: int, subscription: TradeSubscription
    ) -> Trade | Outcome:
        """Return the trade in a frame, or what else the frame means for us."""
        try:
            frame = self._decoder.decode(raw)
            self._hear_exchange(frame, now_ms)
            if isinstance(frame, TradeFrame):
                subscription.sequence(frame.sid, frame.seq)
                return self._decoder.trade(frame, self._wall_ms())
            if isinstance(frame, OldTradeFrame):
                subscription.sequence(frame.sid, frame.seq)
                return self._decoder.old_trade(frame, self._wall_ms())
        except BadFrame as error:
            if not raw.isspace():
                self._status.count("bad_frames")
                self._status.dead_letter(raw, str(error))
            return Outcome.NOTHING
        if isinstance(frame, UnknownFrame):
            subscription.sequence(frame.sid, frame.seq)
            self._status.count("unknown_frames")
            return Outcome.NOTHING
        return subscription.take(frame)

    async def _room(self, session: Session) -> None:
        """Wait for room in the inbox; meanwhile the socket is not read."""
        session.held_up = True
        await self._inbox.room()
        session.held_up = False
        session.heard_ms = self._mono_ms()

    async def _subscribe(
        self, session: Session, subscription: TradeSubscription, answer: asyncio.Timeout
    ) -> None:
        now_s = asyncio.get_running_loop().time()
        answer.reschedule(now_s + self._patience.answer_s)
        await session.socket.send(subscription.command())

    def _now_subscribed(self, session: Session) -> None:
        session.trade_ms = self._mono_ms()
        self._status.connected(session.trade_ms)
        self.subscribed.set()
        self._log.info("subscribed to all public trades", host=self._host)

    async def _subscribe_again(
        self, session: Session, subscription: TradeSubscription, answer: asyncio.Timeout
    ) -> None:
        problem = "the exchange ended our subscription"
        self._status.interrupted(problem, self._mono_ms())
        self.subscribed.clear()
        if not session.gave_trades:
            raise FeedInterrupted(f"{problem} before its first trade: reconnecting")
        session.gave_trades = False
        self._log.warning("subscription lost, subscribing again")
        await self._subscribe(session, subscription, answer)

    def _silence_ms(self) -> int:
        return self._patience.silence_ms(
            self._status.usual_gap_ms or 0, self._silent_connections
        )

    def _note_end(self, session: Session) -> None:
        if session.first_trade_ms is None:
            self._silent_connections += session.silent
            return
        self._silent_connections = 0
        self._status.gap("silence" if session.silent else "disconnect")
        if session.good_ms >= self._patience.good_s * 1000:
            self._backoff.reset()

    def _hear_exchange(self, frame: Frame, now_ms: int) -> None:
        sent_ms = frame.sending_ts_ms
        if sent_ms is not None and TS_MIN_MS <= sent_ms <= TS_MAX_MS:
            self._clock.hear_exchange(sent_ms, now_ms, True)

    def _hear_date(self, socket: ClientConnection) -> None:
        response = socket.response
        heard_ms = date_ms(response.headers.get("Date")) if response else None
        if heard_ms is not None:
            self._clock.hear_exchange(heard_ms, self._mono_ms(), False)
