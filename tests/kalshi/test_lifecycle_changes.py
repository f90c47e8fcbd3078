from typing import Any

import pytest

from flowboard.kalshi.lifecycle_changes import changed, changed_event, reread
from flowboard.kalshi.lifecycle_messages import LifecycleMessage, lifecycle_message
from flowboard.market_info import EventInfo, MarketInfo

NOW_MS = 1_795_262_400_000
HOUR_S = 3_600
NOW_S = NOW_MS // 1000
OPEN = MarketInfo(
    ticker="KXA-1",
    event_ticker="KXA",
    title="A?",
    outcome="Ann",
    status="active",
    open_ms=NOW_MS - 7_200_000,
    close_ms=NOW_MS + 3_600_000,
    grid="linear_cent",
    read_ms=1,
)


def told(event_type: str, **fields: Any) -> LifecycleMessage:
    message = {"market_ticker": "KXA-1", "event_type": event_type} | fields
    return lifecycle_message("market_lifecycle_v2", message)


def fields_of(info: MarketInfo, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(info, name) for name in names)


def test_a_created_market_is_known_before_rest_knows_it() -> None:
    """Its titles, strikes and times come with the message; it opens by its clock."""
    about = {
        "name": "A",
        "title": "Will A be above 5?",
        "yes_sub_title": "5 or above",
        "no_sub_title": "below 5",
        "event_ticker": "KXA",
        "expected_expiration_ts": NOW_S + 2 * HOUR_S,
        "strike_type": "greater",
        "floor_strike": 4.99,
    }
    message = told(
        "created",
        open_ts=NOW_S + 60,
        close_ts=NOW_S + HOUR_S,
        price_level_structure="deci_cent",
        additional_metadata=about,
    )

    info = changed(None, message, NOW_MS)

    assert info == MarketInfo(
        ticker="KXA-1",
        event_ticker="KXA",
        title="Will A be above 5?",
        outcome="5 or above",
        no_outcome="below 5",
        status="initialized",
        open_ms=NOW_MS + 60_000,
        close_ms=NOW_MS + 3_600_000,
        expected_ms=NOW_MS + 7_200_000,
        strike_type="greater",
        floor_strike=4.99,
        grid="deci_cent",
        read_ms=NOW_MS,
    )


def test_a_created_market_takes_nothing_from_what_rest_told() -> None:
    """The message may come after the first answer."""
    info = changed(OPEN, told("created", open_ts=NOW_S - 60), NOW_MS)

    assert fields_of(info, "title", "status", "open_ms") == (
        "A?", "active", NOW_MS - 60_000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event_type", "said", "before", "status"),
    [
        ("deactivated", True, "active", "inactive"),
        ("activated", False, "inactive", "active"),
        ("activated", False, "closed", "active"),
        ("deactivated", None, "active", "inactive"),
        ("activated", None, "inactive", "active"),
        ("activated", True, "active", "inactive"),
        ("activated", False, "determined", "determined"),
        ("deactivated", True, "finalized", "finalized"),
    ],
)
def test_a_market_is_stopped_and_goes_on(
    event_type: str, said: bool | None, before: str, status: str
) -> None:
    """The flag counts, not the name; what has ended stays so."""
    info = MarketInfo(ticker="KXA-1", status=before, open_ms=NOW_MS - 1)

    after = changed(info, told(event_type, is_deactivated=said), NOW_MS)

    assert after.status == status


def test_a_market_that_has_not_opened_is_not_activated() -> None:
    """It opens by its clock."""
    info = MarketInfo(ticker="KXA-1", status="initialized", open_ms=NOW_MS + 1)

    assert changed(info, told("activated"), NOW_MS).status == "initialized"
    assert changed(info, told("activated"), NOW_MS + 1).status == "active"


@pytest.mark.parametrize(
    ("before", "moved_s", "status"),
    [
        ("active", HOUR_S, "active"),
        ("active", -HOUR_S, "active"),
        ("closed", HOUR_S, "inactive"),
        ("closed", -HOUR_S, "closed"),
    ],
)
def test_a_close_moves_both_ways(before: str, moved_s: int, status: str) -> None:
    """One that lies ahead again opens a closed market, though it waits for its word."""
    info = MarketInfo(ticker="KXA-1", status=before, close_ms=NOW_MS - 1)

    after = changed(info, told("close_date_updated", close_ts=NOW_S + moved_s), NOW_MS)

    assert (after.close_ms, after.status) == (NOW_MS + moved_s * 1000, status)


def test_a_result_comes_first_and_its_settlement_bears_none() -> None:
    """The result that was told is kept when the market settles."""
    determined = changed(
        OPEN,
        told(
            "determined",
            determination_ts=NOW_S,
            result="yes",
            settlement_value="1.0000",
        ),
        NOW_MS,
    )
    settled = changed(determined, told("settled", settled_ts=NOW_S + 300), NOW_MS)

    names = ("status", "result", "settlement_value_e4", "determined_ms", "settled_ms")
    assert fields_of(determined, *names) == ("determined", "yes", 10_000, NOW_MS, None)
    assert fields_of(settled, *names) == (
        "finalized", "yes", 10_000, NOW_MS, NOW_MS + 300_000,
    )  # fmt: skip


def test_a_dispute_is_not_undone_by_a_late_result() -> None:
    """REST knows of disputes, messages do not."""
    info = MarketInfo(ticker="KXA-1", status="disputed", result="no")

    after = changed(info, told("determined", result="yes"), NOW_MS)

    assert (after.status, after.result) == ("disputed", "yes")


def test_changed_words_and_strikes_are_taken_over() -> None:
    """Only what the message names."""
    renamed = changed(OPEN, told("metadata_updated", yes_sub_title="Bea\u202e"), NOW_MS)
    moved = changed(
        OPEN, told("metadata_updated", floor_strike=3, strike_type="less"), NOW_MS
    )
    finer = changed(
        OPEN,
        told("price_level_structure_updated", price_level_structure="deci_cent"),
        NOW_MS,
    )

    assert fields_of(renamed, "outcome", "title") == ("Bea", "A?")
    assert fields_of(moved, "floor_strike", "strike_type", "outcome") == (
        3.0, "less", "Ann",
    )  # fmt: skip
    assert finer.grid == "deci_cent"


def test_a_message_of_a_kind_to_come_changes_nothing() -> None:
    """New kinds appear without notice."""
    after = changed(OPEN, told("celebrated"), NOW_MS)

    assert fields_of(after, "status", "title", "close_ms") == (
        fields_of(OPEN, "status", "title", "close_ms")
    )  # fmt: skip


def test_an_event_is_known_before_rest_knows_it() -> None:
    """What the message leaves out stays as it was."""
    message = lifecycle_message(
        "event_lifecycle",
        {
            "event_ticker": "KXA",
            "title": "A\nand B",
            "subtitle": "A at B",
            "series_ticker": "KXS",
            "collateral_return_type": "MECNET",
            "strike_date": NOW_S,
        },
    )
    known = EventInfo(ticker="KXA", title="Old", category="Sports", league="L")
    renamed = lifecycle_message(
        "event_lifecycle", {"event_ticker": "KXA", "title": "New"}
    )

    assert changed_event(None, message, 5) == EventInfo(
        ticker="KXA",
        series_ticker="KXS",
        title="A and B",
        sub_title="A at B",
        mutually_exclusive=True,
        strike_ms=NOW_MS,
        read_ms=5,
    )
    after = changed_event(known, renamed, 5)
    assert (after.title, after.category, after.league) == ("New", "Sports", "L")
    assert not after.mutually_exclusive


def test_an_answer_from_before_a_result_does_not_undo_it() -> None:
    """REST may be a moment behind the messages."""
    known = changed(
        OPEN, told("determined", result="no", settlement_value="0.0000"), NOW_MS
    )
    late = MarketInfo(ticker="KXA-1", status="closed", title="A!", read_ms=9)
    final = MarketInfo(ticker="KXA-1", status="finalized", result="no", settled_ms=7)

    assert reread(None, late) is late
    behind = reread(known, late)
    assert fields_of(behind, "status", "result", "settlement_value_e4", "title") == (
        "determined", "no", 0, "A!",
    )  # fmt: skip
    assert fields_of(reread(known, final), "status", "settled_ms", "determined_ms") == (
        "finalized", 7, NOW_MS,
    )  # fmt: skip


@pytest.mark.parametrize("series", ["", "KX\u202e", "K\n", "K" * 10_000])
def test_an_event_has_no_series_that_cannot_be_one(series: str) -> None:
    """A message is looked at as closely as an answer of REST."""
    before = EventInfo(ticker="KXA", series_ticker="KXS")
    message = lifecycle_message(
        "event_lifecycle", {"event_ticker": "KXA", "series_ticker": series}
    )

    assert changed_event(before, message, NOW_MS).series_ticker == "KXS"
    assert changed_event(None, message, NOW_MS).series_ticker == ""
