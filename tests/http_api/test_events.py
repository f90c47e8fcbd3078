"""Events over HTTP: ranked, one whole, and the hot markets under theirs."""

from typing import Any

import msgspec
import pytest

from flowboard.events import event_object, flow_of
from flowboard.events.event_book import SORTS as EVENT_SORTS
from flowboard.http_api.answer_types import HotMarkets
from flowboard.http_api.answer_types_event import EventList, EventPage
from flowboard.market_info import EventInfo, MarketInfo, Quote
from flowboard.models import WINDOWS_MS
from flowboard.stream_frames import Event
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import Api

GAME = "KXNFLGAME-26NOV21PHIDAL"
DALLAS, PHILADELPHIA = f"{GAME}-DAL", f"{GAME}-PHI"
LADDER = "KXBTCD-26NOV2117"
LOW, HIGH = f"{LADDER}-T90", f"{LADDER}-T91"
UNTRADED = f"{LADDER}-T92"
COMBO = "KXMVESPORTS-26NOV21-S1"


async def two_events(api: Api) -> None:
    """A game with more dollars, a ladder with more contracts, a combo with the most."""
    learn = api.board.markets.learn
    learn(
        EventInfo(
            ticker=GAME,
            series_ticker="KXNFLGAME",
            title="Philadelphia at Dallas",
            category="Sports",
            league="Pro Football",
            mutually_exclusive=True,
        )
    )
    for ticker, name in ((DALLAS, "Dallas"), (PHILADELPHIA, "Philadelphia")):
        learn(MarketInfo(ticker=ticker, event_ticker=GAME, outcome=name, close_ms=9))
    learn(EventInfo(ticker=LADDER, series_ticker="KXBTCD", category="Crypto"))
    for place, ticker in enumerate((LOW, HIGH, UNTRADED)):
        strike = 90_000.0 + 1_000 * place
        learn(
            MarketInfo(
                ticker=ticker,
                event_ticker=LADDER,
                outcome=f"${strike:,.0f} or above",
                strike_type="greater",
                floor_strike=strike,
            )
        )
    await api.trade(
        a_trade(1, DALLAS, 4_000, 100_00, True),
        a_trade(2, PHILADELPHIA, 4_500, 50_00, False),
        a_trade(3, LOW, 8_000, 10_00, True),
        a_trade(4, HIGH, 1_000, 300_00, True),
        a_trade(5, LOW, 9_000, 10_00, False),
        a_trade(6, COMBO, 5_000, 900_00, True),
    )


def a_trade(number: int, ticker: str, price_e4: int, count_e2: int, yes: bool) -> Any:
    return make_trade(
        number,
        market_ticker=ticker,
        yes_price_e4=price_e4,
        count_e2=count_e2,
        taker_yes=yes,
    )


def tickers(body: dict[str, Any]) -> list[str]:
    return [event["event_ticker"] for event in body["events"]]


async def test_events_are_ranked_and_whole(api: Api) -> None:
    """Every figure of a game, with what says when they were right."""
    await two_events(api)

    answer = await api.get("/api/events")

    assert answer.status_code == 200
    body = answer.json()
    game, _ = body.pop("events")
    assert body == {
        "count": 2,
        "cursor": "",
        "timestamp": "2026-11-21T13:00:00.123Z",
        "seq": 6,
        "ts_ms": NOON_MS + 6,
        "window": "5m",
        "window_from_ms": NOON_MS + 1_000 - 300_000,
        "window_to_ms": NOON_MS + 1_000,
        "window_covered_ms": 999,
        "sort": "notional",
        "combos": "exclude",
    }
    philadelphia, dallas = game.pop("top_markets")[::-1]
    assert game == {
        "event_ticker": GAME,
        "title": "Philadelphia at Dallas",
        "sub_title": "",
        "series_ticker": "KXNFLGAME",
        "category": "Sports",
        "league": "Pro Football",
        "kind": "two_leg",
        "ends_ts_ms": 9,
        "ends_by": "close",
        "market_count": 2,
        "traded_market_count": 2,
        "over_market_count": 0,
        "notional_dollars": "67.500000",
        "volume_fp": "150.00",
        "trade_count": 2,
        "plus_side": "Dallas",
        "minus_side": "Philadelphia",
        "net_flow_fp": "150.00",
        "flow_size_fp": "150.00",
        "plus_flow_dollars": "67.500000",
        "minus_flow_dollars": "0.000000",
        "other_flow_dollars": "0.000000",
        "median": None,
        "first_median": None,
    }
    assert philadelphia == {
        "market_ticker": PHILADELPHIA,
        "outcome": "Philadelphia",
        "side": "minus",
        "is_over": False,
        "yes_price_dollars": "0.4500",
        "notional_dollars": "27.500000",
        "net_flow_fp": "-50.00",
        "trade_count": 1,
    }
    assert dallas["side"] == "plus"


async def test_an_answer_is_what_its_type_says(api: Api) -> None:
    """Each of the three, key for key: none is missing, none is more."""
    await two_events(api)
    for path, kind in (
        ("/api/events", EventList),
        (f"/api/events/{GAME}", EventPage),
        (f"/api/events/{LADDER}", EventPage),
        ("/api/markets/hot?group=event", HotMarkets),
        ("/api/markets/hot", HotMarkets),
    ):
        body = (await api.get(path)).json()

        read = msgspec.to_builtins(msgspec.convert(body, kind))
        assert full(read) == full(body), path


def full(told: Any) -> Any:
    """Return an answer without what is empty or null: that a row may also leave out."""
    if isinstance(told, list | tuple):
        return [full(value) for value in told]
    if not isinstance(told, dict):
        return told
    return {k: full(v) for k, v in told.items() if v not in (None, [], (), "")}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [GAME, LADDER]),
        ("sort=trades", [LADDER, GAME]),
        ("sort=flow", [LADDER, GAME]),
        ("limit=1", [GAME]),
        ("combos=include", ["KXMVESPORTS-26NOV21", GAME, LADDER]),
        ("series=KXBTCD", [LADDER]),
        ("category=Sports", [GAME]),
        ("league=Pro%20Football,Golf", [GAME]),
        ("window=24h&category=Nothing", []),
    ],
)
async def test_the_query_chooses(api: Api, query: str, expected: list[str]) -> None:
    """Each key does what it says."""
    await two_events(api)

    body = (await api.get(f"/api/events?{query}")).json()

    assert tickers(body) == expected
    assert body["count"] == len(expected)


@pytest.mark.parametrize("sort", EVENT_SORTS)
async def test_pages_follow_each_other(api: Api, sort: str) -> None:
    """One event a page: every event once, in the order of the whole list."""
    await two_events(api)
    whole = (await api.get(f"/api/events?sort={sort}&combos=include")).json()

    found, cursor = [], "0"
    while cursor and len(found) < 5:
        query = f"sort={sort}&combos=include&limit=1&cursor={cursor}"
        body = (await api.get(f"/api/events?{query}")).json()
        found += body["events"]
        cursor = body["cursor"]

    assert found == whole["events"]


@pytest.mark.parametrize(
    "query",
    ["cursor=x", "cursor=-1", "cursor=10001", "cursor=%C2%B2", "sort=heat", "side=yes"],
)
async def test_what_makes_no_sense_is_refused(api: Api, query: str) -> None:
    """By name; heat and sides of takers are those of markets."""
    answer = await api.get(f"/api/events?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_parameter"
    assert query.partition("=")[0] in answer.json()["error"]["message"]


async def test_an_event_has_all_its_markets(api: Api) -> None:
    """A ladder's by strike, also the one that was never traded; with the market object,
    its place in the event and its flow."""
    await two_events(api)

    body = (await api.get(f"/api/events/{LADDER}?window=1h")).json()

    assert [market["market_ticker"] for market in body["markets"]] == [
        LOW,
        HIGH,
        UNTRADED,
    ]
    assert body["count"] == 3
    low, _, untraded = body["markets"]
    assert low["volume_24h_fp"] == low["volume_fp"] == "20.00"
    assert (low["net_flow_fp"], low["side"]) == ("0.00", "plus")
    assert (low["yes_flow_dollars"], low["no_flow_dollars"]) == ("8.000000", "1.000000")
    assert (low["strike_type"], low["floor_strike"], low["cap_strike"]) == (
        "greater",
        90_000.0,
        None,
    )
    assert (untraded["trade_count"], untraded["yes_price_dollars"]) == (0, None)
    assert body["window"] == "1h"


async def test_an_event_has_its_flow_over_every_window(api: Api) -> None:
    """Up 310 contracts for $38, down 10 for $1; the minute holds the last trade alone."""
    await two_events(api)
    await api.trade(
        make_trade(7, market_ticker=HIGH, ts_ms=NOON_MS + 120_000, taker_yes=False)
    )

    body = (await api.get(f"/api/events/{LADDER}")).json()

    assert list(body["flows"]) == list(WINDOWS_MS)
    assert body["flows"]["1m"]["net_flow_fp"] == "-136.00"
    flow = body["flows"]["24h"]
    assert flow["net_flow_fp"] == "164.00"
    assert (flow["plus_flow_dollars"], flow["other_flow_dollars"]) == (
        "38.000000",
        "0.000000",
    )
    assert flow["window_to_ms"] - flow["window_from_ms"] == WINDOWS_MS["24h"]
    assert flow["trade_count"] == body["flows"]["5m"]["trade_count"] == 4


async def test_a_ladder_implies_a_distribution(api: Api) -> None:
    """Now by quotes: 0.70 above 90,000 and 0.30 above 91,000; at the window's start by
    its first trades: 0.80 and 0.10."""
    await two_events(api)
    for ticker, bid_e4 in ((LOW, 6_900), (HIGH, 2_900)):
        market = api.board.markets.id_of(ticker)
        api.board.quotes.put(market, Quote(NOON_MS, bid_e4, bid_e4 + 200))

    body = (await api.get(f"/api/events/{LADDER}")).json()

    assert body["implied"] == {
        "median": 90_500.0,
        "points": [
            {"strike": 90_000.0, "above_probability": "0.7000"},
            {"strike": 91_000.0, "above_probability": "0.3000"},
        ],
        "quoted_market_count": 2,
        "priced_market_count": 2,
    }
    assert body["first_implied"]["points"] == [
        {"strike": 90_000.0, "above_probability": "0.8000"},
        {"strike": 91_000.0, "above_probability": "0.1000"},
    ]
    assert body["first_implied"]["quoted_market_count"] == 0
    assert body["event"]["median"] == 90_500.0


async def test_only_a_ladder_implies_something(api: Api) -> None:
    """A game has two prices and no number."""
    await two_events(api)

    body = (await api.get(f"/api/events/{GAME}")).json()

    assert (body["implied"], body["first_implied"]) == (None, None)


async def test_an_event_is_on_the_list_as_it_is_alone(api: Api) -> None:
    """And as the stream has it: one object."""
    await two_events(api)

    listed = (await api.get("/api/events?window=1h&category=Crypto")).json()["events"]
    alone = (await api.get(f"/api/events/{LADDER}?window=1h")).json()["event"]

    flow = flow_of(api.board, LADDER, "1h")
    assert flow is not None
    expected = event_object(api.board, flow, "1h")
    assert [alone] == listed
    assert msgspec.convert(alone, Event) == expected


@pytest.mark.parametrize("event", ["KXNOTHING-26", "%3Cb%3E", "kxbtcd-26nov2117"])
async def test_an_unknown_event(api: Api, event: str) -> None:
    """404, and what to do; capital letters count."""
    await two_events(api)

    answer = await api.get(f"/api/events/{event}")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_event"


async def test_an_event_that_was_only_told_of(api: Api) -> None:
    """It was never traded here, and no market of it is known."""
    api.board.markets.learn(EventInfo(ticker="KXSOON-26", title="Soon"))

    body = (await api.get("/api/events/KXSOON-26")).json()

    assert (body["event"]["title"], body["markets"]) == ("Soon", [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [(GAME, [DALLAS, PHILADELPHIA]), (LADDER, [HIGH, LOW])]),
        ("&sort=volume", [(LADDER, [HIGH, LOW]), (GAME, [DALLAS, PHILADELPHIA])]),
        ("&sort=net_flow", [(LADDER, [HIGH, LOW]), (GAME, [DALLAS, PHILADELPHIA])]),
        ("&sort=heat", [(LADDER, [LOW, HIGH]), (GAME, [DALLAS, PHILADELPHIA])]),
        ("&limit=3", [(GAME, [DALLAS, PHILADELPHIA]), (LADDER, [HIGH])]),
        ("&limit=1", [(GAME, [DALLAS])]),
    ],
)
async def test_hot_markets_under_their_events(
    api: Api, query: str, expected: list[tuple[str, list[str]]]
) -> None:
    """The same rows, events ranked by the same sort, rows ranked inside of them; ties,
    as of heat here, by ticker."""
    await two_events(api)

    body = (await api.get(f"/api/markets/hot?group=event{query}")).json()

    assert [
        (event["event_ticker"], [row["market_ticker"] for row in event["hot_markets"]])
        for event in body["events"]
    ] == expected
    assert (body["count"], body["group"]) == (len(expected), "event")
    plain = (await api.get(f"/api/markets/hot?{query}")).json()
    rows = [row for event in body["events"] for row in event["hot_markets"]]
    by_ticker = {row["market_ticker"]: row for row in rows}
    assert by_ticker == {row["market_ticker"]: row for row in plain["hot_markets"]}
    assert (body["sort"], body["window"]) == (plain["sort"], plain["window"])


async def test_by_heat_an_event_ranks_with_its_hottest_market(api: Api) -> None:
    """Six trades make a market hot; the other event's dollars play no part."""
    await two_events(api)
    await api.trade(
        *(
            a_trade(number, DALLAS if number % 2 else PHILADELPHIA, 10, 100, True)
            for number in range(10, 22)
        )
    )
    await api.trade(a_trade(30, LOW, 9_900, 900_000_00, True))

    body = (await api.get("/api/markets/hot?group=event&sort=heat")).json()

    assert tickers(body) == [GAME, LADDER]
    heats = [[row["heat"] for row in e["hot_markets"]] for e in body["events"]]
    assert heats[0][0] > 0
    assert heats[1] == [0, 0]
