"""One signed-in client: its commands, its subscriptions, its frames.

Answers are written in the order of their commands, an acknowledgement always before the
first data of its subscription: both are written by the one event loop, without an await
between numbering and writing.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator

from starlette.websockets import WebSocket

from flowboard.simulator import commands, frames
from flowboard.simulator.commands import Command, Refused
from flowboard.simulator.connection import ExchangeConnection
from flowboard.simulator.exchange import SENDING_DELAY_MS, Exchange
from flowboard.simulator.faults import Faults
from flowboard.simulator.prints import Print
from flowboard.simulator.subscription import CHANNEL, TradeSubscription

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
        self._keys = keys
        self._sids = itertools.count(1)
        self._trade: TradeSubscription | None = None
        self._subscribed = asyncio.Event()
        self.stalled = False  # A fault wants no data on this connection, ever again.

    @property
    def position(self) -> int | None:
        """The number of the next trade to deliver; None while nothing is subscribed."""
        return None if self._trade is None else self._trade.position

    async def run(self) -> None:
        """Answer commands and deliver trades until the client is gone."""
        delivery = asyncio.create_task(self._deliver_or_cut())
        self._exchange.attach(self)
        try:
            while True:
                event = await self._websocket.receive()
                if event["type"] == "websocket.disconnect":
                    return
                text = event.get("text")
                self._answer(text if text is not None else event.get("bytes") or b"")
                # A client that sends without reading is read no further.
                await self.connection.drained()
        finally:
            self._exchange.detach(self)
            delivery.cancel()
            await asyncio.wait([delivery])
            if not delivery.cancelled():
                delivery.result()

    async def _deliver_or_cut(self) -> None:
        try:
            await self._deliver()
        except Exception:
            # Better no connection than one that looks well and says nothing.
            self.connection.cut()
            raise

    async def _deliver(self) -> None:
        exchange = self._exchange
        while self.connection.open:
            subscription = self._trade
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
                self._trade = None
            if subscription.cut:
                self.connection.cut()
            exchange.reader_moved()
            await self.connection.drained()

    def _sending_ms(self) -> int | Callable[[Print], int]:
        """Return what ``sending_ts_ms`` says: now, or, on tape, just after."""
        if self._exchange.source.tape_time:
            return _sent_on_tape_ms
        return self._exchange.now_ms()

    def _answer(self, message: str | bytes) -> None:
        """Write the answers to one frame of the client."""
        command_id = None
        try:
            data = commands.parse_message(message)
            command_id = commands.command_id_of(data)
            command = commands.parse_command(data)
            out = self._obey(command)
        except Refused as refused:
            out = [self._error(refused, command_id)]
        self.connection.write_texts(out)

    def _error(self, refused: Refused, command_id: int | None) -> bytes:
        seq = None
        if refused.sid is not None and self._trade is not None:
            seq = self._trade.next_seq()
        now_ms = self._exchange.now_ms()
        return frames.error(refused.code, now_ms, command_id, refused.sid, seq)

    def _obey(self, command: Command) -> list[bytes]:
        match command.name:
            case "subscribe":
                return self._subscribe(command)
            case "unsubscribe":
                return self._unsubscribe(command)
            case "update_subscription":
                return [self._update(command)]
            case "list_subscriptions":
                held = [] if self._trade is None else [(CHANNEL, self._trade.sid)]
                now_ms = self._exchange.now_ms()
                return [frames.subscriptions(command.command_id, held, now_ms)]
            case _:
                raise Refused(5)

    def _subscribe(self, command: Command) -> list[bytes]:
        params = command.required()
        channels = commands.channels_of(params)
        tickers = commands.tickers_of(params)
        if self._faults.take("mute"):
            return []
        refusal = self._faults.take("refuse_subscribe")
        if refusal is not None:
            raise Refused(8 if refusal.used % 2 else 9)
        out = []
        for channel in channels:
            if channel in commands.SERVED_CHANNELS:
                out.append(self._subscribe_trade(command, tickers))
            else:
                out.append(self._error(Refused(8), command.command_id))
        return out

    def _subscribe_trade(
        self, command: Command, tickers: frozenset[str] | None
    ) -> bytes:
        now_ms = self._exchange.now_ms()
        if self._trade is not None:
            self._trade.widen(tickers)
            return self._confirmed(command, self._trade)
        self._trade = TradeSubscription(
            next(self._keys), next(self._sids), tickers, self._exchange.count
        )
        self._subscribed.set()
        self._exchange.begin()
        return frames.subscribed(command.command_id, CHANNEL, self._trade.sid, now_ms)

    def _confirmed(self, command: Command, subscription: TradeSubscription) -> bytes:
        listed = subscription.listed()
        return frames.confirmed(
            command.command_id,
            subscription.sid,
            subscription.next_seq(),
            None if commands.skips_list(command.required()) else listed,
            self._exchange.now_ms(),
        )

    def _unsubscribe(self, command: Command) -> list[bytes]:
        sids = commands.sids_of(command.required())
        if not sids:
            raise Refused(4)
        out = []
        for sid in sids:
            held = self._trade
            if held is None or held.sid != sid:
                out.append(self._error(Refused(7), command.command_id))
                continue
            now_ms = self._exchange.now_ms()
            out.append(
                frames.unsubscribed(command.command_id, sid, held.next_seq(), now_ms)
            )
            self._trade = None
            self._exchange.reader_moved()
        return out

    def _update(self, command: Command) -> bytes:
        params = command.required()
        sids = commands.sids_of(params)
        if len(sids) != 1:
            raise Refused(12)
        held = self._trade
        if held is None or held.sid != sids[0]:
            raise Refused(7)
        action = params.get("action")
        if not action:
            raise Refused(15, held.sid)
        if action not in ("add_markets", "delete_markets"):
            raise Refused(13, held.sid)
        tickers = commands.tickers_of(params)
        if tickers is None:
            raise Refused(14, held.sid)
        if action == "add_markets":
            held.widen(tickers)
        elif held.tickers is None:
            # The whole exchange less a few markets is no filter that there is.
            raise Refused(11, held.sid)
        else:
            held.tickers -= tickers
        return self._confirmed(command, held)


def _sent_on_tape_ms(trade: Print) -> int:
    return trade.ts_ms + SENDING_DELAY_MS
