"""What REST said of a market or series, as JSON -> its rules, in one steady shape.

The exchange leaves keys out, sends null for them, and adds others. Whatever is not of
the kind that a key should have is as if it were not there.
"""

from typing import Any

import orjson

RANGES_MAX = 100
SOURCES_MAX = 50
TEXT_MAX = 100_000

TEXTS = (
    "rules_primary",
    "rules_secondary",
    "early_close_condition",
    "expiration_value",
    "strike_type",
    "functional_strike",
    "price_level_structure",
    "expiration_time",
    "latest_expiration_time",
    "settlement_ts",
)
NUMBERS = ("floor_strike", "cap_strike", "settlement_timer_seconds")
RANGE_KEYS = ("start", "end", "step")

Fields = dict[str, Any]


def rules_of(market: bytes | None, event: bytes | None, series: bytes | None) -> Fields:
    """Return the rules of a market; the same keys before anything is known.

    Args:
        market: Its REST object.
        event, series: Those of its event and series: one of them names the sources
            that decide it.
    """
    said = _object(market)
    fields: Fields = {key: _text(said.get(key)) for key in TEXTS}
    fields |= {key: _number(said.get(key)) for key in NUMBERS}
    early = said.get("can_close_early")
    custom = said.get("custom_strike")
    fields["can_close_early"] = early if isinstance(early, bool) else None
    fields["custom_strike"] = custom if isinstance(custom, dict) else None
    fields["price_ranges"] = [
        {key: str(each[key]) for key in RANGE_KEYS}
        for each in _list(said.get("price_ranges"), RANGES_MAX)
        if isinstance(each, dict) and all(key in each for key in RANGE_KEYS)
    ]
    named = (_object(other).get("settlement_sources") for other in (event, series))
    fields["settlement_sources"] = [
        {"name": _text(each.get("name")), "url": _text(each.get("url"))}
        for each in _list(next(filter(None, named), None), SOURCES_MAX)
        if isinstance(each, dict)
    ]
    return fields


def _object(text: bytes | None) -> Fields:
    if text is None:
        return {}
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str:
    return value[:TEXT_MAX] if isinstance(value, str) else ""


def _number(value: Any) -> int | float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def _list(value: Any, most: int) -> list[Any]:
    return value[:most] if isinstance(value, list) else []
