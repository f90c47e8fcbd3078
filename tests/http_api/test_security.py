"""Foreign hosts and origins are kept out; every answer has the same headers."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from flowboard.http_api import Guard
from flowboard.http_api.security import HEADERS
from tests.http_api.serving import Api, serving

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types svelte-trusted-html"
)
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
OURS = ["localhost", "127.0.0.1", "[::1]", "localhost:1", "LOCALHOST:65535", "[::1]:80"]
FOREIGN = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example@localhost",
    "localhost@evil.example",
    "localhost/evil",
    "localhost?",
    "localhost#",
    "localhost:",
    "localhost:80:80",
    "localhost:x",
    "localhost, evil.example",
    "[::1",
    "::1",
    "[::2]",
    "0.0.0.0",
    "127.1",
    "",
]


def request(*lines: str, path: str = "/api/stats") -> bytes:
    """Return a request of its own, byte for byte."""
    return "\r\n".join((f"GET {path} HTTP/1.1", *lines, "", "")).encode("latin-1")


def handshake(*lines: str, path: str = "/ws/stream") -> bytes:
    return request(*lines, *UPGRADE.strip().split("\r\n"), path=path)


def test_the_policy_is_the_agreed_one() -> None:
    """No inline script or style, nothing from elsewhere, one Trusted Types policy."""
    assert HEADERS == {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


async def test_every_name_and_port_of_loopback(api: Api) -> None:
    """However the board was reached, as page, API and stream."""
    for host in OURS:
        lines = (f"Host: {host}", f"Origin: http://{host}")

        assert (await api.send_raw(request(*lines)))[0] == 200, host
        assert (await api.send_raw(request(*lines, path="/")))[0] == 200, host
        assert (await api.send_raw(handshake(*lines)))[0] == 101, host


async def test_a_foreign_host(api: Api) -> None:
    """421 over HTTP and in place of the upgrade: a rebound name reads nothing."""
    for host in FOREIGN:
        for made in (request, handshake):
            status, headers, body = await api.send_raw(made(f"Host: {host}"))

            assert status == 421, host
            assert headers["content-security-policy"] == POLICY
            assert b'"code":"foreign_host"' in body


async def test_a_request_that_names_no_host(api: Api) -> None:
    """Only an old client can; it is nobody's either."""
    status, headers, body = await api.send_raw(b"GET /health HTTP/1.0\r\n\r\n")

    assert status == 421
    assert headers["content-security-policy"] == POLICY
    assert b'"code":"foreign_host"' in body


async def test_a_foreign_origin(api: Api) -> None:
    """403 over HTTP and in place of the upgrade."""
    origins = (
        *(f"http://{host}" for host in FOREIGN),
        "null",
        "https://evil.example",
        "file://localhost",
        "ws://localhost",
        "localhost",
        "http://localhost/",
        "http://localhost http://evil.example",
    )
    for origin in origins:
        for made in (request, handshake):
            lines = ("Host: localhost", f"Origin: {origin}")
            status, headers, body = await api.send_raw(made(*lines))

            assert status == 403, origin
            assert headers["content-security-policy"] == POLICY
            assert b'"code":"foreign_origin"' in body


async def test_an_origin_of_our_own(api: Api) -> None:
    """Any loopback name at any port: a page under development, a proxy with TLS."""
    for origin in ("https://localhost", "http://127.0.0.1:5173", "https://[::1]:8443"):
        lines = ("Host: localhost:8000", f"Origin: {origin}")

        assert (await api.send_raw(request(*lines)))[0] == 200, origin
        assert (await api.send_raw(handshake(*lines)))[0] == 101, origin


async def test_one_foreign_origin_among_several(api: Api) -> None:
    """A second header does not smuggle the first past."""
    status, _, _ = await api.send_raw(
        request("Host: localhost", "Origin: http://localhost", "Origin: http://evil.ex")
    )

    assert status == 403


async def test_a_real_client_of_the_stream(api: Api) -> None:
    """Let in without Origin and with ours; a foreign one is refused before the upgrade."""
    url = f"ws://127.0.0.1:{api.port}/ws/stream"

    for origin in (None, f"http://127.0.0.1:{api.port}"):
        async with connect(url, origin=origin, proxy=None) as websocket:
            assert await asyncio.wait_for(websocket.recv(), 5) == "hello"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, origin="https://evil.example", proxy=None)
    assert refused.value.response.status_code == 403
    assert refused.value.response.headers["Content-Security-Policy"] == POLICY


async def test_a_websocket_where_there_is_none(api: Api) -> None:
    """A sentence names the right address, under the same headers."""
    status, headers, body = await api.send_raw(
        handshake("Host: localhost", path="/wss")
    )

    assert status == 404
    assert headers["content-security-policy"] == POLICY
    assert b"/ws/stream" in body


@pytest.mark.parametrize(
    ("headers", "path", "expected"),
    [
        (("Host: localhost", "Origin: https://evil.example"), "/ws/stream", 403),
        (("Host: evil.example",), "/ws/stream", 421),
        (("Host: localhost",), "/nothing", 404),
    ],
)
async def test_a_refused_upgrade_is_no_fault_of_ours(
    api: Api,
    caplog: pytest.LogCaptureFixture,
    headers: tuple[str, ...],
    path: str,
    expected: int,
) -> None:
    """Anybody could fill the log with errors otherwise."""
    status, _, _ = await api.send_raw(handshake(*headers, path=path))

    assert status == expected
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_every_answer_has_the_headers(api: Api) -> None:
    """Errors, redirects and the page alike; each once."""
    for method, path, status in (
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("HEAD", "/api/stats", 200),
        ("GET", "/api/stats?no=1", 400),
        ("GET", "/api/markets/KXNOPE/trades", 404),
        ("GET", "/nothing", 404),
        ("GET", "/assets/nothing", 404),
        ("GET", "/health/", 307),
        ("POST", "/health", 405),
        ("GET", "/health?" + 9_000 * "x", 414),
    ):
        answer = await api.ask(method, path)

        assert answer.status_code == status, path
        for name, value in HEADERS.items():
            assert answer.headers.get_list(name) == [value], path


async def test_a_long_address(api: Api) -> None:
    """8 KiB of path and query are read, one byte more is not."""
    fitting = "/" + "x" * 4_095 + "?" + "x" * 4_096
    paths = {fitting: 404, fitting + "x": 414, "/" + "x" * 8_192: 414}

    for path, expected in paths.items():
        status, _, body = await api.send_raw(request("Host: localhost", path=path))

        assert status == expected
        assert (b'"too_long"' in body) == (expected == 414)
    upgrade: list[Message] = []
    await ask(api.app(), "websocket", upgrade, path="/" + "x" * 8_192, denials=True)
    assert upgrade[0]["status"] == 414


async def test_an_exception_is_a_500_that_hides_it(unserved: Api) -> None:
    """The log has the exception, once; the client gets the code and the headers."""

    async def broken(_: Request) -> Response:
        raise ZeroDivisionError("/secret/path")

    with capture_logs() as logs:
        async with serving(unserved.app(Route("/broken", broken))) as unserved.port:
            answer = await unserved.get("/broken")

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"] == POLICY
    assert [(log["path"], repr(log["exc_info"])) for log in logs] == [
        ("/broken", "ZeroDivisionError('/secret/path')")
    ]


async def test_an_app_cannot_soften_the_policy(unserved: Api) -> None:
    """A route's own header of the same name gives way; its others stay."""

    async def soft(_: Request) -> Response:
        headers = {"content-security-policy": "default-src *", "X-Own": "1"}
        return PlainTextResponse("soft", headers=headers)

    async with serving(unserved.app(Route("/soft", soft))) as unserved.port:
        answer = await unserved.get("/soft")

    assert answer.headers.get_list("content-security-policy") == [POLICY]
    assert answer.headers["x-own"] == "1"


async def test_an_answer_that_breaks_off_is_not_answered_twice() -> None:
    """What has begun cannot become a 500: the server is told instead."""

    async def half(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    sent: list[Message] = []

    with pytest.raises(ZeroDivisionError):
        await ask(Guard(half), "http", sent)
    assert [message["status"] for message in sent] == [200]


async def test_a_denial_of_the_app_has_the_headers(unserved: Api) -> None:
    """A stream that refuses an upgrade by itself is sealed like the rest."""

    async def deny(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("full", 503))

    async with serving(unserved.app(WebSocketRoute("/full", deny))) as unserved.port:
        status, headers, body = await unserved.send_raw(
            handshake("Host: localhost", path="/full")
        )

    assert (status, body) == (503, b"full")
    assert headers["content-security-policy"] == POLICY


async def test_an_open_websocket_is_closed_as_the_app_says() -> None:
    """Only a close in the place of an upgrade is an answer."""

    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 4000})

    sent: list[Message] = []

    await ask(Guard(app), "websocket", sent, denials=True)

    assert sent == [
        {"type": "websocket.accept"},
        {"type": "websocket.close", "code": 4000},
    ]


async def test_a_server_without_denial_responses(unserved: Api) -> None:
    """The upgrade is refused by a close, which servers answer with 403."""

    async def never(*_: Any) -> None:
        raise AssertionError("it was let in")

    foreign: list[Message] = []
    lost: list[Message] = []

    await ask(Guard(never), "websocket", foreign, host=b"evil.example")
    await ask(unserved.app(), "websocket", lost, path="/nothing")

    assert foreign == [{"type": "websocket.close", "code": 1008}]
    assert lost == [{"type": "websocket.close", "code": 1008}]


async def test_names_that_the_operator_adds() -> None:
    """They count beside loopback's, whatever their case; brackets are IPv6's."""

    async def fine(scope: Any, receive: Any, send: Any) -> None:
        await Response()(scope, receive, send)

    guarded = Guard(fine, extra_names=["Board.Example", "[fd00::1]"])
    statuses = {}
    for host in (b"board.example:80", b"[FD00::1]", b"localhost", b"other.example"):
        sent: list[Message] = []
        await ask(guarded, "http", sent, host=host)
        statuses[host] = sent[0]["status"]

    assert list(statuses.values()) == [200, 200, 200, 421]


async def test_the_lifespan_passes() -> None:
    """What is no request is none of its business."""
    seen = []

    async def app(scope: Any, *_: Any) -> None:
        seen.append(scope["type"])

    await Guard(app)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]

    assert seen == ["lifespan"]


async def ask(
    app: Any,
    kind: str,
    sent: list[Message],
    *,
    host: bytes = b"localhost",
    path: str = "/",
    denials: bool = False,
) -> None:
    """Call an ASGI app without a server; collect what it sends."""
    scope = {
        "type": kind,
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", host)],
        "extensions": {"websocket.http.response": {}} if denials else {},
    }

    async def receive() -> Message:
        return {"type": f"{kind}.connect" if kind == "websocket" else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
