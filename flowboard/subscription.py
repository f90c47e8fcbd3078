"""What one client of /ws/stream wants: checked once, equal where it means the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowboard.errors import BadParameter
from flowboard.models import WINDOWS_MS

CHANNELS = ("hot", "trades", "whales")
SORTS = ("notional", "volume", "net_flow", "heat")
COMBOS = ("exclude", "include")
KEYS = ("channels", "window", "sort", "limit", "combos")
LIMIT_MAX = 500
SHOWN_MAX = 40  # Of what a client sent, so much is said back to it.


@dataclass(frozen=True, slots=True)
class Subscription:
    """One stream's contents. Clients with equal subscriptions share a stream.

    Attributes:
        channels: Which lists it carries, in the order of `CHANNELS`.
        window: Key of `models.WINDOWS_MS`.
        sort: What ranks the hot markets.
        limit: Most hot markets, 1 to 500.
        combos: Whether combo markets are in any list.
    """

    channels: tuple[str, ...] = CHANNELS
    window: str = "5m"
    sort: str = "notional"
    limit: int = 50
    combos: bool = False

    def public(self) -> dict[str, Any]:
        """Return it as a client would write it, every value in force."""
        return {
            "channels": list(self.channels),
            "window": self.window,
            "sort": self.sort,
            "limit": self.limit,
            "combos": "include" if self.combos else "exclude",
        }


def parse_query(
    pairs: Iterable[tuple[str, str]], default: Subscription
) -> Subscription:
    """Return the subscription of a query string.

    Raises:
        BadParameter: The text names the key or value, and what is allowed.
    """
    values: dict[str, str] = {}
    for key, value in pairs:
        if key in values:
            raise BadParameter(f"{_shown(key)} is given twice: give it once")
        values[key] = value
    return parse(values, default)


def parse(values: Mapping[str, Any], default: Subscription) -> Subscription:
    """Return the subscription that `values` ask for; what they leave out is default.

    Args:
        values: Texts; `channels` may also be a list of texts, `limit` an integer.
        default: What holds for keys that are not there.

    Raises:
        BadParameter: The text names the key or value, and what is allowed.
    """
    for key in values:
        if key not in KEYS:
            raise BadParameter(f"{_shown(key)} is no parameter: use {', '.join(KEYS)}")
    subscription = Subscription(
        channels=_channels(values.get("channels", default.channels)),
        window=_one_of("window", values.get("window", default.window), WINDOWS_MS),
        sort=_one_of("sort", values.get("sort", default.sort), SORTS),
        limit=_limit(values.get("limit", default.limit)),
        combos=(
            _one_of("combos", values["combos"], COMBOS) == "include"
            if "combos" in values
            else default.combos
        ),
    )
    if subscription.sort == "heat" and subscription.window == "24h":
        raise BadParameter(
            "sort heat is not offered for window 24h: take another sort or window"
        )
    return subscription


def _channels(value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names:
        raise BadParameter(
            f"channels {_shown(value)} is no list: name some of {', '.join(CHANNELS)}"
        )
    for name in names:
        _one_of("channels", name, CHANNELS)
    return tuple(channel for channel in CHANNELS if channel in names)


def _one_of(key: str, value: Any, allowed: Iterable[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise BadParameter(
            f"{key} {_shown(value)} is not known: use {', '.join(allowed)}"
        )
    return value


def _limit(value: Any) -> int:
    number = value
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isdigit()
        and len(value) < 9
    ):
        number = int(value)
    if type(number) is not int or not 1 <= number <= LIMIT_MAX:
        raise BadParameter(
            f"limit {_shown(value)} is out of range: give a number from 1 to {LIMIT_MAX}"
        )
    return number


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return "'" + "".join(c for c in text[:SHOWN_MAX] if c.isprintable()) + "'"
