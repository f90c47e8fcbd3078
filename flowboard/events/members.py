"""Which markets an event has, traded here or not, and how they hang together."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flowboard.events.direction import Shape, Span, shape_of
from flowboard.market_info import EventInfo, MarketInfo
from flowboard.markets import Markets


class Members(NamedTuple):
    """The markets of one event: a ladder's by strike, others by ticker.

    Attributes:
        event_ticker: The event.
        event: What is known of it.
        tickers: The markets.
        ids: Of each; None where it was never traded or quoted.
        infos: What is known of each.
        shape: How they hang together, in the same order.
    """

    event_ticker: str
    event: EventInfo | None
    tickers: tuple[str, ...]
    ids: tuple[int | None, ...]
    infos: tuple[MarketInfo | None, ...]
    shape: Shape


def ids_by_event(markets: Markets, events: Sequence[int]) -> dict[int, list[int]]:
    """Return the ids of the markets of events.

    Args:
        markets: Who knows them.
        events: Places in `Markets.events`.
    """
    wanted = np.zeros(len(markets.events), np.bool_)
    wanted[events] = True
    ids = wanted[markets.event].nonzero()[0]
    found: dict[int, list[int]] = {event: [] for event in events}
    for event, market in zip(markets.event[ids].tolist(), ids.tolist(), strict=True):
        found[event].append(market)
    return found


def members_of(markets: Markets, event_ticker: str, ids: Sequence[int]) -> Members:
    """Return the markets of an event.

    Args:
        markets: Who knows them.
        event_ticker: The event.
        ids: Those of its markets that have one; the directory may know of others.
    """
    directory = markets.directory
    known: dict[str, int | None] = {markets.tickers[market]: market for market in ids}
    for member in directory.members(event_ticker):
        known.setdefault(member, None)
    tickers = sorted(known)
    infos = [directory.market(ticker) for ticker in tickers]
    event = directory.event(event_ticker)
    shape = shape_of(tickers, infos, event)
    order = list(range(len(tickers)))
    if shape.kind == "ladder":
        order.sort(key=lambda place: _by_strike(shape.spans[place]))
        spans = tuple(shape.spans[place] for place in order)
        signs = tuple(shape.signs[place] for place in order)
        shape = Shape(shape.kind, signs, spans, shape.plus, shape.minus)
    return Members(
        event_ticker,
        event,
        tuple(tickers[place] for place in order),
        tuple(known[tickers[place]] for place in order),
        tuple(infos[place] for place in order),
        shape,
    )


def _by_strike(span: Span | None) -> tuple[bool, Span]:
    return span is None, span or Span(0.0, 0.0)
