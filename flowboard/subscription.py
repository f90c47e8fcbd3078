"""What one client of /ws/stream wants: checked once, equal where it means the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowboard.errors import BadParameter
from flowboard.models import WINDOWS_MS
from flowboard.money import format_dollars_e6
from flowboard.parameters import known_only, once, one_of, shown, whole_number
from flowboard.trade_filter import (
    FILTER_KEYS,
    FILTER_LIMITS,
    SINGLES,
    TradeFilter,
    filter_of,
)

CHANNELS = ("hot", "trades", "whales", "events")
DEFAULT_CHANNELS = ("hot", "trades", "whales")  # Events cost more; they are asked for.
SORTS = ("notional", "volume", "net_flow", "heat")
TICKS_MS = (25, 100, 250, 1_000)
TICK_MS = 100
LIMIT_MAX = 500
KEYS = ("channels", "window", "sort", "limit", "tick_ms", *FILTER_KEYS)
# Told in a snapshot's subscription, and read over where a client sends that back.
LIMITS = {"limit": LIMIT_MAX, **FILTER_LIMITS}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One stream's contents. Clients with equal subscriptions share a stream.

    Attributes:
        channels: Which lists it carries, in the order of `CHANNELS`.
        window: Key of `models.WINDOWS_MS`.
        sort: What ranks the hot markets.
        limit: Most hot markets, 1 to 500.
        tick_ms: The shortest time between two of its deltas, one of `TICKS_MS`.
        filter: Which markets are on its lists, and which trades and whales.
    """

    channels: tuple[str, ...] = DEFAULT_CHANNELS
    window: str = "5m"
    sort: str = "notional"
    limit: int = 50
    tick_ms: int = TICK_MS
    filter: TradeFilter = SINGLES

    def public(self) -> dict[str, Any]:
        """Return it as a client would write it, every value in force, and `limits`."""
        wanted = self.filter
        least_e6 = wanted.min_notional_e6
        return {
            "channels": list(self.channels),
            "window": self.window,
            "sort": self.sort,
            "limit": self.limit,
            "tick_ms": self.tick_ms,
            "combos": "include" if wanted.combos else "exclude",
            "tickers": None if wanted.tickers is None else list(wanted.tickers),
            "series": None if wanted.series is None else list(wanted.series),
            "category": None if wanted.category is None else list(wanted.category),
            "league": None if wanted.league is None else list(wanted.league),
            "min_notional": format_dollars_e6(least_e6) if least_e6 else None,
            "side": wanted.side,
            "live_only": wanted.live_only,
            "limits": LIMITS,
        }


def parse_query(
    pairs: Iterable[tuple[str, str]], default: Subscription
) -> Subscription:
    """Return the subscription of a query string.

    Raises:
        BadParameter: The text names the key or value, and what is allowed.
    """
    return parse(once(pairs), default)


def parse(values: Mapping[str, Any], default: Subscription) -> Subscription:
    """Return the subscription that `values` ask for; what they leave out is default.

    Args:
        values: As texts or as JSON has them; None is the same as left out.
        default: What holds for keys that are not there.

    Raises:
        BadParameter: The text names the key or value, and what is allowed.
    """
    values = {key: v for key, v in values.items() if v is not None and key != "limits"}
    known_only(values, KEYS)
    subscription = Subscription(
        channels=_channels(values.get("channels", default.channels)),
        window=one_of("window", values.get("window", default.window), WINDOWS_MS),
        sort=one_of("sort", values.get("sort", default.sort), SORTS),
        limit=whole_number("limit", values.get("limit", default.limit), 1, LIMIT_MAX),
        tick_ms=_tick_ms(values.get("tick_ms", default.tick_ms)),
        filter=filter_of(values, default.filter),
    )
    if subscription.sort == "heat" and subscription.window == "24h":
        raise BadParameter(
            "sort heat is not offered for window 24h: take another sort or window"
        )
    return subscription


def _channels(value: Any) -> tuple[str, ...]:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        given = [value]  # No list: refused as any unknown name.
    for name in given:
        one_of("channels", name, CHANNELS)
    return tuple(channel for channel in CHANNELS if channel in given)


def _tick_ms(value: Any) -> int:
    for tick_ms in TICKS_MS:
        if type(value) in (int, str) and str(value) == str(tick_ms):
            return tick_ms
    allowed = ", ".join(map(str, TICKS_MS))
    raise BadParameter(f"tick_ms {shown(value)} is not offered: use {allowed}")
