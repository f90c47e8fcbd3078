from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.directory import Directory
from flowboard.market_info import EventInfo, Leg, MarketInfo, SeriesInfo
from flowboard.market_label import Label, bare_label, joined, label_of

MARKET = MarketInfo(
    ticker="KXNFL-26NOV21PHIDAL-PHI",
    event_ticker="KXNFL-26NOV21PHIDAL",
    title="Philadelphia at Dallas winner?",
    outcome="Philadelphia",
    status="finalized",
    result="yes",
    close_ms=9,
    occurrence_ms=7,
)
EVENT = EventInfo(
    ticker="KXNFL-26NOV21PHIDAL",
    series_ticker="KXNFLGAME",
    title="Philadelphia at Dallas",
    sub_title="PHI at DAL (Nov 21)",
    category="Sports",
    league="Pro Football",
)


def known(*infos: Any) -> Directory:
    directory = Directory()
    for info in infos:
        put = {
            MarketInfo: directory.put_market,
            EventInfo: directory.put_event,
            SeriesInfo: directory.put_series,
        }[type(info)]
        put(info)
    return directory


def test_a_label_says_all_that_a_row_shows() -> None:
    """From the market, its event and its series."""
    assert label_of(MARKET.ticker, known(MARKET, EVENT)) == Label(
        title="Philadelphia at Dallas winner?",
        outcome="Philadelphia",
        short_label="PHI @ DAL · PHI",
        event_ticker="KXNFL-26NOV21PHIDAL",
        event_title="Philadelphia at Dallas",
        series_ticker="KXNFLGAME",
        category="Sports",
        league="Pro Football",
        status="finalized",
        result="yes",
        ends_ms=7,
        ends_by="occurrence",
    )


def test_an_unknown_market_has_a_label_too() -> None:
    """Its ticker, and what may be guessed from it."""
    assert label_of("KXNFL-26NOV21PHIDAL-PHI", Directory()) == Label(
        title=None,
        outcome="",
        short_label="KXNFL-26NOV21PHIDAL-PHI",
        event_ticker="KXNFL-26NOV21PHIDAL",
        event_title="",
        series_ticker="KXNFL",
        category="",
        league="",
        status="",
        result="",
        ends_ms=None,
        ends_by=None,
    )


def test_a_market_without_a_title_has_that_of_its_event() -> None:
    """With the outcome behind it; nothing at all is None."""
    bare = MarketInfo(ticker="KXA-1-A", event_ticker="KXA-1", outcome="Ann")
    silent = MarketInfo(ticker="KXB-1-A", event_ticker="KXB-1")
    event = EventInfo(ticker="KXA-1", title="Who wins?")
    directory = known(bare, silent, event)

    assert label_of("KXA-1-A", directory).title == "Who wins? · Ann"
    assert label_of("KXB-1-A", directory).title is None


def test_the_title_of_a_combo_is_made_of_its_legs() -> None:
    """All of them, in their order; one without legs keeps its own."""
    legs = (Leg("", MARKET.ticker, "no"), Leg("", "KXB-1-B", "yes"))
    combo = MarketInfo(ticker="KXMVE-1-A", title="yes no", legs=legs)
    bare = MarketInfo(ticker="KXMVE-1-B", title="yes A,no B")
    directory = known(MARKET, combo, bare)

    assert label_of("KXMVE-1-A", directory).title == "not Philadelphia + KXB-1-B"
    assert label_of("KXMVE-1-B", directory).title == "yes A,no B"


@pytest.mark.parametrize(
    ("title", "outcome", "line"),
    [
        ("Rain in NYC?", "", "Rain in NYC?"),
        ("Who wins?", "Ann Lee", "Who wins? · Ann Lee"),
        ("Will Ann Lee win?", "ann lee", "Will Ann Lee win?"),
        ("", "Ann Lee", "Ann Lee"),
        ("", "", ""),
        ("x" * 299, "y", "x" * 299),
    ],
)
def test_the_outcome_is_added_where_the_title_does_not_say_it(
    title: str, outcome: str, line: str
) -> None:
    """In one line of three hundred characters at most."""
    assert joined(title, outcome) == line


FORMS = ("{} or above", "{}% or lower", "at most {}", "above {}", "{} to {}", "")
numbers = st.builds(
    "{}{:,}{}".format,
    st.sampled_from(["", "-", "$", "--", "-$", "$-", "-$-"]),
    st.integers(0, 10**60),
    st.sampled_from(["", ".5", ".", "." + "1" * 30]),
)
strange = st.sampled_from(FORMS).flatmap(
    lambda form: st.builds(form.format, numbers, numbers)
)
strikes = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(
    outcome=strange | st.text(max_size=80),
    title=st.text(max_size=40),
    kind=st.sampled_from(["greater", "less", "between"]),
    floor=strikes,
    cap=strikes,
)
def test_any_market_has_a_label(
    outcome: str, title: str, kind: str, floor: float | None, cap: float | None
) -> None:
    """Whatever its words and numbers are: nearly a number, or larger than any other."""
    market = MarketInfo(
        ticker="KXA-1-A",
        event_ticker="KXA-1",
        title=title,
        outcome=outcome,
        strike_type=kind,
        floor_strike=floor,
        cap_strike=cap,
    )

    label = label_of(market.ticker, known(market, EventInfo(ticker="KXA-1")))

    assert label.short_label
    assert label.outcome == outcome


def test_a_label_without_words_has_its_places() -> None:
    """For a market whose words are of no use."""
    label = bare_label(MARKET.ticker, known(MARKET, EVENT))

    assert (label.title, label.outcome, label.short_label) == (None, "", MARKET.ticker)
    assert (label.event_ticker, label.series_ticker) == (EVENT.ticker, "KXNFLGAME")
    assert (label.category, label.league) == ("Sports", "Pro Football")


def test_a_question_that_two_markets_share_is_told_apart_by_its_outcome() -> None:
    """Both teams stand in it; once the other market is known, each names its own."""
    other = MarketInfo(
        ticker="KXNFL-26NOV21PHIDAL-DAL",
        event_ticker=MARKET.event_ticker,
        title=MARKET.title,
        outcome="Dallas",
    )

    titles = [
        label_of(market.ticker, known(MARKET, other, EVENT)).title
        for market in (MARKET, other)
    ]

    assert titles == [
        "Philadelphia at Dallas winner? · Philadelphia",
        "Philadelphia at Dallas winner? · Dallas",
    ]
