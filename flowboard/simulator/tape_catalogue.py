"""Tickers of a tape -> series, events and markets with titles made from the tickers.

A tape says nothing about its markets but their tickers, so what REST says of them is
read from those: ``SERIES-EVENT-MARKET``, a date in the event, a strike in the market.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flowboard.simulator.catalogue import Catalogue, Event, Market, Series
from flowboard.simulator.grids import finest_for
from flowboard.simulator.prints import Print

# What the commonest prefixes are about; any other series is called by its ticker.
KNOWN_SERIES = (
    ("KXMVE", "Combo", "Sports"),
    ("KXINX", "S&P 500", "Financials"),
    ("KXNASDAQ", "Nasdaq-100", "Financials"),
    ("KXBTC", "Bitcoin price", "Crypto"),
    ("KXETH", "Ethereum price", "Crypto"),
    ("KXSOL", "Solana price", "Crypto"),
    ("KXHIGHNY", "High temperature in New York City", "Climate and Weather"),
    ("KXHIGHCHI", "High temperature in Chicago", "Climate and Weather"),
    ("KXHIGH", "High temperature", "Climate and Weather"),
    ("KXFED", "Fed decision", "Economics"),
    ("KXCPI", "Inflation", "Economics"),
    ("KXNFL", "Football", "Sports"),
    ("KXNBA", "Basketball", "Sports"),
    ("KXMLB", "Baseball", "Sports"),
    ("KXNHL", "Hockey", "Sports"),
    ("KXATP", "Tennis", "Sports"),
    ("KXWTA", "Tennis", "Sports"),
    ("KXPGA", "Golf", "Sports"),
)
DATE = re.compile(r"(\d\d)(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(\d\d)")
STRIKE = re.compile(r"([TB])(-?\d+(?:\.\d+)?)")
BETTING_TIME = timedelta(days=7)


@dataclass(slots=True)
class _Seen:
    first_us: int
    last_us: int
    prices_e4: set[int] = field(default_factory=set)


def catalogue_of(prints: Iterable[Print]) -> tuple[Catalogue, int | None]:
    """Return what the markets of a tape may have been, and the time of its first print.

    Args:
        prints: The whole tape, read once; only its tickers, times and prices are kept.
    """
    seen: dict[str, _Seen] = {}
    first_us: int | None = None
    for trade in prints:
        at_us = trade.created_us
        if first_us is None:
            first_us = at_us
        facts = seen.get(trade.ticker)
        if facts is None:
            facts = seen[trade.ticker] = _Seen(at_us, at_us)
        facts.last_us = max(facts.last_us, at_us)
        facts.first_us = min(facts.first_us, at_us)
        facts.prices_e4.add(trade.yes_price_e4)
    catalogue = Catalogue()
    by_event: dict[str, list[str]] = {}
    for ticker in seen:
        by_event.setdefault(_event_ticker(ticker), []).append(ticker)
    for event_ticker, tickers in by_event.items():
        _list_event(catalogue, event_ticker, tickers, seen)
    return catalogue, first_us


def _event_ticker(ticker: str) -> str:
    return ticker.rpartition("-")[0] or ticker


def _list_event(
    catalogue: Catalogue, event_ticker: str, tickers: list[str], seen: dict[str, _Seen]
) -> None:
    series_ticker = event_ticker.partition("-")[0]
    subject, category = _subject(series_ticker)
    when = _when(event_ticker)
    title = f"{subject}{f' on {when}' if when else ''}"
    markets = tuple(
        _market(ticker, event_ticker, title, seen[ticker]) for ticker in tickers
    )
    event = Event(
        event_ticker,
        series_ticker,
        title,
        when or event_ticker.partition("-")[2] or event_ticker,
        category,
        False,
        markets,
    )
    catalogue.list_event(
        Series(series_ticker, subject, category, "custom", (category,)), event
    )


def _subject(series_ticker: str) -> tuple[str, str]:
    for prefix, subject, category in KNOWN_SERIES:
        if series_ticker.startswith(prefix):
            return subject, category
    return series_ticker.removeprefix("KX").capitalize() or series_ticker, "Other"


def _when(event_ticker: str) -> str:
    found = DATE.search(event_ticker)
    if found is None:
        return ""
    try:
        day = datetime.strptime("".join(found.groups()), "%y%b%d")  # noqa: DTZ007
    except ValueError:
        return ""
    return f"{day:%b} {day.day}, {day.year}"


def _market(ticker: str, event_ticker: str, event_title: str, seen: _Seen) -> Market:
    code = ticker.rpartition("-")[2]
    found = STRIKE.fullmatch(code)
    floor = float(found[2]) if found else None
    if found is None or floor is None:
        outcome, kind = code.replace("_", " "), "custom"
    elif found[1] == "T":
        outcome, kind = f"Above {_number(floor)}", "greater"
    else:
        outcome, kind = f"Around {_number(floor)}", "custom"
    first = datetime.fromtimestamp(seen.first_us // 1_000_000, UTC)
    last = datetime.fromtimestamp(seen.last_us // 1_000_000, UTC)
    return Market(
        ticker,
        event_ticker,
        f"{event_title}: {outcome[0].lower() + outcome[1:] if found else outcome}?",
        outcome,
        int((first - BETTING_TIME).timestamp()),
        int((last + BETTING_TIME).timestamp()),
        f"If {event_title} comes out as '{outcome}', the market resolves to Yes.",
        kind,
        floor if kind == "greater" else None,
        None,
        finest_for(seen.prices_e4),
    )


def _number(value: float) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")
