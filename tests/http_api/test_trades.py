"""Trades over HTTP: the newest of all, and one market's tape from disk."""

import asyncio
import json

import pytest
from structlog.testing import capture_logs

from flowboard.errors import StoreError
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import Api

NEW_YORK = "KXHIGHNY-26NOV21-T50"
COMBO = "KXMVESPORTS-26NOV21-S1"
TAPE = f"/api/markets/{NEW_YORK}/trades"


async def test_recent_trades_are_newest_first_by_exchange_time(api: Api) -> None:
    """A late trade stands where it belongs, as the very object of the stream."""
    await api.trade(make_trade(2), make_trade(3), make_trade(1))

    answer = await api.get("/api/trades/recent")

    body = answer.json()
    assert [trade["ts_ms"] - NOON_MS for trade in body["recent_trades"]] == [3, 2, 1]
    assert body["recent_trades"] == [
        json.loads(entry.json) for entry in api.board.recent(100, False)
    ]
    assert (body["count"], body["seq"]) == (3, 3)
    assert body["timestamp"] == "2026-11-21T13:00:00.123Z"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [("", [3, 1]), ("?combos=include", [3, 2, 1]), ("?limit=1", [3])],
)
async def test_recent_trades_by_choice(
    api: Api, query: str, numbers: list[int]
) -> None:
    """Combos are left out unless asked for; the limit cuts the oldest."""
    await api.trade(make_trade(1), make_trade(2, market_ticker=COMBO), make_trade(3))

    body = (await api.get(f"/api/trades/recent{query}")).json()

    found = [trade["ts_ms"] - NOON_MS for trade in body["recent_trades"]]
    assert found == numbers
    assert body["count"] == len(numbers)


async def test_pages_of_a_market_give_its_whole_tape_once(api: Api) -> None:
    """Newest first, from disk, until the cursor is empty; other markets are elsewhere."""
    trades = [make_trade(n, ts_ms=NOON_MS + n // 3) for n in range(25)]
    await api.trade(*trades, make_trade(99, market_ticker=COMBO))

    seqs, counts, cursor = [], [], ""
    for _ in range(10):
        following = f"&cursor={cursor}" if cursor else ""
        body = (await api.get(f"{TAPE}?limit=10{following}")).json()
        assert body["ticker"] == NEW_YORK
        assert body["count"] == len(body["trades"])
        assert {trade["market_ticker"] for trade in body["trades"]} == {NEW_YORK}
        seqs += [trade["seq"] for trade in body["trades"]]
        counts.append(body["count"])
        cursor = body["cursor"]
        if not cursor:
            break

    assert counts == [10, 10, 5]
    assert seqs == list(range(25, 0, -1))


async def test_a_market_of_another_form(api: Api) -> None:
    """Dots, blanks and accents in a ticker are no obstacle; it is matched whole."""
    ticker = "KXINX-26 É.5"
    await api.trade(make_trade(1, market_ticker=ticker))

    found = await api.get("/api/markets/KXINX-26%20%C3%89.5/trades")
    missed = await api.get("/api/markets/KXINX-26%20%C3%89/trades")

    assert found.json()["ticker"] == ticker
    assert found.json()["count"] == 1
    assert missed.status_code == 404


async def test_a_ticker_never_seen(api: Api) -> None:
    """404 names it, fit for a sentence however it looks."""
    hostile = "%3Cscript%3E%00%E2%80%AE" + 100 * "x"

    plain = await api.get("/api/markets/KXNOPE/trades")
    strange = await api.get(f"/api/markets/{hostile}/trades")

    assert plain.status_code == strange.status_code == 404
    assert plain.json()["error"]["code"] == "unknown_market"
    assert "'KXNOPE'" in plain.json()["error"]["message"]
    message = strange.json()["error"]["message"]
    assert message.isprintable()
    assert len(message) < 150


@pytest.mark.parametrize("cursor", ["nonsense", "MTIz", "%C3%A9", "LTEuMQ"])
async def test_a_cursor_of_somebody_else(api: Api, cursor: str) -> None:
    """The store refuses it, the client is told as for any other parameter."""
    await api.trade(make_trade(1))

    answer = await api.get(f"{TAPE}?cursor={cursor}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_parameter"
    assert "cursor" in answer.json()["error"]["message"]


async def test_a_store_that_cannot_answer(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 that hides the folder; the log has the reason; the other answers go on."""
    await api.trade(make_trade(1))

    async def fail(*_: object) -> None:
        raise StoreError("/secret/flowboard.db cannot be read (disk I/O error)")

    monkeypatch.setattr(api.database, "market_trades", fail)

    with capture_logs() as logs:
        answer, other = await asyncio.gather(
            api.get(TAPE), api.get("/api/trades/recent")
        )

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "store_failing"
    assert answer.headers["retry-after"] == "1"
    assert "secret" not in answer.text
    assert ["disk I/O error" in log["problem"] for log in logs] == [True]
    assert other.status_code == 200
