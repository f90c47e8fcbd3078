"""REST under ``/trade-api/v2``: markets, events, series, the account, what others add.

Unknown query keys are ignored, as the exchange ignores them. A cursor that nobody
issued is the first page. Times in queries are whole Unix seconds, inclusive at both
ends.
"""

import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowboard.simulator import replies
from flowboard.simulator.auth import Rejected
from flowboard.simulator.catalogue import Event, Market
from flowboard.simulator.exchange import Exchange
from flowboard.simulator.exchange_hours import ExchangeHours
from flowboard.simulator.front_door import REST_ROOT, signature_of
from flowboard.simulator.listing import Listing, series_object
from flowboard.simulator.queries import BadQuery, Query, page_of
from flowboard.simulator.trades_api import TradesApi

DEFAULT_LIMIT = 100
# The filter's word -> the status of the markets that it finds. All of them are active.
STATUS_WORDS = ("unopened", "open", "paused", "closed", "settled")
ENDPOINT_COST = 10


class RestApi:
    """The routes, over one exchange.

    Args:
        exchange: What is listed and traded.
        trades: Answers what is asked about trades.
        hours: When it trades.
    """

    def __init__(
        self, exchange: Exchange, trades: TradesApi, hours: ExchangeHours
    ) -> None:
        self._trades = trades
        self._hours = hours
        self._catalogue = exchange.catalogue
        self._listing = Listing(exchange.catalogue, exchange.tallies)

    def routes(self) -> list[Route]:
        """Return every route under the REST root."""
        paths: dict[str, Callable[[Request], Response]] = {
            **self._trades.paths(),
            "/markets": self._markets,
            "/markets/{ticker}": self._market,
            "/events": self._events,
            "/events/multivariate": self._combo_events,
            "/events/{ticker}": self._event,
            "/series": self._series_list,
            "/series/{ticker}": self._series,
            "/exchange/status": self._status,
            "/exchange/schedule": self._schedule,
            "/account/endpoint_costs": self._costs,
            "/account/limits": _private(self._limits),
            "/portfolio/balance": _private(self._balance),
        }
        return [
            Route(REST_ROOT + path, _answering(handler), methods=["GET"])
            for path, handler in paths.items()
        ]

    def _markets(self, request: Request) -> Response:
        query = Query(request, "GetMarkets")
        limit = query.limit(DEFAULT_LIMIT, 1000)
        status = query.one_of("status", "Status", STATUS_WORDS)
        mve = query.one_of("mve_filter", "MveFilter", ("only", "exclude"))
        min_close_s = query.whole("min_close_ts")
        max_close_s = query.whole("max_close_ts")
        event, series = query.text("event_ticker"), query.text("series_ticker")
        wanted = query.tickers()
        markets = (
            self._catalogue.markets_of(wanted)
            if wanted
            else list(self._catalogue.markets.values())
        )

        def fits(market: Market) -> bool:
            return (
                status in (None, "open")
                and (mve is None or market.is_combo == (mve == "only"))
                and event in (None, market.event_ticker)
                and series in (None, self._series_of(market))
                and (min_close_s is None or market.close_s >= min_close_s)
                and (max_close_s is None or market.close_s <= max_close_s)
            )

        page, cursor = page_of("m", list(filter(fits, markets)), limit, query)
        shown = [self._listing.market(market) for market in page]
        return replies.json_reply({"cursor": cursor, "markets": shown})

    def _series_of(self, market: Market) -> str:
        return self._catalogue.events[market.event_ticker].series_ticker

    def _market(self, request: Request) -> Response:
        market = self._catalogue.markets.get(request.path_params["ticker"])
        if market is None:
            return replies.not_found()
        return replies.json_reply({"market": self._listing.market(market)})

    def _events(self, request: Request) -> Response:
        return self._event_page(request, combos=False)

    def _combo_events(self, request: Request) -> Response:
        return self._event_page(request, combos=True)

    def _event_page(self, request: Request, *, combos: bool) -> Response:
        query = Query(request, "GetEvents")
        limit = query.limit(200, 200)
        status = query.one_of("status", "Status", STATUS_WORDS)
        nested = query.flag("with_nested_markets") or False
        series = query.text("series_ticker")
        wanted = frozenset(query.tickers())

        def fits(event: Event) -> bool:
            return (
                event.is_combo == combos
                and status in (None, "open")
                and series in (None, event.series_ticker)
                and (not wanted or event.ticker in wanted)
            )

        events = list(filter(fits, self._catalogue.events.values()))
        page, cursor = page_of("e", events, limit, query)
        shown = [self._listing.event(event, nested=nested) for event in page]
        return replies.json_reply({"cursor": cursor, "events": shown})

    def _event(self, request: Request) -> Response:
        query = Query(request, "GetEvent")
        event = self._catalogue.events.get(request.path_params["ticker"])
        if event is None:
            return replies.not_found()
        nested = query.flag("with_nested_markets") or False
        body = {
            "event": self._listing.event(event, nested=nested),
            "markets": self._listing.markets_of(event),
        }
        return replies.json_reply(body)

    def _series_list(self, request: Request) -> Response:
        query = Query(request, "GetSeriesList")
        tags = frozenset(query.tickers("tags"))
        found = self._listing.series(query.text("category"), tags)
        return replies.json_reply({"series": found})

    def _series(self, request: Request) -> Response:
        series = self._catalogue.series.get(request.path_params["ticker"])
        if series is None:
            return replies.not_found()
        return replies.json_reply({"series": series_object(series)})

    def _status(self, request: Request) -> Response:
        return replies.json_reply(self._hours.status())

    def _schedule(self, request: Request) -> Response:
        return replies.json_reply(self._hours.schedule())

    def _costs(self, request: Request) -> Response:
        return replies.json_reply({"default_cost": ENDPOINT_COST, "endpoint_costs": []})

    def _limits(self, request: Request) -> Response:
        read = {"refill_rate": 200, "bucket_capacity": 200}
        write = {"refill_rate": 100, "bucket_capacity": 100}
        body = {"usage_tier": "basic", "read": read, "write": write, "grants": []}
        return replies.json_reply(body)

    def _balance(self, request: Request) -> Response:
        return replies.json_reply(
            {
                "balance": 1_000_000,
                "balance_dollars": "10000.0000",
                "portfolio_value": 0,
                "updated_ts": int(time.time()),
            }
        )


def _answering(
    handler: Callable[[Request], Response],
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return handler(request)
        except BadQuery as bad:
            return bad.response

    return endpoint


def _private(
    handler: Callable[[Request], Response],
) -> Callable[[Request], Response]:
    def guarded(request: Request) -> Response:
        signature = signature_of(request.scope)
        if isinstance(signature, Rejected):
            return replies.json_reply(signature.body, 401)
        return handler(request)

    return guarded
