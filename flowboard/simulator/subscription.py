"""One subscription to `trade`, and how its frames come out while faults are on."""

from collections.abc import Callable, Sequence

from flowboard.simulator import frames
from flowboard.simulator.fault_kinds import Kind
from flowboard.simulator.faults import Faults
from flowboard.simulator.prints import Print

CHANNEL = "trade"
TERMINAL_ERRORS: tuple[tuple[Kind, int], ...] = (("error_25", 25), ("error_10", 10))


class TradeSubscription:
    """What one sid sends, its numbering, and its place in the log.

    `tickers` None is the whole exchange; an empty set is nothing at all.

    Args:
        key: Unlike any other subscription's of this exchange.
        sid: Its number on its connection.
        tickers: Markets that it is about.
        position: The number of the next trade that it takes.
    """

    def __init__(
        self, key: int, sid: int, tickers: frozenset[str] | None, position: int
    ) -> None:
        self.key = key
        self.sid = sid
        self.tickers = tickers
        self.position = position
        self.dead = False  # After error 10 or 25: it says nothing more.
        self.cut = False  # A fault wants the connection to end after these frames.
        self._seq = 0
        self._turn = 0

    def next_seq(self) -> int:
        """Take the next number of this sid."""
        self._seq += 1
        return self._seq

    def widen(self, tickers: frozenset[str] | None) -> None:
        """Merge a repeated subscribe: the wider of both is what counts."""
        if self.tickers is not None:
            self.tickers = None if tickers is None else self.tickers | tickers

    def listed(self) -> list[str]:
        """Return the markets as an ``ok`` lists them: sorted; none for all."""
        return sorted(self.tickers or ())

    def frames(
        self,
        trades: Sequence[Print],
        sending_ms: Callable[[Print], int] | int,
        faults: Faults,
    ) -> list[bytes]:
        """Return what is sent for `trades`, and number it.

        Args:
            trades: The next ones of the log.
            sending_ms: What ``sending_ts_ms`` says, one for all or a function of each.
            faults: Those that are on spoil the frames.
        """
        if self.tickers is not None:
            trades = [trade for trade in trades if trade.ticker in self.tickers]
        if isinstance(sending_ms, int) and not faults.disturb_delivery():
            out = frames.trade_frames(trades, self.sid, self._seq + 1, sending_ms)
            self._seq += len(out)
            return out
        out = []
        for trade in trades:
            at_ms = sending_ms if isinstance(sending_ms, int) else sending_ms(trade)
            out += self._spoiled(trade, at_ms, faults)
            if self.dead or self.cut:
                break
        return out

    def _spoiled(self, trade: Print, at_ms: int, faults: Faults) -> list[bytes]:
        """Return the frames of one trade under the faults that are on."""
        if not faults.disturb_delivery():
            return frames.trade_frames((trade,), self.sid, self.next_seq(), at_ms)
        if faults.take("stall"):
            return []
        code = self._end(faults)
        if code is not None:
            self.dead = True
            return [frames.error(code, at_ms, sid=self.sid, seq=self.next_seq())]
        self._restart(faults)
        seq = self.next_seq()
        if faults.take("skip_seq"):
            return []
        unknown = faults.take("unknown")
        frame = frames.trade_frame(
            trade,
            self.sid,
            seq,
            at_ms,
            with_ts_ms=not faults.take("no_ts_ms"),
            with_unknown=unknown is not None,
        )
        out = [frame]
        if faults.take("repeat"):
            out.append(frame)
        if unknown:
            out.insert(0, frames.unknown_frame(self.sid, at_ms))
        if faults.take("big_frame"):
            out.insert(0, frames.big_frame(self.sid, at_ms))
        if faults.take("malformed"):
            out.insert(0, frames.malformed_frame(trade, self._turn, self.sid, at_ms))
            self._turn += 1
        if faults.take("drop"):
            self.cut = True
        return out

    def _end(self, faults: Faults) -> int | None:
        """Return the error with which this subscription ends; None while it lives."""
        for kind, code in TERMINAL_ERRORS:
            fault = faults.find(kind)
            if fault is not None and self.key not in fault.met:
                fault.take()
                fault.met.add(self.key)
                return code
        return None

    def _restart(self, faults: Faults) -> None:
        reset = faults.find("reset_seq")
        if reset is None:
            return
        if reset.count is not None:
            # So many frames, each of which begins again.
            reset.take()
        elif self.key in reset.met:
            return
        reset.met.add(self.key)
        self._seq = 0
