import asyncio
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from websockets.exceptions import ConnectionClosed

from flowboard.kalshi.backoff import Backoff
from tests.kalshi.running_feed import (
    QUICK,
    Feed,
    error,
    feed,
    gives,
    gives_and_goes,
)
from tests.kalshi.scripted_exchange import (
    NOON_MS,
    ListInbox,
    LoudStatus,
    ScriptedExchange,
    Session,
    ids,
    trade_frame,
)


async def test_a_frame_beyond_the_limit_costs_the_connection_only(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """More than 8 MiB is not read; the client goes on with a new connection."""

    async def too_large(session: Session) -> None:
        await session.accept_subscription()
        await session.send(trade_frame(1, seq=1), '"' + "x" * 9 * 1024 * 1024 + '"')
        await session.stay()

    async with feed(key, status, inbox, too_large, gives(trade_frame(2, seq=1))):
        await inbox.received(2)

    assert inbox.ids() == ids([1, 2])
    assert status.counters["gaps_disconnect"] == 1


async def test_a_subscription_that_dies_young_costs_the_connection(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Subscribing at full speed to what dies at once would be hammering."""

    async def dying(session: Session) -> None:
        await session.accept_subscription()
        await session.send(error(25, sid=1))
        with pytest.raises(ConnectionClosed):
            await session.command()

    async with feed(key, status, inbox, dying, gives(trade_frame(1, seq=1))) as running:
        await inbox.received(1)

        assert len(running.exchange.sessions) == 2
    assert status.counters["gaps"] == status.counters["gaps_error_25"] == 1


@pytest.mark.parametrize("code", [8, 9, 18])
async def test_a_refused_subscription_is_tried_on_a_new_connection(
    code: int, key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """An error that answers `subscribe`: told to the operator, then tried again."""

    async def refused(session: Session) -> None:
        command = await session.command()
        await session.send(error(code, id=command["id"]))
        await session.stay()

    async with feed(key, status, inbox, refused, gives(trade_frame(1, seq=1))):
        await inbox.received(1)

    assert any(f"error {code}" in problem for problem in status.problems)
    assert status.counters["gaps"] == 0


async def test_an_unanswered_subscription_is_tried_on_a_new_connection(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """A server that accepts and says nothing is no feed; it would not say goodbye."""

    async def mute(session: Session) -> None:
        await session.command()
        session.socket.transport.pause_reading()
        await session.stay()

    patience = replace(QUICK, answer_s=0.05)
    scripts = (mute, gives(trade_frame(1, seq=1)))
    loop = asyncio.get_running_loop()
    begin_s = loop.time()
    async with feed(key, status, inbox, *scripts, patience=patience):
        await inbox.received(1)
        took_s = loop.time() - begin_s

    assert any("did not answer" in problem for problem in status.problems)
    assert took_s < 0.9  # A polite close would have waited for a second.


async def test_it_reconnects_for_ever(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Closed politely, cut off, cut in the middle of a frame: always again."""

    async def cut(session: Session) -> None:
        await session.accept_subscription()
        await session.send(trade_frame(2, seq=1))
        await asyncio.sleep(0)
        session.socket.transport.write(b"\x81\x7e\x01\x00half a frame")
        await session.socket.ping()
        session.socket.transport.close()

    async def silent_end(session: Session) -> None:
        await session.command()
        session.socket.transport.abort()

    scripts = [gives_and_goes(trade_frame(1, seq=1)), cut, *[silent_end] * 20]
    async with feed(key, status, inbox, *scripts, gives(trade_frame(3, seq=1))) as run:
        await inbox.received(3)

        assert len(run.exchange.sessions) == 23
        assert status.block(0).connected
        assert status.problem is None
    assert inbox.ids() == ids([1, 2, 3])
    assert status.counters["reconnects"] == 2
    assert status.counters["gaps_disconnect"] == 2


async def test_a_bad_key_is_told_and_tried_slowly(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """The operator reads what to do; the exchange is not hammered meanwhile."""
    body = b'{"error":{"code":"authentication_error","details":"NOT_FOUND"}}'
    exchange = ScriptedExchange(gives(trade_frame(1, seq=1)))
    exchange.refusals = [(401, {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}, body)] * 3
    patience = replace(QUICK, auth_s=0.2)

    async with exchange.serving():
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        async with Feed(exchange, key, status, inbox, patience).running():
            await status.until(lambda s: s.problem is not None)
            problem = status.problem
            await inbox.received(1)
            took_s = loop.time() - begin_s

    assert problem is not None
    assert "NOT_FOUND" in problem
    assert "KALSHI_API_KEY_ID" in problem
    assert took_s >= 3 * 0.2
    assert len(exchange.handshakes) == 4
    assert status.problem is None  # It worked in the end.


async def test_a_wrong_clock_is_put_right_at_once(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """A 401 whose `Date` is an hour away: the next signature bears that hour."""
    expired = b'{"error":{"code":"header_timestamp_expired","message":"expired"}}'
    exchange = ScriptedExchange(gives(trade_frame(1, seq=1)))
    exchange.refusals = [(401, {"Date": "Sat, 21 Nov 2026 13:00:00 GMT"}, expired)]
    patience = replace(QUICK, auth_s=1_000)

    async with (
        exchange.serving(),
        Feed(exchange, key, status, inbox, patience).running(),
    ):
        await inbox.received(1)

    stamps = [int(h["KALSHI-ACCESS-TIMESTAMP"]) for h in exchange.handshakes]
    assert stamps == [NOON_MS, NOON_MS + 3_600_500]


async def test_a_clock_that_jumps_about_is_followed_once_only(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Two 401s with different hours: one quick try, then the slow pace."""
    exchange = ScriptedExchange(gives())
    exchange.refusals = [
        (401, {"Date": f"Sat, 21 Nov 2026 {hour}:00:00 GMT"}, b"")
        for hour in (13, 15, 17)
    ]
    patience = replace(QUICK, auth_s=1_000)

    async with (
        exchange.serving(),
        Feed(exchange, key, status, inbox, patience).running(),
    ):
        await status.until(lambda s: len(s.problems) == 2)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await exchange.until(lambda e: len(e.handshakes) > 2)


async def test_a_busy_exchange_is_waited_for(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """502, 429 and even a redirect are transient; the signature follows none."""
    exchange = ScriptedExchange(gives(trade_frame(1, seq=1)))
    elsewhere = ScriptedExchange(gives(trade_frame(2, seq=1)))

    async with elsewhere.serving(), exchange.serving():
        exchange.refusals = [
            (502, {}, b"<html>bad gateway</html>"),
            (429, {"Retry-After": "0"}, b'{"error":"too many requests"}'),
            (307, {"Location": elsewhere.url}, b""),
            (503, {"Retry-After": "soon"}, b'{"msg":"maintenance"}'),
        ]
        async with Feed(exchange, key, status, inbox).running():
            await inbox.received(1)

    assert inbox.ids() == ids([1])
    assert len(exchange.handshakes) == 5
    assert elsewhere.handshakes == []
    assert [p for p in status.problems if "too many requests" in p]
    assert [p for p in status.problems if "HTTP 502" in p]
    assert [p for p in status.problems if "maintenance" in p]


async def test_a_busy_exchange_is_left_alone_for_as_long_as_it_says(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """`Retry-After` is longer than our own wait, and is honoured."""
    exchange = ScriptedExchange(gives(trade_frame(1, seq=1)))
    exchange.refusals = [(503, {"Retry-After": "1"}, b"")]
    loop = asyncio.get_running_loop()
    begin_s = loop.time()

    async with (
        exchange.serving(),
        Feed(exchange, key, status, inbox).running(),
    ):
        await inbox.received(1)

    assert loop.time() - begin_s >= 1


class CountingBackoff(Backoff):
    """Counts how often it was reset; waits next to nothing."""

    def __init__(self) -> None:
        super().__init__(base_s=0.001, cap_s=0.01)
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1
        super().reset()


@pytest.mark.parametrize(("good_s", "resets"), [(0.0, 2), (60.0, 0)])
async def test_only_good_connections_make_the_waits_short_again(
    good_s: float,
    resets: int,
    key: ed25519.Ed25519PrivateKey,
    status: LoudStatus,
    inbox: ListInbox,
) -> None:
    """A server that gives a trade and dies, again and again, is met ever slower."""

    async def no_trade(session: Session) -> None:
        await session.accept_subscription()

    scripts = [
        gives_and_goes(trade_frame(1, seq=1)),
        no_trade,
        gives_and_goes(trade_frame(2, seq=1)),
        gives(trade_frame(3, seq=1)),
    ]
    backoff = CountingBackoff()
    patience = replace(QUICK, good_s=good_s)

    async with ScriptedExchange(*scripts).serving() as exchange:
        running = Feed(exchange, key, status, inbox, patience, backoff=backoff)
        async with running.running():
            await inbox.received(3)

            assert backoff.resets == resets


async def test_an_exchange_that_is_not_there_yet_is_waited_for(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Nobody listens: a sentence with the host, and another try."""
    async with ScriptedExchange(gives()).serving() as gone:
        pass

    async with Feed(gone, key, status, inbox).running():
        await status.until(lambda s: len(s.problems) >= 3)

    assert "127.0.0.1 cannot be reached" in status.problems[0]
    assert "KALSHI_WS_URL" in status.problems[0]
