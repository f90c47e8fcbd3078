"""/ws: one client of the `WhaleRoom`, from its upgrade to its close."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from flowboard.allowance import Allowance
from flowboard.http_api.resources import Resources
from flowboard.http_api.whale_room import WhaleRoom
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


def whale_routes(
    resources: Resources, *, mono_s: Callable[[], float] = time.monotonic
) -> list[BaseRoute]:
    """Return the route of /ws.

    Args:
        resources: What its messages are made of.
        mono_s: Monotonic seconds.
    """
    room = WhaleRoom(resources)

    async def whales(socket: WebSocket) -> None:
        await WhaleSocket(socket, room, mono_s).run()

    return [WebSocketRoute("/ws", whales)]


class WhaleSocket:
    """One client.

    Whatever it says is answered with a heartbeat.

    Args:
        socket: Not accepted yet.
        room: Has its messages.
        mono_s: Monotonic seconds.
    """

    def __init__(
        self, socket: WebSocket, room: WhaleRoom, mono_s: Callable[[], float]
    ) -> None:
        self._socket = socket
        self._room = room
        outlet: Outlet | None = socket.scope.get("extensions", {}).get(OUTLET)
        self._queue: QueueOutlet | None = None  # Where the server has no better way.
        if outlet is None:
            outlet = self._queue = QueueOutlet(socket.send_text)
        self._sending: asyncio.Task[None] | None = None
        self._subscriber = Subscriber(outlet, self._end)
        self._beside: set[asyncio.Task[None]] = set()
        self._allowance = Allowance(MESSAGES_PER_S, BURST, mono_s)

    async def run(self) -> None:
        """Serve the client until either side ends it."""
        try:
            await self._socket.accept()
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                if self._queue is not None:
                    self._sending = self._start(self._queue.run())
                self._start(self._begin())
                await self._read()
                # Nobody may close it any more: the group takes no task from here on.
                self._room.leave(self._subscriber)
                for task in self._beside:
                    task.cancel()
        except* (WebSocketDisconnect, OSError):
            pass  # A client that is gone is no fault; anything else is.
        finally:
            self._room.leave(self._subscriber)

    async def _begin(self) -> None:
        """Join as soon as there is a board; what it says is answered before that."""
        if self._room.is_full:
            self._subscriber.close(TRY_LATER)
            return
        self._room.expect(self._subscriber)
        await self._room.ready.wait()
        if self._subscriber.close_code is None:
            self._room.join(self._subscriber)

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            raw = message.get("bytes") or (message.get("text") or "").encode()
            if self._subscriber.close_code is not None:
                continue  # It is being closed; what it says now is not heard.
            if len(raw) > MESSAGE_BYTES_MAX:
                self._subscriber.close(TOO_BIG)
            elif not self._allowance.take():
                self._subscriber.close(POLICY)
            else:
                self._subscriber.reply(self._room.heartbeat())

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(work, name="whale_client")
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    def _end(self, code: int) -> None:
        """Close the socket once it has what was sent to it."""
        self._start(self._close(code))

    async def _close(self, code: int) -> None:
        if self._queue is not None and self._sending is not None:
            self._queue.finish()
            await self._sending
        try:
            await self._socket.close(code)
        except RuntimeError:
            return  # The server itself has closed it: too long a message, no pong.
