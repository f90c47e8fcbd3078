import asyncio
import json
from typing import Any

import pytest

from flowboard.errors import BadFrame, RequestFailed
from flowboard.kalshi.listing import Listing, is_askable
from flowboard.kalshi.request_pacer import RequestPacer
from flowboard.kalshi.rest_client import RestClient
from tests.kalshi.market_json import a_market, a_series, an_event
from tests.kalshi.scripted_rest import Answer, Asked, ScriptedRest


async def answered(
    body: object, *names: str, status: int = 200, **arguments: Any
) -> tuple[Any, Asked]:
    """Return what a method makes of an answer, and what it asked."""
    method, *positional = names
    with ScriptedRest(lambda _: Answer(body, status)).serving() as rest:
        async with RestClient(rest.url, pacer=RequestPacer(1_000)) as client:
            listing = Listing(client.get, wall_ms=lambda: 7, now_ms=lambda: 5)
            found = await getattr(listing, method)(*positional, **arguments)
    return found, rest.asked[-1]


async def test_markets_are_asked_for_by_a_comma_list() -> None:
    """Unknown markets are absent, and a bad object spoils none of the others."""
    rows = [a_market(), {"ticker": "KXB-2"}, {"title": "nobody"}, 7, None, []]

    found, asked = await answered(
        {"markets": rows, "cursor": ""},
        "markets",
        tickers=["KXA-1", "KXB-2", "KXC-3.5"],
    )

    assert asked.path == "/trade-api/v2/markets"
    assert asked.query["tickers"] == "KXA-1,KXB-2,KXC-3.5"
    first, second = found
    assert (first.info.ticker, first.info.read_ms) == ("KXRAIN-26NOV21-NYC", 7)
    assert (first.quote.bid_e4, first.quote.ts_ms) == (4_100, 5)
    assert json.loads(first.raw) == a_market()
    assert (second.info.ticker, second.quote) == ("KXB-2", None)


@pytest.mark.parametrize("count", [0, 101])
async def test_one_to_a_hundred_tickers_a_request(count: int) -> None:
    """More would be a URL that is cut somewhere on its way."""
    async with RestClient("http://127.0.0.1:9/trade-api/v2") as client:
        with pytest.raises(ValueError, match="100"):
            await Listing(client.get).markets(["KX"] * count)


async def test_a_page_of_events_brings_their_markets() -> None:
    """An event is kept without them: each market is kept for itself."""
    bare = an_event(event_ticker="KXB")
    events = [
        an_event(markets=[a_market(), {"no": "ticker"}, a_market(ticker="KXA-2")]),
        {"title": "nobody", "markets": [a_market(ticker="KXC-1")]},
        bare | {"markets": None},
        3,
    ]

    page, asked = await answered(
        {"events": events, "cursor": "more"},
        "events_page",
        "open",
        "abc",
        with_markets=True,
    )

    assert asked.path == "/trade-api/v2/events"
    assert asked.query == {
        "limit": "200",
        "status": "open",
        "cursor": "abc",
        "with_nested_markets": "true",
    }
    assert page.cursor == "more"
    assert [e.info.ticker for e in page.events] == ["KXGAME-26NOV21PHIDAL", "KXB"]
    assert [m.info.ticker for m in page.markets] == [
        "KXRAIN-26NOV21-NYC", "KXA-2", "KXC-1",
    ]  # fmt: skip
    assert json.loads(page.events[0].raw) == an_event()
    assert json.loads(page.events[1].raw) == bare
    assert all(m.quote is None for m in page.markets)


async def test_changes_are_asked_for_by_time() -> None:
    """Of markets less combos, and of events."""
    markets, of_markets = await answered(
        {"markets": [a_market()], "cursor": None}, "changed_markets", since_s=17
    )
    events, of_events = await answered(
        {"events": [], "cursor": ""}, "events_page", since_s=17
    )

    assert of_markets.query == {
        "limit": "1000", "min_updated_ts": "17", "mve_filter": "exclude",
    }  # fmt: skip
    assert (len(markets.markets), markets.cursor) == (1, "")
    assert of_events.query == {"limit": "200", "min_updated_ts": "17"}
    assert (events.events, events.cursor) == ([], "")


async def test_one_event_comes_with_its_markets_wherever_they_stand() -> None:
    """Inside the event, or beside it as it was before."""
    inside, asked = await answered(
        {"event": an_event(markets=[a_market()]), "markets": []}, "event", "KXGAME-1"
    )
    beside, _ = await answered(
        {"event": an_event(), "markets": [a_market()]}, "event", "KXGAME-1"
    )

    assert asked.path == "/trade-api/v2/events/KXGAME-1"
    for page in (inside, beside):
        assert page.events[0].info.title == "Philadelphia at Dallas"
        assert [m.info.ticker for m in page.markets] == ["KXRAIN-26NOV21-NYC"]


async def test_some_events_are_asked_for_by_name() -> None:
    """One request for many."""
    found, asked = await answered(
        {"events": [an_event()], "cursor": ""}, "events", tickers=["KXA", "KXB"]
    )

    assert asked.query["tickers"] == "KXA,KXB"
    assert [event.info.league for event in found] == ["Pro Football"]


async def test_a_series_is_read_alone_and_among_all() -> None:
    """The list is one page without a cursor."""
    one, asked = await answered({"series": a_series()}, "series", "KXBTCD")
    every, _ = await answered({"series": [a_series(), {}, 7]}, "all_series")
    none, _ = await answered({"series": None}, "all_series")

    assert asked.path == "/trade-api/v2/series/KXBTCD"
    assert one.info.tags == ("BTC", "Hourly")
    assert [series.info.ticker for series in every] == ["KXBTCD"]
    assert json.loads(every[0].raw) == a_series()
    assert none == []


@pytest.mark.parametrize("method", ["event", "series"])
async def test_what_the_exchange_does_not_know_is_none(method: str) -> None:
    """A 404 is an answer; anything else is a refusal."""
    missing, _ = await answered({"code": "not_found"}, method, "KXA", status=404)

    assert missing is None
    with pytest.raises(RequestFailed):
        await answered({"msg": "no"}, method, "KXA", status=500)


@pytest.mark.parametrize(
    ("method", "arguments", "body"),
    [
        ("changed_markets", {"since_s": 1}, b"<html>"),
        ("changed_markets", {"since_s": 1}, {"markets": 3}),
        ("changed_markets", {"since_s": 1}, {}),
        ("events_page", {}, []),
        ("events_page", {}, {"cursor": ""}),
        ("all_series", {}, b""),
        ("all_series", {}, {"series": 3}),
    ],
)
async def test_what_is_no_page_is_a_bad_frame(
    method: str, arguments: dict[str, Any], body: object
) -> None:
    """A page that cannot be read is an error, not an empty page."""
    with pytest.raises(BadFrame):
        await answered(body, method, **arguments)


@pytest.mark.parametrize("nested", [False, True])
async def test_the_loop_has_its_turn_while_a_page_is_read(nested: bool) -> None:
    """A page is megabytes, and trades must not wait for it."""
    rows = [a_market(ticker=f"KX{n}") for n in range(200)]
    events = [an_event(event_ticker=f"KX{n}", markets=rows[:1]) for n in range(200)]
    page = {"events": events} if nested else {"markets": rows}
    body = json.dumps(page | {"cursor": ""}).encode()
    turns = 0

    async def get(path: str, params: object, *, patient: bool) -> bytes:
        assert patient
        return body

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    listing = Listing(get)
    await (listing.events_page() if nested else listing.changed_markets(1))
    counting.cancel()
    await asyncio.wait({counting})

    assert turns >= 10


@pytest.mark.parametrize(
    ("ticker", "askable"),
    [
        ("KXBTC-26NOV21-T72999.99", True),
        ("kx_a", True),
        ("KXA,KXB", False),
        ("KXA/../B", False),
        ("KXA?x=1", False),
        ("", False),
        ("K" * 201, False),
    ],
)
def test_only_plain_tickers_can_be_asked_for(ticker: str, askable: bool) -> None:
    """A comma would ask for two, a slash for something else."""
    assert is_askable(ticker) is askable
