"""Finding markets: by words, name, status, category, event; ranked, page by page."""

import base64
import binascii
from collections.abc import Container, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from flowboard.errors import BadParameter
from flowboard.http_api.answers import answer
from flowboard.http_api.market_index import MarketIndex, Mask, is_listed, is_open
from flowboard.http_api.market_objects import (
    DAY,
    UNKNOWN,
    infos_on_disk,
    market_objects,
)
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.models import Ints
from flowboard.parameters import shown

SORTS = ("notional", "volume", "trades", "ends", "ticker")
OPEN = "open"  # Any status in which a market can be traded, or none.
STATUSES = (
    OPEN,
    "initialized",
    "inactive",
    "active",
    "closed",
    "determined",
    "disputed",
    "amended",
    "finalized",
    UNKNOWN,
)
WORDS_MAX = 200  # Characters of a question.
FOUND_MAX = 500  # Markets that a question finds.
NAMES_MAX = {"status": len(STATUSES), "category": 20, "league": 50, "series": 50}
EVENTS_MAX = 100
TICKERS_MAX = 100
CURSOR_MAX = 600


class Mark(NamedTuple):
    """Where a page ended: the next one begins behind that key and ticker."""

    sort: str
    key: int
    ticker: str


async def search(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the markets that pass, ranked."""
    words = query.text("q", WORDS_MAX)
    sort, limit = query.word("sort", SORTS, SORTS[0]), query.limit()
    mark = _mark_of(query.text("cursor", CURSOR_MAX), sort)
    index = resources.index
    wanted = {name: query.names(name, most) for name, most in NAMES_MAX.items()}
    wanted["event"] = query.names("event", EVENTS_MAX)
    named = query.names("tickers", TICKERS_MAX)
    statuses = wanted.pop("status")
    _check_statuses(statuses)
    combos = query.combos()
    found = None
    if words is not None:
        found = await resources.store.listings.search(words, FOUND_MAX)
    await index.refresh(resources.mono_ms())
    passes = _passing(index, (found, named), statuses, wanted)
    if not combos:
        passes &= ~index.combo
    keys = _keys(index, sort)
    total = int(np.count_nonzero(passes))
    if mark is not None:
        behind = index.rank >= index.place(mark.ticker + "\0")
        passes &= (keys > mark.key) | ((keys == mark.key) & behind)
    rows = _first(keys, index.rank, passes.nonzero()[0], limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    tickers = [index.tickers[row] for row in rows.tolist()]
    forgotten = await infos_on_disk(resources, tickers)
    if named is not None:
        _ask_for(resources, tickers, forgotten)
    cursor = ""
    if more:
        cursor = _cursor_of(Mark(sort, int(keys[rows[-1]]), tickers[-1]))
    return answer(
        {
            "markets": market_objects(resources, tickers, forgotten),
            "count": len(tickers),
            "total": total,
            "sort": sort,
            "combos": "include" if combos else "exclude",
            "timestamp": resources.timestamp(),
            "cursor": cursor,
        }
    )


def _ask_for(
    resources: Resources, tickers: Sequence[str], forgotten: Container[str]
) -> None:
    """Have those asked for that were traded here, and of which nothing is known."""
    known = resources.board.markets.directory.market
    for ticker in tickers:
        if known(ticker) is None and ticker not in forgotten:
            resources.want(ticker)


def _check_statuses(statuses: Sequence[str] | None) -> None:
    for status in statuses or ():
        if status not in STATUSES:
            raise BadParameter(
                f"status {shown(status)} is not known: use {', '.join(STATUSES)}"
            )


def _passing(
    index: MarketIndex,
    lists: Sequence[Sequence[str] | None],
    statuses: Sequence[str] | None,
    wanted: dict[str, tuple[str, ...] | None],
) -> Mask:
    passes = is_listed(index)
    for tickers in lists:
        if tickers is not None:
            named = np.zeros_like(passes)
            named[index.rows_of(tickers)] = True
            passes &= named
    if statuses is not None:
        numbers = index.statuses.among(statuses)
        told = np.isin(index.column("status"), numbers)
        passes &= told | is_open(index) if OPEN in statuses else told
    words = {
        "category": index.categories,
        "league": index.leagues,
        "series": index.series,
        "event": index.events,
    }
    for name, texts in wanted.items():
        if texts is not None:
            passes &= np.isin(index.column(name), words[name].among(texts))
    return passes


def _keys(index: MarketIndex, sort: str) -> Ints:
    """Return what each row is ranked by, the smallest first."""
    if sort == "ends":
        return index.column("ends_ms")
    if sort == "ticker":
        return np.zeros(len(index), np.int64)
    totals = index.totals(DAY)
    figures = {
        "notional": totals.notional_e6,
        "volume": totals.volume_e2,
        "trades": totals.trades,
    }
    return -figures[sort]


def _first(keys: Ints, rank: Ints, rows: Ints, limit: int) -> Ints:
    """Return the first of some rows by key, ties by rank, in order."""
    if len(rows) > limit:
        there = keys[rows]
        last = np.partition(there, limit - 1)[limit - 1]
        sure, ties = rows[there < last], rows[there == last]
        room = limit - len(sure)
        if len(ties) > room:
            ties = ties[np.argpartition(rank[ties], room - 1)[:room]]
        rows = np.concatenate([sure, ties])
    return rows[np.lexsort((rank[rows], keys[rows]))]


def _cursor_of(mark: Mark) -> str:
    text = msgspec.json.encode(mark)
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _mark_of(cursor: str | None, sort: str) -> Mark | None:
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        mark = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Mark)
        if mark.sort != sort or not -(1 << 63) <= mark.key < 1 << 63:
            raise ValueError(cursor)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise BadParameter(
            f"cursor {shown(cursor)} is none of this list: leave it out to begin with "
            "its first page, and keep the other parameters as they are"
        ) from error
    return mark
