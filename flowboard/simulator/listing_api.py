"""REST of what is listed: ``/markets``, ``/events``, ``/series``, ``/search``.

A cursor is a place in the listing, which only grows: pages stay right while markets are
created. A market is found a moment after it was created, not before.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowboard.simulator import replies
from flowboard.simulator.catalogue import Event, Market
from flowboard.simulator.listing import Listing
from flowboard.simulator.queries import BadQuery, Query

Item = TypeVar("Item")
DEFAULT_LIMIT = 100
EVENTS_LIMIT = 200
MAX_LIMIT = 1000
STATUS_WORDS = ("unopened", "open", "paused", "closed", "settled")
# Times of one kind may be asked for at once, and only with these words of status.
FAMILIES: dict[str, tuple[str | None, ...]] = {
    "created": ("unopened", "open", None),
    "close": ("closed", "open", None),
    "settled": ("settled", None),
    "updated": (None,),
}


class ListingApi:
    """The routes.

    Args:
        listing: What is listed.
        now_us: The machine's clock.
    """

    def __init__(self, listing: Listing, now_us: Callable[[], int]) -> None:
        self._listing = listing
        self._catalogue = listing.catalogue
        self._lives = listing.lives
        self._now_us = now_us

    def paths(self) -> dict[str, Callable[[Request], Response]]:
        """Return what answers each path under the REST root."""
        return {
            "/markets": self._markets,
            "/markets/{ticker}": self._market,
            "/events": self._events,
            "/events/multivariate": self._combo_events,
            "/events/{ticker}": self._event,
            "/series": self._series_list,
            "/series/{ticker}": self._series,
            "/search/tags_by_categories": self._tags,
            "/search/filters_by_sport": self._sports,
        }

    def _markets(self, request: Request) -> Response:
        query = Query(request, "GetMarkets")
        limit = query.limit(DEFAULT_LIMIT, MAX_LIMIT)
        status = query.one_of("status", "Status", STATUS_WORDS)
        mve = query.one_of("mve_filter", "MveFilter", ("only", "exclude"))
        times = _times(query, status)
        event, series = query.text("event_ticker"), query.text("series_ticker")
        now_us = self._now_us()
        lives = self._lives

        def fits(market: Market) -> bool:
            return (
                (mve is None or market.is_combo == (mve == "only"))
                and (event is None or event == market.event_ticker)
                and (status is None or lives.filter_word(market) == status)
                and (times is None or self._in_time(market, *times))
                and lives.seen(market, now_us)
            )

        wanted = query.tickers()
        if wanted:
            pool: Sequence[Market] = self._catalogue.markets_of(wanted)
            if series is not None:
                pool = [m for m in pool if self._series_of(m) == series]
        elif event is not None:
            found = self._catalogue.events.get(event)
            pool = (
                found.markets if found and series in (None, found.series_ticker) else ()
            )
        elif series is not None:
            pool = self._catalogue.markets_of_series(series)
        elif status not in (None, "open"):
            pool = lives.lived()
        elif mve == "only":
            pool = self._catalogue.listed_combos
        else:
            pool = self._catalogue.listed
        page, cursor = _page("m", pool, fits, limit, query)
        body = b'{"cursor":"%b","markets":%b}' % (
            cursor.encode(),
            self._listing.markets(page),
        )
        return Response(body, media_type=replies.JSON_TYPE)

    def _in_time(
        self, market: Market, family: str, min_s: int | None, max_s: int | None
    ) -> bool:
        life = self._lives.of(market)
        if family == "close":
            at_s = self._lives.close_s(market)
        elif family == "created":
            at_s = market.created_s or market.open_s - 3_600
        elif family == "settled":
            at_s = 0 if life is None else life.settled_s
        else:
            at_s = market.open_s if life is None else life.updated_ms // 1000
        return (min_s is None or at_s >= min_s) and (max_s is None or at_s <= max_s)

    def _series_of(self, market: Market) -> str:
        return self._catalogue.events[market.event_ticker].series_ticker

    def _market(self, request: Request) -> Response:
        market = self._catalogue.markets.get(request.path_params["ticker"])
        if market is None or not self._lives.seen(market, self._now_us()):
            return replies.not_found()
        return replies.json_reply({"market": self._listing.market(market)})

    def _events(self, request: Request) -> Response:
        return self._event_page(request, combos=False)

    def _combo_events(self, request: Request) -> Response:
        return self._event_page(request, combos=True)

    def _event_page(self, request: Request, *, combos: bool) -> Response:
        query = Query(request, "GetEvents")
        limit = query.limit(EVENTS_LIMIT, EVENTS_LIMIT)
        status = query.one_of("status", "Status", STATUS_WORDS)
        nested = query.flag("with_nested_markets") or False
        series = query.text("series_ticker")
        min_close_s = query.whole("min_close_ts")
        wanted = frozenset(query.tickers())
        now_us = self._now_us()
        lives = self._lives

        def fits(event: Event) -> bool:
            return (
                event.is_combo == combos
                and (not wanted or event.ticker in wanted)
                and (
                    status is None
                    or any(lives.filter_word(m) == status for m in event.markets)
                )
                and (
                    min_close_s is None
                    or any(lives.close_s(m) >= min_close_s for m in event.markets)
                )
                and lives.event_seen(event, now_us)
            )

        pool: Sequence[Event] = self._catalogue.listed_events
        if series is not None:
            pool = self._catalogue.events_of.get(series, ())
        page, cursor = _page("e", pool, fits, limit, query)
        shown = [self._listing.event(event, nested=nested) for event in page]
        body: dict[str, object] = {"cursor": cursor, "events": shown}
        if query.flag("with_milestones"):
            body["milestones"] = []
        return replies.json_reply(body)

    def _event(self, request: Request) -> Response:
        query = Query(request, "GetEvent")
        event = self._catalogue.events.get(request.path_params["ticker"])
        if event is None or not self._lives.event_seen(event, self._now_us()):
            return replies.not_found()
        nested = query.flag("with_nested_markets") or False
        body = {
            "event": self._listing.event(event, nested=nested),
            "markets": orjson.Fragment(self._listing.markets(list(event.markets))),
        }
        return replies.json_reply(body)

    def _series_list(self, request: Request) -> Response:
        query = Query(request, "GetSeriesList")
        tags = frozenset(query.tickers("tags"))
        category = query.text("category")
        with_volume = query.flag("include_volume") or False
        found = [
            self._listing.series(series, with_volume=with_volume)
            for series in self._catalogue.series.values()
            if (category is None or series.category == category)
            and (not tags or tags & set(series.tags))
        ]
        return replies.json_reply({"series": found})

    def _series(self, request: Request) -> Response:
        query = Query(request, "GetSeries")
        series = self._catalogue.series.get(request.path_params["ticker"])
        if series is None:
            return replies.not_found()
        with_volume = query.flag("include_volume") or False
        found = self._listing.series(series, with_volume=with_volume)
        return replies.json_reply({"series": found})

    def _tags(self, request: Request) -> Response:
        return replies.json_reply({"tags_by_categories": self._listing.tags()})

    def _sports(self, request: Request) -> Response:
        sports = self._listing.sports()
        body = {"filters_by_sports": sports, "sport_ordering": list(sports)}
        return replies.json_reply(body)


def _times(
    query: Query, status: str | None
) -> tuple[str, int | None, int | None] | None:
    """Return the one kind of times that is asked for, and its bounds.

    Raises:
        BadQuery: There are two kinds, or one that does not go with the status.
    """
    asked = [
        (family, low, high)
        for family in FAMILIES
        for low, high in [
            (query.whole(f"min_{family}_ts"), query.whole(f"max_{family}_ts"))
        ]
        if low is not None or high is not None
    ]
    if len(asked) > 1 or (asked and status not in FAMILIES[asked[0][0]]):
        raise BadQuery(replies.invalid("GetMarkets", "Status", "excluded_with"))
    return asked[0] if asked else None


def _page(
    kind: str,
    pool: Sequence[Item],
    fits: Callable[[Item], bool],
    limit: int,
    query: Query,
) -> tuple[list[Item], str]:
    """Return one page of what fits, and the cursor of the next, ``""`` on the last."""
    cursor = query.text("cursor")
    start = (None if cursor is None else replies.read_cursor(kind, cursor)) or 0
    found: list[tuple[int, Item]] = list(
        itertools.islice(_fitting(pool, start, fits), limit + 1)
    )
    page = [item for _, item in found[:limit]]
    more = len(found) > limit
    return page, replies.write_cursor(kind, found[limit][0]) if more else ""


def _fitting(
    pool: Sequence[Item], start: int, fits: Callable[[Item], bool]
) -> Iterable[tuple[int, Item]]:
    for place in range(start, len(pool)):
        if fits(pool[place]):
            yield place, pool[place]
