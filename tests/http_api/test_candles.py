"""GET /api/markets/{ticker}/candles."""

import pytest

from flowboard.coverage import Span
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.known_markets import HIGH_50, QUIET, learn
from tests.http_api.serving import Api

PATH = f"/api/markets/{HIGH_50}/candles"
MINUTE_MS = 60_000


async def test_candles_oldest_first(api: Api) -> None:
    """Prices, contracts and dollars by side; minutes without a trade are left out."""
    await api.trade(
        make_trade(1, yes_price_e4=4_000, count_e2=100),
        make_trade(2, yes_price_e4=4_400, count_e2=200, taker_yes=False),
        make_trade(3, yes_price_e4=4_100, count_e2=300),
        make_trade(4, ts_ms=NOON_MS + 3 * MINUTE_MS),
    )

    body = (await api.get(f"{PATH}?interval=1m")).json()

    first, second = body["candles"]
    assert first == {
        "ts_ms": NOON_MS,
        "open_dollars": "0.4000",
        "high_dollars": "0.4400",
        "low_dollars": "0.4000",
        "close_dollars": "0.4100",
        "volume_fp": "6.00",
        "yes_volume_fp": "4.00",
        "no_volume_fp": "2.00",
        "net_flow_fp": "2.00",
        "notional_dollars": "2.750000",
        "yes_flow_dollars": "1.630000",
        "no_flow_dollars": "1.120000",
        "trade_count": 3,
        "running": False,
        "gap": False,
    }
    assert (second["ts_ms"], second["running"]) == (NOON_MS + 3 * MINUTE_MS, True)
    assert (body["count"], body["cursor"], body["interval"]) == (2, "", "1m")
    assert (body["ticker"], body["gaps"]) == (HIGH_50, [])
    assert (body["from_ms"], body["to_ms"]) == (0, NOON_MS + 4 * MINUTE_MS)


async def test_pages_go_back_in_time(api: Api) -> None:
    """Each holds the newest that are left, until the cursor is empty."""
    await api.trade(
        *(make_trade(n, ts_ms=NOON_MS + n * 7 * MINUTE_MS) for n in range(1, 12))
    )

    found: list[int] = []
    cursor = ""
    for _ in range(9):
        body = (await api.get(f"{PATH}?interval=5m&limit=4&cursor={cursor}")).json()
        found = [candle["ts_ms"] for candle in body["candles"]] + found
        cursor = body["cursor"]
        if not cursor:
            break

    starts = {(NOON_MS + n * 7 * MINUTE_MS) // 300_000 * 300_000 for n in range(1, 12)}
    assert found == sorted(starts)


async def test_a_span_is_widened_to_whole_candles(api: Api) -> None:
    """Its ends may lie anywhere, in either form."""
    await api.trade(
        *(make_trade(n, ts_ms=NOON_MS + n * MINUTE_MS) for n in range(1, 9))
    )

    query = f"interval=1m&from={NOON_MS + 130_000}&to=2026-11-21T12:04:00.001Z"
    body = (await api.get(f"{PATH}?{query}")).json()

    minutes = [(candle["ts_ms"] - NOON_MS) // MINUTE_MS for candle in body["candles"]]
    assert minutes == [2, 3, 4]
    assert (body["from_ms"], body["to_ms"]) == (
        NOON_MS + 2 * MINUTE_MS,
        NOON_MS + 5 * MINUTE_MS,
    )


async def test_gaps_of_the_tape_are_marked(api: Api) -> None:
    """Open ones of all markets or of this one; closed ones and others are none."""
    await api.trade(
        *(make_trade(n, ts_ms=NOON_MS + n * MINUTE_MS) for n in range(1, 6))
    )
    coverage = api.status.coverage
    seconds = [
        Span(NOON_MS + n * MINUTE_MS, NOON_MS + n * MINUTE_MS + 9) for n in range(6)
    ]
    whole = coverage.add("stall", seconds[2], NOON_MS)
    mine = coverage.add("backfill", seconds[4], NOON_MS, ticker=HIGH_50)
    coverage.add("backfill", seconds[3], NOON_MS, ticker=QUIET)
    coverage.close(coverage.add("stall", seconds[1], NOON_MS), NOON_MS)

    body = (await api.get(f"{PATH}?interval=1m&from={NOON_MS}")).json()

    assert [candle["gap"] for candle in body["candles"]] == [0, 1, 0, 1, 0]
    assert {gap["gap"] for gap in body["gaps"]} == {whole.gap, mine.gap}
    assert body["gaps"][0].keys() == {"gap", "cause", "from_ms", "to_ms", "state"}


async def test_who_was_never_traded(api: Api) -> None:
    """A known market has no candles; an unknown one is a 404."""
    learn(api)

    known = await api.get(f"/api/markets/{QUIET}/candles")
    unknown = await api.get("/api/markets/KXNO-1/candles")

    assert (known.status_code, known.json()["candles"]) == (200, [])
    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "unknown_market"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("interval=2m", "1m, 5m, 1h, 1d"),
        ("from=yesterday", "ISO 8601"),
        ("from=5&to=5", "not before"),
        ("to=2200-01-01", "ISO 8601"),
        ("from=-5", "ISO 8601"),
        ("to=%D9%A3", "ISO 8601"),
        ("cursor=xyz", "leave it out"),
        ("limit=1001", "1 to 1000"),
    ],
)
async def test_what_makes_no_sense(api: Api, query: str, named: str) -> None:
    """400 that says what would."""
    await api.trade(make_trade(1))

    answer = await api.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]
