"""GET /api/markets/{ticker}: all that a page needs, in one answer."""

import json

import msgspec

from flowboard.http_api.answer_types_page import MarketPage
from flowboard.market_info import MarketInfo
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.known_markets import (
    COMBO,
    GAME_PHI,
    HIGH_50,
    HIGH_52,
    INFOS,
    QUIET,
    learn,
    quote,
)
from tests.http_api.serving import Api

DAY_MS = 86_400_000


async def test_one_answer_for_a_page(api: Api) -> None:
    """Market, event, rules, windows, what is usual, prints, candles."""
    learn(api)
    raw = json.dumps(
        {"rules_primary": "If it is above 50.", "floor_strike": 50}
    ).encode()
    series = json.dumps({"settlement_sources": [{"name": "NWS", "url": "u"}]}).encode()
    raws = {HIGH_50: raw, "KXHIGHNY": series}
    await api.database.listings.save([(i, raws.get(i.ticker)) for i in INFOS])
    await api.trade(
        *(make_trade(n, count_e2=100 * n) for n in range(1, 61)),
        make_trade(61, market_ticker=HIGH_52),
    )
    api.board.quotes.put(0, quote())

    answer = await api.get(f"/api/markets/{HIGH_50}")

    body = answer.json()
    page = msgspec.json.decode(answer.content, type=MarketPage)
    assert body["market"]["market_ticker"] == HIGH_50
    assert body["market"]["yes_bid_dollars"] == "0.3500"
    assert (page.event.title, page.event.market_count) == ("High in New York?", 2)
    assert [market.market_ticker for market in page.event.markets] == [HIGH_50, HIGH_52]
    assert page.event.markets[1].result == "no"
    assert page.series.title == "Highest temperature in New York"
    assert page.rules.rules_primary == "If it is above 50."
    assert page.rules.settlement_sources[0].name == "NWS"
    assert [trade.seq for trade in page.trades] == list(range(60, 10, -1))
    assert (page.count, page.legs) == (50, ())
    assert [candle.trade_count for candle in page.candles] == [60]
    assert page.windows["5m"] is not None
    assert page.windows["5m"].notional_dollars == "658.800000"
    assert page.windows["24h"] is not None
    assert page.usual.trade_count_24h == 60
    assert page.usual.mean_print_dollars == "10.980000"
    assert page.usual.median_print_dollars == "12.960000"
    assert page.usual.largest_print_dollars == "21.600000"
    assert (page.seq, page.ts_ms) == (61, api.board.board_ms)


async def test_the_rest_of_its_tape_is_behind_the_cursor(api: Api) -> None:
    """The page of trades goes on where this one ends."""
    await api.trade(*(make_trade(n) for n in range(1, 61)))
    path = f"/api/markets/{HIGH_50}"

    cursor = (await api.get(path)).json()["cursor"]
    rest = (await api.get(f"{path}/trades?cursor={cursor}")).json()

    assert [trade["seq"] for trade in rest["trades"]] == list(range(10, 0, -1))


async def test_a_market_without_trades(api: Api) -> None:
    """What is known of it is told; nothing else is made up."""
    learn(api)

    answer = await api.get(f"/api/markets/{QUIET}")

    page = msgspec.json.decode(answer.content, type=MarketPage)
    assert page.market.title == "<b>Quiet</b>\u00e9? · Yes"
    assert page.market.status == "initialized"
    assert (page.trades, page.candles, page.cursor) == ((), (), "")
    assert set(page.windows.values()) == {None}
    assert page.usual.median_print_dollars is None


async def test_a_market_that_is_traded_and_not_described(api: Api) -> None:
    """A trade never waits for its market's name; the markets beside it are found."""
    await api.trade(
        make_trade(1, market_ticker="KXNEW-A-1"),
        make_trade(2, market_ticker="KXNEW-A-2"),
    )

    answer = await api.get("/api/markets/KXNEW-A-1")

    page = msgspec.json.decode(answer.content, type=MarketPage)
    assert (page.market.title, page.market.status) == (None, "unknown")
    assert api.wanted == ["KXNEW-A-1"]
    assert page.event.event_ticker == "KXNEW-A"
    assert {each.market_ticker for each in page.event.markets} == {
        "KXNEW-A-1",
        "KXNEW-A-2",
    }


async def test_a_market_that_the_board_has_forgotten(api: Api) -> None:
    """Settled long ago: the disk knows it, and its last price."""
    info = MarketInfo(ticker="KXOLD-1", title="Old?", status="finalized", result="yes")
    await api.database.listings.save([(info, None)])
    await api.trade(
        make_trade(1, market_ticker="KXOLD-1", ts_ms=NOON_MS - 3 * DAY_MS),
        make_trade(
            3, market_ticker="KXOLD-1", ts_ms=NOON_MS - 4 * DAY_MS, yes_price_e4=100
        ),
        make_trade(2),
    )
    api.board.aggregator._last_key[0] = 0  # As after a restart.

    body = (await api.get("/api/markets/KXOLD-1")).json()

    assert body["market"]["title"] == "Old?"
    assert body["market"]["result"] == "yes"
    assert body["market"]["yes_price_dollars"] == "0.3600"
    assert body["market"]["last_trade_ts_ms"] == NOON_MS - 3 * DAY_MS
    assert body["market"]["last_updated"] == "2026-11-18T12:00:00.000Z"


async def test_a_combo_is_described_by_its_legs(api: Api) -> None:
    """Each with its side and what is known of its market, in their order."""
    learn(api)
    await api.trade(make_trade(1, market_ticker=COMBO), make_trade(2))

    page = msgspec.json.decode(
        (await api.get(f"/api/markets/{COMBO}")).content, type=MarketPage
    )

    assert [(leg.market_ticker, leg.side) for leg in page.legs] == [
        (GAME_PHI, "yes"),
        (HIGH_50, "no"),
    ]
    assert page.legs[0].outcome == "Philadelphia"
    assert page.legs[1].yes_price_dollars == "0.3600"


async def test_an_event_of_very_many_markets(api: Api) -> None:
    """The hundred that most was paid in, this one among them, by strike."""
    for n in range(150):
        api.board.markets.learn(
            MarketInfo(ticker=f"KXL-1-{n}", event_ticker="KXL-1", floor_strike=float(n))
        )
    await api.trade(
        *(make_trade(n, market_ticker=f"KXL-1-{n}") for n in range(120, 130))
    )

    body = (await api.get("/api/markets/KXL-1-149")).json()

    event = body["event"]
    shown = [each["floor_strike"] for each in event["markets"]]
    assert (len(shown), event["market_count"]) == (100, 150)
    assert shown == sorted(shown)
    assert {*range(120, 130), 149} <= set(shown)


async def test_an_unknown_ticker(api: Api) -> None:
    """404 with a code and a sentence, whatever it looks like."""
    for ticker in ("KXNO-1", "%00", "%E2%80%AE", "a" * 500, "%27%3B--"):
        answer = await api.get(f"/api/markets/{ticker}")

        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "unknown_market"
        assert answer.json()["error"]["message"].isprintable()
