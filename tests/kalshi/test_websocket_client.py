import asyncio
import base64
import contextlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from flowboard.board_clock import BoardClock
from flowboard.errors import ConfigError
from flowboard.kalshi.auth import Signer
from flowboard.kalshi.connection_watch import Patience
from flowboard.kalshi.websocket_client import WebSocketClient
from tests.kalshi.running_feed import (
    KEY_ID,
    QUICK,
    Feed,
    error,
    feed,
    gives,
)
from tests.kalshi.scripted_exchange import (
    NOON_MS,
    SOON_S,
    WS_PATH,
    ListInbox,
    LoudStatus,
    ScriptedExchange,
    Session,
    ids,
    trade_frame,
)


async def test_trades_arrive_as_sent(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """A signed handshake, one subscription without a filter, every trade in order."""
    frames = [trade_frame(n, seq=n) for n in range(1, 501)]

    async with feed(key, status, inbox, gives(*frames)) as running:
        trades = await inbox.received(500)

        (headers,) = running.exchange.handshakes
        assert headers["KALSHI-ACCESS-KEY"] == KEY_ID
        key.public_key().verify(
            base64.b64decode(headers["KALSHI-ACCESS-SIGNATURE"]),
            f"{headers['KALSHI-ACCESS-TIMESTAMP']}GET{WS_PATH}".encode(),
        )
        (session,) = running.exchange.sessions
        (command,) = session.commands
        assert command["cmd"] == "subscribe"
        assert command["params"] == {"channels": ["trade"]}
        assert running.client.subscribed.is_set()
        assert status.block(0).connected
        assert status.problem is None
    assert inbox.ids() == ids(range(1, 501))
    assert {t.source for t in trades} == {"ws"}
    assert {t.received_ms for t in trades} == {NOON_MS}
    assert status.counters["trades"] == 500
    assert status.counters["gaps"] == 0


async def test_the_exchange_clock_is_heard(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """`sending_ts_ms` is the exchange's clock; nonsense in it is not believed."""
    nonsense = trade_frame(2, seq=2).replace(str(NOON_MS + 6), "99999999999999")

    async with feed(key, status, inbox, gives(trade_frame(1, 1), nonsense)) as running:
        await inbox.received(2)

        assert running.clock.exchange_ms(0) == NOON_MS + 5


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "ok", "id": 1, "sid": 1, "seq": 1, "msg": {"market_tickers": []}},
        {
            "type": "subscribed",
            "id": 1,
            "new": True,
            "msg": {"channel": "trade", "sid": 1},
        },
    ],
    ids=["ok", "subscribed"],
)
async def test_ok_or_subscribed_is_an_answer(
    answer: dict[str, object],
    key: ed25519.Ed25519PrivateKey,
    status: LoudStatus,
    inbox: ListInbox,
) -> None:
    """A merged subscription is answered `ok`; both mean that trades come."""

    async def script(session: Session) -> None:
        await session.command()
        await session.send(answer, trade_frame(1, seq=2))
        await session.stay()

    async with feed(key, status, inbox, script) as running:
        await inbox.received(1)

        assert running.client.subscribed.is_set()
    assert status.counters["gaps"] == 0


async def test_trades_before_their_answer_and_strange_answers_do_no_harm(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Acks are out of order at times, and meant for nobody at others."""

    async def script(session: Session) -> None:
        command = await session.command()
        await session.send(
            trade_frame(1, seq=1),
            {"type": "ok", "id": 99, "msg": [{"channel": "trade", "sid": 1}]},
            {"type": "subscribed", "id": 98, "msg": {"channel": "ticker", "sid": 7}},
            error(13, sid=1, seq=2),
            error(5, id=77),
            {"type": "unsubscribed", "id": 97, "sid": 55, "seq": 1},
        )
        assert not status.block(0).connected
        await session.send(
            {"type": "subscribed", "id": command["id"],
             "msg": {"channel": "trade", "sid": 1}},
            trade_frame(2, seq=3),
        )  # fmt: skip
        await session.stay()

    async with feed(key, status, inbox, script) as running:
        await inbox.received(2)

        assert len(running.exchange.sessions) == 1
        assert len(running.exchange.sessions[0].commands) == 1
    assert inbox.ids() == ids([1, 2])
    assert status.counters["gaps"] == 0
    assert status.counters["error_frames"] == 2


async def test_bad_and_unknown_frames_are_counted_and_passed(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """A frame that cannot be read is kept with its reason; the next one is a trade."""
    script = gives(
        trade_frame(1, seq=1),
        "{half a fra",
        trade_frame(2, seq=2, count_fp="-3.00"),
        "\n",
        {"type": "surprise", "sid": 1, "seq": 3, "msg": {"a": 1}},
        trade_frame(4, seq=4),
    )

    async with feed(key, status, inbox, script):
        await inbox.received(2)

    assert inbox.ids() == ids([1, 4])
    assert status.counters["bad_frames"] == 2
    assert status.counters["unknown_frames"] == 1
    assert status.counters["frames"] == 7
    # Each may have been a trade.
    assert status.counters["gaps"] == status.counters["gaps_bad_frame"] == 2
    letters = list(status.dead_letters)
    assert [letter.raw[:5] for letter in letters] == [b"{half", b'{"typ']
    assert "count" in letters[1].why


async def test_binary_and_large_frames_are_read(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Two megabytes, twice the library's own limit, are no reason to hang up."""
    large = trade_frame(1, seq=1).replace('"msg"', f'"pad":"{"x" * 2_000_000}","msg"')

    async def script(session: Session) -> None:
        await session.accept_subscription()
        await session.send(large)
        await session.socket.send(trade_frame(2, seq=2).encode())
        await session.stay()

    async with feed(key, status, inbox, script):
        await inbox.received(2)

    assert inbox.ids() == ids([1, 2])


@pytest.mark.parametrize(
    ("seqs", "counters"),
    [
        ([1, 2, 3], {}),
        ([1, 2, 5], {"gaps": 1, "gaps_seq": 1}),
        ([1, 5, 9], {"gaps": 2, "gaps_seq": 2}),
        ([1, 2, 2], {"seq_repeats": 1}),
        ([7, 8, 1], {"seq_resets": 1}),
        ([None, None, None], {}),
        ([1, None, 2], {}),
    ],
)
async def test_numbers_tell_of_gaps_and_never_cost_a_trade(
    seqs: list[int | None],
    counters: dict[str, int],
    key: ed25519.Ed25519PrivateKey,
    status: LoudStatus,
    inbox: ListInbox,
) -> None:
    """Whatever the numbers say, the trade at hand is handed on: the store knows ids."""
    frames = [trade_frame(n, seq=seq) for n, seq in enumerate(seqs, 1)]

    async with feed(key, status, inbox, gives(*frames)):
        await inbox.received(3)

    assert inbox.ids() == ids([1, 2, 3])
    told = ("gaps", "gaps_seq", "seq_repeats", "seq_resets")
    assert {k: v for k in told if (v := status.counters.get(k, 0))} == counters


async def test_a_subscription_that_dies_is_asked_for_again(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Errors 10 and 25 and `unsubscribed`: a gap, then a new subscription."""

    async def script(session: Session) -> None:
        await session.accept_subscription(sid=1)
        await session.send(trade_frame(1, seq=1, sid=1), error(25, sid=1, seq=2))
        await session.accept_subscription(sid=2)
        await session.send(trade_frame(2, seq=1, sid=2), error(10, sid=2))
        await session.accept_subscription(sid=3)
        ended = {"type": "unsubscribed", "id": 0, "sid": 3, "seq": 2}
        await session.send(trade_frame(3, seq=1, sid=3), ended)
        await session.accept_subscription(sid=4)
        await session.send(trade_frame(4, seq=1, sid=4))
        await session.stay()

    async with feed(key, status, inbox, script) as running:
        await inbox.received(4)

        (session,) = running.exchange.sessions
        assert [command["id"] for command in session.commands] == [1, 2, 3, 4]
        assert running.client.subscribed.is_set()
        assert status.block(0).connected
    assert inbox.ids() == ids([1, 2, 3, 4])
    assert status.counters["gaps"] == 3
    assert status.counters["gaps_error_25"] == 1
    assert status.counters["gaps_error_10"] == 1
    assert status.counters["gaps_unsubscribed"] == 1


async def test_a_full_inbox_stops_the_reading_and_nothing_is_dropped(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus
) -> None:
    """TCP makes the exchange wait; when there is room again every trade comes."""
    count = 40_000
    inbox = ListInbox(limit=100)
    blocked = asyncio.Event()

    async def script(session: Session) -> None:
        await session.accept_subscription()
        for n in range(1, count + 1):
            try:
                async with asyncio.timeout(None if blocked.is_set() else 0.5):
                    await session.socket.send(trade_frame(n, seq=n))
            except TimeoutError:  # Written, but the other side does not read on.
                blocked.set()
        await session.stay()

    # The silence, and pongs that nobody reads, are ours: no reason to hang up.
    patience = replace(QUICK, ping_s=0.01, life_s=0.05, silence_s=0.05)
    async with feed(key, status, inbox, script, patience=patience) as running:
        async with asyncio.timeout(SOON_S):
            await inbox.asked_for_room.wait()
            await blocked.wait()
        held = len(inbox.trades)
        while len(inbox.trades) < count:
            inbox.take()
            await inbox.received(min(count, len(inbox.trades) + 100))

        assert len(running.exchange.sessions) == 1
    assert held == 100
    assert inbox.ids() == ids(range(1, count + 1))
    assert status.counters["gaps"] == 0


async def test_close_is_prompt_and_keeps_what_is_in_the_inbox(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus
) -> None:
    """In the middle of a full-speed feed with a full inbox: gone within a second."""
    inbox = ListInbox(limit=50)
    frames = [trade_frame(n, seq=n) for n in range(1, 1_001)]

    async with ScriptedExchange(gives(*frames)).serving() as exchange:
        running = Feed(exchange, key, status, inbox)
        task = asyncio.create_task(running.client.run())
        await asyncio.wait_for(inbox.asked_for_room.wait(), SOON_S)

        running.client.close()
        await asyncio.wait_for(task, 1)

    assert inbox.ids() == ids(range(1, 51))
    assert status.counters["gaps"] == 0  # We left; that is no hole in the feed.


@pytest.mark.parametrize("where", ["handshake", "back-off", "quiet feed", "no answer"])
async def test_close_ends_every_wait(
    where: str, key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Whatever the client is waiting for, `close` is not made to wait for it."""

    async def mute(session: Session) -> None:
        await session.command()
        await session.stay()

    async def never_shakes_hands(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        reached.set()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    reached = asyncio.Event()
    exchange = ScriptedExchange(mute if where == "no answer" else gives())
    patience = Patience(auth_s=1_000)
    if where == "back-off":
        exchange.refusals = [(401, {}, b"")]
    plain = await asyncio.start_server(never_shakes_hands, "127.0.0.1", 0)
    async with exchange.serving():
        if where == "handshake":
            exchange.url = f"ws://127.0.0.1:{plain.sockets[0].getsockname()[1]}/ws"
        running = Feed(exchange, key, status, inbox, patience)
        task = asyncio.create_task(running.client.run())
        async with asyncio.timeout(SOON_S):
            if where == "handshake":
                await reached.wait()
            elif where == "back-off":
                await status.until(lambda s: s.problem is not None)
            elif where == "quiet feed":
                await running.client.subscribed.wait()
            else:
                await exchange.until(lambda e: len(e.sessions) == 1)

        running.client.close()
        await asyncio.wait_for(task, 1)
    plain.close()

    assert not running.client.subscribed.is_set()


async def test_closed_before_it_began_it_does_not_begin(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """A stop that comes during the start is a stop."""
    async with ScriptedExchange(gives()).serving() as exchange:
        running = Feed(exchange, key, status, inbox)

        running.client.close()
        await asyncio.wait_for(running.client.run(), 1)

        assert exchange.sessions == []


async def test_a_programming_error_ends_the_run(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus
) -> None:
    """What is no fault of the exchange is not retried for ever: the stage has died."""

    class Broken(ListInbox):
        def put(self, trade: object) -> None:
            raise ZeroDivisionError

    async with ScriptedExchange(gives(trade_frame(1, seq=1))).serving() as exchange:
        running = Feed(exchange, key, status, Broken())

        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(running.client.run(), SOON_S)


def test_a_plain_url_elsewhere_is_refused(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Without encryption only an exchange on this machine may be spoken to."""
    with pytest.raises(ConfigError, match="KALSHI_WS_URL"):
        WebSocketClient(
            "ws://exchange.example/ws", Signer(KEY_ID, key), inbox, status, BoardClock()
        )
