"""One subscription -> one browser, over /ws/stream (the exchange's is in kalshi/)."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from flowboard import stream_messages as messages
from flowboard.allowance import Allowance
from flowboard.errors import BadParameter, StoreError
from flowboard.hub import Hub, TooManyStreams
from flowboard.outlet import Outlet
from flowboard.parameters import once
from flowboard.prepared_frame import PreparedFrame
from flowboard.queue_outlet import QueueOutlet
from flowboard.resume_point import BEGINNING, RESUME_KEYS, ResumePoint, resume_point
from flowboard.subscriber import Subscriber
from flowboard.subscription import Subscription, parse
from flowboard.tape_reader import TapeReader
from flowboard.websocket_protocol import OUTLET

POLICY = 1008
TOO_BIG = 1009
TRY_LATER = 1013
MESSAGE_BYTES_MAX = 4_096
MESSAGES_PER_S = 10.0
BURST = 50.0
PAGE_TRADES = 1_000
CLIENT_TASK = "stream_client"  # The name of every task beside a client's reading.


def routes(
    hub: Hub, tape: TapeReader, *, mono_s: Callable[[], float] = time.monotonic
) -> list[BaseRoute]:
    """Return the route of the stream.

    Args:
        hub: Gives each client its stream.
        tape: Has the trades that a client missed.
        mono_s: Monotonic seconds.
    """

    async def stream(socket: WebSocket) -> None:
        await Connection(socket, hub, tape, mono_s).run()

    return [WebSocketRoute("/ws/stream", stream)]


class Connection:
    """One client, from its upgrade to its close.

    Args:
        socket: Not accepted yet.
        hub: Gives it its stream.
        tape: Has the trades that it missed.
        mono_s: Monotonic seconds.
    """

    def __init__(
        self,
        socket: WebSocket,
        hub: Hub,
        tape: TapeReader,
        mono_s: Callable[[], float],
    ) -> None:
        self._socket = socket
        self._hub = hub
        self._tape = tape
        outlet: Outlet | None = socket.scope.get("extensions", {}).get(OUTLET)
        self._queue: QueueOutlet | None = None  # Where the server has no better way.
        if outlet is None:
            outlet = self._queue = QueueOutlet(socket.send_text)
        self._outlet = outlet
        self._sending: asyncio.Task[None] | None = None
        self._subscriber = Subscriber(self._outlet, self._end)
        self._wanted = hub.default
        self._asked_by: object = None  # `id` of the message that the snapshot answers.
        self._joined = False
        self._beside: set[asyncio.Task[None]] = set()
        self._following: asyncio.Task[None] | None = None  # While it catches up.
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
                self._hub.leave(self._subscriber)
                for task in self._beside:
                    task.cancel()
        except* (WebSocketDisconnect, OSError):
            pass  # A client that is gone is no fault; anything else is.
        finally:
            self._hub.leave(self._subscriber)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(work, name=CLIENT_TASK)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    async def _begin(self) -> None:
        """Join the stream as soon as there is a board; answers go out before that."""
        try:
            values = once(self._socket.query_params.multi_items())
            since, problem = resume_point(values)
            rest = {k: v for k, v in values.items() if k not in RESUME_KEYS}
            self._wanted = parse(rest, self._hub.default)
            if since.seq is not None and "trades" not in self._wanted.channels:
                raise BadParameter("since_seq gives trades: have them in channels, too")
        except BadParameter as refusal:
            self._refuse(POLICY, "bad_parameter", str(refusal))
            return
        if problem is not None:
            self._error("bad_since", problem)
        await self._hub.ready.wait()
        if self._subscriber.close_code is not None:
            return
        if "trades" not in self._wanted.channels:
            since = since._replace(seq=None)  # It has subscribed anew while it waited.
        try:
            self._join(self._wanted, self._asked_by, since)
        except TooManyStreams as refusal:
            self._refuse(TRY_LATER, "too_many_streams", str(refusal), self._asked_by)

    def _join(
        self, wanted: Subscription, message_id: object, since: ResumePoint = BEGINNING
    ) -> None:
        self._hub.join(self._subscriber, wanted, message_id, since)
        self._wanted, self._joined = wanted, True
        if self._following is not None:
            self._following.cancel()
        if self._subscriber.is_catching_up:
            after_seq = 0 if since.seq is None else since.seq
            self._following = self._start(self._catch_up(after_seq))

    async def _catch_up(self, after_seq: int) -> None:
        """Send what a client missed that comes back, as its socket drains."""
        subscriber, outlet = self._subscriber, self._outlet
        seq = after_seq
        while subscriber.is_held:
            try:
                seq = await self._send_tape(seq)
            except StoreError as error:
                self._refuse(TRY_LATER, "store_failing", f"{error}: try again later")
                return
            await outlet.writable.wait()
            subscriber.replay()
        while (frame := subscriber.next_missed()) is not None:
            await outlet.writable.wait()
            outlet.send_frame(frame)

    async def _send_tape(self, after_seq: int) -> int:
        """Send the trades between a client's last one and its snapshot."""
        outlet, upto_seq = self._outlet, self._subscriber.seq
        wanted = self._hub.sieve(self._wanted)
        seq, trades = after_seq, list[bytes]()
        while True:
            if seq < upto_seq:
                trades, seq = await self._tape.page(seq, upto_seq, wanted, PAGE_TRADES)
            done = seq >= upto_seq
            if trades or done:
                page = messages.tape_page(trades, upto_seq if done else seq, done)
                await outlet.writable.wait()
                outlet.send_frame(PreparedFrame(page))
            if done:
                return upto_seq

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if self._subscriber.close_code is not None:
                continue  # It is being closed; what it says now is not heard.
            raw = message.get("bytes") or (message.get("text") or "").encode()
            if len(raw) > MESSAGE_BYTES_MAX:
                self._subscriber.close(TOO_BIG)
            elif not self._allowance.take():
                self._refuse(
                    POLICY,
                    "too_many_messages",
                    f"more than {MESSAGES_PER_S:g} messages a second: send fewer",
                )
            else:
                self._take(raw)

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
            self._subscriber.reply(messages.pong(message_id))
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
            self._subscriber.resend(message_id)
        else:  # The first one is still to come, and will be the answer.
            self._asked_by = message_id

    def _subscribe(self, wanted: Any, message_id: object) -> None:
        try:
            if not isinstance(wanted, dict):
                raise BadParameter("subscription is no object: send one, {} at least")
            subscription = parse(wanted, self._hub.default)
            if self._joined:
                self._join(subscription, message_id)
            else:
                self._wanted, self._asked_by = subscription, message_id
        except BadParameter as refusal:
            self._error("bad_parameter", str(refusal), message_id)
        except TooManyStreams as refusal:
            self._error("too_many_streams", str(refusal), message_id)

    def _refuse(
        self, close_code: int, code: str, sentence: str, message_id: object = None
    ) -> None:
        """Say why the client is closed, and close it."""
        self._error(code, sentence, message_id)
        self._hub.leave(self._subscriber)
        self._subscriber.close(close_code)

    def _error(self, code: str, sentence: str, message_id: object = None) -> None:
        self._subscriber.reply(messages.error(code, sentence, message_id))

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
