"""What frames of the lifecycle channels look like, one shape for each type of event.

No recording has any: these are the exchange's own description of them.
"""

FRAME = {"sid": "positive", "seq": "positive~", "sending_ts_ms": "ms~"}
ABOUT = {"market_ticker": "ticker", "event_type": "word"}
GRID = {"price_level_structure": "word", "price_ranges": "[@rest.price_range]"}

STEPS: dict[str, dict[str, str]] = {
    "created": {
        "exchange_index": "whole",
        "open_ts": "s",
        "close_ts": "s",
        "additional_metadata": "@lifecycle.metadata",
        **GRID,
    },
    "activated": {"is_deactivated": "flag"},
    "deactivated": {"is_deactivated": "flag"},
    "close_date_updated": {"close_ts": "s"},
    "determined": {
        "determination_ts": "s",
        "result": "word",
        "settlement_value": "price",
    },
    "settled": {"settled_ts": "s"},
    "price_level_structure_updated": GRID,
    "metadata_updated": {
        "strike_type": "word?",
        "floor_strike": "number?",
        "cap_strike": "number?",
        "custom_strike": "object?",
        "yes_sub_title": "text?",
    },
}

LIFECYCLE_SHAPES: dict[str, dict[str, str]] = {
    "lifecycle.metadata": {
        "name": "text",
        "title": "text",
        "yes_sub_title": "text",
        "no_sub_title": "text",
        "rules_primary": "text",
        "rules_secondary": "text",
        "can_close_early": "flag",
        "event_ticker": "ticker",
        "expected_expiration_ts": "s?",
        "strike_type": "word?",
        "floor_strike": "number?",
        "cap_strike": "number?",
        "custom_strike": "object?",
    },
    "event_lifecycle": {"type": "=event_lifecycle", "msg": "@event.msg", **FRAME},
    "event.msg": {
        "event_ticker": "ticker",
        "exchange_index": "whole",
        "title": "text",
        "subtitle": "text",
        "collateral_return_type": "text",
        "series_ticker": "ticker",
        "strike_date": "s?",
        "strike_period": "text?",
    },
}
for channel in ("market_lifecycle_v2", "multivariate_market_lifecycle"):
    for step, details in STEPS.items():
        LIFECYCLE_SHAPES[f"{channel}.{step}"] = {
            "type": f"={channel}",
            "msg": f"@lifecycle.{step}",
            **FRAME,
        }
        LIFECYCLE_SHAPES[f"lifecycle.{step}"] = {**ABOUT, **details}
