"""A WebSocket frame -> what it says; a trade frame -> a `Trade`, checked.

Nearly every frame is a trade or a quote of the newest form, and takes the short way: one
typed decode of the fields that are kept, then a few look-ups. Whatever that way refuses
(older fields, a missing `ts_ms`, a key of an unexpected type) is read once more,
tolerantly, by `old_trade` and `old_quote`. What even that refuses is a `BadFrame`, or a
`BadChange` where it was no trade: counted by the caller. Unknown keys are read over
everywhere.
"""

from binascii import unhexlify
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowboard.errors import BadChange, BadFrame
from flowboard.kalshi import fields
from flowboard.kalshi.lifecycle_messages import LIFECYCLE_TYPES, lifecycle_message
from flowboard.kalshi.lifecycle_messages import LifecycleMessage as LifecycleMessage
from flowboard.kalshi.older_forms import old_quote, old_trade
from flowboard.market_info import Quote
from flowboard.models import Trade


class TradeMessage(msgspec.Struct, gc=False):
    """The kept fields of a trade of today's form.

    What can be said of a field in its type is checked while it is decoded.
    """

    trade_id: Annotated[str, Meta(min_length=36, max_length=36)]
    market_ticker: str
    yes_price_dollars: str
    no_price_dollars: str
    count_fp: str
    taker_outcome_side: Literal["yes", "no"]
    ts_ms: Annotated[int, Meta(ge=fields.TS_MIN_MS, le=fields.TS_MAX_MS)]
    is_block_trade: bool = False


class TradeFrame(msgspec.Struct, gc=False, tag="trade"):
    """One public print of today's form."""

    msg: TradeMessage
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


class OldTradeFrame(msgspec.Struct, gc=False):
    """One public print of an older or incomplete form, its keys not yet checked."""

    msg: dict[str, Any]
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


class TickerMessage(msgspec.Struct, gc=False):
    """The kept fields of a market's figures, as of today's form."""

    market_ticker: str
    yes_bid_dollars: str
    yes_ask_dollars: str
    ts_ms: Annotated[int, Meta(ge=fields.TS_MIN_MS, le=fields.TS_MAX_MS)]
    yes_bid_size_fp: str = ""
    yes_ask_size_fp: str = ""
    open_interest_fp: str = ""


class TickerFrame(msgspec.Struct, gc=False, tag="ticker"):
    """A market's figures after one of them has changed; never numbered."""

    msg: TickerMessage
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


class OldTickerFrame(msgspec.Struct, gc=False):
    """A market's figures in an older or incomplete form, not yet checked."""

    msg: dict[str, Any]
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


class LifecycleFrame(msgspec.Struct, gc=False):
    """What one of the lifecycle channels tells."""

    msg: LifecycleMessage
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


class Channel(msgspec.Struct, gc=False):
    """What a `subscribed` tells."""

    channel: str
    sid: int


class SubscribedFrame(msgspec.Struct, gc=False, tag="subscribed"):
    """The answer to the first subscription of a channel."""

    msg: Channel
    id: int = 0
    sending_ts_ms: int | None = None


class OkFrame(msgspec.Struct, gc=False, tag="ok"):
    """The answer to a command; its `msg`, an object or an array, is not kept."""

    id: int = 0
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


class UnsubscribedFrame(msgspec.Struct, gc=False, tag="unsubscribed"):
    """A subscription has ended."""

    id: int = 0
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


class ErrorMessage(msgspec.Struct, gc=False):
    """Code and text of an error."""

    code: int = 0
    msg: str = ""


class ErrorFrame(msgspec.Struct, gc=False, tag="error"):
    """A command was refused, or (with a `sid`) something happened to a subscription."""

    msg: ErrorMessage
    id: int = 0
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


class UnknownFrame(msgspec.Struct, gc=False):
    """A frame of a type that is not read here."""

    type: str
    sid: int | None = None
    seq: int | None = None
    sending_ts_ms: int | None = None


KnownFrame = (
    TradeFrame
    | TickerFrame
    | SubscribedFrame
    | OkFrame
    | UnsubscribedFrame
    | ErrorFrame
)
Frame = KnownFrame | OldTradeFrame | OldTickerFrame | LifecycleFrame | UnknownFrame

KNOWN_TYPES = frozenset({"trade", "subscribed", "ok", "unsubscribed", "error"})
DASHES = slice(8, 24, 5)  # Where they stand in 8-4-4-4-12.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Decoder:
    """Frames -> `Frame`s -> `Trade`s, for one feed.

    Args:
        memory: What was read before; shared with the rows of REST where given.
    """

    def __init__(self, memory: fields.FieldMemory | None = None) -> None:
        self._decode: Callable[[bytes], KnownFrame] = msgspec.json.Decoder(
            KnownFrame
        ).decode
        memory = memory or fields.FieldMemory()
        self._memory = memory
        self._price_pairs = memory.price_pairs
        self._counts_e2 = memory.counts_e2
        self._tickers = memory.tickers
        self._bids_e4 = memory.bids_e4
        self._asks_e4 = memory.asks_e4
        self._quantities_e2 = memory.quantities_e2

    def decode(self, raw: bytes) -> Frame:
        """Return what the frame `raw` says.

        Raises:
            BadFrame: Not a JSON object with a `type`, or one that lacks what its type
                needs.
            BadChange: The same, of a type that is no trade and no answer.
        """
        try:
            return self._decode(raw)
        except UNREADABLE as refusal:
            return _decode_again(raw, refusal)

    def trade(self, frame: TradeFrame, received_ms: int) -> Trade:
        """Return the trade of a frame of today's form.

        Args:
            frame: From `decode`.
            received_ms: Wall clock when the frame was read.

        Raises:
            BadFrame: A field cannot be read or cannot be true.
        """
        message = frame.msg
        yes_e4, no_dollars = self._price_pairs[message.yes_price_dollars]
        if no_dollars != message.no_price_dollars:  # Wrong, or written another way.
            no_e4 = self._memory.prices_e4[message.no_price_dollars]
            fields.whole_dollar(yes_e4, no_e4)
        text = message.trade_id
        try:
            trade_id = unhexlify(text.replace("-", ""))
        except ValueError:
            trade_id = b""
        # 16 bytes of 36 characters: exactly four were dashes.
        if text[DASHES] != "----" or len(trade_id) != 16:
            trade_id = fields.trade_id(text)
        return Trade(
            trade_id,
            self._tickers[message.market_ticker],
            message.ts_ms,
            yes_e4,
            self._counts_e2[message.count_fp],
            message.taker_outcome_side == "yes",
            message.is_block_trade,
            True,
            received_ms,
            "ws",
        )

    def old_trade(self, frame: OldTradeFrame, received_ms: int) -> Trade:
        """Return the trade of a frame of another form; like `trade` otherwise.

        Raises:
            BadFrame: A field is missing, cannot be read or cannot be true.
        """
        return old_trade(frame.msg, received_ms, self._memory)

    def quote(self, frame: TickerFrame) -> tuple[str, Quote]:
        """Return the market of a frame of today's form, and its quote.

        Raises:
            BadChange: A field cannot be read or cannot be true.
        """
        message = frame.msg
        quantities_e2 = self._quantities_e2
        try:
            return self._tickers[message.market_ticker], Quote(
                message.ts_ms,
                self._bids_e4[message.yes_bid_dollars],
                self._asks_e4[message.yes_ask_dollars],
                quantities_e2[message.yes_bid_size_fp],
                quantities_e2[message.yes_ask_size_fp],
                # Seldom the same twice.
                fields.quantity_e2(message.open_interest_fp),
            )
        except BadFrame as error:
            raise BadChange(str(error)) from error

    def old_quote(self, frame: OldTickerFrame, received_ms: int) -> tuple[str, Quote]:
        """Return the market of a frame of another form, and its quote.

        Args:
            frame: From `decode`.
            received_ms: Wall clock when the frame was read, for want of a time in it.

        Raises:
            BadChange: A field is missing, cannot be read or cannot be true.
        """
        told_ms = frame.sending_ts_ms
        try:
            return old_quote(frame.msg, told_ms or received_ms, self._memory)
        except BadFrame as error:
            raise BadChange(str(error)) from error


def _decode_again(raw: bytes, refusal: Exception) -> Frame:
    try:
        frame = msgspec.json.decode(raw)
    except UNREADABLE as error:
        raise BadFrame(f"not JSON: {error}") from error
    kind = frame.get("type") if isinstance(frame, dict) else None
    if not isinstance(kind, str):
        raise BadFrame("not a JSON object with a type") from refusal
    sid, seq, sent = (
        value if type(value := frame.get(key)) is int else None
        for key in ("sid", "seq", "sending_ts_ms")
    )
    message = frame.get("msg")
    if kind == "ticker" or kind in LIFECYCLE_TYPES:
        if not isinstance(message, dict):
            raise BadChange(f"type {kind}: without an object `msg`", sid, seq)
        if kind == "ticker":
            return OldTickerFrame(message, sid, seq, sent)
        try:
            return LifecycleFrame(lifecycle_message(kind, message), sid, seq, sent)
        except BadChange as error:
            raise BadChange(str(error), sid, seq) from error
    if kind not in KNOWN_TYPES:
        return UnknownFrame(kind, sid, seq, sent)
    if kind == "trade" and isinstance(message, dict):
        return OldTradeFrame(message, sid, seq, sent)
    raise BadFrame(f"type {kind}: {refusal}") from refusal
