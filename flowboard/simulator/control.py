"""For tests: ``/simulator/trades`` and ``/simulator/faults``. No faults reach these."""

from collections.abc import AsyncIterator, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from flowboard.errors import BadParameter
from flowboard.simulator.exchange import Exchange
from flowboard.simulator.faults import Fault, Faults
from flowboard.simulator.replies import json_reply

BODY_BYTES_MAX = 65_536


class ControlApi:
    """The test endpoints, over one exchange.

    Args:
        exchange: Whose trades are told.
        faults: Switched on and off here.
        on_fault: Called with each new fault, at once.
    """

    def __init__(
        self,
        exchange: Exchange,
        faults: Faults,
        on_fault: Callable[[Fault], None],
    ) -> None:
        self._exchange = exchange
        self._faults = faults
        self._on_fault = on_fault

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = "/simulator/faults"
        return [
            Route("/simulator/trades", self._trades, methods=["GET"]),
            Route(path, self._add, methods=["POST"]),
            Route(path, self._list, methods=["GET"]),
            Route(path, self._clear, methods=["DELETE"]),
        ]

    async def _trades(self, request: Request) -> Response:
        """All that had been traded when the request came, oldest first."""
        size_bytes = self._exchange.spool.size_bytes

        async def pieces() -> AsyncIterator[bytes]:
            for piece in self._exchange.spool.copy(size_bytes):
                yield piece

        return StreamingResponse(
            pieces(),
            media_type="application/x-ndjson",
            headers={"content-length": str(size_bytes)},
        )

    async def _add(self, request: Request) -> Response:
        body = await request.body()
        try:
            if len(body) > BODY_BYTES_MAX:
                raise BadParameter("the body is too large: send one fault")
            fault = self._faults.add(orjson.loads(body))
        except orjson.JSONDecodeError:
            return _refused('the body is no JSON: send {"kind": ...}')
        except BadParameter as error:
            return _refused(str(error))
        self._on_fault(fault)
        return json_reply(self._faults.describe(fault), 201)

    async def _list(self, request: Request) -> Response:
        shown = [self._faults.describe(fault) for fault in self._faults.active()]
        return json_reply({"faults": shown})

    async def _clear(self, request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)


def _refused(message: str) -> Response:
    error = {"code": "bad_parameter", "message": message}
    return json_reply({"error": error}, 400)
