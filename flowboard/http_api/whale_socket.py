"""/ws: one client of the `WhaleRoom`, from its upgrade to its close."""

import time
from collections.abc import Callable

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from flowboard.client_socket import POLICY, TRY_LATER, ClientSocket
from flowboard.http_api.resources import Resources
from flowboard.http_api.whale_room import WhaleRoom

CLIENT_TASK = "whale_client"


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
        self._client = ClientSocket(socket, CLIENT_TASK, mono_s)
        self._subscriber = self._client.subscriber
        self._room = room

    async def run(self) -> None:
        """Serve the client until either side ends it."""
        await self._client.run(self)

    async def begin(self) -> None:
        """Join as soon as there is a board; what it says is answered before that."""
        if self._room.is_full:
            self._subscriber.close(TRY_LATER)
            return
        self._room.expect(self._subscriber)
        await self._room.ready.wait()
        if self._subscriber.close_code is None:
            self._room.join(self._subscriber)

    def take(self, raw: bytes) -> None:
        """Answer whatever it was."""
        self._subscriber.reply(self._room.heartbeat())

    def take_no_more(self) -> None:
        """Close a client that sends too many messages."""
        self._subscriber.close(POLICY)

    def leave(self) -> None:
        """Give the client nothing more; see `client_socket.Talk`."""
        self._room.leave(self._subscriber)
