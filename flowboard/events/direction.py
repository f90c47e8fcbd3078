"""Which kind of event it is, and which way each member's YES points.

two_leg    two outcomes of which one at most comes true: YES of the one is NO of the
           other, so all flow runs towards the first by ticker, or away from it
ladder     one number asked about at several strikes: flow runs up or down
exclusive  more outcomes of which one at most comes true: flow is per outcome
plain      anything else, and what is not told yet: flow is per member

A bucket between two others of its ladder points nowhere: who buys it thinks the number
lands there, which is up for one and down for another. The lowest and the highest bucket
do point: there is nothing beyond them.
"""

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from flowboard.market_info import EventInfo, MarketInfo
from flowboard.stream_frames import EventKind

ABOVE = frozenset({"greater", "greater_or_equal"})
BELOW = frozenset({"less", "less_or_equal"})
UP, DOWN = "up", "down"
BEFORE_A_NUMBER = " +-\N{MINUS SIGN}$€£<>=≤≥~"  # No part of what it is a number of.

_NUMBER = re.compile(r"\d")
_AGAINST = re.compile(r"\b(?:at|vs|v)\b|@", re.IGNORECASE)


class Span(NamedTuple):
    """What the number must lie in for YES; open ends are infinite."""

    low: float
    high: float


class Shape(Struct, frozen=True, gc=False):
    """How an event's members hang together.

    Attributes:
        kind: See this module's docstring.
        signs: Of each member: 1 where its YES points to the plus side, -1 where to the
            minus side, 0 where it points nowhere or there are no sides.
        spans: Of each member of a ladder, None where not told; else empty.
        plus: The side that counts as +: an outcome or "up"; None without sides.
        minus: The other one.
    """

    kind: EventKind
    signs: tuple[int, ...]
    spans: tuple[Span | None, ...] = ()
    plus: str | None = None
    minus: str | None = None


def shape_of(
    tickers: Sequence[str],
    infos: Sequence[MarketInfo | None],
    event: EventInfo | None,
) -> Shape:
    """Return how the members of an event hang together.

    Args:
        tickers: The members, by ticker.
        infos: What is known of each.
        event: What is known of the event.
    """
    spans = tuple(None if info is None else span_of(info) for info in infos)
    if _is_ladder(infos, spans):
        return Shape("ladder", _ladder_signs(spans), spans, UP, DOWN)
    nowhere = (0,) * len(tickers)
    if event is None or len(tickers) < 2:
        return Shape("plain", nowhere)
    if len(tickers) == 2:
        plus, minus = (
            ticker if info is None or not info.outcome else info.outcome
            for ticker, info in zip(tickers, infos, strict=True)
        )
        codes = [ticker.rpartition("-")[2] for ticker in tickers]
        if event.mutually_exclusive or _meet(event, (plus, minus), codes):
            return Shape("two_leg", (1, -1), (), plus, minus)
    return Shape("exclusive" if event.mutually_exclusive else "plain", nowhere)


def span_of(info: MarketInfo) -> Span | None:
    """Return what the number must lie in for YES; None where it is no such question."""
    low, high = -math.inf, math.inf
    kind = info.strike_type
    if kind in ABOVE or kind == "between":
        low = _finite(info.floor_strike)
    if kind in BELOW or kind == "between":
        high = _finite(info.cap_strike)
    numeric = kind in ABOVE or kind in BELOW or kind == "between"
    # Not a number compares as false: a strike that is not told makes no span.
    return Span(low, high) if numeric and low <= high else None


def _is_ladder(
    infos: Sequence[MarketInfo | None], spans: Sequence[Span | None]
) -> bool:
    told = [span for span in spans if span is not None]
    if len(told) < 2 or len(told) < sum(info is not None for info in infos):
        return False
    # The same strike twice: two players, two teams, not one number.
    return len(set(told)) == len(told) and _one_subject(infos)


def _one_subject(infos: Sequence[MarketInfo | None]) -> bool:
    """Whether outcomes, as "Carter: 2+", name one thing in front of their numbers."""
    subjects: dict[str, str] = {}
    for info in infos:
        number = None if info is None else _NUMBER.search(info.outcome)
        if info is None or number is None:
            continue
        subject = info.outcome[: number.start()].rstrip(BEFORE_A_NUMBER).casefold()
        if subjects.setdefault(info.strike_type, subject) != subject:
            return False
    return True


def _ladder_signs(spans: Sequence[Span | None]) -> tuple[int, ...]:
    told = sorted(span for span in spans if span is not None)
    lowest = told[0] if told[1].low >= told[0].high else None
    by_top = sorted(told, key=lambda span: (span.high, span.low))
    highest = by_top[-1] if by_top[-2].high <= by_top[-1].low else None
    signs: list[int] = []
    for span in spans:
        if span is None:
            signs.append(0)
        elif span.high == math.inf or span is highest:
            signs.append(1)
        elif span.low == -math.inf or span is lowest:
            signs.append(-1)
        else:
            signs.append(0)
    return tuple(signs)


def _meet(event: EventInfo, names: Sequence[str], codes: Sequence[str]) -> bool:
    """Whether two sides meet in an event, as in "PHI at DAL" or "Aldana vs Brunner"."""
    if event.scope.casefold() == "games":
        return True
    return any(
        _AGAINST.search(text) and all(side in text for side in sides)
        for text in (event.sub_title, event.title)
        for sides in (names, codes)
    )


def _finite(strike: float | None) -> float:
    return math.nan if strike is None or not math.isfinite(strike) else strike


def is_partition(spans: Sequence[Span]) -> bool:
    """Whether sorted spans are buckets beside each other: none reaches into the next."""
    return all(left.high <= right.low for left, right in pairwise(spans))
