import asyncio

import pytest

from flowboard.board_clock import BoardClock
from flowboard.errors import BadFrame, ConfigError, FeedInterrupted, RequestFailed
from flowboard.kalshi.request_pacer import RequestPacer
from flowboard.kalshi.rest_client import RestClient, error_message
from tests.kalshi.scripted_rest import Answer, Answers, Asked, ScriptedRest

NOON = "Sat, 21 Nov 2026 12:00:00 GMT"
NOON_MS = 1_795_262_400_000
ROW = {
    "trade_id": "56932642-f55c-41a6-1cad-35b95c27373b",
    "ticker": "KXDEMO-26NOV21-T50",
    "count_fp": "7.77",
    "yes_price_dollars": "0.0300",
    "no_price_dollars": "0.9700",
    "taker_outcome_side": "yes",
    "created_time": "2026-11-21T11:59:59.609997Z",
}


def always(body: object, status: int = 200, **headers: str) -> Answers:
    return lambda _: Answer(body, status, headers)


async def test_a_page_of_trades_is_asked_for_and_read() -> None:
    """Every parameter by the exchange's name; no signature on a public route."""
    page = {"cursor": "older", "trades": [ROW, {}]}

    with ScriptedRest(always(page)).serving() as rest:
        async with RestClient(rest.url, wall_ms=lambda: 5) as client:
            got = await client.trades_page(
                500, "abc", 1_795_262_300, 1_795_262_400, "KXDEMO-26NOV21-T50"
            )

    (asked,) = rest.asked
    assert asked.path == "/trade-api/v2/markets/trades"
    assert asked.query == {
        "limit": "500",
        "cursor": "abc",
        "min_ts": "1795262300",
        "max_ts": "1795262400",
        "ticker": "KXDEMO-26NOV21-T50",
    }
    assert not any(name.upper().startswith("KALSHI-") for name in asked.headers)
    (trade,) = got.trades
    assert (trade.ts_ms, trade.source, trade.received_ms) == (
        NOON_MS - 391, "backfill", 5,
    )  # fmt: skip
    assert (got.cursor, got.refused) == ("older", 1)


async def test_the_newest_page_is_asked_for_without_more() -> None:
    """What is not said is not sent."""
    with ScriptedRest(always({"cursor": "", "trades": []})).serving() as rest:
        async with RestClient(rest.url + "/") as client:
            got = await client.trades_page(source="heal")

    assert rest.asked[0].query == {"limit": "1000"}
    assert got.cursor == ""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"error":{"code":"auth","message":"auth","details":"NOT_FOUND"}}',
            "auth: NOT_FOUND",
        ),
        (b'{"code":"bad_request","message":"no such field"}',
         "bad_request: no such field"),
        (b'{"msg":"Parameter validation failed"}', "Parameter validation failed"),
        (b'{"error":"too many requests"}', "too many requests"),
        (b"<html>bad gateway</html>", "no reason given"),
        (b"{}", "no reason given"),
        (b"", "no reason given"),
        (b'{"error":null}', "no reason given"),
        (b'{"msg":"a\\nb\\u001b[31m"}', "ab[31m"),
    ],
)  # fmt: skip
async def test_every_error_shape_gives_its_message(body: bytes, message: str) -> None:
    """Nested, flat, bare and the string of a 429; junk gives a sentence too."""
    assert error_message(body) == message

    with ScriptedRest(always(body, 400)).serving() as rest:
        async with RestClient(rest.url) as client:
            with pytest.raises(RequestFailed) as refusal:
                await client.trades_page()

    assert (refusal.value.status, refusal.value.message) == (400, message)
    assert not refusal.value.throttled


async def test_a_429_slows_everybody_down() -> None:
    """Half the pace after a pause; good answers bring it slowly back."""
    answers = [
        Answer({"error": "too many requests"}, 429),
        Answer({"cursor": "", "trades": []}),
    ]
    pacer = RequestPacer(40, pause_s=0.2)
    loop = asyncio.get_running_loop()

    with ScriptedRest(lambda _: answers.pop(0)).serving() as rest:
        async with RestClient(rest.url, pacer=pacer) as client:
            with pytest.raises(RequestFailed) as refusal:
                await client.trades_page()
            rate, begin_s = pacer.rate, loop.time()
            await client.trades_page()
            waited_s = loop.time() - begin_s

    assert refusal.value.throttled
    assert rate == 20
    assert waited_s >= 0.2
    assert pacer.rate == pytest.approx(21)


async def test_requests_keep_the_pace() -> None:
    """Ten requests at once at 50 a second take nine steps of 20 ms."""
    loop = asyncio.get_running_loop()

    with ScriptedRest(always({"cursor": "", "trades": []})).serving() as rest:
        async with RestClient(rest.url, pacer=RequestPacer(50)) as client:
            begin_s = loop.time()
            await asyncio.gather(*(client.trades_page() for _ in range(10)))
            took_s = loop.time() - begin_s

    assert len(rest.asked) == 10
    assert took_s >= 9 / 50 * 0.99


async def test_the_date_of_an_answer_is_heard() -> None:
    """Of a refusal too; the half second that a `Date` lacks is added."""
    clock = BoardClock()

    with ScriptedRest(always({"msg": "no"}, 404, Date=NOON)).serving() as rest:
        async with RestClient(rest.url, clock, mono_ms=lambda: 1_000) as client:
            with pytest.raises(RequestFailed):
                await client.trades_page()

    assert clock.exchange_ms(1_000) == NOON_MS + 500


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"trades":1}'])
async def test_an_answer_that_cannot_be_read_is_a_bad_frame(body: bytes) -> None:
    """A 200 with something else in it is no empty page."""
    with ScriptedRest(always(body)).serving() as rest:
        async with RestClient(rest.url) as client:
            with pytest.raises(BadFrame):
                await client.trades_page()


async def test_a_redirect_is_not_followed() -> None:
    """The exchange has moved to where we were not sent."""

    def answer(asked: Asked) -> Answer:
        return Answer({}, 301, {"Location": "/elsewhere"})

    with ScriptedRest(answer).serving() as rest:
        async with RestClient(rest.url) as client:
            with pytest.raises(RequestFailed, match="301"):
                await client.trades_page()

    assert len(rest.asked) == 1


async def test_nobody_there_is_transient() -> None:
    """The sentence names the setting; the next try may work."""
    with ScriptedRest(always({})).serving() as rest:
        pass

    async with RestClient(rest.url) as client:
        with pytest.raises(FeedInterrupted, match="KALSHI_API_BASE") as error:
            await client.trades_page()

    assert error.value.retryable


def test_a_plain_url_elsewhere_is_refused() -> None:
    """Without encryption only an exchange on this machine may be asked."""
    with pytest.raises(ConfigError, match="KALSHI_API_BASE"):
        RestClient("http://exchange.example/trade-api/v2")


@pytest.mark.parametrize("active", [True, False])
async def test_whether_anybody_may_trade(active: bool) -> None:
    """In the weekly pause nobody does."""
    body = {"exchange_active": True, "trading_active": active}
    with ScriptedRest(always(body)).serving() as rest:
        async with RestClient(rest.url) as client:
            assert await client.is_trading() is active


async def test_where_the_historical_tape_ends() -> None:
    """RFC 3339, to the millisecond; another answer is none."""
    body = {"trades_created_ts": "2026-08-21T00:00:00.5Z"}
    with ScriptedRest(always(body)).serving() as rest:
        async with RestClient(rest.url) as client:
            assert await client.cutoff_ms() == 1_787_270_400_500
            rest.answer = always({"trades_created_ts": "soon"})
            with pytest.raises(BadFrame, match="cutoff"):
                await client.cutoff_ms()
            rest.answer = always({})
            with pytest.raises(BadFrame, match="status"):
                await client.is_trading()


async def test_an_exchange_without_an_archive() -> None:
    """All is on one tape then; any other refusal is one."""
    with ScriptedRest(always({"error": "no such page"}, 404)).serving() as rest:
        async with RestClient(rest.url) as client:
            assert await client.cutoff_ms() == 0
            rest.answer = always({"error": "busy"}, 503)
            with pytest.raises(RequestFailed):
                await client.cutoff_ms()


async def test_the_newest_trade_and_the_archive_are_asked_for() -> None:
    """What a probe and a walk into the past ask."""
    rows = [{**ROW, "created_time": "2026-11-21T12:00:00.25Z"}]
    with ScriptedRest(always({"trades": rows, "cursor": ""})).serving() as rest:
        async with RestClient(rest.url) as client:
            assert await client.newest_ms() == 1_795_262_400_250
            await client.trades_page(historical=True)
            rest.answer = always({"trades": [], "cursor": ""})
            assert await client.newest_ms() is None

    assert [asked.path.rpartition("/v2")[2] for asked in rest.asked] == [
        "/markets/trades",
        "/historical/trades",
        "/markets/trades",
    ]
