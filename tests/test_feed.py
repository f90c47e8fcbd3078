"""Which feed runs, and when one takes over from the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from flowboard.errors import BadParameter
from flowboard.feed import Feed, Policy
from flowboard.feed_status import FeedStatus

PATIENCE_S = 10


class ToldSocket:
    """A socket whose luck the test decides."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.failures = 0
        self.flowing = False
        self.reasons: list[str] = []
        self._changed = changed
        self._closed = asyncio.Event()
        self._crash: Exception | None = None

    def fail(self, times: int) -> None:
        self.failures, self.flowing = times, False
        self._changed()

    def flow(self) -> None:
        self.failures, self.flowing = 0, True
        self._changed()

    def crash(self) -> None:
        self._crash = RuntimeError("a mistake")
        self._closed.set()

    def reconnect(self, reason: str, cause: str = "disconnect") -> None:
        self.reasons.append(f"{cause}: {reason}")

    def close(self) -> None:
        self._closed.set()

    async def run(self) -> None:
        await self._closed.wait()
        if self._crash is not None:
            raise self._crash


@dataclass
class Bench:
    status: FeedStatus
    feed: Feed = field(init=False)
    sockets: list[ToldSocket] = field(default_factory=list)
    polls: int = 0

    def make_socket(self, changed: Callable[[], None]) -> ToldSocket:
        self.sockets.append(ToldSocket(changed))
        return self.sockets[-1]

    def poller(self) -> "Bench":
        return self

    async def run(self) -> None:
        """Poll, as far as anybody can tell."""
        self.polls += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.polls -= 1

    @property
    def socket(self) -> ToldSocket:
        return self.sockets[-1]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.001)


@asynccontextmanager
async def feeding(
    policy: Policy, *, key: bool = True, dry_s: float = 60
) -> AsyncIterator[Bench]:
    bench = Bench(FeedStatus(0))
    bench.feed = Feed(
        policy,
        bench.make_socket if key else None,
        bench.poller,
        bench.status,
        mono_ms=lambda: 1,
        retries_max=3,
        dry_s=dry_s,
    )
    running = asyncio.create_task(bench.feed.run())
    yield bench
    bench.feed.close()
    async with asyncio.timeout(PATIENCE_S):
        await running
    assert not bench.polls


async def settled() -> None:
    """Let everything that can happen now happen."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_without_a_key_auto_polls() -> None:
    async with feeding("auto", key=False) as bench:
        await bench.until(lambda: bench.polls == 1)

        assert not bench.sockets


async def test_auto_takes_the_socket_and_polls_when_it_cannot_be_had() -> None:
    """And goes back, once the socket has shown that it brings trades."""
    async with feeding("auto") as bench:
        await bench.until(lambda: bool(bench.sockets))
        bench.socket.fail(2)
        await settled()
        assert not bench.polls

        bench.socket.fail(3)
        await bench.until(lambda: bench.polls == 1)
        bench.socket.fail(0)  # Subscribed, and silent: not yet.
        await settled()
        assert bench.polls == 1

        bench.socket.flow()
        await bench.until(lambda: not bench.polls)
        assert len(bench.sockets) == 1  # It was tried all the time.


async def test_auto_does_not_wait_for_tries_that_are_far_apart() -> None:
    """A refused key is tried again after half a minute; meanwhile there is polling."""
    async with feeding("auto", dry_s=0.01) as bench:
        await bench.until(lambda: bench.polls == 1)

        assert len(bench.sockets) == 1


@pytest.mark.parametrize("policy", ["websocket", "polling"])
async def test_a_policy_that_names_a_feed_gets_it_alone(policy: Policy) -> None:
    async with feeding(policy) as bench:
        await bench.until(lambda: bool(bench.sockets or bench.polls))
        if bench.sockets:
            bench.socket.fail(9)
        await settled()

        assert len(bench.sockets) == (policy == "websocket")
        assert bench.polls == (policy == "polling")


async def test_a_switch_is_instant_both_ways() -> None:
    async with feeding("auto") as bench:
        await bench.until(lambda: bool(bench.sockets))
        bench.status.connected(1)
        bench.socket.flow()

        bench.feed.switch("polling")
        await bench.until(lambda: bench.polls == 1)
        assert not bench.status.block(1).connected  # Nobody has polled yet.

        bench.feed.switch("auto")
        await bench.until(lambda: len(bench.sockets) == 2)
        await settled()
        assert bench.polls == 1  # Until the socket brings trades.
        bench.socket.flow()
        await bench.until(lambda: not bench.polls)
        bench.feed.switch("websocket")
        await settled()
        assert len(bench.sockets) == 2


async def test_the_socket_needs_a_key() -> None:
    async with feeding("polling", key=False) as bench:
        with pytest.raises(BadParameter, match="needs a key"):
            bench.feed.switch("websocket")

        assert bench.feed.policy == "polling"


async def test_a_reconnect_is_passed_on() -> None:
    async with feeding("websocket") as bench:
        await bench.until(lambda: bool(bench.sockets))

        bench.feed.reconnect("the machine slept", "sleep")

        assert bench.socket.reasons == ["sleep: the machine slept"]


async def test_a_feed_that_crashes_is_not_hidden() -> None:
    bench = Bench(FeedStatus(0))
    bench.feed = Feed(
        "websocket", bench.make_socket, bench.poller, bench.status, mono_ms=lambda: 1
    )
    running = asyncio.create_task(bench.feed.run())
    await bench.until(lambda: bool(bench.sockets))

    bench.socket.crash()

    with pytest.raises(RuntimeError, match="a mistake"):
        await running
