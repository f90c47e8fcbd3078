"""Invented markets in events, with outcomes, strikes, quotes and ends, for the page."""

from typing import Any

from tests.page_stage import START_MS, Frame, row, trade

HOUR_MS = 3_600_000
# Title, short form, category, and outcomes with theirs.
EVENTS: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Harbor City at River Falls",
        "HAR @ RIV",
        "Sports",
        (("River Falls", " · RIV"), ("Harbor City", " · HAR")),
    ),
    (
        "Highest temperature in Springfield on Saturday?",
        "High SPR",
        "Climate and Weather",
        (
            ("61° to 62°", " 61°\N{EN DASH}62°"),
            ("63° or above", " ≥ 63°"),
            ("59° to 60°", " 59°\N{EN DASH}60°"),
            ("58° or below", " ≤ 58°"),
        ),
    ),
    (
        "Bitcoin price on Friday at 5pm EST?",
        "BTC",
        "Crypto",
        (
            ("$98,000 or above", " ≥ 98k"),
            ("$99,000 or above", " ≥ 99k"),
            ("$97,250 or above", " ≥ 97,250"),
        ),
    ),
    (
        "Fed decision in December?",
        "Fed Dec",
        "Economics",
        (("Cut of 25 bps", " · Cut 25"), ("Maintains rate", " · Hold")),
    ),
    (
        "Will the tunnel open before January?",
        "Tunnel opens",
        "Politics",
        (("Before January 1", " · Before Jan 1"),),
    ),
    (
        "CPI year-over-year in November",
        "CPI Nov",
        "Economics",
        (("Above 2.9%", " > 2.9%"),),
    ),
    ("Best Picture", "Best Picture", "Culture", (("Paper Lanterns", " · Lanterns"),)),
    (
        "Northern league final",
        "League final",
        "Sports",
        (("Goes to extra time", " · Extra time"),),
    ),
)


def market(n: int, **fields: Any) -> Frame:
    """Return an invented hot row; the larger `n`, the smaller its figures."""
    flat = [
        (number, event, outcome)
        for number, event in enumerate(EVENTS)
        for outcome in event[3]
    ]
    # The events come again from week to week, so that a board is full.
    week, place = divmod(n, len(flat))
    number, event, outcome = flat[place]
    made = row(n)
    last_e4 = round(float(made["yes_price_dollars"]) * 10_000)
    place_in_event = event[3].index(outcome)
    event_ticker = f"KXSAMPLE{number}-26NOV{21 + week}"
    return (
        made
        | {
            "market_ticker": f"{event_ticker}-T{place_in_event}",
            "event_ticker": event_ticker,
            "event_title": "",
            "title": f"{event[0]} · {outcome[0]}",
            "outcome": outcome[0],
            "short_label": f"{event[1]}{outcome[1]}",
            "ends_ts_ms": START_MS + (n + 1) * HOUR_MS // 2,
            "ends_by": "expected_expiration",
            "yes_bid_dollars": f"{max(100, last_e4 - 100) / 10_000:.4f}",
            "yes_ask_dollars": f"{min(9900, last_e4 + 100) / 10_000:.4f}",
        }
        | fields
    )


def print_of(seq: int, n: int, **fields: Any) -> Frame:
    """Return an invented print of market `n`."""
    return trade(seq, market_ticker=market(n)["market_ticker"]) | fields


def events_answer() -> Frame:
    """Return what `/api/events` says of the three largest flows."""
    return {
        "events": [
            {
                "event_ticker": "KXSAMPLE0-26NOV21",
                "title": "Harbor City at River Falls",
                "plus_side": "Harbor City",
                "minus_side": "River Falls",
                "net_flow_fp": "-41000.00",
                "volume_fp": "41000.00",
                "plus_flow_dollars": "0.000000",
                "minus_flow_dollars": "19100.000000",
                "notional_dollars": "19100.000000",
            },
            {
                "event_ticker": "KXSAMPLE1-26NOV21",
                "title": "Highest temperature in Springfield on Saturday?",
                "plus_side": "up",
                "minus_side": "down",
                "net_flow_fp": "800.00",
                "volume_fp": "1000.00",
                "plus_flow_dollars": "4210.000000",
                "minus_flow_dollars": "90.000000",
                "notional_dollars": "4300.000000",
            },
            {
                "event_ticker": "KXSAMPLE3-26NOV21",
                "title": "Fed decision in December?",
                "plus_side": None,
                "minus_side": None,
                "net_flow_fp": None,
                "plus_flow_dollars": "0.000000",
                "minus_flow_dollars": "0.000000",
                "notional_dollars": "3300.000000",
            },
        ],
        "count": 3,
    }


def categories_answer() -> Frame:
    """Return what `/api/categories` says."""

    def part(key: str, name: str, open_markets: int, **more: Any) -> Frame:
        return {
            key: name,
            "open_markets": open_markets,
            "active_markets": 3,
            "notional_dollars": "100.000000",
        } | more

    leagues = [part("league", "Northern League (W)", 12)]
    series = [
        part("series_ticker", "KXSAMPLE2", 40, title="Bitcoin, hourly"),
        part("series_ticker", "KXOTHER", 4, title=""),
    ]
    return {
        "categories": [
            part("category", "Sports", 1204, leagues=leagues, series=series[1:]),
            part("category", "Crypto", 310, leagues=[], series=series),
            part("category", "Economics", 25, leagues=[], series=[]),
        ],
        "count": 3,
    }


def usual_answer(dollars: str | None = "721356.250000", **fields: Any) -> Frame:
    """Return what `/api/usual` says of five minutes."""
    made = {
        "window": "5m",
        "window_from_ms": START_MS - 300_000,
        "window_to_ms": START_MS,
        "usual_notional_dollars": dollars,
        "days": 0 if dollars is None else 6,
        "ts_ms": START_MS,
    }
    return made | fields
