"""The frames of one connection -> trades, and what else they mean for us.

Quotes and steps in the lives of markets are handed on from here. What cannot be read is
counted; where it may have been a trade it is kept too, and a gap.
"""

from collections.abc import Callable

from flowboard.board_clock import BoardClock
from flowboard.errors import BadChange, BadFrame
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.fields import TS_MAX_MS, TS_MIN_MS
from flowboard.kalshi.messages import (
    Decoder,
    LifecycleFrame,
    OldTickerFrame,
    OldTradeFrame,
    TickerFrame,
    TradeFrame,
    UnknownFrame,
)
from flowboard.kalshi.side_channels import SideChannels
from flowboard.kalshi.subscription import Outcome, TradeSubscription
from flowboard.models import Trade

QUOTE_AHEAD_MS = (
    60_000  # Further ahead of the exchange's clock a quote is not believed.
)


class FrameReader:
    """Reads the frames of one connection.

    Args:
        decoder: Of the feed; it remembers fields.
        trades: The subscription to trades.
        side: The subscriptions beside it.
        status: Counts, and hears of what may be missing.
        clock: Hears the exchange's clock.
        wall_ms: Unix milliseconds.
    """

    def __init__(
        self,
        decoder: Decoder,
        trades: TradeSubscription,
        side: SideChannels,
        status: FeedStatus,
        clock: BoardClock,
        wall_ms: Callable[[], int],
    ) -> None:
        self._decoder = decoder
        self._trades = trades
        self._side = side
        self._status = status
        self._clock = clock
        self._wall_ms = wall_ms

    def read(self, raw: bytes, now_ms: int) -> Trade | Outcome:
        """Return the trade in a frame, or what else the frame means for us.

        Args:
            raw: The frame.
            now_ms: Monotonic milliseconds.

        Raises:
            FeedInterrupted: The exchange refused to subscribe us to trades.
        """
        try:
            frame = self._decoder.decode(raw)
            sent_ms = frame.sending_ts_ms
            if sent_ms is not None and TS_MIN_MS <= sent_ms <= TS_MAX_MS:
                self._clock.hear_exchange(sent_ms, now_ms, True)
            if isinstance(frame, TradeFrame):
                self._trades.sequence(frame.sid, frame.seq)
                return self._decoder.trade(frame, self._wall_ms())
            if isinstance(frame, TickerFrame | OldTickerFrame):
                self._quote(frame, now_ms)
                return Outcome.NOTHING
            if isinstance(frame, OldTradeFrame):
                self._trades.sequence(frame.sid, frame.seq)
                return self._decoder.old_trade(frame, self._wall_ms())
        except BadChange as error:
            self._bad_change(raw, error)
            return Outcome.NOTHING
        except BadFrame as error:
            self._bad_frame(raw, error)
            return Outcome.NOTHING
        if isinstance(frame, LifecycleFrame):
            self._side.sequence(frame.sid, frame.seq)
            self._side.lifecycle(frame.msg)
            return Outcome.NOTHING
        if isinstance(frame, UnknownFrame):
            if not self._side.sequence(frame.sid, frame.seq):
                self._trades.sequence(frame.sid, frame.seq)
            self._status.count("unknown_frames")
            return Outcome.NOTHING
        if self._side.take(frame, now_ms):
            return Outcome.NOTHING
        return self._trades.take(frame)

    def _quote(self, frame: TickerFrame | OldTickerFrame, now_ms: int) -> None:
        if isinstance(frame, TickerFrame):
            ticker, quote = self._decoder.quote(frame)
        else:
            ticker, quote = self._decoder.old_quote(frame, self._wall_ms())
        exchange_ms = self._clock.exchange_ms(now_ms)
        if exchange_ms is not None and quote.ts_ms > exchange_ms + QUOTE_AHEAD_MS:
            raise BadChange(f"ticker: its time {quote.ts_ms} is yet to come")
        self._side.quote(ticker, quote)

    def _bad_change(self, raw: bytes, error: BadChange) -> None:
        self._status.count("bad_changes")
        self._status.dead_letter(raw, str(error))
        self._side.sequence(error.sid, error.seq)

    def _bad_frame(self, raw: bytes, error: BadFrame) -> None:
        if raw.isspace():
            return
        self._status.count("bad_frames")
        self._status.dead_letter(raw, str(error))
        # It may have been a trade, and REST may have it in a form we can read.
        self._status.gap("bad_frame")
