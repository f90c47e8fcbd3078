"""The clients of /ws: KalshiWhale's messages, made once a second for all of them.

`initial_data` has the busiest markets of 24 hours, `market_update` those of them that
changed, `heartbeat` how many listen. It is a translation: what must not miss a trade
reads /ws/stream.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import orjson
import structlog

from flowboard.frame_history import Ring
from flowboard.http_api.kalshi_whale import busiest
from flowboard.http_api.market_objects import market_objects
from flowboard.http_api.resources import Resources
from flowboard.prepared_frame import PreparedFrame
from flowboard.stream_messages import Field
from flowboard.subscriber import Subscriber

CLIENTS_MAX = 100
MARKETS = 200
FOLLOWED_MAX = 300  # What has left the busiest is followed on, so that its end is told.
TICK_S = 1.0
HEARTBEAT_MS = 30_000
RESTARTING = 1012
FAILED = 1011
NEVER = 1 << 62  # No `seq` is ever so high.


class WhaleRoom:
    """What all clients of /ws are sent, and who they are.

    Args:
        resources: The board, and who tells that the server stops.

    Attributes:
        ready: Set once there is a board, or the server stops.
        offset, ring: As a `Subscriber` asks for them: nothing is kept to be replayed.
    """

    def __init__(self, resources: Resources) -> None:
        self.ready = resources.hub.ready
        self.offset = 0
        self.ring = Ring()
        self._resources = resources
        self._clients: dict[Subscriber, None] = {}
        self._waiting: set[Subscriber] = set()
        self._objects: dict[str, bytes] = {}
        self._first: PreparedFrame | None = None
        self._told_ms = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether nobody more may join."""
        return len(self._clients) + len(self._waiting) >= CLIENTS_MAX

    def expect(self, subscriber: Subscriber) -> None:
        """Hold a place for a client until it joins or leaves."""
        self._waiting.add(subscriber)

    def join(self, subscriber: Subscriber) -> None:
        """Send a client what there is, and from now on what changes."""
        self._waiting.discard(subscriber)
        if self._resources.hub.closed:
            subscriber.close(RESTARTING)
            return
        if not self._clients:
            self._objects, self._first = {}, None
            self._look()
            self._told_ms = self._resources.mono_ms()
        self._clients[subscriber] = None
        self._count()
        subscriber.begin(self)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="whale_room")

    def leave(self, subscriber: Subscriber) -> None:
        """Send a client nothing more."""
        self._waiting.discard(subscriber)
        self._clients.pop(subscriber, None)
        self._count()
        if not self._clients and self._task is not None:
            self._task.cancel()
            self._task = None

    def snapshot(
        self, message_id: object = None, extra: list[Field] | None = None
    ) -> PreparedFrame:
        """Return `initial_data`: the markets as they were last told."""
        if self._first is None:
            self._first = self._listed("initial_data", self._objects.values())
        return self._first

    def heartbeat(self) -> bytes:
        """Return how many listen."""
        return orjson.dumps(
            {
                "type": "heartbeat",
                "timestamp": self._resources.timestamp(),
                "connections": len(self._clients),
            }
        )

    def tick(self) -> None:
        """Tell what changed; say so if nothing was said for long; look after the slow."""
        now_ms = self._resources.mono_ms()
        changed = self._look()
        if changed:
            self._push(self._listed("market_update", changed))
        if now_ms - self._told_ms >= HEARTBEAT_MS:
            self._told_ms = now_ms
            self._push(PreparedFrame(self.heartbeat()))
        for subscriber in list(self._clients):
            subscriber.look(now_ms)

    async def _run(self) -> None:
        hub = self._resources.hub
        try:
            while not hub.closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await hub.news(NEVER)  # Only the server's end is news here.
                if not hub.closed:
                    self.tick()
        except Exception as error:
            structlog.get_logger("flowboard.http").exception(
                "the clients of /ws are told nothing more", problem=str(error)
            )
            self._close(FAILED)
        else:
            self._close(RESTARTING)

    def _look(self) -> list[bytes]:
        """Return the objects of followed markets that are not what they were."""
        before = self._objects
        followed = dict.fromkeys([*busiest(self._resources, MARKETS), *before])
        tickers = list(followed)[:FOLLOWED_MAX]
        objects = market_objects(self._resources, tickers)
        self._objects = {
            t: orjson.dumps(o) for t, o in zip(tickers, objects, strict=True)
        }
        changed = [o for ticker, o in self._objects.items() if before.get(ticker) != o]
        if changed:
            self._first = None
        return changed

    def _listed(self, kind: str, objects: Iterable[bytes]) -> PreparedFrame:
        markets = [orjson.Fragment(each) for each in objects]
        data = {
            "markets": markets,
            "timestamp": self._resources.timestamp(),
            "count": len(markets),
        }
        return PreparedFrame(orjson.dumps({"type": kind, "data": data}))

    def _push(self, frame: PreparedFrame) -> None:
        for subscriber in self._clients:
            subscriber.push(frame)

    def _close(self, code: int) -> None:
        for subscriber in list(self._clients):
            subscriber.close(code)

    def _count(self) -> None:
        self._resources.whale_clients.count = len(self._clients)
