"""GET /api/markets: words, filters, ranking, pages."""

import random

import pytest

from flowboard.http_api.market_ids import market_id
from flowboard.http_api.search import SORTS, STATUSES
from flowboard.market_info import EventInfo, MarketInfo
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.known_markets import (
    COMBO,
    GAME_DAL,
    GAME_PHI,
    HIGH_50,
    HIGH_52,
    INFOS,
    QUIET,
    learn,
)
from tests.http_api.serving import Api


def tickers_of(body) -> list[str]:
    return [market["market_ticker"] for market in body["markets"]]


async def test_the_markets_of_most_dollars_come_first(api: Api) -> None:
    """Then those without a trade, by ticker; combos are left out."""
    learn(api)
    await api.trade(
        make_trade(1, market_ticker=GAME_PHI, count_e2=10_000),
        make_trade(2, market_ticker=HIGH_52, count_e2=20_000),
        make_trade(3, market_ticker=COMBO, count_e2=99_000),
    )

    body = (await api.get("/api/markets")).json()

    assert tickers_of(body) == [HIGH_52, GAME_PHI, HIGH_50, GAME_DAL, QUIET]
    assert (body["count"], body["total"], body["cursor"]) == (5, 5, "")
    assert body["timestamp"] == "2026-11-21T13:00:00.123Z"
    assert body["markets"][0]["notional_24h_dollars"] == "72.000000"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=open", {HIGH_50, GAME_PHI, GAME_DAL, QUIET, "KXOTHER-1"}),
        ("status=finalized,initialized", {HIGH_52, QUIET}),
        ("status=unknown", {"KXOTHER-1"}),
        ("category=Sports", {GAME_PHI, GAME_DAL}),
        (
            "category=Climate%20and%20Weather,Sports&status=open",
            {HIGH_50, GAME_PHI, GAME_DAL},
        ),
        ("league=NFL", {GAME_PHI, GAME_DAL}),
        ("series=KXHIGHNY", {HIGH_50, HIGH_52}),
        ("event=KXNFLGAME-26NOV21PHIDAL&combos=include", {GAME_PHI, GAME_DAL}),
        ("category=None", set()),
        ("combos=include&series=KXMVESPORTS", {COMBO}),
    ],
)
async def test_filters(api: Api, query: str, found: set[str]) -> None:
    """Each cuts the list; together they cut it further."""
    learn(api)
    await api.trade(make_trade(1, market_ticker="KXOTHER-1"))

    body = (await api.get(f"/api/markets?{query}")).json()

    assert set(tickers_of(body)) == found
    assert body["total"] == len(found)


async def test_markets_by_their_tickers(api: Api) -> None:
    """A hundred long ones in one question, beside other filters; each once."""
    learn(api)
    await api.trade(make_trade(1, market_ticker=COMBO))
    long = [f"KXNO{n:03}-{'A' * 50}" for n in range(95)]
    asked = ",".join([*long, HIGH_50, HIGH_50, GAME_PHI, COMBO, QUIET])

    async def found(query: str) -> set[str]:
        body = (await api.get(f"/api/markets?{query}")).json()
        assert body["total"] == body["count"]
        return set(tickers_of(body))

    assert await found(f"tickers={asked}") == {HIGH_50, GAME_PHI, QUIET}
    assert await found(f"tickers={asked}&combos=include&limit=100") == {
        HIGH_50,
        GAME_PHI,
        COMBO,
        QUIET,
    }
    assert await found(f"tickers={asked}&category=Sports") == {GAME_PHI}
    assert await found("tickers=KXNO-1") == set()
    assert await found(f"tickers={HIGH_50.lower()}") == set()


async def test_who_names_a_market_has_it_described_soon(api: Api) -> None:
    """One that was traded here and that nobody has described, on disk or in memory."""
    learn(api)
    await api.database.listings.save([(info, None) for info in INFOS])
    await api.trade(
        make_trade(1, market_ticker="KXOTHER-1"),
        make_trade(2, market_ticker=HIGH_52),
        make_trade(3, market_ticker="KXLEFT-1"),
    )
    api.board.markets.directory.forget([HIGH_52])

    await api.get("/api/markets?limit=100")
    before = list(api.wanted)
    await api.get(f"/api/markets?tickers=KXOTHER-1,KXNEVER-1,{HIGH_52},{HIGH_50}")

    assert before == []
    assert api.wanted == ["KXOTHER-1"]


async def test_words(api: Api) -> None:
    """Of titles, outcomes, tickers, events and series; filters cut what they find."""
    learn(api)
    await api.database.listings.save([(info, None) for info in INFOS])

    async def found(query: str) -> set[str]:
        return set(tickers_of((await api.get(f"/api/markets?{query}")).json()))

    assert await found("q=philadelphia") == {GAME_PHI, GAME_DAL}
    assert await found("q=dallas+philadel&event=KXNO-1") == set()
    assert await found("q=new+york&status=open") == {HIGH_50}
    assert await found(f"q={HIGH_52.lower()}") == {HIGH_52}
    assert await found("q=nothing+of+the+kind") == set()
    assert await found("q=%22%29+OR+%2A+NEAR%28") == set()
    assert len(await found("q=+++")) == 5


async def test_a_forgotten_market_is_described_by_the_disk(api: Api) -> None:
    """By its words, by its status and by its id: it ended as it did."""
    learn(api)
    await api.database.listings.save([(info, None) for info in INFOS])
    await api.trade(make_trade(1, market_ticker=HIGH_52))
    api.board.markets.directory.forget([HIGH_52])
    api.clock.mono_ms += 1_000
    wanted = api.board.markets.label(api.board.markets.id_of(HIGH_52))
    event = "KXHIGHNY-26NOV21"

    by_words = (await api.get("/api/markets?q=53+or+above")).json()["markets"]
    by_status = (await api.get("/api/markets?status=finalized")).json()["markets"]
    by_event = (await api.get(f"/api/events/{event}")).json()["markets"]
    by_id = await api.get(f"/api/v1/markets/{market_id(HIGH_52)}")

    of_event = [m for m in by_event if m["market_ticker"] == HIGH_52]
    assert wanted.title is None
    for found in (by_words, by_status, of_event, [by_id.json()["market"]]):
        assert [(m["market_ticker"], m["status"], m["result"]) for m in found] == [
            (HIGH_52, "finalized", "no")
        ]
        assert found[0]["title"] == "High in New York above 52? · 53 or above"


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [3, 24])
async def test_pages(api: Api, sort: str, limit: int) -> None:
    """Every market once, in the order of one long page, however many tie."""
    rng = random.Random(sort)
    for n in rng.sample(range(24), 24):
        ends_ms = None if n % 7 == 0 else NOON_MS + n % 5 * 1_000
        api.board.markets.learn(
            MarketInfo(ticker=f"KXA-{n:02}", status="active", close_ms=ends_ms)
        )
    await api.trade(
        *(
            make_trade(n, market_ticker=f"KXA-{n % 9:02}", count_e2=100 * (n % 4 + 1))
            for n in range(1, 40)
        )
    )
    whole = (await api.get(f"/api/markets?sort={sort}&limit=100")).json()
    found: list[str] = []
    cursor = ""
    for _ in range(9):
        page = await api.get(f"/api/markets?sort={sort}&limit={limit}&cursor={cursor}")
        body = page.json()
        found += tickers_of(body)
        cursor = body["cursor"]
        assert body["total"] == 24
        if not cursor:
            break

    assert found == tickers_of(whole)
    assert len(set(found)) == 24
    markets = {market["market_ticker"]: market for market in whole["markets"]}

    def key(ticker: str):
        market = markets[ticker]
        return {
            "notional": (-market["volume"], ticker),
            "volume": (-float(market["volume_24h_fp"]), ticker),
            "trades": (-market["trade_count_24h"], ticker),
            "ends": (market["ends_ts_ms"] or 1 << 62, ticker),
            "ticker": (0, ticker),
        }[sort]

    assert found == sorted(markets, key=key)


async def test_a_page_begins_behind_a_market_that_is_gone(api: Api) -> None:
    """The cursor says where to go on, not how many were shown."""
    for name in "ABCDE":
        api.board.markets.learn(MarketInfo(ticker=f"KX{name}-1"))
    first = (await api.get("/api/markets?sort=ticker&limit=2")).json()
    api.board.markets.directory.forget(["KXA-1", "KXB-1"])
    api.board.markets.learn(EventInfo(ticker="KXE"))
    api.clock.mono_ms += 1_000

    second = await api.get(f"/api/markets?sort=ticker&limit=2&cursor={first['cursor']}")

    assert tickers_of(second.json()) == ["KXC-1", "KXD-1"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("status=opened", STATUSES[0]),
        ("status=", "status"),
        ("sort=heat", "notional, volume, trades, ends, ticker"),
        ("q=" + "a" * 201, "200 characters"),
        ("cursor=abc", "leave it out"),
        ("cursor=%F0%9F%90%B3", "leave it out"),
        ("cursor=WyJlbmRzIiwwLCJBIl0", "leave it out"),  # Of another sort.
        ("cursor=WyJub3Rpb25hbCIsOTk5OTk5OTk5OTk5OTk5OTk5OTksIkEiXQ", "leave it out"),
        ("cursor=" + "A" * 700, "too long"),
        ("series=A,,B", "series"),
        ("tickers=" + ",".join(f"A{n}" for n in range(101)), "1 to 100"),
        ("tickers=", "tickers"),
        ("event=" + ",".join(["A"] * 101), "1 to 100"),
        ("limit=0", "1 to 1000"),
    ],
)
async def test_what_makes_no_sense(api: Api, query: str, named: str) -> None:
    """400 that says what would."""
    answer = await api.get(f"/api/markets?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_parameter"
    assert named in answer.json()["error"]["message"]
