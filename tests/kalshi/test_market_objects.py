from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.errors import BadFrame
from flowboard.kalshi.market_objects import (
    event_info,
    market_info,
    market_quote,
    series_info,
    strike_of,
    time_of,
)
from flowboard.market_info import EventInfo, Leg, MarketInfo, Quote, SeriesInfo
from tests.kalshi.market_json import a_market, a_series, an_event, an_old_market

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)
KEYS = sorted(
    a_market().keys()
    | {"floor_strike", "cap_strike", "mve_selected_legs", "settlement_ts"}
    | {"settlement_value_dollars", "yes_bid", "open_interest"}
)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_market_of_today_is_read_whole() -> None:
    """Every field that is kept, from its key."""
    market = a_market(floor_strike=84, cap_strike="85.5")

    info = market_info(market, 77)

    assert info == MarketInfo(
        ticker="KXRAIN-26NOV21-NYC",
        event_ticker="KXRAIN-26NOV21",
        title="Will it rain in NYC on Nov 21?",
        outcome="Rain",
        no_outcome="No rain",
        status="active",
        open_ms=ms("2026-11-20T11:00:00"),
        close_ms=ms("2026-11-22T04:59:00"),
        expected_ms=ms("2026-11-22T15:00:00"),
        occurrence_ms=ms("2026-11-21T17:00:00"),
        strike_type="custom",
        floor_strike=84.0,
        cap_strike=85.5,
        grid="deci_cent",
        read_ms=77,
    )
    assert info.ends_ms == (ms("2026-11-21T17:00:00"), "occurrence")


def test_a_market_of_an_older_form_is_read_as_well() -> None:
    """Cents and whole contracts become today's units; an empty time is no time."""
    market = an_old_market()

    info, quote = market_info(market, 0), market_quote(market, 5)

    assert (info.title, info.outcome, info.floor_strike) == ("", "At least 10", 10.0)
    assert info.expected_ms is None
    assert info.ends_ms == (ms("2025-05-01T03:59:00"), "close")
    assert quote == Quote(5, 6_200, 6_600, 0, 0, 50_000, "poll")


def test_a_settled_market_tells_its_result() -> None:
    """What a YES pays may be neither nothing nor a dollar."""
    market = a_market(
        status="finalized",
        result="scalar",
        settlement_value_dollars="0.2550",
        settlement_ts="2026-11-22T06:10:45.333635Z",
    )

    info = market_info(market, 0)

    assert (info.status, info.result, info.settlement_value_e4) == (
        "finalized", "scalar", 2_550,
    )  # fmt: skip
    assert info.settled_ms == ms("2026-11-22T06:10:45") + 333
    assert info.is_over


def test_a_combo_keeps_its_legs() -> None:
    """A leg without a market is left out, the others stay in their order."""
    legs: list[Any] = [
        {"event_ticker": "KXA-1", "market_ticker": "KXA-1-X", "side": "yes"},
        {"event_ticker": "KXB-1", "side": "no"},
        7,
        {"market_ticker": "KXC-1-Z", "side": "no", "yes_settlement_value_dollars": "0"},
    ]

    info = market_info(a_market(mve_selected_legs=legs), 0)

    assert info.legs == (Leg("KXA-1", "KXA-1-X", "yes"), Leg("", "KXC-1-Z", "no"))


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        ("0.4100", "0.4350", (4_100, 4_350)),
        ("0.0000", "1.0000", (0, 10_000)),
        ("0.0000", "0.0000", (0, 10_000)),
        ("0.0100", "1.0000", (100, 10_000)),
        ("0.0000", "0.0300", (0, 300)),
        ("", "0.0300", (0, 300)),
        (None, "0.480", (0, 4_800)),
        ("x", "0.5", (0, 5_000)),
        ("-1.0000", "7.0000", (0, 10_000)),
    ],
)
def test_placeholders_are_no_prices(
    bid: str | None, ask: str, expected: tuple[int, int]
) -> None:
    """Nothing, nought and a dollar say that there is no bid or no ask."""
    quote = market_quote(a_market(yes_bid_dollars=bid, yes_ask_dollars=ask), 1)

    assert quote is not None
    assert (quote.bid_e4, quote.ask_e4) == expected


def test_sizes_and_open_interest_belong_to_a_quote() -> None:
    """In hundredths of a contract; what cannot be read is nought."""
    whole = market_quote(a_market(), 9)
    broken = market_quote(
        a_market(yes_bid_size_fp="-5.00", yes_ask_size_fp=[], open_interest_fp="many"),
        9,
    )

    assert whole == Quote(9, 4_100, 4_350, 12_000, 750, 64_000, "poll")
    assert broken == Quote(9, 4_100, 4_350, 0, 0, 0, "poll")


def test_a_market_that_tells_no_touch_has_no_quote() -> None:
    """That nothing is told is not that there is no bid."""
    market = {"ticker": "KXA-1"}

    assert market_quote(market, 1) is None


@pytest.mark.parametrize("ticker", [None, "", 7, "tab\t", "x" * 201, "é"])
def test_what_has_no_ticker_is_no_object(ticker: object) -> None:
    """The only thing that refuses an object."""
    with pytest.raises(BadFrame, match="ticker"):
        market_info(a_market(ticker=ticker), 0)
    with pytest.raises(BadFrame, match="ticker"):
        event_info(an_event(event_ticker=ticker), 0)
    with pytest.raises(BadFrame, match="ticker"):
        series_info(a_series(ticker=ticker), 0)


def test_a_ticker_alone_is_a_market() -> None:
    """Every other key may be missing."""
    assert market_info({"ticker": "KXA-1"}, 3) == MarketInfo(ticker="KXA-1", read_ms=3)


def test_texts_are_clean_lines() -> None:
    """A title may be anything that somebody has typed."""
    market = a_market(title="Will\u202e the **high temp**\nrise?", yes_sub_title=" up ")

    info = market_info(market, 0)

    assert (info.title, info.outcome) == ("Will the high temp rise?", "up")


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_nothing_but_the_ticker_spoils_a_market(fields: dict[str, Any]) -> None:
    """Whatever its values are, it is read, and can be written and read again."""
    market = a_market(**fields) | {"ticker": "KXA-1"}

    info, quote = market_info(market, 0), market_quote(market, 1)

    blob = msgspec.msgpack.encode(info)
    assert msgspec.msgpack.decode(blob, type=MarketInfo) == info
    assert quote is None or 0 <= quote.bid_e4 < quote.ask_e4 or quote.ask_e4 <= 10_000


def test_an_event_tells_its_league() -> None:
    """The second level of a category is the competition."""
    assert event_info(an_event(), 4) == EventInfo(
        ticker="KXGAME-26NOV21PHIDAL",
        series_ticker="KXGAME",
        title="Philadelphia at Dallas",
        sub_title="PHI at DAL (Nov 21)",
        category="Sports",
        league="Pro Football",
        scope="Games",
        mutually_exclusive=True,
        strike_ms=ms("2026-11-22T01:15:00"),
        read_ms=4,
    )


@pytest.mark.parametrize("about", [None, [], "x", {"competition": None}])
def test_an_event_without_a_league_has_none(about: object) -> None:
    """Most events belong to none."""
    info = event_info(an_event(product_metadata=about, strike_date=""), 0)

    assert (info.league, info.scope, info.strike_ms) == ("", "", None)


def test_a_series_keeps_its_tags() -> None:
    """Null for no tags, as the exchange writes it."""
    assert series_info(a_series(), 4) == SeriesInfo(
        ticker="KXBTCD",
        title="Bitcoin price hourly",
        category="Crypto",
        tags=("BTC", "Hourly"),
        frequency="hourly",
        fee_type="quadratic",
        read_ms=4,
    )
    assert series_info(a_series(tags=None), 0).tags == ()
    assert series_info(a_series(tags=["a", 7, ""]), 0).tags == ("a",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-21T00:00:00Z", 1_795_219_200_000),
        ("2026-11-21T00:00:00.60323Z", 1_795_219_200_603),
        ("2026-11-21T02:00:00+02:00", 1_795_219_200_000),
        ("2026-11-21T00:00:00", 1_795_219_200_000),
        (1_795_219_200, 1_795_219_200_000),
        (1_795_219_200_123, 1_795_219_200_123),
        ("", None),
        ("soon", None),
        (None, None),
        (True, None),
        (0, None),
        (-5, None),
        (1.5, None),
        ("0001-01-01T00:00:00Z", None),
        (10**30, None),
    ],
)
def test_a_time_is_read_or_is_none(value: object, expected: int | None) -> None:
    """RFC 3339, seconds or milliseconds; what is none takes nothing from the rest."""
    assert time_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (84, 84.0),
        (97_999.99, 97_999.99),
        ("98,000", 98_000.0),
        ("$3.5", 3.5),
        (0, 0.0),
        ("", None),
        ("nan", None),
        ("1e999", None),
        (10**400, None),
        (True, None),
        (None, None),
        ([1], None),
        ("9" * 41, None),
    ],
)
def test_a_strike_is_a_finite_number(value: object, expected: float | None) -> None:
    """Told as a number or as text."""
    assert strike_of(value) == expected
