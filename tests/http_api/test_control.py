"""What changes the running server: for the token alone, and exactly what was asked."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from flowboard import http_api
from flowboard.errors import BadParameter
from flowboard.http_api.control import BODY_BYTES_MAX
from tests.http_api.serving import Api, serving

TOKEN = "dGhlIHNhbXBsZSBub25jZQ-_dGhlIHNhbXBsZSBub25"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SPAN = {"from_ms": 1_795_240_800_000, "to_ms": 1_795_244_400_000}
FEED = {"feed": "polling"}


class Told:
    """Stands in for the board: keeps what it is told."""

    def __init__(self) -> None:
        self.feeds: list[str] = []
        self.spans: list[tuple[int, int, str | None]] = []
        self.refuses = False

    def switch_feed(self, policy: str) -> None:
        if self.refuses:
            raise BadParameter("there is no key: stay with polling")
        self.feeds.append(policy)

    def ask_backfill(self, from_ms: int, to_ms: int, ticker: str | None) -> int:
        self.spans.append((from_ms, to_ms, ticker))
        return 17

    @property
    def nothing(self) -> bool:
        return not self.feeds and not self.spans


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def controlled(unserved: Api, told: Told) -> AsyncIterator[Api]:
    """The API with what changes something."""
    routes = http_api.control_routes(told, TOKEN, lambda: unserved.clock.mono_ms)
    async with serving(unserved.app(*routes)) as unserved.port:
        yield unserved


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("feed", ["auto", "websocket", "polling"])
async def test_the_feed_is_switched(controlled: Api, told: Told, feed: str) -> None:
    """The answer says which one it is now."""
    answer = await controlled.ask(
        "POST", "/api/feed", json={"feed": feed}, headers=BEARER
    )

    assert (answer.status_code, answer.json()) == (200, {"feed": feed})
    assert answer.headers["cache-control"] == "no-store"
    assert told.feeds == [feed]


@pytest.mark.parametrize("ticker", [None, "KXHIGHNY-26NOV21-T50"])
async def test_a_span_is_asked_for(
    controlled: Api, told: Told, ticker: str | None
) -> None:
    """202: it has only begun; the number of its gap is where to look."""
    answer = await controlled.ask(
        "POST", "/api/backfill", json=SPAN | {"ticker": ticker}, headers=BEARER
    )
    short = await controlled.ask("POST", "/api/backfill", json=SPAN, headers=BEARER)

    assert (answer.status_code, answer.json()) == (202, {"gap": 17})
    assert short.status_code == 202
    span = (SPAN["from_ms"], SPAN["to_ms"])
    assert told.spans == [(*span, ticker), (*span, None)]


async def test_what_the_board_refuses(controlled: Api, told: Told) -> None:
    """Its own sentence, as of every parameter that makes no sense."""
    told.refuses = True

    answer = await controlled.ask("POST", "/api/feed", json=FEED, headers=BEARER)

    assert code_of(answer) == (400, "bad_parameter")
    assert "there is no key" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body"), [("/api/feed", FEED), ("/api/backfill", SPAN)]
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_without_the_token(
    controlled: Api,
    told: Told,
    path: str,
    body: dict[str, object],
    headers: dict[str, str],
) -> None:
    """On loopback too: any program of this machine could ask."""
    answer = await controlled.ask("POST", path, json=body, headers=headers)

    assert code_of(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "`flowboard token`" in answer.json()["error"]["message"]
    assert told.nothing


async def test_guessing(controlled: Api, told: Told) -> None:
    """The sixth try within a minute is not even looked at."""
    answers = [await controlled.ask("POST", "/api/feed", json=FEED) for _ in range(6)]

    assert [code_of(answer)[0] for answer in answers] == [401] * 5 + [429]
    right = await controlled.ask("POST", "/api/feed", json=FEED, headers=BEARER)
    assert code_of(right) == (429, "too_many_tries")
    assert right.headers["retry-after"] == "60"
    assert told.nothing
    controlled.clock.mono_ms += 60_000
    late = await controlled.ask("POST", "/api/feed", json=FEED, headers=BEARER)
    assert late.status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}]
)
async def test_a_foreign_page_is_refused_first(
    controlled: Api, told: Told, headers: dict[str, str]
) -> None:
    """Even one that knows the token; and it cannot use up the owner's tries."""
    for _ in range(6):
        with_token = headers | BEARER
        refused = await controlled.ask(
            "POST", "/api/feed", json=FEED, headers=with_token
        )
        assert refused.status_code in (403, 421)
        await controlled.ask("POST", "/api/feed", json=FEED, headers=headers)

    assert told.nothing
    fine = await controlled.ask("POST", "/api/feed", json=FEED, headers=BEARER)
    assert fine.status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/api/feed", "/api/backfill"])
async def test_a_wrong_method(
    controlled: Api, told: Told, method: str, path: str
) -> None:
    """405 and what is right; no preflight of a browser is answered."""
    answer = await controlled.ask(method, path, headers=BEARER)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "access-control-allow-origin" not in answer.headers
    if method != "HEAD":
        assert answer.json()["error"]["message"].endswith("use POST")
    assert told.nothing


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/api/feed", b"", "truncated"),
        ("/api/feed", b"polling", "malformed"),
        ("/api/feed", b"[]", "object"),
        ("/api/feed", b"\xff", "malformed"),
        ("/api/feed", b'{"feed":"\xff"}', "utf-8"),
        ("/api/feed", b"[" * 4_000, "object"),
        ("/api/feed", b"{}", "feed"),
        ("/api/feed", b'{"feed":"POLLING"}', "POLLING"),
        ("/api/feed", b'{"feed":null}', "feed"),
        ("/api/feed", b'{"feed":"auto","now":true}', "now"),
        ("/api/backfill", b'{"from_ms":1}', "to_ms"),
        ("/api/backfill", b'{"from_ms":"1","to_ms":2}', "from_ms"),
        ("/api/backfill", b'{"from_ms":1.5,"to_ms":2}', "from_ms"),
        ("/api/backfill", b'{"from_ms":true,"to_ms":2}', "from_ms"),
        ("/api/backfill", b'{"from_ms":-1,"to_ms":2}', "from_ms"),
        ("/api/backfill", b'{"from_ms":1,"to_ms":9007199254740993}', "to_ms"),
        ("/api/backfill", b'{"from_ms":2,"to_ms":2}', "not before"),
        ("/api/backfill", b'{"from_ms":1,"to_ms":2,"ticker":""}', "ticker"),
        ("/api/backfill", b'{"from_ms":1,"to_ms":2,"ticker":7}', "ticker"),
        ("/api/backfill", b'{"from_ms":1,"to_ms":2,"gap":7}', "gap"),
    ],
)
async def test_a_body_that_makes_no_sense(
    controlled: Api, told: Told, path: str, body: bytes, word: str
) -> None:
    """400; the sentence names what is wrong, and shows how it is written."""
    answer = await controlled.ask("POST", path, content=body, headers=BEARER)

    assert code_of(answer) == (400, "bad_parameter")
    assert word.lower() in answer.json()["error"]["message"].lower()
    assert told.nothing


async def test_a_long_body(controlled: Api, told: Told) -> None:
    """4 KiB are read, one byte more is not; nor is a body without a length."""
    body = json.dumps(FEED).encode().ljust(BODY_BYTES_MAX)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b" " * 1_000

    fits = await controlled.ask("POST", "/api/feed", content=body, headers=BEARER)
    longer = await controlled.ask(
        "POST", "/api/feed", content=body + b" ", headers=BEARER
    )
    chunked = await controlled.ask(
        "POST", "/api/feed", content=pieces(), headers=BEARER
    )

    assert fits.status_code == 200
    for answer in (longer, chunked):
        assert code_of(answer) == (400, "bad_parameter")
        assert "4,096 bytes" in answer.json()["error"]["message"]
    assert told.feeds == ["polling"]


async def test_a_body_that_does_not_come(
    controlled: Api, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that stops half-way holds nothing up for ever."""
    monkeypatch.setattr(http_api.control, "BODY_S", 0.05)
    lines = ("POST /api/feed HTTP/1.1", "Host: localhost", "Content-Length: 20")
    head = "\r\n".join((*lines, f"Authorization: Bearer {TOKEN}", "", '{"feed"'))

    status, _, body = await asyncio.wait_for(controlled.send_raw(head.encode()), 5)

    assert status == 400
    assert b"did not come within" in body
    assert told.nothing
