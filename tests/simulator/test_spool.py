"""Pages from disk equal a filter over the list."""

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowboard.simulator.prints import Print, print_of_line
from flowboard.simulator.spool import BLOCK_TRADES, PageQuery, Spool
from tests.simulator.tapes import START_US, a_print


@pytest.fixture
def spool() -> Iterator[Spool]:
    spool = Spool()
    yield spool
    spool.close()


def walk(spool: Spool, **query: Any) -> list[Print]:
    """Return all pages of a query, joined."""
    found: list[Print] = []
    before: int | None = None
    for _ in range(10_000):
        lines, before = spool.page(PageQuery(before=before, **query))
        found += map(print_of_line, lines)
        if before is None:
            return found
        assert len(lines) == query.get("limit", 100)
    raise AssertionError("the pages do not end")


def expected(
    trades: list[Print], query: dict[str, Any], unlisted: Collection[int] = ()
) -> list[Print]:
    """The same by a filter over the list: shares nothing with the spool's index."""
    numbered = sorted(
        enumerate(trades),
        key=lambda pair: (pair[1].created_us // 1000, pair[0]),
        reverse=True,
    )
    return [
        trade
        for number, trade in numbered
        if number not in unlisted
        and query.get("ticker") in (None, trade.ticker)
        and query.get("is_block") in (None, trade.is_block)
        and (query.get("min_ms") is None or trade.created_us // 1000 >= query["min_ms"])
        and (query.get("max_ms") is None or trade.created_us // 1000 <= query["max_ms"])
    ]


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.integers(-3, 12) | st.sampled_from([-150, 140]), max_size=400),
    unlisted=st.frozensets(st.integers(0, 399), max_size=20),
    chunk=st.integers(1, 90),
    limit=st.integers(1, 120),
    ticker=st.sampled_from([None, "KXTAPE-26SEP21-T0", "KXRARE-1", "KXNEVER-1"]),
    is_block=st.sampled_from([None, True, False]),
    low=st.none() | st.integers(-5, 900),
    high=st.none() | st.integers(-5, 900),
)
def test_pages_equal_a_filter_over_the_list(
    steps: list[int],
    unlisted: frozenset[int],
    chunk: int,
    limit: int,
    ticker: str | None,
    is_block: bool | None,
    low: int | None,
    high: int | None,
) -> None:
    """Whatever is asked, in order or not: each match once, newest first."""
    trades = []
    at_ms = START_US // 1000
    for number, step in enumerate(steps):
        at_ms += step
        trades.append(
            a_print(
                number,
                created_us=at_ms * 1000,
                is_block=number % 70 == 3,
                **({"ticker": "KXRARE-1"} if number % 90 == 7 else {}),
            )
        )
    query: dict[str, Any] = {
        "limit": limit,
        "ticker": ticker,
        "is_block": is_block,
        "min_ms": None if low is None else START_US // 1000 + low,
        "max_ms": None if high is None else START_US // 1000 + high,
    }
    spool = Spool()
    for begin in range(0, len(trades), chunk):
        numbers = range(begin, begin + chunk)
        spool.append(trades[begin : begin + chunk], unlisted.intersection(numbers))
    found = walk(spool, **query)
    spool.close()

    assert found == expected(trades, query, unlisted)


def test_a_cursor_stays_where_it_was_while_trades_arrive(spool: Spool) -> None:
    """The next page goes on behind the last one, whatever came in at the front."""
    trades = [a_print(number) for number in range(200)]
    spool.append(trades[:150])
    first, before = spool.page(PageQuery(limit=60))
    spool.append(trades[150:])
    second, _ = spool.page(PageQuery(before=before, limit=60))

    assert [*map(print_of_line, first + second)] == trades[149:29:-1]


def test_a_walk_meets_what_comes_late_behind_it(spool: Spool) -> None:
    """A late trade older than the cursor is on a later page, a newer one on none."""
    trades = [
        a_print(number, created_us=START_US + number * 1000) for number in range(9)
    ]
    spool.append(trades)
    first, before = spool.page(PageQuery(limit=4))
    newer = a_print(9, created_us=START_US + 6_500)
    older = a_print(10, created_us=START_US + 2_500)
    oldest = a_print(11, created_us=START_US - 5_000)
    spool.append([newer, older, oldest])
    rest: list[bytes] = []
    while before is not None:
        lines, before = spool.page(PageQuery(before=before, limit=2))
        rest += lines

    assert [*map(print_of_line, first)] == trades[:4:-1]
    assert [*map(print_of_line, rest)] == [
        *(trades[4], trades[3]),
        *(older, trades[2], trades[1], trades[0]),
        oldest,
    ]


def test_the_last_page_says_that_it_is(spool: Spool) -> None:
    """A page that ends exactly with the last match has no next one."""
    spool.append([a_print(number) for number in range(100)])

    assert spool.page(PageQuery(limit=100))[1] is None
    assert spool.page(PageQuery(limit=99))[1] == 1
    assert spool.page(PageQuery(before=0)) == ([], None)
    assert spool.page(PageQuery(before=10**9, limit=5))[1] == 95


def test_lines_and_copies_are_the_file(spool: Spool) -> None:
    """A run of lines, and a copy up to a size, are what was appended."""
    trades = [a_print(number) for number in range(BLOCK_TRADES * 2 + 5)]
    spool.append(trades[:100])
    size = spool.size_bytes
    spool.append(trades[100:])
    copied = b"".join(spool.copy(size)).splitlines()

    assert [*map(print_of_line, copied)] == trades[:100]
    assert [*map(print_of_line, spool.lines(60, 131))] == trades[60:131]
    assert spool.lines(130, 1_000) == spool.lines(130, 133)
    assert spool.lines(133, 140) == []


@pytest.mark.parametrize("at_ms", [-1, 0, 1])
def test_a_span_finds_a_millisecond_of_many_trades(spool: Spool, at_ms: int) -> None:
    """Several blocks of one time are all found by it, and by nothing else."""
    spool.append([a_print(number, created_us=START_US) for number in range(300)])
    ms = START_US // 1000 + at_ms

    assert len(walk(spool, min_ms=ms, max_ms=ms)) == (0 if at_ms else 300)


def test_a_span_finds_trades_that_came_late(spool: Spool) -> None:
    """Times that go back by more than a block are found all the same."""
    trades = [
        a_print(number, created_us=START_US + at * 1_000_000)
        for number, at in enumerate([*range(200, 400), *range(100)])
    ]
    spool.append(trades)
    begin_ms = START_US // 1000

    assert walk(spool, max_ms=begin_ms + 50_000) == trades[250:199:-1]
    assert walk(spool, min_ms=begin_ms + 390_000) == trades[199:189:-1]
