"""What is usually paid at this hour: the median of the days that the tape has whole."""

from fractions import Fraction
from math import floor
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.coverage import Span
from flowboard.feed_status import FeedStatus
from flowboard.http_api.usual_dollars import spans_before, usual_e6
from flowboard.models import WINDOWS_MS
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import WALL_MS, Api

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
TEN_CONTRACTS_E6 = 3_600_000


@pytest.fixture
def unserved(unserved: Api) -> Api:
    """The status shares the file's coverage, as the product has it."""
    unserved.status = FeedStatus(0, unserved.database.coverage, lambda: WALL_MS)
    return unserved


async def tape(api: Api, days: int) -> None:
    """Trade $3.60 times the day's number, so many days ago, at this hour; and now."""
    coverage = api.database.coverage
    coverage.begin(NOON_MS - days * DAY_MS - HOUR_MS // 2, WALL_MS, background=True)
    ago = [
        make_trade(
            day, ts_ms=NOON_MS - day * DAY_MS + day, count_e2=1_000 * day, source="heal"
        )
        for day in range(1, days + 2)
    ]
    combo = make_trade(
        50,
        ts_ms=NOON_MS - DAY_MS - 1,  # The hour before, the same day.
        market_ticker="KXMVESPORTS-26NOV21-S1",
        count_e2=1_000,
    )
    await api.trade(*ago, combo, make_trade(99, ts_ms=NOON_MS))
    coverage.advance(NOON_MS)
    start = coverage.find(1)
    assert start is not None
    coverage.resume()
    coverage.close(start, WALL_MS)


async def usual(api: Api, window: str) -> tuple[str | None, int]:
    body = (await api.get(f"/api/usual?window={window}")).json()
    assert body["window"] == window
    assert body["ts_ms"] == NOON_MS
    return body["usual_notional_dollars"], body["days"]


@pytest.mark.parametrize(
    ("days", "window", "expected"),
    [
        (0, "5m", (None, 0)),
        (1, "1h", ("3.600000", 1)),
        (1, "24h", (None, 0)),
        (2, "1h", ("5.400000", 2)),
        (2, "5m", ("0.450000", 2)),
        (2, "24h", ("7.200000", 1)),
        (3, "1h", ("7.200000", 3)),
        (9, "1h", ("14.400000", 7)),
        (9, "24h", ("14.400000", 7)),
    ],
)
async def test_the_median_of_whole_days(
    api: Api, days: int, window: str, expected: tuple[str | None, int]
) -> None:
    """Of this hour on the seven days before, of its share; by the day, of whole days."""
    await tape(api, days)

    assert await usual(api, window) == expected


async def test_a_day_with_a_gap_does_not_count(api: Api) -> None:
    """Nor while it is being healed; then it counts again, with what was found."""
    await tape(api, 3)
    coverage = api.database.coverage
    noon_ms = NOON_MS - DAY_MS
    before = await usual(api, "1h")

    gap = coverage.add("audit", Span(noon_ms + 60_000, noon_ms + 61_000), WALL_MS)
    open_ = await usual(api, "1h")
    await api.trade(
        make_trade(77, ts_ms=noon_ms + 60_500, count_e2=9_000, source="heal")
    )
    coverage.close(gap, WALL_MS)
    healed = await usual(api, "1h")

    assert (before, open_) == (("7.200000", 3), ("9.000000", 2))
    assert healed == ("10.800000", 3)


async def test_the_disk_is_asked_once_an_hour(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ask, of whatever window up to an hour."""
    await tape(api, 3)
    asked = []
    read = api.database.history.notional_e6

    async def counted(from_ms: int, to_ms: int) -> int:
        asked.append(from_ms)
        return await read(from_ms, to_ms)

    monkeypatch.setattr(api.database.history, "notional_e6", counted)

    for window in ("5m", "1h", "1m", "5m"):
        await usual(api, window)

    assert asked == [NOON_MS - day * DAY_MS for day in (1, 2, 3)]


@given(st.integers(10**12, 2 * 10**12), st.sampled_from([HOUR_MS, DAY_MS]))
def test_spans_are_hours_of_the_clock(now_ms: int, span_ms: int) -> None:
    """The one of now, or the day that ends with it, one to seven days ago."""
    spans = spans_before(span_ms, now_ms)

    ends_ms = {span.to_ms for span in spans}
    assert all((now_ms - end_ms) % DAY_MS >= DAY_MS - HOUR_MS for end_ms in ends_ms)
    assert {(now_ms - end_ms) // DAY_MS for end_ms in ends_ms} == set(range(7))
    assert {end_ms % HOUR_MS for end_ms in ends_ms} == {0}
    assert {to_ms - from_ms for from_ms, to_ms in spans} == {span_ms}


@given(
    st.lists(st.integers(0, 10**17), max_size=7),
    st.sampled_from([*WINDOWS_MS.values()]),
)
def test_the_usual_is_the_share_of_a_median(paid_e6: list[int], window_ms: int) -> None:
    """Rounded down to the millionth; of nothing there is none."""
    span_ms = max(window_ms, HOUR_MS)

    found = usual_e6(paid_e6, window_ms, span_ms)

    exact = [Fraction(paid) for paid in paid_e6]
    share = Fraction(window_ms, span_ms)
    assert found == (floor(median(exact) * share) if exact else None)
