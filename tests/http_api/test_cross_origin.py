"""Pages of other sites read the board where the operator names them, and nowhere else."""

from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from flowboard import http_api
from flowboard.http_api.control import control_routes
from tests.http_api.serving import Api, serving

DESK = "https://desk.example"
OTHER = "https://desk.example.evil"
TOKEN = "dGhlIHNhbXBsZSBub25jZQ-_dGhlIHNhbXBsZSBub25"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


class Told:
    """Stands in for the board: takes any feed."""

    def switch_feed(self, policy: str) -> None:
        self.feed = policy


@pytest.fixture
async def named(unserved: Api) -> AsyncIterator[Api]:
    """The API of an operator who has named one site, in letters of any size."""
    unserved.origins = ("https://Desk.Example",)
    routes = control_routes(Told(), TOKEN, lambda: 0)  # type: ignore[arg-type]
    async with serving(unserved.app(*routes)) as unserved.port:
        yield unserved


async def test_a_named_page_may_read(named: Api) -> None:
    """Every answer says so, errors too; cookies are not spoken of."""
    for path in (
        "/api/stats",
        "/health",
        "/api/markets/hot",
        "/nothing",
        "/api/stats?a=1",
    ):
        for _ in range(2):  # The second time one of them is kept.
            answer = await named.get(path, headers={"Origin": DESK})

            assert answer.headers.get_list("access-control-allow-origin") == [DESK], (
                path
            )
            assert "Origin" in answer.headers["vary"]
            assert "access-control-allow-credentials" not in answer.headers


async def test_no_other_page_may(named: Api) -> None:
    """403, and no word that would let a browser hand it on."""
    for origin in (OTHER, "http://desk.example", "https://desk.example:8443", "null"):
        for method in ("GET", "POST", "OPTIONS"):
            answer = await named.ask(
                method, "/api/stats", headers={"Origin": origin, **PREFLIGHT}
            )

            assert answer.status_code == 403, origin
            assert "access-control-allow-origin" not in answer.headers


async def test_without_origin_nothing_changes(named: Api) -> None:
    """A program is answered as ever."""
    answer = await named.get("/api/stats")

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_a_named_page_may_ask_before_it_sends_the_token(named: Api) -> None:
    """The preflight allows GET, HEAD and POST, with the token; nothing else."""
    allowed = await named.ask(
        "OPTIONS", "/api/feed", headers={"Origin": DESK, **PREFLIGHT}
    )
    refused = await named.ask(
        "OPTIONS",
        "/api/feed",
        headers={"Origin": DESK, "Access-Control-Request-Method": "DELETE"},
    )

    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == DESK
    methods = allowed.headers["access-control-allow-methods"]
    assert methods == "GET, HEAD, POST"
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert refused.status_code == 400


async def test_the_token_is_needed_all_the_same(named: Api) -> None:
    """To be named is no right to change something."""
    body = {"feed": "polling"}
    bearer = {"Authorization": f"Bearer {TOKEN}"}

    without = await named.ask("POST", "/api/feed", json=body, headers={"Origin": DESK})
    with_it = await named.ask(
        "POST", "/api/feed", json=body, headers={"Origin": DESK, **bearer}
    )

    assert (without.status_code, with_it.status_code) == (401, 200)
    assert without.headers["access-control-allow-origin"] == DESK


async def test_sockets_of_a_named_page(named: Api) -> None:
    """Both are open to it, and to no other site."""
    for path in ("/ws/stream", "/ws"):
        url = f"ws://127.0.0.1:{named.port}{path}"
        async with connect(url, origin=DESK, proxy=None) as socket:  # type: ignore[arg-type]
            await socket.recv()

        with pytest.raises(InvalidStatus) as refused:
            await connect(url, origin=OTHER, proxy=None)  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403


async def test_by_default_nobody_is_named(api: Api) -> None:
    """No answer speaks of other sites, and a preflight is a method like any."""
    answer = await api.get("/api/stats", headers={"Origin": "http://localhost:5173"})
    preflight = await api.ask("OPTIONS", "/api/stats", headers=PREFLIGHT)

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert preflight.status_code == 405


async def test_large_answers_are_compressed(unserved: Api) -> None:
    """For those who take that, and small ones are not."""

    async def sized(request: Request) -> Response:
        return Response("x" * int(request.query_params["n"]))

    async with serving(unserved.app(Route("/sized", sized))) as unserved.port:
        large = await unserved.get("/sized?n=1000")
        small = await unserved.get("/sized?n=999")

    assert large.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in small.headers
    assert len(http_api.middleware()) == 2
