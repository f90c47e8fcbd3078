"""Pages newest first, down to the beginning; circles are noticed."""

from dataclasses import replace

import pytest

from flowboard.errors import RequestFailed
from flowboard.tape_walk import EMPTY_MAX, WalkFailed, walk
from tests.database.made_trades import NOON_MS, make_trade
from tests.made_pages import Asked, MadePage, MadeTape, circle, never_last, throttled


def tape(n: int = 95, **how: object) -> MadeTape:
    """Return one trade every 100 ms."""
    trades = [make_trade(k, ts_ms=NOON_MS + 100 * k) for k in range(n)]
    return MadeTape(trades, **how)  # type: ignore[arg-type]


async def walked(pages: MadeTape, from_ms: int, to_ms: int | None, **how: object):
    found = []
    async for page in walk(pages, from_ms, to_ms, source="heal", **how):
        found += page.trades
    return found


async def test_a_walk_goes_from_the_newest_to_the_beginning() -> None:
    pages = tape()

    found = await walked(pages, NOON_MS, None)

    assert [t.trade_id for t in reversed(found)] == [t.trade_id for t in pages.trades]
    assert {t.source for t in found} == {"heal"}
    assert len(pages.asked) == 10


async def test_bounds_are_asked_a_little_wider() -> None:
    """Whether the bounds belong to the page is not documented."""
    pages = tape()

    found = await walked(pages, NOON_MS + 3_000, NOON_MS + 5_001)

    assert {t.ts_ms for t in found} >= {NOON_MS + k for k in range(3_000, 5_001, 100)}
    assert pages.asked[0].min_ts_s == NOON_MS // 1000 + 2
    assert pages.asked[0].max_ts_s == NOON_MS // 1000 + 7


async def test_a_page_that_reaches_further_back_is_the_last() -> None:
    """Also where the exchange does not know `min_ts`."""

    def refuse_min_ts(asked: Asked, page: MadePage) -> MadePage:
        if asked.min_ts_s is not None:
            raise RequestFailed(400, "min_ts")
        return page

    pages = tape(fault=refuse_min_ts)

    found = await walked(pages, NOON_MS + 8_500, None)

    assert {t.ts_ms for t in found} >= {NOON_MS + k for k in range(8_500, 9_500, 100)}
    assert len(pages.asked) == 3


async def test_trades_that_come_meanwhile_move_nothing() -> None:
    """F27: paging newest first while the exchange trades on."""
    pages = tape()

    def trade_on(_: Asked, page: MadePage) -> MadePage:
        n = len(pages.trades)
        pages.trades += [make_trade(n + k, ts_ms=NOON_MS + 100 * n) for k in range(3)]
        return page

    pages.fault = trade_on
    before = {t.trade_id for t in pages.trades}

    found = await walked(pages, NOON_MS, None)

    assert {t.trade_id for t in found} == before


async def test_thousands_in_one_millisecond_are_no_circle() -> None:
    """F29: time does not move from page to page."""
    pages = MadeTape([make_trade(k, ts_ms=NOON_MS) for k in range(95)])

    assert len(await walked(pages, NOON_MS, None)) == 95


@pytest.mark.parametrize("fault", [circle, never_last])
async def test_pages_without_end_end(fault) -> None:
    """F26: a cursor that repeats, one that is ignored, pages without rows."""
    pages = tape(fault=fault)

    with pytest.raises(WalkFailed, match="asks again"):
        await walked(pages, NOON_MS, None)

    assert len(pages.asked) <= EMPTY_MAX + 1


async def test_a_cursor_that_is_ignored_is_noticed() -> None:
    """The first page comes again, with new trades on top and another cursor."""
    pages = tape()
    first = MadePage(list(reversed(pages.trades[-10:])), "x")
    pages.fault = lambda asked, _: replace(first, cursor=asked.cursor + "x")

    with pytest.raises(WalkFailed):
        await walked(pages, NOON_MS, None)

    assert len(pages.asked) == 2


async def test_an_empty_span_is_walked_at_once() -> None:
    pages = tape()

    assert await walked(pages, NOON_MS + 60_000, NOON_MS + 70_000) == []
    assert len(pages.asked) == 1


async def test_what_the_exchange_refuses_is_raised() -> None:
    """What was given before is good; the caller asks again."""
    pages = tape(fault=throttled)

    with pytest.raises(RequestFailed):
        await walked(pages, NOON_MS, None)


async def test_a_market_and_the_historical_tape_are_asked_for() -> None:
    pages = tape(archived_ms=NOON_MS + 5_000)

    found = await walked(
        pages, NOON_MS, None, historical=True, ticker="KXHIGHNY-26NOV21-T50"
    )

    assert len(found) == 50
    assert pages.asked[0].ticker == "KXHIGHNY-26NOV21-T50"
