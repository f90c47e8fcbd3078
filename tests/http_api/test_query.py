"""Query strings are checked whole, and refused by name."""

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowboard.errors import BadParameter
from flowboard.http_api.answers import JSON
from flowboard.http_api.endpoint import Endpoint
from flowboard.http_api.openapi import PART
from flowboard.http_api.query import LIMIT_DEFAULT, Query
from flowboard.http_api.query_keys import PATH_PARTS, QUERY_KEYS
from flowboard.http_api.routing import ENDPOINTS
from flowboard.trade_filter import TradeFilter
from tests.database.made_trades import make_trade
from tests.http_api.serving import Api

TICKER = "KXHIGHNY-26NOV21-T50"
KEYS = tuple(QUERY_KEYS)
STREAM = "/api/trades/stream"  # It never ends, so its head is asked for.
NOISE = "".join(map(chr, range(33, 127))).replace("#", "")

FINE = {
    "window": ["1m", "5m", "15m", "1h", "24h"],
    "sort": ["notional", "volume", "net_flow", "heat"],
    "limit": ["1", "7", "1000"],
    "combos": ["exclude", "include"],
    "cursor": ["MTc5NTI2MjQwMDAwMS4x", "7", ""],
    "format": ["sse", "ndjson"],
    "after_seq": ["0", "1", "999999999999999"],
    "tickers": [TICKER, f"KXA-1,{TICKER}"],
    "series": ["KXHIGHNY", "KXA"],
    "q": ["new%20york", "98k"],
    "status": ["open", "active,unknown"],
    "league": ["NFL", "Pro%20Football"],
    "event": ["KXHIGHNY-26NOV21"],
    "from": ["0", "2026-11-21T13:00:00Z", "2026-11-21"],
    "to": ["1795266000123", "2026-11-22T13:00:00.5Z"],
    "category": ["Sports", "Climate%20and%20Weather"],
    "min_notional": ["0", "1000", "0.000001"],
    "side": ["yes", "no"],
    "live_only": ["0", "1", "true"],
}
odd = st.one_of(
    st.integers(-5, 10**12).map(str),
    st.text(NOISE, max_size=12),
    st.sampled_from(["%00", "%C3%A9", "%ff", "%F0%9F%90%B3", "%E2%80%AE", "+", "%"]),
)


def path_of(endpoint: Endpoint) -> str:
    """Return an endpoint's path, its parts filled in."""
    return PART.sub(lambda found: str(PATH_PARTS[found[1]].default), endpoint.path)


def fine_values(key: str, endpoint: Endpoint | None = None) -> list[str]:
    """Return values that a key may have, at an endpoint where some are its own."""
    limits = {} if endpoint is None else endpoint.limits.get(key, {})
    if "enum" in limits:
        return [str(word) for word in limits["enum"]]
    if key in FINE:
        return FINE[key]
    schema = QUERY_KEYS[key].schema
    if schema["type"] == "integer":
        return [str(schema.get("minimum", 1))]
    return [str(word) for word in schema.get("enum", ["1000"])]


@st.composite
def requests(draw: st.DrawFn) -> str:
    """Draw a path and a query string: mostly its own keys, with any values."""
    endpoint = draw(st.sampled_from(ENDPOINTS))
    path = path_of(endpoint)
    keys = st.permutations([key for key in KEYS if key in endpoint.keys])
    few = st.lists(st.text(NOISE, max_size=6) | st.sampled_from(KEYS), max_size=1)
    chosen = [*draw(keys)[: draw(st.integers(0, 4))], *draw(few)]
    fine = [
        st.sampled_from(fine_values(key, endpoint) if key in KEYS else [""])
        for key in chosen
    ]
    values = [draw(st.one_of(value, value, odd)) for value in fine]
    pairs = "&".join(map("=".join, zip(chosen, values, strict=True)))
    noise = draw(st.just("") | st.text(NOISE, max_size=60))
    return f"{path}?{pairs}{noise}"


def test_what_is_left_out_has_its_default() -> None:
    """No query string at all makes sense."""
    query = Query([], KEYS)
    default = TradeFilter(live_only=True)

    assert query.window("15m") == "15m"
    assert query.sort() == "notional"
    assert query.limit() == LIMIT_DEFAULT == 100
    assert query.combos() is False
    assert query.cursor() is None
    assert query.after_seq() is None
    assert query.filter(default) == default
    assert query.form(("sse", "ndjson"), "ndjson") == "ndjson"


def test_what_is_given_is_taken() -> None:
    """Each key has its values."""
    given_pairs = [("window", "1h"), ("sort", "heat"), ("limit", "7")]
    given_pairs += [("combos", "include"), ("cursor", "abc"), ("after_seq", "17")]
    query = Query([*given_pairs, ("side", "no"), ("format", "sse")], KEYS)

    assert query.window("15m") == "1h"
    assert query.sort() == "heat"
    assert query.limit() == 7
    assert query.combos() is True
    assert query.cursor() == "abc"
    assert query.after_seq() == 17
    assert query.filter(TradeFilter()) == TradeFilter(combos=True, side="no")
    assert query.form(("sse", "ndjson"), "ndjson") == "sse"


@pytest.mark.parametrize("text", ["1", "1000", "007"])
def test_a_limit_in_range(text: str) -> None:
    """Both ends are allowed."""
    assert Query([("limit", text)], ("limit",)).limit() == int(text)


@pytest.mark.parametrize(
    "text", ["0", "1001", "-1", "+5", "1.0", "1e2", "", " 5", "٣", "²", "9" * 5_000]
)
def test_a_limit_out_of_range(text: str) -> None:
    """The sentence names key, value and range, and stays short."""
    with pytest.raises(BadParameter) as refused:
        Query([("limit", text)], ("limit",)).limit()

    assert f"limit '{text[:40]}'" in str(refused.value)
    assert "1 to 1000" in str(refused.value)
    assert len(str(refused.value)) < 120


async def test_a_bad_query_is_a_400_that_names_it(api: Api) -> None:
    """Key, value, and what is allowed, in one sentence."""
    for query, *named in (
        ("limit=1&limit=2", "limit", "'1'", "'2'", "once"),
        ("limit=5&limit=5", "limit", "once"),
        ("tickers=A", "'tickers'", "window, sort, limit, combos"),
        ("=1", "''", "window"),
        ("window=2m", "window", "'2m'", "1m, 5m, 15m, 1h, 24h"),
        ("window", "window", "''"),
        ("sort=price", "sort", "'price'", "notional, volume, net_flow, heat"),
        ("combos=true", "combos", "'true'", "exclude, include"),
        ("limit=many", "limit", "'many'", "1 to 1000"),
        ("Window=1m", "'Window'"),
        ("combos=%3Cb%3E%0A%E2%80%AE", "combos", "'<b>'"),
    ):
        answer = await api.get(f"/api/markets/hot?{query}")

        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "bad_parameter")
        assert [part for part in named if part not in error["message"]] == []
        assert error["message"].isprintable()


async def test_each_endpoint_knows_its_own_keys_alone(api: Api) -> None:
    """A key of another endpoint is as unknown as any."""
    await api.trade(make_trade(1))
    base = f"http://127.0.0.1:{api.port}"
    async with httpx2.AsyncClient(base_url=base, trust_env=False) as client:
        for place, endpoint in enumerate(ENDPOINTS):
            needed = [
                f"{key}={fine_values(key, endpoint)[-1]}" for key in endpoint.required
            ]
            foreign = [key for key in KEYS if key not in endpoint.keys]
            few = [foreign[(place + step) % len(foreign)] for step in (0, 7, 14)]
            for key in (*endpoint.keys, *few):
                asked = f"{key}={fine_values(key, endpoint)[-1]}"
                query = "&".join(dict.fromkeys([*needed, asked]))
                answer = await client.head(f"{path_of(endpoint)}?{query}")

                taken = answer.status_code in (200, 404)  # It may not be there.
                assert taken or answer.status_code == 400
                assert taken == (key in endpoint.keys), (endpoint.path, key)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(target=requests())
async def test_no_query_breaks_anything(api: Api, target: str) -> None:
    """Any bytes after the question mark are answered, or refused by name."""
    if not api.board.seq:
        await api.trade(make_trade(1))
        api.status.connected(api.clock.mono_ms)

    endless = target.startswith(STREAM)
    kinds = {
        kind
        for endpoint in ENDPOINTS
        if target.startswith(f"{path_of(endpoint)}?")
        for kind in endpoint.media_types
    }
    status, headers, body = await api.send_raw(
        f"{'HEAD' if endless else 'GET'} {target} HTTP/1.1\r\n"
        "Host: localhost\r\nConnection: close\r\n\r\n".encode()
    )

    assert status in (200, 400, 404), body
    if not endless:
        kind = headers["content-type"].partition(";")[0]
        assert kind in (kinds if status == 200 else {JSON})
        refused = body.startswith(b'{"error":{"code":"bad_parameter"')
        assert (status == 400) == refused
