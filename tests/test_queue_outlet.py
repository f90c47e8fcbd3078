import asyncio
import weakref

import pytest
import pytest_asyncio
from starlette.websockets import WebSocketDisconnect

from flowboard.outlet import BUFFER_BYTES
from flowboard.prepared_frame import PreparedFrame
from flowboard.queue_outlet import QueueOutlet

PATIENCE_S = 5


class Socket:
    """It takes as many texts as it is let; a failure, if it has one, in their place."""

    def __init__(self):
        self.lets = asyncio.Semaphore(0)
        self.sent = []
        self.failure = None
        self.changed = asyncio.Event()

    def take(self, count=1):
        for _ in range(count):
            self.lets.release()

    async def send_text(self, text):
        await self.lets.acquire()
        if self.failure is not None:
            raise self.failure
        self.sent.append(text)
        self.changed.set()

    async def has(self, count):
        async with asyncio.timeout(PATIENCE_S):
            while len(self.sent) < count:
                await self.changed.wait()
                self.changed.clear()


def frame(text):
    return PreparedFrame(text.encode())


@pytest.fixture
def socket():
    return Socket()


@pytest.fixture
def outlet(socket):
    return QueueOutlet(socket.send_text)


@pytest_asyncio.fixture
async def running(outlet):
    """The task that sends; ended after the test."""
    task = asyncio.create_task(outlet.run())
    yield task
    task.cancel()
    await asyncio.wait([task])


async def test_frames_are_sent_in_order(socket, outlet, running):
    """Those that come while one is sent, too."""
    socket.take(100)
    outlet.send_frame(frame("0"))
    await socket.has(1)

    for number in range(1, 100):
        outlet.send_frame(frame(str(number)))
    await socket.has(100)

    assert socket.sent == [str(number) for number in range(100)]


async def test_little_waits_for_a_client_that_does_not_read(socket, outlet, running):
    """The bound, and the one frame that passed it; set again once all is sent."""
    each = frame("x" * 10_000)
    queued = 0
    while outlet.writable.is_set():
        outlet.send_frame(each)
        queued += 1
    assert BUFFER_BYTES < queued * len(each) <= BUFFER_BYTES + len(each)

    socket.take(queued - 1)
    await socket.has(queued - 1)
    early = outlet.writable.is_set()
    socket.take()
    await asyncio.wait_for(outlet.writable.wait(), PATIENCE_S)

    assert not early
    assert len(socket.sent) == queued


async def test_what_is_being_sent_counts_as_waiting(socket, outlet, running):
    """A socket that takes nothing has one frame in its hands."""
    outlet.send_frame(frame("x" * (BUFFER_BYTES - 100)))
    await asyncio.sleep(0)
    before = outlet.writable.is_set()

    outlet.send_frame(frame("x" * 100))

    assert before
    assert not outlet.writable.is_set()


async def test_a_finished_outlet_sends_what_it_has_and_takes_no_more(
    socket, outlet, running
):
    """So that the close comes behind it."""
    for text in "abc":
        outlet.send_frame(frame(text))

    outlet.finish()
    outlet.send_frame(frame("d"))
    socket.take(4)
    await asyncio.wait_for(running, PATIENCE_S)

    assert socket.sent == ["a", "b", "c"]


async def test_an_idle_outlet_ends_when_it_is_told_to(outlet, running):
    """There is nothing to wait for."""
    await asyncio.sleep(0)

    outlet.finish()

    await asyncio.wait_for(running, PATIENCE_S)


@pytest.mark.parametrize(
    "failure",
    [WebSocketDisconnect(1006), OSError("gone"), RuntimeError("closed already")],
    ids=["disconnect", "os-error", "closed"],
)
async def test_an_outlet_whose_client_is_gone_drops_everything(
    socket, outlet, running, failure
):
    """It ends without an error, and says `writable`: nobody has to wait for it."""
    socket.failure = failure
    frames = [frame("x" * BUFFER_BYTES) for _ in range(3)]
    for queued in frames:
        outlet.send_frame(queued)
    waiting = [weakref.ref(queued) for queued in frames[1:]]
    del frames, queued

    socket.take()
    await asyncio.wait_for(running, PATIENCE_S)
    outlet.send_frame(frame("x" * 2 * BUFFER_BYTES))

    assert socket.sent == []
    assert [queued() for queued in waiting] == [None, None]
    assert outlet.writable.is_set()


async def test_another_error_is_not_hidden(socket, outlet, running):
    """It is ours."""
    socket.failure = ValueError("a fault")
    socket.take()
    outlet.send_frame(frame("x"))

    with pytest.raises(ValueError, match="a fault"):
        await asyncio.wait_for(running, PATIENCE_S)

    assert outlet.writable.is_set()
