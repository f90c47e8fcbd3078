"""Categories, and what they are divided into: leagues and series."""

from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer
from flowboard.http_api.market_index import MarketIndex, Mask, Words, is_open
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.models import Ints
from flowboard.money import format_dollars_e6

SERIES_MAX = 100  # Of a category: those that most was paid in.

Fields = dict[str, Any]


async def categories(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with categories, those first in which most was paid."""
    window = query.window(resources.default_window)
    combos = query.combos()
    index = resources.index
    await index.refresh(resources.mono_ms())
    counts = _Counts(index, window, combos)
    category = index.column("category")
    directory = resources.board.markets.directory
    found: list[Fields] = []
    for number, name in enumerate(index.categories.texts):
        inside = counts.counted & (category == number)
        if not inside.any():
            continue
        leagues = counts.parts("league", "league", index.leagues, inside)
        series = counts.parts("series", "series_ticker", index.series, inside)
        for part in series[:SERIES_MAX]:
            described = directory.series(part["series_ticker"])
            part["title"] = described.title if described else ""
        found.append(
            {
                "category": name,
                **counts.figures(inside),
                "leagues": [part for part in leagues if part["league"]],
                "series": series[:SERIES_MAX],
                "series_count": len(series),
            }
        )
    found.sort(key=lambda each: (-_paid_e6(each), each["category"]))
    return answer(
        {
            "categories": found,
            "count": len(found),
            "combos": "include" if combos else "exclude",
            **resources.as_of(window),
        }
    )


class _Counts:
    """What is counted: markets that can be traded, and those that were."""

    def __init__(self, index: MarketIndex, window: str, combos: bool) -> None:
        self._index = index
        totals = index.totals(window)
        self._open, self._active = is_open(index), totals.trades > 0
        self._notional_e6 = totals.notional_e6
        self.counted: Mask = self._open | self._active
        if not combos:
            self.counted = self.counted & ~index.combo

    def figures(self, inside: Mask) -> Fields:
        return _figures(
            int(np.count_nonzero(inside & self._open)),
            int(np.count_nonzero(inside & self._active)),
            int(self._notional_e6[inside].sum()),
        )

    def parts(self, column: str, name: str, words: Words, inside: Mask) -> list[Fields]:
        """Return the figures of each part of a column, those first that weigh most."""
        rows = inside.nonzero()[0]
        numbers, places = np.unique(
            self._index.column(column)[rows], return_inverse=True
        )
        figures = (self._open[rows], self._active[rows], self._notional_e6[rows])
        sums = np.zeros((3, len(numbers)), np.int64)
        for total, figure in zip(sums, figures, strict=True):
            np.add.at(total, places, figure.astype(np.int64))
        columns: Ints = sums.T
        found = [
            {name: words.texts[number], **_figures(*each)}
            for number, each in zip(numbers.tolist(), columns.tolist(), strict=True)
        ]
        found.sort(key=lambda part: (-_paid_e6(part), -part["open_markets"]))
        return found


def _figures(are_open: int, active: int, notional_e6: int) -> Fields:
    return {
        "open_markets": are_open,
        "active_markets": active,
        "notional_dollars": format_dollars_e6(notional_e6),
    }


def _paid_e6(fields: Fields) -> int:
    return int(fields["notional_dollars"].replace(".", ""))
