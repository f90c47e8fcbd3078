"""Paths, methods, and what waits for the windows."""

from flowboard.http_api.endpoint import Endpoint
from flowboard.http_api.openapi import PART
from flowboard.http_api.query_keys import PATH_PARTS
from flowboard.http_api.routing import ENDPOINTS
from tests.database.made_trades import make_trade
from tests.http_api.serving import Api

TICKER = "KXHIGHNY-26NOV21-T50"
# One of them never ends: see `test_trade_stream`.
ENDING = [each for each in ENDPOINTS if each.path != "/api/trades/stream"]


def path_of(endpoint: Endpoint) -> str:
    """Return an endpoint's example, or its path with its parts filled in."""
    given = {n: str(key.default) for n, key in PATH_PARTS.items()} | endpoint.examples
    path = PART.sub(lambda found: given[found[1]], endpoint.path)
    query = "&".join(f"{key}={given[key]}" for key in endpoint.required)
    return f"{path}?{query}" if query else path


async def test_what_waits_for_the_windows(api: Api) -> None:
    """Figures that are not whole yet are not shown; the rest is answered."""
    await api.trade(make_trade(1))
    api.status.connected(api.clock.mono_ms)

    for endpoint in ENDING:
        api.status.rebuilding(True)
        during = await api.get(path_of(endpoint))
        api.status.rebuilding(False)
        after = await api.get(path_of(endpoint))

        assert after.status_code in (200, 404), endpoint.path
        waits = endpoint.needs_windows
        assert (during.status_code == 503) == (waits or 503 in endpoint.also)
        if waits:
            assert during.json()["error"]["code"] == "starting"
            assert during.headers["retry-after"] == "1"


def test_what_says_nothing_of_windows_does_not_wait() -> None:
    """How the server is, and the documents, are told at once."""
    at_once = {each.path for each in ENDPOINTS if not each.needs_windows}

    assert {"/health", "/api/config", "/api/status", "/openapi.json"} <= at_once
    assert at_once.isdisjoint({"/api/markets/hot", "/api/stats", "/api/whales"})


async def test_a_wrong_method(api: Api) -> None:
    """405 with what is allowed, by header and by sentence."""
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"):
        for path in ("/", "/health", "/api/stats", f"/api/markets/{TICKER}/trades"):
            answer = await api.ask(method, path)

            assert answer.status_code == 405, (method, path)
            assert answer.headers["allow"] == "GET, HEAD"
            assert answer.json()["error"]["code"] == "method_not_allowed"
            assert f"'{method}'" in answer.json()["error"]["message"]


async def test_head_is_get_without_a_body(api: Api) -> None:
    """Same status, same headers."""
    await api.trade(make_trade(1))

    for path in ("/", *map(path_of, ENDING)):
        head = await api.ask("HEAD", path)
        get = await api.get(path)

        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-length"] == get.headers["content-length"]


async def test_an_unknown_path(api: Api) -> None:
    """404 in the form of every error."""
    for path in (
        "/nothing",
        "/api",
        "/api/market",
        "/api/markets//trades",
        f"/api/markets/{TICKER}%2F1/trades",
        "/API/stats",
        "/assets/",
        "//",
    ):
        status, _, body = await api.send_raw(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        )

        assert status == 404, path
        assert b'"code":"not_found"' in body


async def test_answers_are_not_to_be_kept(api: Api) -> None:
    """Figures of a moment ago are no figures, errors least of all."""
    for path in ("/health", "/api/stats", "/nothing", "/api/stats?no=1"):
        answer = await api.get(path)

        assert answer.headers["cache-control"] == "no-store", path
