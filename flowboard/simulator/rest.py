"""REST under ``/trade-api/v2``: the exchange, the account, and what others add.

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
from flowboard.simulator.exchange_hours import ExchangeHours
from flowboard.simulator.front_door import REST_ROOT, signature_of
from flowboard.simulator.listing_api import ListingApi
from flowboard.simulator.queries import BadQuery
from flowboard.simulator.trades_api import TradesApi

ENDPOINT_COST = 10


class RestApi:
    """The routes, over one exchange.

    Args:
        listing: Answers what is asked about markets, events and series.
        trades: Answers what is asked about trades.
        hours: When it trades.
    """

    def __init__(
        self, listing: ListingApi, trades: TradesApi, hours: ExchangeHours
    ) -> None:
        self._trades = trades
        self._hours = hours
        self._listing = listing

    def routes(self) -> list[Route]:
        """Return every route under the REST root."""
        paths: dict[str, Callable[[Request], Response]] = {
            **self._trades.paths(),
            **self._listing.paths(),
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
