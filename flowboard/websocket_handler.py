"""One subscription -> one browser, over /ws/stream (the exchange's is in kalshi/)."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from flowboard import stream_messages as messages
from flowboard.client_socket import MESSAGES_PER_S, POLICY, TRY_LATER, ClientSocket
from flowboard.errors import BadParameter, StoreError
from flowboard.hub import Hub, TooManyStreams
from flowboard.parameters import once
from flowboard.prepared_frame import PreparedFrame
from flowboard.resume_point import BEGINNING, RESUME_KEYS, ResumePoint, resume_point
from flowboard.subscription import Subscription, parse
from flowboard.tape_reader import TapeReader

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
        self._query = socket.query_params.multi_items()
        self._client = ClientSocket(socket, CLIENT_TASK, mono_s)
        self._outlet, self._subscriber = self._client.outlet, self._client.subscriber
        self._hub = hub
        self._tape = tape
        self._wanted = hub.default
        self._asked_by: object = None  # `id` of the message that the snapshot answers.
        self._joined = False
        self._following: asyncio.Task[None] | None = None  # While it catches up.

    async def run(self) -> None:
        """Serve the client until either side ends it."""
        await self._client.run(self)

    def leave(self) -> None:
        """Give the client nothing more; see `client_socket.Talk`."""
        self._hub.leave(self._subscriber)

    async def begin(self) -> None:
        """Join the stream as soon as there is a board; answers go out before that."""
        try:
            values = once(self._query)
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
            self._following = self._client.start(self._catch_up(after_seq))

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

    def take_no_more(self) -> None:
        """Refuse a client that sends too many messages."""
        self._refuse(
            POLICY,
            "too_many_messages",
            f"more than {MESSAGES_PER_S:g} messages a second: send fewer",
        )

    def take(self, raw: bytes) -> None:
        """Do what a message of the client asks for."""
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
