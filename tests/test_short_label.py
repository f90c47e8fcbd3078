from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.directory import Directory
from flowboard.market_info import EventInfo, Leg, MarketInfo, SeriesInfo
from flowboard.short_label import EVENT_MAX, cut, leg_names, short_label, strike_of


def known(*infos: Any) -> Directory:
    directory = Directory()
    for info in infos:
        if isinstance(info, MarketInfo):
            directory.put_market(info)
        elif isinstance(info, EventInfo):
            directory.put_event(info)
        else:
            directory.put_series(info)
    return directory


def a_market(ticker: str = "KXA-1-A", **fields: Any) -> MarketInfo:
    event = {"event_ticker": ticker.rpartition("-")[0]}
    return MarketInfo(ticker=ticker, **(event | fields))


BITCOIN = (
    SeriesInfo(ticker="KXBTCD", tags=("BTC",)),
    EventInfo(
        ticker="KXBTCD-26NOV21",
        series_ticker="KXBTCD",
        title="Bitcoin price on Nov 21, 2026 at 5pm EST?",
    ),
)
GAME = EventInfo(
    ticker="KXNFL-26NOV21PHIDAL",
    title="Philadelphia at Dallas",
    sub_title="PHI at DAL (Nov 21)",
)


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        ("$98,000 or above", "BTC ≥ 98k"),
        ("$98,250 or above", "BTC ≥ 98.25k"),
        ("$97,999.99 or below", "BTC ≤ 97,999.99"),
        ("above $91.89", "BTC > 91.89"),
        ("$98,000 to $99,999.99", "BTC 98,000\u201399,999.99"),
        ("$98,000 to 100,000", "BTC 98k\u2013100k"),
    ],
)
def test_a_strike_stands_behind_its_symbol(outcome: str, label: str) -> None:
    """A series' symbol is shorter than its event's title, and no number is wrong."""
    market = a_market("KXBTCD-26NOV21-T1", title="Bitcoin?", outcome=outcome)

    assert short_label(market.ticker, known(*BITCOIN, market)) == label


@pytest.mark.parametrize(
    ("outcome", "strike"),
    [
        ("86° or above", "≥ 86°"),
        ("77° or below", "≤ 77°"),
        ("84° to 85°", "84\u201385°"),
        ("-5° to 3°", "-5\u20133°"),
        ("3.5% or lower", "≤ 3.5%"),
        ("Below 41.6%", "< 41.6%"),
        ("226 points or above", "≥ 226 points"),
        ("At least 1000", "≥ 1k"),
        ("at least 1,250,000", "≥ 1.25M"),
        ("more than 2,000,000,000", "> 2B"),
        ("2,026 or later", "≥ 2,026"),
        ("Between 10 and 20", "10\u201320"),
        ("Before 2027", ""),
        ("Ann Lee: 4+", ""),
        ("Over 30.5 points scored", ""),
        ("1 or 2 or above", ""),
        ("$-5 or above", "≥ -5"),
        ("--5 or above", ""),
        ("-$-5 to 7", ""),
        ("9" * 40 + " or above", "≥ " + "9" * 40),
        ("1" + "0" * 28 + ".1 or above", "≥ 1" + "0" * 28 + ".1"),
        ("", ""),
    ],
)
def test_what_is_written_for_yes_is_read_as_a_strike(outcome: str, strike: str) -> None:
    """Where it has the form of one; else it is words."""
    assert strike_of(a_market(outcome=outcome)) == strike


@pytest.mark.parametrize(
    ("strike_type", "floor", "cap", "strike"),
    [
        ("greater", 97_999.99, None, "> 97999.99"),
        ("greater_or_equal", 98_000.0, None, "≥ 98k"),
        ("less", None, 0.1, "< 0.1"),
        ("less_or_equal", None, 1e21, "≤ 1000000000000B"),
        ("between", 84.0, 85.0, "84\u201385"),
        ("greater", 1e300, None, "> 1" + "0" * 300),
        ("custom", 84.0, None, ""),
        ("greater", None, None, ""),
    ],
)
def test_a_strike_without_words_is_its_number(
    strike_type: str, floor: float | None, cap: float | None, strike: str
) -> None:
    """With the sign of its kind, exactly."""
    market = a_market(strike_type=strike_type, floor_strike=floor, cap_strike=cap)

    assert strike_of(market) == strike


@given(st.decimals(0, 10**12, allow_nan=False, places=2))
def test_a_shortened_number_is_the_same_number(number: Decimal) -> None:
    """An oracle reads it back: not a cent is lost."""
    strike = strike_of(a_market(outcome=f"${number:,} or above"))

    digits = strike.removeprefix("≥ ").replace(",", "")
    scale = {"k": 10**3, "M": 10**6, "B": 10**9}.get(digits[-1], 1)
    assert Decimal(digits.rstrip("kMB")) * scale == number


def test_a_game_is_named_by_its_codes() -> None:
    """The outcome, too, where its code is one of them; a tie is a tie."""
    away = a_market("KXNFL-26NOV21PHIDAL-PHI", outcome="Philadelphia")
    tie = a_market("KXNFL-26NOV21PHIDAL-TIE", outcome="Tie")
    directory = known(GAME, away, tie)

    assert short_label(away.ticker, directory) == "PHI @ DAL · PHI"
    assert short_label(tie.ticker, directory) == "PHI @ DAL · Tie"


@pytest.mark.parametrize(
    ("title", "outcome", "label"),
    [
        ("Atlanta vs Pittsburgh Winner?", "Atlanta", "Atlanta vs Pittsburgh · Atlanta"),
        ("Will Bo Li win the Li vs Ro: Final match?", "Bo Li",
         "Li vs Ro: Final match · Bo Li"),
        ("Ann Lee: 4+ hits?", "Ann Lee: 4+", "Ann Lee: 4+ hits"),
        ("Ann Lee: 4+ hits and a very long rest of it?", "Ann Lee: 4+", "Ann Lee: 4+"),
        ("High temperature in Los Angeles on Nov 22?", "72° to 73°",
         "High temperature in Los Angeles on Nov… 72\u201373°"),
        ("Who will be the very next one to have to go?",
         "A very long name of somebody important",
         "Who will be the very next one to have… · A very long name of somebody "
         "important"),
        ("Will it rain?", "", "Will it rain"),
        ("", "Rain", "Rain"),
        ("", "", "KXA-1-A"),
    ],
)  # fmt: skip
def test_the_event_may_be_cut_the_outcome_never(
    title: str, outcome: str, label: str
) -> None:
    """Without an event the market's own question names it."""
    market = a_market(title=title, outcome=outcome)

    assert short_label(market.ticker, known(market)) == label


def test_the_title_of_the_event_comes_first() -> None:
    """It is what its markets have in common."""
    market = a_market(title="Will Ann win?", outcome="Ann")
    event = EventInfo(ticker="KXA-1", title="Mayor of Springfield?")

    assert short_label(market.ticker, known(market, event)) == (
        "Mayor of Springfield · Ann"
    )  # fmt: skip


def test_an_unknown_market_is_its_ticker() -> None:
    """There is nothing else to call it."""
    assert short_label("KXA-1-A", Directory()) == "KXA-1-A"


def test_a_combo_is_described_by_its_legs() -> None:
    """Its own title is made by a machine; what NO of is needed, is told."""
    directory = known(
        *BITCOIN,
        a_market("KXBTCD-26NOV21-T1", outcome="$98,000 or above"),
        a_market("KXG-1-A", outcome="Ann"),
        a_market("KXH-1-B", title="Rain?"),
    )
    legs = (
        Leg("KXG-1", "KXG-1-A", "no"),
        Leg("KXBTCD-26NOV21", "KXBTCD-26NOV21-T1", "yes"),
        Leg("KXH-1", "KXH-1-B", "yes"),
        Leg("KXI-1", "KXI-1-C", "no"),
    )
    combo = a_market("KXMVE-1-X", title="yes no yes", outcome="machine", legs=legs)
    directory.put_market(combo)

    assert short_label("KXMVE-1-X", directory) == (
        "not Ann + BTC ≥ 98k + Rain? + 1 more"
    )  # fmt: skip
    assert leg_names(combo, directory)[3] == "not KXI-1-C"


def test_a_combo_of_endless_names_is_bounded() -> None:
    """Nobody needs a label of a thousand characters."""
    legs = tuple(Leg("", f"KXA-1-{n}", "yes") for n in range(5))
    markets = [a_market(leg.market_ticker, outcome="x" * 300) for leg in legs]
    combo = a_market("KXMVE-1-X", legs=legs)

    label = short_label("KXMVE-1-X", known(*markets, combo))

    assert len(label) <= 220
    assert label.endswith("… + 2 more")


def test_a_leg_that_is_not_known_has_the_name_that_the_combo_gives_it() -> None:
    """Where as many names are told as there are legs."""
    legs = (Leg("KXG-1", "KXG-1-A", "yes"), Leg("KXH-1", "KXH-1-B", "no"))
    told = a_market("KXMVE-1-X", outcome="yes Ann, no Over 30.5", legs=legs)
    unclear = a_market("KXMVE-1-Y", outcome="yes Ann, Jr., no Over 30.5", legs=legs)

    assert leg_names(told, Directory()) == ["Ann", "not Over 30.5"]
    assert leg_names(unclear, Directory()) == ["KXG-1-A", "not KXH-1-B"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("a few words that go on", "a few words…"),
        ("onewordthatislongerthanall", "onewordthati…"),
        ("much, of: it", "much, of: it"),
        ("much more: of it", "much more…"),
    ],
)
def test_a_text_is_cut_between_words(text: str, shown: str) -> None:
    """Where that leaves half of it at least."""
    assert cut(text, 13) == shown


@given(st.text(max_size=80), st.text(min_size=1, max_size=80), st.text(max_size=80))
def test_any_text_stays_text(title: str, outcome: str, event_title: str) -> None:
    """Whatever it says: a label, the outcome whole unless it is a strike."""
    market = a_market(title=title, outcome=outcome)
    event = EventInfo(ticker="KXA-1", title=event_title, sub_title=title)

    label = short_label(market.ticker, known(market, event))

    assert label
    assert outcome in label or strike_of(market) or label.startswith(title[:5])
    assert len(label) <= EVENT_MAX + 3 + max(len(outcome), 40) + len(strike_of(market))
