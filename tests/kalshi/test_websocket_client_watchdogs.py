"""Connections that look alive and are not; limits and waits are divided by twenty."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from flowboard.errors import RequestFailed
from flowboard.kalshi.backoff import Backoff
from flowboard.kalshi.silence_watch import Probe
from tests.kalshi.running_feed import QUICK, Feed, error, feed, gives, gives_and_goes
from tests.kalshi.scripted_exchange import (
    NOON_MS,
    SOON_S,
    ListInbox,
    LoudStatus,
    ScriptedExchange,
    Session,
    ids,
    trade_frame,
)

SHORT = replace(
    QUICK,
    delayed_s=0.14,
    settle_s=0.075,
    probe_min_s=0.1,
    probe_max_s=1.5,
    silence_s=1.5,
    silence_max_s=30,
)
# Further than a second from the newest trade of every script here.
NEWER_MS = NOON_MS + 1_500
MIB = 1024 * 1024


def rest_knows(newest_ms: int | None) -> Probe:
    async def probe() -> int | None:
        return newest_ms

    return probe


async def rest_is_away() -> int | None:
    raise RequestFailed(503, "maintenance")


async def test_a_feed_that_stalls_under_healthy_pings_is_opened_anew_at_once(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Pongs prove a socket, not a feed. REST has new trades: no wait, one gap."""
    scripts = (gives(trade_frame(1, seq=1)), gives(trade_frame(2, seq=1)))
    loop = asyncio.get_running_loop()
    begin_s = loop.time()

    async with ScriptedExchange(*scripts).serving() as exchange:
        never = Backoff(base_s=1_000, cap_s=1_000)
        running = Feed(exchange, key, status, inbox, SHORT, never, rest_knows(NEWER_MS))
        async with running.running():
            await inbox.received(2)
            took_s = loop.time() - begin_s

    assert "REST has new ones" in status.problems[0]
    assert status.counters["gaps_stall"] == 1
    # 10 s in real life; two thirds of the patience is the soonest.
    assert 0.09 <= took_s < 10 / 20 * 4


async def test_connections_that_stall_one_after_the_other_are_backed_off_from(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Each is a failed try, so that `auto` polls; the second waits its turn."""
    async with ScriptedExchange(gives()).serving() as exchange:
        slow = Backoff(base_s=1_000, cap_s=1_000)
        # The scripted exchange tells the machine's time, and its tape moves with it.
        running = Feed(exchange, key, status, inbox, SHORT, slow)

        async def probe() -> int | None:
            loop_ms = asyncio.get_running_loop().time() * 1_000
            exchange_ms = running.clock.exchange_ms(int(loop_ms))
            return None if exchange_ms is None else exchange_ms + 1_500

        running.client._probe = probe
        async with running.running():
            await running.until(lambda c: c.failures == 2)

            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await exchange.until(lambda e: len(e.sessions) > 2)

    assert len(exchange.sessions) == 2
    assert status.counters["gaps_stall"] == 2


async def test_a_quiet_market_is_left_alone(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """REST has nothing newer, for fifteen times the patience: one connection."""
    asked = asyncio.Semaphore(0)

    async def probe() -> int | None:
        asked.release()
        return NOON_MS + 900

    async with feed(
        key, status, inbox, gives(trade_frame(1, seq=1)), patience=SHORT, probe=probe
    ) as running:
        async with asyncio.timeout(SOON_S):
            for _ in range(4):
                await asked.acquire()

        assert len(running.exchange.sessions) == 1
        assert running.client.flowing
        assert running.client.failures == 0
    assert status.problems == []
    assert status.counters["gaps"] == 0


async def test_where_rest_cannot_be_asked_a_long_silence_ends_a_connection(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """The old rule, with the patience that grows while connections stay silent."""
    patience = replace(SHORT, silence_s=0.05, silence_max_s=0.3)

    async with feed(
        key, status, inbox, gives(), patience=patience, probe=rest_is_away
    ) as running:
        await running.until(lambda c: c.failures == 5)

    limits = [p.split("for ")[1].split(" s;")[0] for p in status.problems]
    assert limits == ["0.05", "0.1", "0.2", "0.3", "0.3"]
    assert status.counters["gaps_silence"] == 5  # Healed all the same.


async def test_flowing_is_a_trade_or_the_word_of_rest(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """`auto` goes back to the socket when this says so, not when it is subscribed; and
    of a new subscription nothing is known yet."""

    async def renewed(session: Session) -> None:
        await session.accept_subscription()
        await session.send(trade_frame(1, seq=1), error(25, sid=1))
        await session.accept_subscription()
        await session.stay()

    async with feed(key, status, inbox, renewed) as running:
        await running.until(lambda _: len(running.changes) == 4)
        by_trade = running.changes
    async with feed(
        key, status, inbox, gives(), patience=SHORT, probe=rest_knows(None)
    ) as running:
        await running.until(lambda c: c.flowing)
        by_rest = running.changes

    begun, flowing, over = (True, False, 0), (True, True, 0), (False, False, 0)
    assert by_trade == [begun, flowing, over, begun]
    assert by_rest == [begun, flowing]
    assert status.counters["gaps_error_25"] == 1


async def test_failures_are_tries_without_a_trade(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """A refusal, a bad key, no answer to `subscribe`: three. A trade: none again."""
    go = asyncio.Event()

    async def mute(session: Session) -> None:
        await session.command()
        await session.stay()

    async def late(session: Session) -> None:
        await session.accept_subscription()
        await go.wait()
        await session.send(trade_frame(1, seq=1))
        await session.stay()

    exchange = ScriptedExchange(mute, late)
    exchange.refusals = [(503, {}, b""), (401, {}, b"")]
    patience = replace(QUICK, answer_s=0.1)

    async with (
        exchange.serving(),
        Feed(exchange, key, status, inbox, patience).running() as running,
    ):
        await running.until(lambda c: c.subscribed.is_set())
        assert running.client.failures == 3

        go.set()
        await running.until(lambda c: c.flowing)

        assert running.client.failures == 0


async def test_every_connection_that_was_subscribed_leaves_a_gap(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Though it never brought a trade: what was made meanwhile may be missing. The gap
    is told after the end, so that it lasts until the next connection."""
    heard: list[str] = []

    class Listening(LoudStatus):
        def gap(self, cause: str) -> None:
            heard.append(f"{cause}, connected: {self.block(0).connected}")
            super().gap(cause)

    async def refused(session: Session) -> None:
        command = await session.command()
        await session.send(error(8, id=command["id"]))

    scripts = (gives_and_goes(), refused, gives(trade_frame(1, seq=1)))
    async with feed(key, Listening(), inbox, *scripts):
        await inbox.received(1)

    assert heard == ["disconnect, connected: False"]


async def test_reconnect_gives_the_connection_up_and_waits_for_nothing(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """The machine slept: what was connected then is not any more."""
    scripts = (gives(trade_frame(1, seq=1)), gives(trade_frame(2, seq=1)))

    async with ScriptedExchange(*scripts).serving() as exchange:
        never = Backoff(base_s=1_000, cap_s=1_000)
        async with Feed(exchange, key, status, inbox, QUICK, never).running() as run:
            await inbox.received(1)

            run.client.reconnect("the machine slept for 60 s", "sleep")
            await inbox.received(2)

            assert run.client.failures == 0
    assert "the machine slept for 60 s; Flowboard reconnects" in status.problems[0]
    assert status.counters["gaps_sleep"] == 1


async def test_reconnect_ends_a_wait(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """In the middle of a long back-off the operator wants another try."""
    exchange = ScriptedExchange(gives(trade_frame(1, seq=1)))
    exchange.refusals = [(401, {}, b"")]
    patience = replace(QUICK, auth_s=1_000)

    async with (
        exchange.serving(),
        Feed(exchange, key, status, inbox, patience).running() as running,
    ):
        # The client goes to its wait in the same step in which it says so.
        await running.until(lambda c: c.failures == 1)

        running.client.reconnect("asked for")
        running.client.reconnect("asked for twice")
        await inbox.received(1)


@asynccontextmanager
async def deaf_server() -> AsyncIterator[tuple[str, asyncio.Semaphore]]:
    """A server that takes connections and says nothing."""
    came = asyncio.Semaphore(0)

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.release()
        with contextlib.suppress(ConnectionError):
            await reader.read()
            while await reader.read(4096):
                pass
        writer.close()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/trade-api/ws/v2", came


async def test_a_handshake_has_its_limit(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Somebody takes the connection and never answers: the next try follows."""
    async with deaf_server() as (url, came):
        exchange = ScriptedExchange()
        exchange.url = url
        running = Feed(exchange, key, status, inbox, handshake_s=0.1)
        async with running.running(), asyncio.timeout(SOON_S):
            for _ in range(3):
                await came.acquire()

    assert "no answer within 0.1 s" in status.problems[0]


async def test_reconnect_ends_a_handshake(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """One that was begun before the machine slept is never answered."""
    async with deaf_server() as (url, came):
        exchange = ScriptedExchange()
        exchange.url = url
        running = Feed(exchange, key, status, inbox, handshake_s=1_000)
        async with running.running(), asyncio.timeout(SOON_S):
            await came.acquire()

            running.client.reconnect("the machine slept")
            await came.acquire()

    assert "the machine slept" in status.problems[0]


async def test_the_date_of_a_handshake_puts_the_signing_clock_right(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Here the machine stands at noon, and the exchange at the true time."""
    async with feed(key, status, inbox, gives(trade_frame(1, seq=1))) as running:
        await inbox.received(1)

        signed_ms = NOON_MS + running.signer.offset_ms
    assert abs(signed_ms - time.time() * 1000) <= 2_000


class Cable:
    """TCP from here to an exchange, which can be cut without a word to either side."""

    def __init__(self, url: str) -> None:
        self._port = int(url.split(":")[2].split("/")[0])
        self._path = "/" + url.split("/", 3)[3]
        self.url = ""
        self.dark = False
        self.asked_to_close = False
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Cable"]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}{self._path}"
            yield self
            for task in self._tasks:
                task.cancel()
            for writer in self._writers:
                writer.transport.abort()

    async def _connect(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, away = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers += [writer, away]
        dead = asyncio.Event()
        for source, target, from_client in (
            (reader, away, True),
            (there, writer, False),
        ):
            task = asyncio.create_task(self._carry(source, target, from_client, dead))
            self._tasks.add(task)

    async def _carry(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        from_client: bool,
        dead: asyncio.Event,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                if self.dark or dead.is_set():
                    dead.set()
                    # A close frame, whose first byte is 0x88.
                    self.asked_to_close |= from_client and data[0] == 0x88
                    continue
                target.write(data)
                await target.drain()
            if not dead.is_set():
                target.close()


async def test_a_half_open_socket_is_cut_without_a_polite_wait(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """Not a byte comes through any more, and nobody says so: 25 s, here a twentieth.
    The goodbye that nobody would answer is not said."""
    scripts = (gives(trade_frame(1, seq=1)), gives(trade_frame(2, seq=1)))
    patience = replace(QUICK, ping_s=5 / 20, life_s=24 / 20)
    loop = asyncio.get_running_loop()

    async with (
        ScriptedExchange(*scripts).serving() as exchange,
        Cable(exchange.url).laid() as cable,
    ):
        behind = ScriptedExchange()
        behind.url = cable.url
        async with Feed(behind, key, status, inbox, patience).running():
            await inbox.received(1)
            cable.dark = True
            dark_s = loop.time()
            await status.until(lambda s: bool(s.problems))
            noticed_s = loop.time() - dark_s
            cable.dark = False
            await inbox.received(2)
            flowing_s = loop.time() - dark_s

    assert "nothing was heard for 1.2 s" in status.problems[0]
    assert 0.9 <= noticed_s <= 25 / 20 + 0.2
    assert flowing_s - noticed_s < 0.5  # A polite close would have waited for a second.
    assert not cable.asked_to_close
    assert inbox.ids() == ids([1, 2])
    assert status.counters["gaps_disconnect"] == 1


async def test_a_dead_reader_on_the_other_side_is_noticed(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """The exchange itself hangs: not even a pong comes back."""

    async def frozen(session: Session) -> None:
        await session.accept_subscription()
        await session.send(trade_frame(1, seq=1))
        session.socket.transport.pause_reading()
        await session.stay()

    patience = replace(QUICK, life_s=0.2)
    scripts = (frozen, gives(trade_frame(2, seq=1)))
    async with feed(key, status, inbox, *scripts, patience=patience):
        await inbox.received(2)

    assert any("nothing was heard" in problem for problem in status.problems)
    assert status.counters["gaps_disconnect"] == 1


async def test_a_frame_that_is_too_large_is_let_in_the_third_time(
    key: ed25519.Ed25519PrivateKey, status: LoudStatus, inbox: ListInbox
) -> None:
    """9 MiB at the head of every connection would be a loop without an end."""
    large = '"' + "x" * 9 * MIB + '"'

    async with feed(key, status, inbox, gives(large, trade_frame(1, seq=1))) as running:
        await inbox.received(1)

        assert len(running.exchange.sessions) == 3
    assert status.counters["gaps_disconnect"] == 2
    assert status.counters["bad_frames"] == 1
