"""Every frame of /ws/stream, version 1, both ways, as types.

Prices, counts and dollars are decimal strings, `_ms` is Unix milliseconds, keys that are
not known are read over: within version 1 types and keys are only added. What a client
reads, what the AsyncAPI document describes and what docs/stream.md shows is this.

from_server  snapshot, delta, heartbeat, resumed, trades, pong, error
to_server    ping, get_snapshot, subscribe
values       what they carry: trades, rows, totals, subscriptions
events       and events
"""

import msgspec

from flowboard.stream_frames.events import Event, EventKind, EventMarket, EventSide
from flowboard.stream_frames.from_server import (
    KINDS,
    VERSION,
    Delta,
    Error,
    Heartbeat,
    Pong,
    Resumed,
    ServerFrame,
    Snapshot,
    Trades,
    read_frame,
)
from flowboard.stream_frames.to_server import ClientFrame, GetSnapshot, Ping, Subscribe
from flowboard.stream_frames.values import (
    Feed,
    HotRow,
    InForce,
    Limits,
    Missed,
    RowChange,
    Sort,
    Stats,
    Trade,
    Wanted,
)

__all__ = [
    "KINDS",
    "VERSION",
    "ClientFrame",
    "Delta",
    "Error",
    "Event",
    "EventKind",
    "EventMarket",
    "EventSide",
    "Feed",
    "GetSnapshot",
    "Heartbeat",
    "HotRow",
    "InForce",
    "Limits",
    "Missed",
    "Ping",
    "Pong",
    "Resumed",
    "RowChange",
    "ServerFrame",
    "Snapshot",
    "Sort",
    "Stats",
    "Subscribe",
    "Trade",
    "Trades",
    "Wanted",
    "read_frame",
    "write_frame",
]


def write_frame(frame: ServerFrame | ClientFrame) -> str:
    """Return a frame as it is sent."""
    return msgspec.json.encode(frame).decode()
