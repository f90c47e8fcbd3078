"""What KalshiWhale's endpoints answer with, as types; see `answer_types`."""

from msgspec import Struct

from flowboard.http_api.answer_types_market import MarketObject


class WhaleStatus(Struct, frozen=True, kw_only=True):
    """The server in a few words.

    Attributes:
        status: running; starting while the windows are being rebuilt.
        timestamp: The server's wall clock, ISO 8601, UTC.
        last_update: When the newest trade was made; null before the first.
        active_connections: Clients of `/ws/stream` and of `/ws`.
        total_markets: Markets that are known here.
        websocket_enabled: Always true: there is `/ws`.
        feed: live, delayed, healing, polling, stale, storage_degraded or starting.
    """

    status: str
    timestamp: str
    last_update: str | None
    active_connections: int
    total_markets: int
    websocket_enabled: bool
    feed: str


class TopMarkets(Struct, frozen=True, kw_only=True):
    """The markets with the most dollars of the last 24 hours.

    Attributes:
        markets: Most first.
        count: Of them.
        timestamp: The server's wall clock, ISO 8601, UTC.
    """

    markets: tuple[MarketObject, ...]
    count: int
    timestamp: str


class WhaleAlerts(Struct, frozen=True, kw_only=True):
    """The markets whose dollars of the last 24 hours exceed a threshold.

    Attributes:
        alerts: Markets, most dollars first.
        count: Of them.
        threshold: In dollars.
        timestamp: The server's wall clock, ISO 8601, UTC.
    """

    alerts: tuple[MarketObject, ...]
    count: int
    threshold: float
    timestamp: str


class Refreshed(Struct, frozen=True, kw_only=True):
    """The exchange's markets were read.

    Attributes:
        success: Always true: what fails is an error.
        message: A sentence.
        count: Markets that were read.
        timestamp: The server's wall clock, ISO 8601, UTC.
    """

    success: bool
    message: str
    count: int
    timestamp: str
