"""One client's WebSocket, from its upgrade to its close, whatever is spoken over it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from flowboard.allowance import Allowance
from flowboard.outlet import Outlet
from flowboard.queue_outlet import QueueOutlet
from flowboard.subscriber import Subscriber
from flowboard.websocket_protocol import OUTLET

POLICY = 1008
TOO_BIG = 1009
TRY_LATER = 1013
MESSAGE_BYTES_MAX = 4_096
MESSAGES_PER_S = 10.0
BURST = 50.0


class Talk(Protocol):
    """What is spoken with one client."""

    async def begin(self) -> None:
        """Say what is to be said unasked; messages are taken meanwhile."""

    def take(self, raw: bytes) -> None:
        """Take a message of the client."""

    def take_no_more(self) -> None:
        """Close a client that sends too many messages."""

    def leave(self) -> None:
        """Give the client nothing more, and do not close it; may come twice."""


class ClientSocket:
    """A socket and what may be sent over it.

    Args:
        socket: Not accepted yet.
        task_name: Of every task beside the reading.
        mono_s: Monotonic seconds.

    Attributes:
        outlet: Where frames go.
        subscriber: Decides when they do.
    """

    def __init__(
        self, socket: WebSocket, task_name: str, mono_s: Callable[[], float]
    ) -> None:
        self._socket = socket
        self._task_name = task_name
        outlet: Outlet | None = socket.scope.get("extensions", {}).get(OUTLET)
        self._queue: QueueOutlet | None = None  # Where the server has no better way.
        if outlet is None:
            outlet = self._queue = QueueOutlet(socket.send_text)
        self.outlet = outlet
        self.subscriber = Subscriber(outlet, self._end)
        self._sending: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._allowance = Allowance(MESSAGES_PER_S, BURST, mono_s)

    async def run(self, talk: Talk) -> None:
        """Serve the client until either side ends it."""
        try:
            await self._socket.accept()
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                if self._queue is not None:
                    self._sending = self.start(self._queue.run())
                self.start(talk.begin())
                await self._read(talk)
                # Nobody may close it any more: the group takes no task from here on.
                talk.leave()
                for task in self._beside:
                    task.cancel()
        except* (WebSocketDisconnect, OSError):
            pass  # A client that is gone is no fault; anything else is.
        finally:
            talk.leave()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside the reading; it ends with the client."""
        task = self._tasks.create_task(work, name=self._task_name)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    async def _read(self, talk: Talk) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if self.subscriber.close_code is not None:
                continue  # It is being closed; what it says now is not heard.
            raw = message.get("bytes") or (message.get("text") or "").encode()
            if len(raw) > MESSAGE_BYTES_MAX:
                self.subscriber.close(TOO_BIG)
            elif not self._allowance.take():
                talk.take_no_more()
            else:
                talk.take(raw)

    def _end(self, code: int) -> None:
        """Close the socket once it has what was sent to it."""
        self.start(self._close(code))

    async def _close(self, code: int) -> None:
        if self._queue is not None and self._sending is not None:
            self._queue.finish()
            await self._sending
        try:
            await self._socket.close(code)
        except RuntimeError:
            return  # The server itself has closed it: too long a message, no pong.
