"""Frames from the server."""

import msgspec
from msgspec import Struct

from flowboard.stream_frames.events import Event
from flowboard.stream_frames.values import (
    Feed,
    HotRow,
    InForce,
    MessageId,
    Missed,
    Ms,
    RowChange,
    Seq,
    Stats,
    Trade,
)

VERSION = 1


class Snapshot(Struct, frozen=True, tag="snapshot", omit_defaults=True):
    """The whole state: it replaces everything that a client has.

    Attributes:
        v: Version of the stream.
        epoch: Names process and stream; offsets are comparable within one.
        offset: Of the last delta that is in it.
        seq: The newest trade in its figures.
        ts_ms: Board time.
        window: What the figures are sums over.
        window_from_ms: The window's first millisecond.
        window_to_ms: The first one after it.
        window_covered_ms: How much of it the tape reaches over.
        mode: live, polling or demo: how the board was started.
        feed: How trades reach the server.
        subscription: Every value in force.
        stats: Totals.
        hot_markets: Ranked; not there without the channel, as the next two.
        recent_trades: The 200 newest by exchange time, newest first.
        whales: The largest prints of the window, largest first.
        events: With their channel alone: ranked by flow where `sort` is net_flow, else
            by dollars; the first 100 at most.
        id: Of the message that it answers.
        recovered: false where the client asked to resume and could not.
        missed: What a client that was too slow was not sent.
    """

    v: int
    epoch: str
    offset: int
    seq: Seq
    ts_ms: Ms
    window: str
    window_from_ms: Ms
    window_to_ms: Ms
    window_covered_ms: int
    mode: str
    feed: Feed
    subscription: InForce
    stats: Stats
    hot_markets: tuple[HotRow, ...] = ()
    recent_trades: tuple[Trade, ...] = ()
    whales: tuple[Trade, ...] = ()
    events: tuple[Event, ...] = ()
    id: MessageId | None = None
    recovered: bool = True
    missed: Missed | None = None


class Delta(Struct, frozen=True, tag="delta", omit_defaults=True):
    """What has changed since the last one.

    Attributes:
        offset: The one before plus one.
        seq: The newest trade in its figures.
        ts_ms: Board time.
        window: What the figures are sums over.
        window_from_ms: The window's first millisecond.
        window_to_ms: The first one after it.
        window_covered_ms: How much of it the tape reaches over.
        stats: Totals.
        trades: Every new trade, oldest first; never cut.
        hot_markets: Rows that entered, whole; of others the ticker and what changed.
        left: Tickers that are no longer among the first.
        whales: Those that entered the list.
        events: Those that entered the list or changed, whole.
        events_left: Event tickers that are no longer among the first.
        feed: Where more than its age changed.
    """

    offset: int
    seq: Seq
    ts_ms: Ms
    window: str
    window_from_ms: Ms
    window_to_ms: Ms
    window_covered_ms: int
    stats: Stats
    trades: tuple[Trade, ...] = ()
    hot_markets: tuple[RowChange, ...] = ()
    left: tuple[str, ...] = ()
    whales: tuple[Trade, ...] = ()
    events: tuple[Event, ...] = ()
    events_left: tuple[str, ...] = ()
    feed: Feed | None = None


class Heartbeat(Struct, frozen=True, tag="heartbeat"):
    """Nothing has changed for five seconds.

    Attributes:
        offset: The last delta's: shows that none is missing.
        ts_ms: Board time.
        feed: How trades reach the server.
    """

    offset: int
    ts_ms: Ms
    feed: Feed


class Resumed(Struct, frozen=True, tag="resumed"):
    """The deltas that a client missed follow, all of them.

    Attributes:
        epoch: The client's.
        offset: The client's; the next delta has this plus one.
        recovered: Always true.
    """

    epoch: str
    offset: int
    recovered: bool


class Trades(Struct, frozen=True, tag="trades"):
    """Trades that were made while a client was away, oldest first by `seq`.

    Attributes:
        trades: At most 1,000 that pass the filter; also none.
        seq: Up to here the client has them all.
        done: Whether these are the last; deltas follow.
    """

    trades: tuple[Trade, ...]
    seq: Seq
    done: bool


class Pong(Struct, frozen=True, tag="pong", omit_defaults=True):
    """Answer to a ping.

    Attributes:
        id: Of the message, where it had one.
    """

    id: MessageId | None = None


class Error(Struct, frozen=True, tag="error", omit_defaults=True):
    """What was asked for is refused.

    Attributes:
        code: For programs; it stays.
        message: A sentence for people.
        id: Of the message, where it had one.
    """

    code: str
    message: str
    id: MessageId | None = None


ServerFrame = Snapshot | Delta | Heartbeat | Resumed | Trades | Pong | Error
KINDS = tuple(
    str(kind.__struct_config__.tag)
    for kind in (Snapshot, Delta, Heartbeat, Resumed, Trades, Pong, Error)
)

_decoder: msgspec.json.Decoder[ServerFrame] = msgspec.json.Decoder(ServerFrame)


class _Kind(Struct):
    type: str


def read_frame(text: str | bytes) -> ServerFrame | None:
    """Return a frame from the server; None where its type is not known.

    Raises:
        msgspec.ValidationError: It is not as it should be.
        msgspec.DecodeError: It is no JSON.
    """
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError:
        if msgspec.json.decode(text, type=_Kind).type in KINDS:
            raise
        return None
