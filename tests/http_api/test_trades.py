"""Trades over HTTP: the newest of all, one market's tape, all trades after a `seq`."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from flowboard.database import reader
from flowboard.errors import StoreError
from flowboard.models import Trade
from flowboard.trade_filter import TradeFilter
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import Api
from tests.trade_filters import TICKERS, filters, passes

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

    monkeypatch.setattr(api.database.history, "trades", fail)

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


# After a `seq`.


def various(count: int, first: int = 1) -> list[Trade]:
    """Return trades of many kinds, late ones and combos among them."""
    return [
        make_trade(
            n,
            market_ticker=TICKERS[n % 6],
            ts_ms=NOON_MS + n * 37 % 100,
            count_e2=[10_000, 9_999][n % 2],
            taker_yes=n % 5 < 3,
            source=["ws", "poll", "heal", "ws"][n % 4],
        )
        for n in range(first, first + count)
    ]


def query_of(wanted: TradeFilter) -> str:
    """Return a filter as a query string says it."""
    named = {
        "combos": "include" if wanted.combos else "exclude",
        "tickers": ",".join(wanted.tickers or ()),
        "series": ",".join(wanted.series or ()),
        "min_notional": f"{wanted.min_notional_e6 / 1_000_000:.6f}",
        "side": wanted.side,
        "live_only": int(wanted.live_only),
    }
    return "&".join(f"{key}={value}" for key, value in named.items() if value)


async def read_on(api: Api, path: str, name: str, after_seq: int) -> list[dict]:
    """Read page after page until all is read; `path` has a query string."""
    found = []
    for _ in range(400):
        body = (await api.get(f"{path}&after_seq={after_seq}")).json()
        assert body["count"] == len(body[name])
        found += body[name]
        after_seq = body["seq"]
        if body["done"]:
            return found
    raise AssertionError(f"{path} has no end")


@pytest.mark.parametrize("forgotten", [False, True])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    wanted=filters.filter(lambda f: f.tickers != () and f.series != ()),
    after=st.integers(0, 120),
    limit=st.sampled_from([7, 1_000]),
)
async def test_every_trade_after_one(
    api: Api, forgotten: bool, wanted: TradeFilter, after: int, limit: int
) -> None:
    """Of all markets, by `seq`, from memory or disk: what a filter of ours lets through."""
    if not api.board.seq:
        await api.trade(*various(110))
        if forgotten:
            api.forget()
    path = f"/api/trades/recent?limit={limit}&{query_of(wanted)}"

    found = await read_on(api, path, "recent_trades", after)

    tape = [json.loads(entry.json) for entry in api.board.tape.after(0)]
    assert found == [t for t in tape if t["seq"] > after and passes(t, wanted)]


async def test_a_late_trade_says_so_after_a_seq(api: Api) -> None:
    """When it came, by which way, and that it was not live."""
    await api.trade(make_trade(1), make_trade(2, source="heal"))
    api.forget()

    body = (await api.get("/api/trades/recent?after_seq=0")).json()

    live, healed = body["recent_trades"]
    assert (live["seq"], live["source"], "late" in live) == (1, "ws", False)
    assert (healed["seq"], healed["source"], healed["late"]) == (2, "heal", True)
    assert healed["received_ts_ms"] == NOON_MS + 42
    assert (body["seq"], body["done"], body["count"]) == (2, True, 2)
    assert body["timestamp"] == "2026-11-21T13:00:00.123Z"


async def test_the_end_and_what_comes_after_it(api: Api) -> None:
    """Nothing is left: the same `seq` again, until there is more."""
    await api.trade(*various(3))
    path = "/api/trades/recent?combos=include&after_seq="

    full = (await api.get(f"{path}0&limit=3")).json()
    end = (await api.get(f"{path}3")).json()
    await api.trade(*various(1, first=4))
    more = (await api.get(f"{path}3")).json()
    foreign = (await api.get(f"{path}999")).json()

    assert (full["seq"], full["done"], full["count"]) == (3, True, 3)
    assert (end["seq"], end["done"], end["count"]) == (3, True, 0)
    assert [trade["seq"] for trade in more["recent_trades"]] == [4]
    assert (foreign["seq"], foreign["done"], foreign["count"]) == (4, True, 0)


async def test_a_filter_that_lets_little_through(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answer looks at so much of the tape; `seq` moves on, `done` tells the truth."""
    monkeypatch.setattr(reader, "LOOKED_AT_MAX", 5)
    await api.trade(*various(110))
    api.forget()
    path = "/api/trades/recent?tickers=KXNONE&after_seq="

    first = (await api.get(f"{path}0")).json()
    last = (await api.get(f"{path}{first['seq']}")).json()
    rest = (await api.get(f"{path}{last['seq']}")).json()

    told = [(a["seq"], a["done"], a["count"]) for a in (first, last, rest)]
    assert told == [(50, False, 0), (100, False, 0), (110, True, 0)]


@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize("ticker", [TICKERS[0], TICKERS[4]])
async def test_every_trade_of_a_market_after_one(
    api: Api, forgotten: bool, ticker: str
) -> None:
    """By `seq`; a combo that is named is not hidden."""
    await api.trade(*various(110))
    tape = [json.loads(entry.json) for entry in api.board.tape.after(0)]
    if forgotten:
        api.forget()
    path = f"/api/markets/{ticker}/trades?limit=5"

    all_of_it = await read_on(api, path, "trades", 10)
    some = await read_on(api, f"{path}&side=no&live_only=1", "trades", 0)

    mine = [trade for trade in tape if trade["market_ticker"] == ticker]
    assert all_of_it == [trade for trade in mine if trade["seq"] > 10]
    wanted = TradeFilter(combos=True, side="no", live_only=True)
    assert some == [trade for trade in mine if passes(trade, wanted)]
    assert 0 < len(some) < len(mine)


async def test_a_market_newest_first_through_a_filter(api: Api) -> None:
    """The pages of before, with what does not pass left out."""
    await api.trade(*various(110))
    tape = [json.loads(entry.json) for entry in api.board.tape.after(0)]
    path = f"/api/markets/{TICKERS[0]}/trades?limit=3&min_notional=36&side=yes"

    found, cursor = [], ""
    for _ in range(20):
        body = (await api.get(f"{path}&cursor={cursor}" if cursor else path)).json()
        found += body["trades"]
        cursor = body["cursor"]
        if not cursor:
            break

    wanted = TradeFilter(
        combos=True, tickers=(TICKERS[0],), min_notional_e6=36_000_000, side="yes"
    )
    passing = [trade for trade in tape if passes(trade, wanted)]
    assert found == sorted(passing, key=lambda t: (-t["ts_ms"], -t["seq"]))
    assert len(found) > 3


async def test_the_newest_through_a_filter(api: Api) -> None:
    """Newest first by exchange time, as ever, of those that pass."""
    await api.trade(*various(110))
    tape = [json.loads(entry.json) for entry in api.board.tape.after(0)]

    for wanted in (
        TradeFilter(side="no"),
        TradeFilter(tickers=(TICKERS[1],), live_only=True),
        TradeFilter(combos=True, series=("KXMVE",)),
    ):
        path = f"/api/trades/recent?limit=5&{query_of(wanted)}"
        body = (await api.get(path)).json()

        passing = [trade for trade in tape if passes(trade, wanted)]
        newest = sorted(passing, key=lambda trade: -trade["ts_ms"])[:5]
        times = [trade["ts_ms"] for trade in newest]
        assert [trade["ts_ms"] for trade in body["recent_trades"]] == times
        assert all(passes(trade, wanted) for trade in body["recent_trades"])
        assert "done" not in body


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "%D9%A3", "9" * 16, "1,2"])
async def test_a_seq_that_is_none(api: Api, text: str) -> None:
    """Refused by name, wherever it may be given."""
    await api.trade(make_trade(1))

    for path in ("/api/trades/recent", TAPE, "/api/trades/stream"):
        answer = await api.get(f"{path}?after_seq={text}")

        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "bad_parameter"
        assert answer.json()["error"]["message"].startswith("after_seq '")


async def test_back_and_forth_at_once(api: Api) -> None:
    """A cursor and a `seq` say different things."""
    await api.trade(make_trade(1))

    answer = await api.get(f"{TAPE}?after_seq=0&cursor=MTc5NTI2MjQwMDAwMS4x")

    assert answer.status_code == 400
    assert "give one of them" in answer.json()["error"]["message"]


async def test_a_disk_that_fails_is_asked_only_for_what_is_old(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in memory is given all the same; the rest is a 503, never a hole."""
    await api.trade(*various(5))
    api.forget()
    await api.trade(*various(5, first=6))

    async def fail(*_: object) -> None:
        raise StoreError("/secret/flowboard.db cannot be read (disk I/O error)")

    monkeypatch.setattr(api.database, "trades_after", fail)
    path = "/api/trades/recent?combos=include&after_seq="

    with capture_logs():
        old, new = await api.get(f"{path}4"), await api.get(f"{path}5")

    assert (old.status_code, old.json()["error"]["code"]) == (503, "store_failing")
    assert [t["seq"] for t in new.json()["recent_trades"]] == [6, 7, 8, 9, 10]


async def test_a_span_of_a_markets_tape(api: Api) -> None:
    """From its first millisecond, up to and without the last, in either form."""
    await api.trade(*(make_trade(n, ts_ms=NOON_MS + 1_000 * n) for n in range(1, 9)))

    query = f"from={NOON_MS + 3_000}&to=2026-11-21T12:00:06Z&limit=2"
    first = (await api.get(f"{TAPE}?{query}")).json()
    second = (await api.get(f"{TAPE}?{query}&cursor={first['cursor']}")).json()

    assert [trade["seq"] for trade in first["trades"]] == [5, 4]
    assert [trade["seq"] for trade in second["trades"]] == [3]
    assert second["cursor"] == ""


async def test_the_tape_of_all_markets_from_disk(api: Api) -> None:
    """Newest first, page by page, through any filter of the stream."""
    await api.trade(*various(150))
    tape = [json.loads(entry.json) for entry in api.board.tape.after(0)]
    api.forget()

    for query, wanted in (
        ("", TradeFilter()),
        ("combos=include", TradeFilter(combos=True)),
        (
            "combos=include&series=KXMVE,KXA",
            TradeFilter(combos=True, series=("KXMVE", "KXA")),
        ),
        (
            "min_notional=36&side=yes",
            TradeFilter(min_notional_e6=36_000_000, side="yes"),
        ),
        (
            f"tickers={TICKERS[1]}&live_only=1",
            TradeFilter(tickers=(TICKERS[1],), live_only=True),
        ),
        ("tickers=KXNO-1", TradeFilter(tickers=("KXNO-1",))),
    ):
        found, cursor = [], ""
        for _ in range(40):
            body = (
                await api.get(f"/api/trades?limit=7&{query}&cursor={cursor}")
            ).json()
            found += body["trades"]
            cursor = body["cursor"]
            if not cursor:
                break

        passing = [trade for trade in tape if passes(trade, wanted)]
        assert found == sorted(passing, key=lambda t: (-t["ts_ms"], -t["seq"])), query


async def test_forward_and_back_at_once_in_a_span(api: Api) -> None:
    """`after_seq` knows no span."""
    await api.trade(make_trade(1))

    for query in ("after_seq=0&from=1", "after_seq=0&to=9", "from=9&to=9"):
        answer = await api.get(f"{TAPE}?{query}")

        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "bad_parameter"
