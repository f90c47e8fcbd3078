import asyncio
import random
from collections.abc import Sequence

import pytest

from flowboard.errors import FeedInterrupted
from flowboard.feed_status import FeedStatus
from flowboard.history_reader import HistoryRead, HistoryReader
from flowboard.kalshi.request_pacer import RequestPacer
from flowboard.kalshi.rest_client import RestClient
from tests.kalshi.scripted_exchange import SOON_S, ListInbox
from tests.kalshi.scripted_rest import Answer, Answers, Asked, ScriptedRest

NOON_MS = 1_795_262_400_000
MINUTE_MS = 60_000


def row(n: int, ms_before_noon: int) -> dict[str, object]:
    """Trade `n` in the shape of REST."""
    ts_ms = NOON_MS - ms_before_noon
    second, ms = divmod(ts_ms - (NOON_MS - 43_200_000), 1_000)
    hour, minute = divmod(second // 60, 60)
    return {
        "trade_id": f"{n:08x}-1111-9222-0333-{n:012x}",
        "ticker": "KXDEMO-26NOV21-T50",
        "count_fp": "1.00",
        "yes_price_dollars": "0.5000",
        "no_price_dollars": "0.5000",
        "taker_outcome_side": "yes",
        "created_time": f"2026-11-21T{hour:02}:{minute:02}:{second % 60:02}.{ms:03}Z",
    }


def pages_of(rows: Sequence[object], size: int) -> Answers:
    """Serve `rows`, newest first, `size` a page; an unknown cursor begins again."""

    def answer(asked: Asked) -> Answer:
        text = asked.query.get("cursor", "")
        begin = int(text) if text.isdigit() else 0
        end = begin + size
        cursor = str(end) if end < len(rows) else ""
        return Answer({"cursor": cursor, "trades": rows[begin:end]})

    return answer


async def read(
    answer: Answers,
    inbox: ListInbox,
    history_ms: int = 10 * MINUTE_MS,
    status: FeedStatus | None = None,
    pages_max: int = 100,
) -> tuple[HistoryRead, list[Asked]]:
    subscribed = asyncio.Event()
    subscribed.set()
    with ScriptedRest(answer).serving() as rest:
        async with RestClient(
            rest.url, pacer=RequestPacer(1_000, pause_s=0.01)
        ) as client:
            reader = HistoryReader(
                client,
                inbox,
                subscribed,
                status or FeedStatus(),
                history_ms=history_ms,
                now_ms=lambda: NOON_MS,
                pages_max=pages_max,
                retry_s=0.001,
            )
            async with asyncio.timeout(SOON_S):
                return await reader.run(), rest.asked


async def test_it_reads_back_to_the_beginning_of_the_span() -> None:
    """Newest first, page by page, exactly the trades of the last ten minutes."""
    rows = [row(n, n * 1_000) for n in range(1_000)]
    inbox = ListInbox()

    done, asked = await read(pages_of(rows, 100), inbox)

    assert done == HistoryRead(trades=601, pages=7, refused=0, complete=True)
    assert inbox.ids() == [f"{n:08x}" for n in range(601)]
    assert {trade.source for trade in inbox.trades} == {"backfill"}
    assert {a.query["limit"] for a in asked} == {"1000"}
    assert {a.query["min_ts"] for a in asked} == {str(NOON_MS // 1000 - 602)}


async def test_it_ends_with_the_last_page() -> None:
    """An exchange that is younger than the span has less to give."""
    rows = [row(n, n * 1_000) for n in range(150)]
    inbox = ListInbox()

    done, asked = await read(pages_of(rows, 100), inbox)

    assert done == HistoryRead(trades=150, pages=2, refused=0, complete=True)
    assert [a.query.get("cursor", "") for a in asked] == ["", "100"]


async def test_nothing_is_read_before_the_subscription() -> None:
    """Subscribe first, read second, so that nothing falls between."""
    subscribed = asyncio.Event()
    inbox = ListInbox()

    with ScriptedRest(pages_of([row(1, 5)], 10)).serving() as rest:
        async with RestClient(rest.url) as client:
            reader = HistoryReader(
                client, inbox, subscribed, FeedStatus(),
                history_ms=MINUTE_MS, now_ms=lambda: NOON_MS,
            )  # fmt: skip
            task = asyncio.create_task(reader.run())
            await asyncio.sleep(0.05)
            before = len(rest.asked)
            subscribed.set()
            done = await asyncio.wait_for(task, SOON_S)

    assert before == 0
    assert done.trades == 1


async def test_bad_rows_are_counted_and_passed() -> None:
    """One row that cannot be read costs itself."""
    status = FeedStatus()
    inbox = ListInbox()
    rows = [row(1, 1_000), row(2, 2_000) | {"count_fp": "-1"}, 7, row(4, 4_000)]

    done, _ = await read(pages_of(rows, 10), inbox, status=status)

    assert done == HistoryRead(trades=2, pages=1, refused=2, complete=True)
    assert inbox.ids() == ["00000001", "00000004"]
    assert status.counters["bad_rows"] == 2


async def test_a_page_without_a_readable_row_is_passed() -> None:
    """The pages behind it are read all the same."""
    inbox = ListInbox()
    rows: list[object] = [row(1, 1_000), *[{}] * 10, row(9, 9_000)]

    done, _ = await read(pages_of(rows, 4), inbox)

    assert inbox.ids() == ["00000001", "00000009"]
    assert done.complete


async def test_refusals_and_outages_are_tried_again() -> None:
    """429 and 5xx, and junk, in the middle of the pages: nothing is left out."""
    rows = [row(n, n * 1_000) for n in range(500)]
    serve = pages_of(rows, 50)
    rng = random.Random(5)
    inbox = ListInbox()

    def answer(asked: Asked) -> Answer:
        if rng.random() < 0.5:
            return rng.choice(
                [
                    Answer({"error": "too many requests"}, 429),
                    Answer(b"<html>", 502),
                    Answer(b"{", 200),
                ]
            )
        return serve(asked)

    done, _ = await read(answer, inbox)

    assert done == HistoryRead(trades=500, pages=10, refused=0, complete=True)
    assert inbox.ids() == [f"{n:08x}" for n in range(500)]


@pytest.mark.parametrize(("status", "requests"), [(400, 1), (404, 1), (503, 8)])
async def test_it_gives_up_in_the_end(status: int, requests: int) -> None:
    """A refusal for good is asked once, an outage a few times; the board goes on."""
    inbox = ListInbox()

    done, asked = await read(lambda _: Answer({"msg": "no"}, status), inbox)

    assert done == HistoryRead(trades=0, pages=0, refused=0, complete=False)
    assert len(asked) == requests


async def test_nobody_there_is_given_up_too() -> None:
    """An exchange without REST still has a feed."""

    class Nobody:
        async def trades_page(
            self, limit: int, cursor: str, min_ts_s: int | None
        ) -> "HistoryRead":
            raise FeedInterrupted("nobody there")

    subscribed = asyncio.Event()
    subscribed.set()
    reader = HistoryReader(
        Nobody(), ListInbox(), subscribed, FeedStatus(),  # type: ignore[arg-type]
        history_ms=1, now_ms=lambda: NOON_MS, retry_s=0.001,
    )  # fmt: skip

    done = await asyncio.wait_for(reader.run(), SOON_S)

    assert not done.complete


@pytest.mark.parametrize("cursor", ["same", ""])
async def test_a_cursor_that_leads_in_circles_ends_the_reading(cursor: str) -> None:
    """The exchange ignores a cursor that it does not know, and begins again."""
    asked_before = 0

    def answer(asked: Asked) -> Answer:
        nonlocal asked_before
        asked_before += 1
        rows = [row(n, n * 1_000) for n in range(100)]
        return Answer({"cursor": cursor or f"new{asked_before}", "trades": rows})

    inbox = ListInbox()

    done, asked = await read(answer, inbox)

    assert not done.complete
    assert len(asked) == 2


async def test_the_same_cursor_twice_ends_the_reading() -> None:
    """Pages without a trade tell no time; their cursor tells that they repeat."""
    inbox = ListInbox()

    done, asked = await read(lambda _: Answer({"cursor": "same", "trades": []}), inbox)

    assert not done.complete
    assert len(asked) == 2


async def test_one_millisecond_may_fill_several_pages() -> None:
    """A sweep over more prints than a page holds is no circle."""
    rows = [row(n, 5_000) for n in range(300)]
    inbox = ListInbox()

    done, _ = await read(pages_of(rows, 100), inbox)

    assert done == HistoryRead(trades=300, pages=3, refused=0, complete=True)


async def test_pages_are_bounded() -> None:
    """However long the history is, the reading ends."""
    rows = [row(n, n) for n in range(1_000)]
    inbox = ListInbox()

    done, asked = await read(pages_of(rows, 10), inbox, pages_max=7)

    assert done == HistoryRead(trades=70, pages=7, refused=0, complete=False)
    assert len(asked) == 7


async def test_it_waits_for_room_in_the_inbox() -> None:
    """The feed and the history share one inbox, and neither overfills it."""
    rows = [row(n, n * 1_000) for n in range(200)]
    inbox = ListInbox(limit=10)
    task = asyncio.create_task(read(pages_of(rows, 100), inbox))

    while len(inbox.trades) < 200:
        await asyncio.wait_for(inbox.asked_for_room.wait(), SOON_S)
        inbox.asked_for_room.clear()
        inbox.take()
        await inbox.received(min(200, len(inbox.trades) + 10))
    done, _ = await task

    assert done.trades == 200
    assert inbox.ids() == [f"{n:08x}" for n in range(200)]
