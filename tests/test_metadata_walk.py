import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from flowboard import metadata_walk
from flowboard.errors import FeedInterrupted, RequestFailed
from flowboard.kalshi.listing import EventsPage, Listed, MarketsPage
from flowboard.market_info import EventInfo, MarketInfo, SeriesInfo
from flowboard.metadata_walk import MetadataWalk
from tests.kalshi.scripted_exchange import SOON_S

WALL_MS = 1_795_262_400_000


def listed(info: Any) -> Listed[Any]:
    return Listed(info, b"{}")


class Pages:
    """Three pages of events, and what a test makes of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.failures: list[Exception] = []
        self.next_cursor: Callable[[str], str] = {
            "": "1", "1": "2", "2": ""
        }.__getitem__  # fmt: skip
        self.changes: Exception | None = None
        self.series_failure: Exception | None = None

    async def events_page(
        self,
        status: str = "",
        cursor: str = "",
        *,
        with_markets: bool = False,
        since_s: int | None = None,
    ) -> EventsPage:
        self.asked.append(("events", status, cursor, with_markets, since_s))
        if since_s is not None:
            if self.changes is not None:
                raise self.changes
            return EventsPage([listed(EventInfo(ticker="CHANGED"))], [], "")
        if cursor and self.failures:
            raise self.failures.pop()
        event, market = EventInfo(ticker=f"E{cursor}"), MarketInfo(ticker=f"M{cursor}")
        return EventsPage([listed(event)], [listed(market)], self.next_cursor(cursor))

    async def changed_markets(self, since_s: int, cursor: str = "") -> MarketsPage:
        self.asked.append(("markets", since_s, cursor))
        market = listed(MarketInfo(ticker=f"C{cursor}"))
        return MarketsPage([market], "" if cursor else "more")

    async def all_series(self) -> list[Listed[SeriesInfo]]:
        self.asked.append(("series",))
        if self.series_failure is not None:
            raise self.series_failure
        return [listed(SeriesInfo(ticker="S"))]


class Walked:
    """A walk over `pages`, and what it has brought."""

    def __init__(self, pages: Pages, changes_s: float = 0.01) -> None:
        self.pages = pages
        self.tickers: list[str] = []
        self.walk = MetadataWalk(
            pages, self.take, changes_s=changes_s, wall_ms=lambda: WALL_MS
        )

    async def take(self, listed: Sequence[Listed[Any]]) -> None:
        self.tickers += [found.info.ticker for found in listed]

    async def until(self, enough: Callable[[], bool]) -> None:
        task = asyncio.create_task(self.walk.run())
        async with asyncio.timeout(SOON_S):
            while not enough():
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.wait({task})


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_walk, "RETRY_S", 0.001)


async def test_all_that_is_open_is_walked_then_what_has_changed() -> None:
    """Events with their markets, page by page; series; then changes alone."""
    walked = Walked(Pages())

    await walked.until(lambda: "Cmore" in walked.tickers)

    since_s = WALL_MS // 1000 - 60
    assert walked.tickers[:10] == [
        "S", "E", "M", "E1", "M1", "E2", "M2", "CHANGED", "C", "Cmore",
    ]  # fmt: skip
    assert walked.pages.asked[:7] == [
        ("series",),
        ("events", "open", "", True, None),
        ("events", "open", "1", True, None),
        ("events", "open", "2", True, None),
        ("events", "", "", False, since_s),
        ("markets", since_s, ""),
        ("markets", since_s, "more"),
    ]
    assert walked.walk.whole.is_set()


async def test_what_was_missed_is_asked_for_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not in a quarter of an hour; and only when it is said."""
    monkeypatch.setattr(metadata_walk, "SOON_S", 0.001)
    calm, hurried = Walked(Pages(), 3_600.0), Walked(Pages(), 3_600.0)
    hurried.walk.hurry()

    await hurried.until(lambda: "Cmore" in hurried.tickers)
    await calm.until(calm.walk.whole.is_set)

    assert "CHANGED" not in calm.tickers


async def test_a_walk_that_is_interrupted_goes_on_where_it_stopped() -> None:
    """What was read is not read again."""
    pages = Pages()
    pages.failures = [RequestFailed(503, "not now"), FeedInterrupted("no network")]
    walked = Walked(pages)

    await walked.until(walked.walk.whole.is_set)

    cursors = [asked[2] for asked in pages.asked if asked[0] == "events"][:5]
    assert cursors == ["", "1", "1", "1", "2"]
    assert walked.tickers[:7] == ["S", "E", "M", "E1", "M1", "E2", "M2"]


async def test_events_do_not_wait_for_series_for_ever() -> None:
    """Without series only some words are missing."""
    pages = Pages()
    pages.series_failure = RequestFailed(404, "no such route")
    walked = Walked(pages)

    await walked.until(walked.walk.whole.is_set)

    assert pages.asked[:4] == [("series",)] * 4
    assert walked.tickers[:6] == ["E", "M", "E1", "M1", "E2", "M2"]


async def test_pages_that_go_in_a_circle_end() -> None:
    """A cursor that is not understood begins again, without a word."""
    pages = Pages()
    pages.next_cursor = lambda cursor: "again"
    walked = Walked(pages)

    await walked.until(walked.walk.whole.is_set)

    assert walked.walk.pages_read == 2


async def test_where_changes_are_refused_all_is_walked_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some exchange may not know how to tell them."""
    monkeypatch.setattr(metadata_walk, "WHOLE_WITHOUT_CHANGES_S", 0.001)
    pages = Pages()
    pages.changes = RequestFailed(400, "no such filter")
    walked = Walked(pages)

    await walked.until(lambda: walked.tickers.count("E2") == 3)

    assert sum(asked[4] is not None for asked in pages.asked if len(asked) == 5) == 1


async def test_changes_that_cannot_be_had_are_asked_for_again() -> None:
    """An outage is not a refusal: nothing that was changed meanwhile is left out."""
    pages = Pages()
    pages.changes = RequestFailed(429, "too many requests")
    walked = Walked(pages)

    await walked.until(
        lambda: sum(a[-1] == WALL_MS // 1000 - 60 for a in pages.asked) >= 3
    )

    assert "CHANGED" not in walked.tickers
    assert walked.walk._tells_changes
