"""Ids of markets are dense, stable and cheap to ask for."""

import pytest

from flowboard.market_info import EventInfo, MarketInfo, SeriesInfo
from flowboard.markets import CHANGES_MAX, Markets


def test_ids_count_from_zero_in_order_of_first_sight():
    """So that totals can live in arrays."""
    markets = Markets(["KXA", "KXB"])

    assert [markets.id_of(t) for t in ("KXB", "KXC", "KXA", "KXC")] == [1, 2, 0, 2]
    assert markets.tickers == ["KXA", "KXB", "KXC"]
    assert len(markets) == 3


def test_many_are_asked_for_at_once():
    """New ones among them get their ids in order."""
    markets = Markets(["KXA"])

    assert markets.ids_of(["KXB", "KXA", "KXB", "KXC"]).tolist() == [1, 0, 1, 2]
    assert markets.ids_of(["KXA", "KXC"]).tolist() == [0, 2]


def test_a_combo_is_known_by_its_ticker():
    """Also when the list has grown past its first size."""
    markets = Markets([f"KXMVE{n}" if n % 3 == 0 else f"KX{n}" for n in range(1_000)])

    assert markets.combo.tolist() == [n % 3 == 0 for n in range(1_000)]


def test_looking_for_a_market_does_not_make_it_known():
    """A typo in a query is no market."""
    markets = Markets()

    assert markets.find("KXTYPO") is None
    assert len(markets) == 0


def test_what_is_known_comes_to_the_ids():
    """Whether it was told before a market's first trade or after it."""
    markets = Markets(["KXA-1-X"])
    closed = MarketInfo(ticker="KXA-1-X", event_ticker="KXA-1", status="closed")
    early = MarketInfo(ticker="KXB-1-Y", event_ticker="KXE-9", status="finalized")
    markets.learn(closed)
    markets.learn(early)

    ids = markets.ids_of(["KXA-1-X", "KXB-1-Y", "KXC-1-Z"])

    assert markets.over[ids].tolist() == [True, True, False]
    assert [markets.events[number] for number in markets.event[ids]] == [
        "KXA-1",
        "KXE-9",
        "KXC-1",
    ]
    assert markets.info(1) is early


def test_a_market_that_opens_again_is_not_over():
    """A closing time moves both ways."""
    markets = Markets(["KXA-1-X"])
    for status, over in (("closed", True), ("active", False), ("determined", True)):
        markets.learn(MarketInfo(ticker="KXA-1-X", status=status))

        assert markets.over.tolist() == [over]


def test_a_label_is_the_same_object_until_something_is_learned():
    """Rows are rendered again only where it is another one."""
    markets = Markets(["KXA-1-X", "KXB-1-Y"])
    before = markets.label(0), markets.label(1)

    markets.learn(MarketInfo(ticker="KXA-1-X", title="Rain?"))

    assert markets.label(0) is not before[0]
    assert markets.label(0).title == "Rain?"
    assert markets.label(1) is before[1]


def test_an_event_changes_what_its_markets_are_called():
    """A category is the event's."""
    markets = Markets(["KXA-1-X", "KXB-1-Y"])
    markets.learn(MarketInfo(ticker="KXA-1-X", event_ticker="KXA-1"))
    version = markets.version

    markets.learn(EventInfo(ticker="KXA-1", category="Crypto"))

    assert markets.label(0).category == "Crypto"
    assert markets.changed_since(version) == [0]
    assert markets.changed_since(markets.version) == []


def test_a_series_changes_what_its_markets_are_called():
    """A category may be the series' alone."""
    markets = Markets(["KXA-1-X", "KXB-1-Y"])
    markets.learn(MarketInfo(ticker="KXA-1-X", event_ticker="KXA-1"))
    markets.learn(EventInfo(ticker="KXA-1", series_ticker="KXS"))
    assert markets.label(0).category == ""

    markets.learn(SeriesInfo(ticker="KXS", category="Crypto"))

    assert markets.label(0).category == "Crypto"
    assert markets.label(1).category == ""


def test_what_says_nothing_new_changes_nothing():
    """A market is read over and over."""
    markets = Markets(["KXA-1-X"])
    markets.learn(MarketInfo(ticker="KXA-1-X", title="Rain?", read_ms=1))
    version = markets.version

    assert not markets.learn(MarketInfo(ticker="KXA-1-X", title="Rain?", read_ms=2))
    assert markets.version == version


def test_who_is_far_behind_reads_all():
    """The list of changes is bounded."""
    markets = Markets(["KXA-1-X"])
    for number in range(CHANGES_MAX + 1):
        markets.learn(MarketInfo(ticker="KXA-1-X", close_ms=number))

    assert markets.changed_since(0) is None
    assert markets.changed_since(markets.version - 2) == [0, 0]


def test_a_market_that_cannot_be_named_is_its_ticker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rows of all others are made in the same breath."""

    def fails(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("flowboard.markets.label_of", fails)
    markets = Markets(["KXA-1-X"])
    markets.learn(MarketInfo(ticker="KXA-1-X", outcome="a mistake of ours"))

    label = markets.label(0)

    assert (label.short_label, label.title) == ("KXA-1-X", None)
    assert markets.label(0) is label


def test_a_market_that_is_forgotten_stays_over() -> None:
    """Only what was settled is forgotten; its event may be told of again."""
    markets = Markets(["KXA-1-X", "KXA-1-Y"])
    for ticker, status in (("KXA-1-X", "finalized"), ("KXA-1-Y", "active")):
        info = MarketInfo(ticker=ticker, event_ticker="KXA-1", status=status)
        markets.learn(info)
    markets.directory.forget(["KXA-1-X"])

    markets.learn(EventInfo(ticker="KXA-1", title="Rain?"))

    assert markets.over.tolist() == [True, False]


def test_what_was_settled_long_ago_is_over() -> None:
    """A start does not read more of it; what is known is known better."""
    markets = Markets(["KXA-1-X", "KXB-1-Y"])
    markets.learn(MarketInfo(ticker="KXB-1-Y", status="active"))
    version = markets.version

    markets.note_settled(["KXA-1-X", "KXB-1-Y", "KXNEVER-1"])

    assert markets.over.tolist() == [True, False]
    assert markets.changed_since(version) == [0]
    assert len(markets) == 2


def test_a_market_that_becomes_known_changes_what_those_beside_it_are_called():
    """They share a title now."""
    markets = Markets(["E-A", "E-B"])
    infos = [
        MarketInfo(ticker=f"E-{team}", event_ticker="E", title="A at B?", outcome=team)
        for team in "AB"
    ]
    markets.learn(infos[0])
    assert markets.label(0).title == "A at B?"

    markets.learn(infos[1])

    assert markets.label(0).title == "A at B? · A"
    assert markets.label(1).title == "A at B? · B"
