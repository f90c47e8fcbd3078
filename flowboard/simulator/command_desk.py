"""One client's commands -> its subscriptions, and the answers to write at once."""

import itertools
from collections.abc import Callable, Iterator

from flowboard.simulator import commands, frames
from flowboard.simulator.change_subscriptions import (
    COMBO_LIFECYCLE,
    LIFECYCLE,
    TICKER,
    ChangeSubscription,
    LifeSubscription,
    TickerSubscription,
)
from flowboard.simulator.commands import Command, Refused
from flowboard.simulator.exchange import Exchange
from flowboard.simulator.faults import Faults
from flowboard.simulator.subscription import CHANNEL as TRADE
from flowboard.simulator.subscription import TradeSubscription

Held = TradeSubscription | TickerSubscription | LifeSubscription


class CommandDesk:
    """Obeys the commands of one connection.

    Args:
        exchange: What is traded.
        faults: What goes wrong.
        keys: Numbers for subscriptions, one row for the whole exchange.
        on_begin: Called with each new subscription, after its answer was made.
    """

    def __init__(
        self,
        exchange: Exchange,
        faults: Faults,
        keys: Iterator[int],
        on_begin: Callable[[Held], None],
    ) -> None:
        self._exchange = exchange
        self._faults = faults
        self._keys = keys
        self._on_begin = on_begin
        self._sids = itertools.count(1)
        self._held: dict[str, Held] = {}

    @property
    def trade(self) -> TradeSubscription | None:
        """The subscription to trades, if there is one."""
        held = self._held.get(TRADE)
        return held if isinstance(held, TradeSubscription) else None

    def drop(self, ended: Held | ChangeSubscription) -> None:
        """Forget a subscription that has ended by itself."""
        for channel, held in list(self._held.items()):
            if held is ended:
                del self._held[channel]

    def close(self) -> None:
        """End them all."""
        for held in self._held.values():
            if not isinstance(held, TradeSubscription):
                held.end()
        self._held.clear()

    def answer(self, message: str | bytes) -> list[bytes]:
        """Return the answers to one frame of the client."""
        command_id = None
        try:
            data = commands.parse_message(message)
            command_id = commands.command_id_of(data)
            command = commands.parse_command(data)
            return self._obey(command)
        except Refused as refused:
            return [self._error(refused, command_id)]

    def _now_ms(self) -> int:
        return self._exchange.now_ms()

    def _by_sid(self, sid: int) -> Held | None:
        return next((held for held in self._held.values() if held.sid == sid), None)

    def _error(self, refused: Refused, command_id: int | None) -> bytes:
        held = None if refused.sid is None else self._by_sid(refused.sid)
        seq = None if held is None else held.next_seq()
        return frames.error(refused.code, self._now_ms(), command_id, refused.sid, seq)

    def _obey(self, command: Command) -> list[bytes]:
        match command.name:
            case "subscribe":
                return self._subscribe(command)
            case "unsubscribe":
                return self._unsubscribe(command)
            case "update_subscription":
                return self._update(command)
            case "list_subscriptions":
                held = sorted((h.sid, channel) for channel, h in self._held.items())
                listed = [(channel, sid) for sid, channel in held]
                return [
                    frames.subscriptions(command.command_id, listed, self._now_ms())
                ]
            case _:
                raise Refused(5)

    def _subscribe(self, command: Command) -> list[bytes]:
        params = command.required()
        channels = commands.channels_of(params)
        ids = commands.market_ids_of(params)
        tickers = commands.tickers_of(params)
        if ids and (tickers is not None or channels != [TICKER]):
            raise Refused(11)
        if ids:
            tickers = self._exchange.tickers.named(ids)
        if self._faults.take("mute"):
            return []
        refusal = self._faults.take("refuse_subscribe")
        if refusal is not None:
            raise Refused(8 if refusal.used % 2 else 9)
        out = []
        for channel in channels:
            if channel in commands.SERVED_CHANNELS:
                out += self._join(command, channel, tickers)
            else:
                out.append(self._error(Refused(8), command.command_id))
        return out

    def _join(
        self, command: Command, channel: str, tickers: frozenset[str] | None
    ) -> list[bytes]:
        held = self._held.get(channel)
        if held is not None:
            added = self._widen(held, tickers)
            return [
                self._confirmed(command, held),
                *self._snapshot(command, held, added),
            ]
        held = self._begin(channel, next(self._sids), tickers)
        self._held[channel] = held
        now_ms = self._now_ms()
        ack = frames.subscribed(command.command_id, channel, held.sid, now_ms)
        self._on_begin(held)
        return [ack, *self._snapshot(command, held, tickers or frozenset())]

    def _begin(self, channel: str, sid: int, tickers: frozenset[str] | None) -> Held:
        exchange = self._exchange
        if channel == TICKER:
            return TickerSubscription(sid, tickers, exchange.tickers)
        if channel in (LIFECYCLE, COMBO_LIFECYCLE):
            return LifeSubscription(channel, sid, exchange.life_log)
        exchange.begin()
        return TradeSubscription(next(self._keys), sid, tickers, exchange.count)

    def _widen(self, held: Held, tickers: frozenset[str] | None) -> frozenset[str]:
        """Merge a repeated subscribe; return what markets it adds by name."""
        if isinstance(held, TickerSubscription):
            return held.widen(tickers)
        if isinstance(held, TradeSubscription):
            held.widen(tickers)
        return frozenset()

    def _snapshot(
        self, command: Command, held: Held, tickers: frozenset[str]
    ) -> list[bytes]:
        if not isinstance(held, TickerSubscription) or not tickers:
            return []
        if not commands.wants_snapshot(command.required()):
            return []
        return held.snapshot(tickers, self._now_ms())

    def _confirmed(self, command: Command, held: Held) -> bytes:
        listed = held.listed()
        return frames.confirmed(
            command.command_id,
            held.sid,
            held.next_seq(),
            None if commands.skips_list(command.required()) else listed,
            self._now_ms(),
        )

    def _unsubscribe(self, command: Command) -> list[bytes]:
        sids = commands.sids_of(command.required())
        if not sids:
            raise Refused(4)
        out = []
        for sid in sids:
            held = self._by_sid(sid)
            if held is None:
                out.append(self._error(Refused(7), command.command_id))
                continue
            now_ms = self._now_ms()
            out.append(
                frames.unsubscribed(command.command_id, sid, held.next_seq(), now_ms)
            )
            self.drop(held)
            if isinstance(held, TradeSubscription):
                self._exchange.reader_moved()
            else:
                held.end()
        return out

    def _update(self, command: Command) -> list[bytes]:
        params = command.required()
        sids = commands.sids_of(params)
        if len(sids) != 1:
            raise Refused(12)
        held = self._by_sid(sids[0])
        if held is None:
            raise Refused(7)
        action = params.get("action")
        if not action:
            raise Refused(15, held.sid)
        if action not in ("add_markets", "delete_markets") or isinstance(
            held, LifeSubscription
        ):
            raise Refused(13, held.sid)
        tickers = self._named(params, held)
        added: frozenset[str] = frozenset()
        if action == "add_markets":
            # Of the whole exchange, they are part of it already.
            added = self._widen(held, tickers)
        elif held.tickers is None:
            # The whole exchange less a few markets is no filter that there is.
            raise Refused(11, held.sid)
        else:
            held.tickers -= tickers
        return [self._confirmed(command, held), *self._snapshot(command, held, added)]

    def _named(
        self, params: dict[str, object], held: TradeSubscription | TickerSubscription
    ) -> frozenset[str]:
        """Return the markets of an update, by their tickers or, for `ticker`, ids."""
        ids = commands.market_ids_of(params)
        tickers = commands.tickers_of(params)
        if ids and (tickers is not None or not isinstance(held, TickerSubscription)):
            raise Refused(11, held.sid)
        if ids:
            return self._exchange.tickers.named(ids)
        if tickers is None:
            raise Refused(14, held.sid)
        return tickers


def tells_changes(held: Held) -> ChangeSubscription | None:
    """Return a subscription whose frames come from a log of changes; None if not."""
    return None if isinstance(held, TradeSubscription) else held
