"""The exchange's WebSocket -> `Trade`s in an inbox, for ever; quotes and more beside.

One task reads, and does nothing else: decode, hand on, next. Where the inbox is full
it waits, the socket is not read, and TCP makes the exchange wait; nothing is dropped.
Where the connection ends it is opened again. Trades made meanwhile are missing: that is
told to the `FeedStatus` as a gap.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Never, Protocol
from urllib.parse import urlsplit

import structlog
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from flowboard.board_clock import BoardClock
from flowboard.errors import AuthRejected, FeedInterrupted
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.auth import Signer
from flowboard.kalshi.backoff import Backoff
from flowboard.kalshi.connection_watch import Patience, Session, watch
from flowboard.kalshi.endpoints import checked_url
from flowboard.kalshi.fields import FieldMemory
from flowboard.kalshi.frame_reader import FrameReader
from flowboard.kalshi.handshake import date_of, shake_hands, unreachable
from flowboard.kalshi.messages import Decoder
from flowboard.kalshi.side_channels import Changes, SideChannels, keep
from flowboard.kalshi.silence_watch import Probe, SilenceWatch, nobody_to_ask
from flowboard.kalshi.subscription import Outcome, TradeSubscription
from flowboard.kalshi.tries import Tries
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
        changes: Who hears of quotes and of the lives of markets; by default nobody.
        probe: Asks REST for the exchange time of the newest trade; see `SilenceWatch`.
        on_change: Called when `subscribed`, `flowing` or `failures` has changed.
        handshake_s: Seconds that a handshake may take.
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
        changes: Changes | None = None,
        probe: Probe = nobody_to_ask,
        on_change: Callable[[], None] = lambda: None,
        handshake_s: float = 10.0,
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
        self._changes = changes or Changes()
        self._probe = probe
        self._on_change = on_change
        self._handshake_s = handshake_s
        self._decoder = Decoder(memory)
        self._patience = patience or Patience()
        self._tries = Tries(backoff or Backoff(), self._patience)
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        self._log = structlog.get_logger("flowboard.feed")
        self._closed = asyncio.Event()
        self.subscribed = asyncio.Event()
        self._flowing = False
        self._session: Session | None = None
        self._waiting: asyncio.Timeout | None = None
        self._hurry: str | None = None

    @property
    def failures(self) -> int:
        """Tries in a row that brought no trade, nor REST's word that there was none."""
        return self._tries.failures

    @property
    def flowing(self) -> bool:
        """Whether this connection brings all trades: one came, or REST had no other."""
        return self._flowing

    def close(self) -> None:
        """End `run` at once and for good; what is in the inbox stays there."""
        self._closed.set()

    def reconnect(self, reason: str, cause: str = "disconnect") -> None:
        """Give up the present connection, or the wait for one, and try again at once.

        Args:
            reason: A sentence for the operator, without its full stop.
            cause: One word for the gap that this makes.
        """
        self._hurry = reason
        if self._session is not None:
            self._session.give_up(cause, reason)
        elif self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())
            self._waiting = None

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

    async def _feed_for_ever(self) -> Never:
        while True:
            self._status.connecting()
            error: AuthRejected | FeedInterrupted
            try:
                await self._one_connection()
            except (AuthRejected, FeedInterrupted) as ended:
                error = ended
            session, self._session = self._session, None
            wait_s = self._note_end(error, session)
            self._log.warning("feed interrupted", problem=str(error), wait_s=wait_s)
            try:
                async with self._wait_of(wait_s):
                    await self._closed.wait()
            except TimeoutError:
                self._hurry = None

    def _note_end(
        self, error: AuthRejected | FeedInterrupted, session: Session | None
    ) -> float:
        """Tell how a try has ended; return the seconds to wait before the next."""
        self._status.interrupted(str(error), self._mono_ms())
        if session is not None and session.subscribed:
            self._status.gap(session.cause)
        if self._hurry is not None:
            self._tries.begin_again()
            wait_s = 0.0
        else:
            wait_s = self._tries.ended(error, session)
        self._on_change()
        return wait_s

    @asynccontextmanager
    async def _wait_of(self, seconds: float) -> AsyncIterator[None]:
        """Raise `TimeoutError` after `seconds`, or when `reconnect` is called."""
        try:
            async with asyncio.timeout(seconds) as self._waiting:
                yield
        finally:
            self._waiting = None

    async def _one_connection(self) -> Never:
        session = self._session = await self._open()
        command_ids = count(1)
        trades = TradeSubscription(self._status, command_ids)
        side = SideChannels(
            self._changes,
            self._status,
            command_ids,
            lambda: self._clock.exchange_ms(self._mono_ms()),
            self._patience,
        )
        watching = asyncio.create_task(self._watch(session, side), name="feed_watch")
        try:
            async with asyncio.timeout(None) as answer:
                await self._read(session, trades, side, answer)
        except TimeoutError:
            raise FeedInterrupted(
                "the exchange did not answer our subscription: Flowboard tries again"
            ) from None
        except ConnectionClosed as error:
            sent = error.sent
            session.too_large = (
                sent is not None and sent.code == CloseCode.MESSAGE_TOO_BIG
            )
            why = session.verdict or f"it ended ({error})"
            raise FeedInterrupted(
                f"the connection to the exchange was lost: {why}; Flowboard reconnects"
            ) from None
        finally:
            side.end()
            self.subscribed.clear()
            self._flowing = False
            # No polite goodbye: a half-open socket would not answer it.
            session.socket.transport.abort()
            watching.cancel()
            await asyncio.wait({watching})
            if not watching.cancelled():
                watching.result()  # A watch that has died watches over nothing.

    async def _open(self) -> Session:
        try:
            async with self._wait_of(self._handshake_s):
                socket = await shake_hands(
                    self._url,
                    self._path,
                    self._host,
                    self._signer,
                    self._wall_ms,
                    frame_bytes=self._tries.frame_bytes,
                )
        except TimeoutError:
            why = self._hurry or f"no answer within {self._handshake_s:g} s"
            raise unreachable(self._host, why) from None
        self._hurry = None
        now_ms = self._mono_ms()
        heard_ms = date_of(socket)
        if heard_ms is not None:
            self._clock.hear_exchange(heard_ms, now_ms, False)
        return Session(socket, now_ms)

    async def _watch(self, session: Session, side: SideChannels) -> None:
        """Watch over a connection until it is given up."""
        silence = SilenceWatch(
            session,
            self._status,
            self._clock,
            self._patience,
            self._probe,
            lambda: self._flows(session, session.quiet_ms),
            self._mono_ms,
            self._tries.silent,
        )
        try:
            async with asyncio.TaskGroup() as watches:
                watches.create_task(watch(session, self._patience, self._mono_ms))
                watches.create_task(silence.run())
                watches.create_task(keep(side, session, self._mono_ms))
        finally:
            session.socket.transport.abort()

    async def _read(
        self,
        session: Session,
        subscription: TradeSubscription,
        side: SideChannels,
        answer: asyncio.Timeout,
    ) -> Never:
        inbox, status = self._inbox, self._status
        reader = FrameReader(
            self._decoder, subscription, side, status, self._clock, self._wall_ms
        )
        await self._subscribe(session, subscription, answer)
        while True:
            raw = await session.socket.recv(decode=False)
            session.heard_ms = self._mono_ms()
            status.count("frames")
            heard = reader.read(raw, session.heard_ms)
            if isinstance(heard, Trade):
                if inbox.full:
                    await self._room(session)
                inbox.put(heard)
                session.trade_came(session.heard_ms, heard.ts_ms)
                status.trade_received(session.heard_ms)
                status.count("trades")
                if not session.gave_trades:
                    session.gave_trades = True
                    self._flows(session, session.trade_ms)
            elif heard is Outcome.SUBSCRIBED:
                answer.reschedule(None)
                self._now_subscribed(session)
                side.begin(session.heard_ms)  # Trades come first.
            elif heard is Outcome.LOST:
                await self._subscribe_again(session, subscription, answer)

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
        now_ms = self._mono_ms()
        session.subscribe(now_ms, self._clock.exchange_ms(now_ms))
        self._status.connected(now_ms)
        self.subscribed.set()
        self._log.info("subscribed to all public trades", host=self._host)
        self._on_change()

    def _flows(self, session: Session, now_ms: int) -> None:
        """Note that `session` brings all trades."""
        session.flows(now_ms)
        self._tries.flows()
        if not self._flowing and session.subscribed:
            self._flowing = True
            self._on_change()

    async def _subscribe_again(
        self, session: Session, subscription: TradeSubscription, answer: asyncio.Timeout
    ) -> None:
        problem = "the exchange ended our subscription"
        self.subscribed.clear()
        self._flowing = session.subscribed = False
        # In this order: the gap lasts until trades are subscribed to again.
        self._status.interrupted(problem, self._mono_ms())
        self._status.gap(subscription.loss)
        self._on_change()
        if not session.gave_trades:
            raise FeedInterrupted(f"{problem} before its first trade: reconnecting")
        self._log.warning("subscription lost, subscribing again")
        await self._subscribe(session, subscription, answer)
