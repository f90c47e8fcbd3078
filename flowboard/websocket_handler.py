"""One subscription -> one browser, over /ws/stream (the exchange's is in kalshi/)."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
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
        self._allowance = BURST
        self._allowance_s = mono_s()

    async def run(self) -> None:
        """Serve the client until either side ends it."""
        await self._socket.accept()
        reading = asyncio.create_task(self._read(), name="stream_reader")
        writing = asyncio.create_task(self._write(), name="stream_writer")
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(self._subscriber)
            for task in (reading, writing):
                task.cancel()
            await asyncio.wait({reading, writing})
        for task in (reading, writing):
            # A client that is gone is no fault; anything else is.
            with suppress(asyncio.CancelledError, WebSocketDisconnect, OSError):
                task.result()

    async def _write(self) -> None:
        await self._begin()
        while (frame := await self._subscriber.next()) is not None:
            await self._socket.send_text(frame)
        await self._socket.close(self._subscriber.close_code or 1000)

    async def _begin(self) -> None:
        subscriber, hub = self._subscriber, self._hub
        try:
            wanted = parse_query(self._socket.query_params.multi_items(), hub.default)
            await hub.ready.wait()
            hub.join(subscriber, wanted)
        except BadParameter as refusal:
            subscriber.reply(messages.error("bad_parameter", str(refusal)).decode())
            subscriber.close(POLICY)
        except TooManyStreams as refusal:
            subscriber.reply(messages.error("too_many_streams", str(refusal)).decode())
            subscriber.close(TRY_LATER)

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            raw = message.get("bytes") or (message.get("text") or "").encode()
            if len(raw) > MESSAGE_BYTES_MAX:
                self._subscriber.close(TOO_BIG)
            elif not self._allowed():
                self._error(
                    "too_many_messages",
                    f"more than {MESSAGES_PER_S:g} messages a second: send fewer",
                )
                self._subscriber.close(POLICY)
            elif self._subscriber.close_code is None:
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
            self._subscriber.resend(message_id)
        elif kind == "subscribe":
            self._subscribe(message.get("subscription"), message_id)
        else:
            self._error(
                "bad_message",
                "that type is not known: send ping, get_snapshot or subscribe",
                message_id,
            )

    def _subscribe(self, wanted: Any, message_id: object) -> None:
        hub = self._hub
        try:
            if not isinstance(wanted, dict):
                raise BadParameter("subscription is no object: send one, {} at least")
            subscription = parse(wanted, hub.default)
            if not hub.ready.is_set():
                raise BadParameter("the board is starting: subscribe a moment later")
            hub.join(self._subscriber, subscription, message_id)
        except BadParameter as refusal:
            self._error("bad_parameter", str(refusal), message_id)
        except TooManyStreams as refusal:
            self._error("too_many_streams", str(refusal), message_id)

    def _error(self, code: str, sentence: str, message_id: object = None) -> None:
        frame = messages.error(code, sentence, message_id)
        self._subscriber.reply(frame.decode())
