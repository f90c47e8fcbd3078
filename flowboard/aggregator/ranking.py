"""Values per market -> the largest, ties by ticker."""

from collections.abc import Sequence
from heapq import nsmallest

import numpy as np
import numpy.typing as npt

from flowboard.models import Ints


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
