"""GET /api/v1/markets: stored quotes, the last one, a market by its id."""

import msgspec

from flowboard.http_api.answer_types_history import SnapshotList
from flowboard.http_api.market_ids import market_id
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.known_markets import HIGH_50, HIGH_52, QUIET, learn, quote
from tests.http_api.serving import Api

PATH = f"/api/v1/markets/{HIGH_50}"


async def quoted(api: Api, count: int) -> None:
    """Store a quote a second, every third of them from polling."""
    await api.trade(make_trade(1))
    for n in range(count):
        source = "poll" if n % 3 == 2 else "ws"
        each = quote(ts_ms=NOON_MS + 1_000 * n, bid_e4=100 + 100 * n, source=source)
        api.board.quotes.put(0, each)
        api.database.quotes.put(0, each)
        await api.database.write(None, NOON_MS + 1_000 * n + 2_000, NOON_MS)


async def test_quotes_newest_first_page_by_page(api: Api) -> None:
    """Each once; a span and a source cut the list."""
    await quoted(api, 10)

    found: list[int] = []
    cursor = ""
    for _ in range(9):
        answer = await api.get(f"{PATH}/snapshots?limit=3&cursor={cursor}")
        page = msgspec.json.decode(answer.content, type=SnapshotList)
        found += [(each.ts_ms - NOON_MS) // 1_000 for each in page.snapshots]
        cursor = page.cursor
        if not cursor:
            break
    some = await api.get(
        f"{PATH}/snapshots?source=poll&from={NOON_MS + 3_000}&to={NOON_MS + 8_000}"
    )

    assert found == list(range(9, -1, -1))
    (five,) = some.json()["snapshots"]
    assert five == {
        "market_ticker": HIGH_50,
        "ts_ms": NOON_MS + 5_000,
        "yes_bid_dollars": "0.0600",
        "yes_ask_dollars": "0.3700",
        "yes_bid_size_fp": "120.00",
        "yes_ask_size_fp": "9.00",
        "open_interest_fp": "50000.00",
        "source": "poll",
        "sequence": NOON_MS + 5_000,
    }


async def test_what_is_covered_is_told(api: Api) -> None:
    """Where nothing is missing, cut to the span that was asked for."""
    api.database.quotes.begin("ws", NOON_MS)
    await quoted(api, 6)

    body = (
        await api.get(f"{PATH}/snapshots?from={NOON_MS + 10}&to={NOON_MS + 2_000}")
    ).json()

    assert body["covered"] == [
        {"source": "ws", "from_ms": NOON_MS + 10, "to_ms": NOON_MS + 2_000}
    ]


async def test_the_last_quote(api: Api) -> None:
    """From memory; after a restart from disk; null where there never was one."""
    learn(api)
    await quoted(api, 4)

    last = (await api.get(f"{PATH}/latest")).json()["snapshot"]
    api.board.quotes._quotes.clear()
    stored = (await api.get(f"{PATH}/latest")).json()["snapshot"]
    none = (await api.get(f"/api/v1/markets/{QUIET}/latest")).json()

    assert last["ts_ms"] == NOON_MS + 3_000
    assert stored == last
    assert (none["ticker"], none["snapshot"]) == (QUIET, None)


async def test_a_market_by_its_id(api: Api) -> None:
    """The `id` of its object leads back to it."""
    learn(api)

    found = await api.get(f"/api/v1/markets/{market_id(HIGH_52)}")
    unknown = await api.get(f"/api/v1/markets/{market_id('KXNO-1')}")
    ticker = await api.get(f"/api/v1/markets/{HIGH_52}")

    assert found.json()["market"]["market_ticker"] == HIGH_52
    assert found.json()["market"]["id"] == str(market_id(HIGH_52))
    assert unknown.status_code == 404
    assert ticker.status_code == 400
    assert "/api/markets/" in ticker.json()["error"]["message"]


async def test_what_makes_no_sense(api: Api) -> None:
    """400 by name; a ticker that was never seen is a 404."""
    await quoted(api, 1)

    for query in ("source=rest", "from=2&to=1", "cursor=x", "limit=0", "sort=ends"):
        answer = await api.get(f"{PATH}/snapshots?{query}")

        assert answer.status_code == 400, query
    for end in ("snapshots", "latest"):
        answer = await api.get(f"/api/v1/markets/KXNO-1/{end}")

        assert answer.json()["error"]["code"] == "unknown_market"
