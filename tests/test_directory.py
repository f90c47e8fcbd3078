"""What is known of markets, events and series, and how they belong together."""

import pytest

from flowboard.directory import Directory, is_combo
from flowboard.market_info import EventInfo, MarketInfo, SeriesInfo

TICKER = "KXHIGHNY-26NOV21-T50"


@pytest.fixture
def directory():
    return Directory()


def test_before_it_is_told_relations_are_guessed(directory):
    """The ticker less its last part, and the ticker to its first dash."""
    assert directory.event_of(TICKER) == "KXHIGHNY-26NOV21"
    assert directory.series_of(TICKER) == "KXHIGHNY"
    assert directory.category_of(TICKER) == directory.league_of(TICKER) == ""
    assert directory.event_of("KXODD") == "KXODD"


def test_what_the_exchange_says_holds(directory):
    """A series may have a dash in it, an event may be called anything."""
    directory.put_market(MarketInfo(ticker=TICKER, event_ticker="E"))
    directory.put_event(
        EventInfo(ticker="E", series_ticker="S-1", category="Sports", league="NFL")
    )

    assert directory.event_of(TICKER) == "E"
    assert directory.series_of(TICKER) == "S-1"
    assert directory.category_of(TICKER) == "Sports"
    assert directory.league_of(TICKER) == "NFL"


def test_a_category_may_come_from_the_series(directory):
    """Where the event tells none."""
    directory.put_series(SeriesInfo(ticker="KXHIGHNY", category="Weather"))

    assert directory.category_of(TICKER) == "Weather"


def test_members_move_with_their_event(directory):
    """A market is a member of one event."""
    for event in ("A", "B"):
        directory.put_market(MarketInfo(ticker=TICKER, event_ticker=event))

    assert directory.members("A") == ()
    assert directory.members("B") == (TICKER,)


def test_forgetting_the_last_member_forgets_the_event(directory):
    """Memory holds what is alive."""
    for ticker in ("E-1", "E-2"):
        directory.put_market(MarketInfo(ticker=ticker, event_ticker="E"))
    directory.put_event(EventInfo(ticker="E"))

    directory.forget(["E-1", "unknown"])

    assert directory.members("E") == ("E-2",)
    assert directory.event("E") is not None
    directory.forget(["E-2"])
    assert directory.event("E") is directory.market("E-2") is None
    assert len(directory) == 0


def test_the_version_rises_with_news_alone(directory):
    """When something was read is no news."""
    assert directory.put_market(MarketInfo(ticker=TICKER, read_ms=1))
    version = directory.version

    assert not directory.put_market(MarketInfo(ticker=TICKER, read_ms=2))
    assert directory.version == version
    assert directory.put_market(MarketInfo(ticker=TICKER, status="closed"))
    assert directory.version > version


def test_combos_are_known_by_their_tickers():
    """So the exchange names them."""
    assert is_combo("KXMVESPORTS-S1")
    assert not is_combo(TICKER)


def test_events_of_a_series_follow_what_is_told():
    """An event is of one series, and of none once it is forgotten."""
    directory = Directory()
    directory.put_market(MarketInfo(ticker="E-1", event_ticker="E"))
    for series in ("A", "B"):
        directory.put_event(EventInfo(ticker="E", series_ticker=series))

    assert (directory.events_of("A"), directory.events_of("B")) == ((), ("E",))
    directory.forget(["E-1"])
    assert directory.events_of("B") == ()
