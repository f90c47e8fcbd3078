"""Answers that many ask for are made once, and never shown when they are old."""

import gzip
import json
from typing import Any

import pytest

from flowboard.http_api.kept_answers import GZIP_BYTES_MIN, KeptAnswer, KeptAnswers
from flowboard.http_api.resources import KEPT_MS
from flowboard.market_info import MarketInfo, Quote
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.described_board import BARE, TICKER, described
from tests.http_api.serving import Api

HOT = "/api/markets/hot"


def scope_of(path: str = HOT, query: str = "", accepted: str = "") -> dict[str, Any]:
    headers = [(b"accept-encoding", accepted.encode())]
    query_string = query.encode()
    return {
        "path": path,
        "query_string": query_string,
        "headers": headers,
        "type": "http",
    }


class Maker:
    """Makes answers, and counts them."""

    def __init__(self) -> None:
        self.state = 1
        self.made = 0

    def __call__(self) -> bytes:
        self.made += 1
        return b"%d" % self.made


def test_it_is_made_once_while_its_state_is_the_same() -> None:
    """For each path and query of its own."""
    kept, maker = KeptAnswers(), Maker()

    def ask(query: str = "") -> bytes:
        return kept.answer(scope_of(query=query), lambda: maker.state, maker).body

    assert [ask(), ask(), ask("limit=5"), ask(), ask("limit=5")] == [
        *(b"1", b"1", b"2", b"1", b"2")
    ]
    maker.state = 2
    assert kept.again(scope_of()) is None
    assert [ask(), ask()] == [b"3", b"3"]


def test_few_are_kept() -> None:
    """The one that was made first goes first."""
    kept, maker = KeptAnswers(most=2), Maker()

    for query in ("a", "b", "c"):
        kept.answer(scope_of(query=query), lambda: maker.state, maker)

    assert kept.again(scope_of(query="a")) is None
    assert kept.again(scope_of(query="b")) is not None
    assert kept.again(scope_of(query="c")) is not None


async def sent(answer: KeptAnswer, accepted: str) -> tuple[dict[bytes, bytes], bytes]:
    """Return the headers and body that are sent."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    await answer.send(scope_of(accepted=accepted), send)
    start, body = messages
    assert start["status"] == 200
    return dict(start["headers"]), body["body"]


async def test_it_is_compressed_once_for_those_who_take_that() -> None:
    """The same bytes each time; a small one is sent as it is."""
    large, small = KeptAnswer(b"x" * GZIP_BYTES_MIN), KeptAnswer(b"x")

    headers, body = await sent(large, "br, gzip")
    plain_headers, plain = await sent(large, "identity")
    _, short = await sent(small, "gzip")

    assert headers[b"content-encoding"] == b"gzip"
    assert gzip.decompress(body) == plain == b"x" * GZIP_BYTES_MIN
    assert (await sent(large, "gzip"))[1] is body
    assert b"content-encoding" not in plain_headers
    assert headers[b"vary"] == plain_headers[b"vary"] == b"Accept-Encoding"
    assert headers[b"content-length"] == b"%d" % len(body)
    assert short == b"x"


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip;q=0", False),
        ("br, GZIP ; Q=0.000, identity", False),
        ("gzip;q=0.001", True),
        ("deflate;q=0, gzip", True),
        ("", False),
    ],
)
async def test_who_refuses_gzip_gets_none(accepted: str, taken: bool, api: Api) -> None:
    """Neither what is made for them nor what is kept."""
    await described(api)

    for path in (HOT, HOT, "/api/config", "/api/stats"):
        answer = await api.get(path, headers={"Accept-Encoding": accepted})
        large = len(answer.content) >= GZIP_BYTES_MIN
        assert ("content-encoding" in answer.headers) == (taken and large)
        assert path != HOT or large


async def test_whatever_a_row_says_makes_it_new(api: Api) -> None:
    """A trade, a quote, a title, the clock: never is an old one shown for a new one."""
    await described(api)
    markets = api.board.markets
    seen = [(await api.get(HOT)).content]

    async def differs() -> bool:
        seen.append((await api.get(HOT)).content)
        return seen[-1] != seen[-2]

    assert not await differs()
    await api.trade(make_trade(9, market_ticker=BARE))
    assert await differs()
    api.board.quotes.put(markets.id_of(TICKER), Quote(NOON_MS + 9, 4_800, 5_100))
    assert await differs()
    markets.learn(MarketInfo(ticker=BARE, title="Anything else?"))
    assert await differs()
    api.board.advance(NOON_MS + 5_000)
    assert await differs()
    api.clock.wall_ms += KEPT_MS
    assert await differs()
    api.status.rebuilding(True)
    assert (await api.get(HOT)).status_code == 503


async def test_what_is_kept_is_what_would_be_made(api: Api) -> None:
    """The same body and headers the first time and the second, by GET and by HEAD."""
    await described(api)
    for accepted in ("gzip", "identity"):
        headers = {"Accept-Encoding": accepted}
        first = await api.get(HOT, headers=headers)
        second = await api.get(HOT, headers=headers)
        head = await api.ask("HEAD", HOT, headers=headers)

        for name in ("date", "server"):
            for answer in (first, second, head):
                answer.headers.pop(name, None)
        assert json.loads(first.content)["count"] == 3
        assert (first.content, first.headers) == (second.content, second.headers)
        assert head.headers == first.headers


async def test_a_kept_answer_is_no_way_past_the_guard(api: Api) -> None:
    """A foreign page is refused, and a wrong query too, however often others asked."""
    await described(api)
    await api.get(HOT)

    foreign = await api.get(HOT, headers={"Origin": "https://evil.example"})
    wrong = await api.get(f"{HOT}?limit=0")
    posted = await api.ask("POST", HOT)

    assert (foreign.status_code, wrong.status_code, posted.status_code) == (
        403,
        400,
        405,
    )
