"""GET /api/categories."""

from tests.database.made_trades import make_trade
from tests.http_api.known_markets import COMBO, GAME_PHI, HIGH_50, HIGH_52, learn
from tests.http_api.serving import Api


async def test_categories_with_their_second_level(api: Api) -> None:
    """Those first in which most was paid; settled markets count while their trades do."""
    learn(api)
    await api.trade(
        make_trade(1, market_ticker=GAME_PHI),
        make_trade(2, market_ticker=HIGH_50, count_e2=50_000),
        make_trade(3, market_ticker=HIGH_52, count_e2=100),
        make_trade(4, market_ticker=COMBO, count_e2=990_000),
    )

    body = (await api.get("/api/categories?window=24h")).json()

    weather, sports, untold = body["categories"]
    assert body["count"] == 3
    assert (body["window"], body["combos"]) == ("24h", "exclude")
    assert weather == {
        "category": "Climate and Weather",
        "open_markets": 1,
        "active_markets": 2,
        "notional_dollars": "180.360000",
        "leagues": [],
        "series": [
            {
                "series_ticker": "KXHIGHNY",
                "title": "Highest temperature in New York",
                "open_markets": 1,
                "active_markets": 2,
                "notional_dollars": "180.360000",
            }
        ],
        "series_count": 1,
    }
    assert sports["leagues"] == [
        {
            "league": "NFL",
            "open_markets": 2,
            "active_markets": 1,
            "notional_dollars": "48.960000",
        }
    ]
    assert (untold["category"], untold["open_markets"]) == ("", 1)


async def test_combos_are_counted_when_asked_for(api: Api) -> None:
    """They are markets like others then."""
    learn(api)
    await api.trade(make_trade(4, market_ticker=COMBO))

    body = (await api.get("/api/categories?combos=include&window=1m")).json()

    untold = next(each for each in body["categories"] if each["category"] == "")
    assert {part["series_ticker"] for part in untold["series"]} == {
        "KXMVESPORTS",
        "KXQUIET",
    }


async def test_an_empty_board(api: Api) -> None:
    """There is nothing to count."""
    body = (await api.get("/api/categories")).json()

    assert (body["categories"], body["count"]) == ([], 0)
