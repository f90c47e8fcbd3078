"""What markets are ranked by -> the largest, ties by ticker."""

from collections.abc import Sequence
from heapq import nsmallest

import numpy as np
import numpy.typing as npt

from flowboard.aggregator.cells import NO_COUNT, NO_FLOW, YES_COUNT, YES_FLOW
from flowboard.aggregator.window import Window
from flowboard.models import Ints


def values_by(
    sort: str, window: Window, markets: Ints, tape_from_ms: int | None
) -> Ints:
    """Return what each of `markets` is ranked by; see `Aggregator.top`."""
    sums = window.sums
    values: Ints
    if sort == "notional":
        values = sums[YES_FLOW, markets] + sums[NO_FLOW, markets]
    elif sort == "volume":
        values = sums[YES_COUNT, markets] + sums[NO_COUNT, markets]
    elif sort == "net_flow":
        values = np.abs(sums[YES_COUNT, markets] - sums[NO_COUNT, markets])
    elif sort != "heat":
        raise ValueError(f"no such sort: {sort!r}")
    elif window.has_heat:
        values = window.heat(markets, tape_from_ms)
    else:
        values = np.zeros(len(markets), np.int64)
    return values


def largest(
    markets: Ints,
    values: npt.NDArray[np.int64],
    limit: int,
    tickers: Sequence[str],
) -> list[int]:
    """Return the `limit` of `markets` with the largest values, ranked.

    Exact also where more markets tie for the last place than there is room for, at the
    cost of a full sort only among those.

    Args:
        markets: Market ids.
        values: The figure of each of them.
        limit: How many to return at most.
        tickers: Tickers by market id.
    """
    if len(markets) > limit:
        least = np.partition(values, len(values) - limit)[len(values) - limit]
        tied = markets[values == least].tolist()
        above = values > least
        markets, values = markets[above], values[above]
        last = nsmallest(limit - len(markets), tied, key=tickers.__getitem__)
    else:
        last = []
    ranked = sorted(
        zip((-values).tolist(), markets.tolist(), strict=True),
        key=lambda row: (row[0], tickers[row[1]]),
    )
    return [market for _, market in ranked] + last
