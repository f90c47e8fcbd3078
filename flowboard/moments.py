"""Spans and moments as people write them -> milliseconds, and back."""

from datetime import UTC, datetime

from flowboard.errors import ConfigError

UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DIGITS_MAX = 9


def duration_ms(text: str, name: str) -> int:
    """Return the milliseconds in a text such as 90s, 45m, 1h, 2d.

    Raises:
        ConfigError: It is none; the text names the option `name`.
    """
    found = _duration_ms(text)
    if found is None:
        raise ConfigError(name, f"is {text!r}", "give a span such as 90s, 45m or 1h")
    return found


def moment_ms(text: str, name: str, now_ms: int) -> int:
    """Return Unix ms of an ISO date or time, of a span ago such as 2d, or of `now`.

    A time without a zone is UTC.

    Raises:
        ConfigError: It is none; the text names the option `name`.
    """
    ago_ms = 0 if text == "now" else _duration_ms(text)
    if ago_ms is not None:
        return max(0, now_ms - ago_ms)
    unix_ms = _iso_ms(text)
    if unix_ms is None:
        raise ConfigError(
            name,
            f"is {text!r}",
            "give a time such as 2026-11-21T13:00 (UTC), a span ago such as 90m or 2d, "
            "or now",
        )
    return unix_ms


def shown_moment(unix_ms: int) -> str:
    """Return Unix ms as ISO 8601, UTC, to the second."""
    return f"{datetime.fromtimestamp(unix_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def shown_span(span_ms: int) -> str:
    """Return a span as its two largest units: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if span_ms < 10_000:
        return f"{span_ms / 1000:.1f} s"
    seconds = span_ms // 1000
    for size, unit, below, below_unit in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            return f"{whole:,} {unit} {rest // below} {below_unit}"
    return f"{seconds} s"


def _iso_ms(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    unix_ms = round(moment.timestamp() * 1000)
    return unix_ms if unix_ms >= 0 else None


def _duration_ms(text: str) -> int | None:
    number, unit = text[:-1], text[-1:]
    digits = number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX
    return int(number) * UNITS_MS[unit] if digits and unit in UNITS_MS else None
