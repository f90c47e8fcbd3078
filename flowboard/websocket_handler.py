"""One subscription -> one browser, over /ws/stream (the exchange's is in kalshi/)."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from flowboard import stream_messages as messages
from flowboard.errors import BadParameter
from flowboard.hub import Hub, TooManyStreams
from flowboard.subscriber import Subscriber
from flowboard.subscription import parse, parse_query

POLICY = 1008
TOO_BIG = 1009
TRY_LATER = 1013
MESSAGE_BYTES_MAX = 4_096
MESSAGES_PER_S = 10.0
BURST = 50.0


def routes(
    hub: Hub, *, mono_s: Callable[[], float] = time.monotonic
) -> list[BaseRoute]:
    """Return the route of the stream."""

    async def stream(socket: WebSocket) -> None:
        await Connection(socket, hub, mono_s).run()

    return [WebSocketRoute("/ws/stream", stream)]


class Connection:
    """One client, from its upgrade to its close.

    Args:
        socket: Not accepted yet.
        hub: Gives it its stream.
        mono_s: Monotonic seconds.
    """

    def __init__(
        self, socket: WebSocket, hub: Hub, mono_s: Callable[[], float]
    ) -> None:
        self._socket = socket
        self._hub = hub
        self._mono_s = mono_s
        self._subscriber = Subscriber()
        self._wanted = hub.default
        self._asked_by: object = None  # `id` of the message that the snapshot answers.
        self._joined = False
        self._allowance = BURST
        self._allowance_s = mono_s()

    async def run(self) -> None:
        """Serve the client until either side ends it."""
        try:
            await self._socket.accept()
            async with asyncio.TaskGroup() as tasks:
                joining = tasks.create_task(self._begin(), name="stream_joiner")
                writing = tasks.create_task(self._write(), name="stream_writer")
                reading = tasks.create_task(self._read(), name="stream_reader")

                def end(_: asyncio.Task[None]) -> None:
                    for task in (joining, writing, reading):
                        task.cancel()

                writing.add_done_callback(end)
                reading.add_done_callback(end)
        except* (WebSocketDisconnect, OSError):
            pass  # A client that is gone is no fault; anything else is.
        finally:
            self._hub.leave(self._subscriber)

    async def _write(self) -> None:
        try:
            while (frame := await self._subscriber.next()) is not None:
                await self._socket.send_text(frame)
            await self._socket.close(self._subscriber.close_code or 1000)
        except RuntimeError:
            return  # The server itself has closed the socket: too long a message, no pong.

    async def _begin(self) -> None:
        """Join the stream as soon as there is a board; answers go out before that."""
        try:
            pairs = self._socket.query_params.multi_items()
            self._wanted = parse_query(pairs, self._hub.default)
        except BadParameter as refusal:
            self._error("bad_parameter", str(refusal))
            self._close(POLICY)
            return
        await self._hub.ready.wait()
        try:
            self._hub.join(self._subscriber, self._wanted, self._asked_by)
            self._joined = True
        except TooManyStreams as refusal:
            self._error("too_many_streams", str(refusal), self._asked_by)
            self._close(TRY_LATER)

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if self._subscriber.close_code is not None:
                continue  # It is being closed; what it says now is not heard.
            raw = message.get("bytes") or (message.get("text") or "").encode()
            if len(raw) > MESSAGE_BYTES_MAX:
                self._close(TOO_BIG)
            elif not self._allowed():
                self._error(
                    "too_many_messages",
                    f"more than {MESSAGES_PER_S:g} messages a second: send fewer",
                )
                self._close(POLICY)
            else:
                self._take(raw)

    def _allowed(self) -> bool:
        now_s = self._mono_s()
        earned = (now_s - self._allowance_s) * MESSAGES_PER_S
        self._allowance = min(BURST, self._allowance + earned) - 1
        self._allowance_s = now_s
        return self._allowance >= 0

    def _take(self, raw: bytes) -> None:
        try:
            message: Any = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            message = None
        if not isinstance(message, dict):
            self._error("bad_message", "that is no JSON object: send one with a type")
            return
        message_id = message.get("id")
        kind = message.get("type")
        if kind == "ping":
            self._subscriber.reply(messages.pong(message_id).decode())
        elif kind == "get_snapshot":
            self._snapshot(message_id)
        elif kind == "subscribe":
            self._subscribe(message.get("subscription"), message_id)
        else:
            self._error(
                "bad_message",
                "that type is not known: send ping, get_snapshot or subscribe",
                message_id,
            )

    def _snapshot(self, message_id: object) -> None:
        if self._joined:
            self._hub.resend(self._subscriber, message_id)
        else:  # The first one is still to come, and will be the answer.
            self._asked_by = message_id

    def _subscribe(self, wanted: Any, message_id: object) -> None:
        hub = self._hub
        try:
            if not isinstance(wanted, dict):
                raise BadParameter("subscription is no object: send one, {} at least")
            subscription = parse(wanted, hub.default)
            if self._joined:
                hub.join(self._subscriber, subscription, message_id)
            else:
                self._wanted, self._asked_by = subscription, message_id
        except BadParameter as refusal:
            self._error("bad_parameter", str(refusal), message_id)
        except TooManyStreams as refusal:
            self._error("too_many_streams", str(refusal), message_id)

    def _close(self, code: int) -> None:
        """Close the client once it has what waits for it; no more will come."""
        self._hub.leave(self._subscriber)
        self._subscriber.close(code)

    def _error(self, code: str, sentence: str, message_id: object = None) -> None:
        frame = messages.error(code, sentence, message_id)
        self._subscriber.reply(frame.decode())
