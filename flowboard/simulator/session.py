"""One signed-in client: its commands, its subscriptions, its frames.

Answers are written in the order of their commands, an acknowledgement always before the
first data of its subscription: both are written by the one event loop, without an await
between numbering and writing.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator

from starlette.websockets import WebSocket

from flowboard.simulator.change_subscriptions import TICKER, ChangeSubscription
from flowboard.simulator.command_desk import CommandDesk, Held, tells_changes
from flowboard.simulator.connection import ExchangeConnection
from flowboard.simulator.exchange import SENDING_DELAY_MS, Exchange
from flowboard.simulator.faults import Faults
from flowboard.simulator.prints import Print

FRAMES_AT_ONCE = 256


class Session:
    """Serves one connection from the accepted handshake to its end.

    Args:
        websocket: Accepted already; commands are read from it.
        connection: The same socket; frames are written to it.
        exchange: What is traded.
        faults: What goes wrong.
        keys: Numbers for subscriptions, one row for the whole exchange.
    """

    def __init__(
        self,
        websocket: WebSocket,
        connection: ExchangeConnection,
        exchange: Exchange,
        faults: Faults,
        keys: Iterator[int],
    ) -> None:
        self._websocket = websocket
        self.connection = connection
        self._exchange = exchange
        self._faults = faults
        self._desk = CommandDesk(exchange, faults, keys, self._begun)
        self._subscribed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.stalled = False  # A fault wants no data on this connection, ever again.

    @property
    def position(self) -> int | None:
        """The number of the next trade to deliver; None while nothing is subscribed."""
        trade = self._desk.trade
        return None if trade is None else trade.position

    async def run(self) -> None:
        """Answer commands and deliver trades until the client is gone."""
        delivery = asyncio.create_task(self._or_cut(self._deliver()))
        self._exchange.attach(self)
        try:
            while True:
                event = await self._websocket.receive()
                if event["type"] == "websocket.disconnect":
                    return
                text = event.get("text")
                message = text if text is not None else event.get("bytes") or b""
                self.connection.write_texts(self._desk.answer(message))
                # A client that sends without reading is read no further.
                await self.connection.drained()
        finally:
            self._exchange.detach(self)
            self._desk.close()
            tasks = [delivery, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for task in tasks:
                if not task.cancelled():
                    task.result()

    async def _or_cut(self, delivery: Coroutine[None, None, None]) -> None:
        try:
            await delivery
        except Exception:
            # Better no connection than one that looks well and says nothing.
            self.connection.cut()
            raise

    async def _deliver(self) -> None:
        exchange = self._exchange
        while self.connection.open:
            subscription = self._desk.trade
            if subscription is None:
                self._subscribed.clear()
                await self._subscribed.wait()
                continue
            if subscription.position >= exchange.count:
                await exchange.grown_beyond(subscription.position)
                continue  # It may have ended meanwhile.
            # A big frame goes out alone: many at once would be as much memory.
            limit = 1 if self._faults.find("big_frame") else FRAMES_AT_ONCE
            begin = subscription.position
            trades = exchange.read(begin, limit)
            subscription.position += len(trades)
            trades = [] if self.stalled else exchange.audible(begin, trades)
            out = subscription.frames(trades, self._sending_ms(), self._faults)
            self.connection.write_texts(out)
            if subscription.dead:
                self._desk.drop(subscription)
            if subscription.cut:
                self.connection.cut()
            exchange.reader_moved()
            await self.connection.drained()

    def _sending_ms(self) -> int | Callable[[Print], int]:
        """Return what ``sending_ts_ms`` says: now, or, on tape, just after."""
        if self._exchange.source.tape_time:
            return _sent_on_tape_ms
        return self._exchange.now_ms()

    def _begun(self, held: Held) -> None:
        """Deliver what a new subscription is about, from now on."""
        changes = tells_changes(held)
        if changes is None:
            self._subscribed.set()
            return
        told = asyncio.create_task(self._or_cut(self._tell(changes)))
        self._tasks.add(told)
        told.add_done_callback(self._tasks.discard)

    async def _tell(self, held: ChangeSubscription) -> None:
        """Deliver changes until the subscription ends."""
        while self.connection.open and not held.ended:
            await held.grown()
            if held.ended:
                return
            out = held.take(FRAMES_AT_ONCE, self._exchange.now_ms())
            if not (self.stalled or self._silenced(held.channel)):
                self.connection.write_texts(out)
            await self.connection.drained()
        self._desk.drop(held)

    def _silenced(self, channel: str) -> bool:
        """Tell whether a fault wants to hear nothing of a channel of changes."""
        if self._faults.find("stall") is not None:
            return True
        stalled = self._faults.find("stall_quotes") is not None
        return stalled and channel == TICKER


def _sent_on_tape_ms(trade: Print) -> int:
    return trade.ts_ms + SENDING_DELAY_MS
