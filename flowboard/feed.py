"""Which feed brings the trades: the exchange's socket, or polling; and the seam.

`websocket` and `polling` say it themselves. `auto` takes the socket when there is a key,
polls when the socket cannot be had, tries the socket for ever, and goes back to it once
it brings trades. Whichever begins tells the coverage, which has the time before healed:
so nothing is lost between the two, and the store knows what came twice.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Protocol

import structlog

from flowboard.errors import BadParameter
from flowboard.feed_status import FeedStatus

Policy = Literal["auto", "websocket", "polling"]
# A refused key is not tried again for half a minute: nobody should wait for that.
DRY_S = 10.0


class Socket(Protocol):
    """See `kalshi.websocket_client.WebSocketClient`."""

    @property
    def failures(self) -> int:
        """Tries in a row that brought no trade."""

    @property
    def flowing(self) -> bool:
        """Whether it is subscribed, and has shown that trades come."""

    async def run(self) -> None:
        """Feed until closed."""

    def close(self) -> None:
        """End `run` at once."""

    def reconnect(self, reason: str, cause: str = ...) -> None:
        """Give the present connection up and open another."""


class Poller(Protocol):
    """See `kalshi.polling.Poller`."""

    async def run(self) -> None:
        """Poll until cancelled."""


class Feed:
    """Runs what the policy asks for, until closed.

    Args:
        policy: auto, websocket or polling.
        socket: Makes a client that calls its argument when `failures` or `flowing`
            change; None without a key.
        poller: Makes a poller.
        status: Is told when a feed was ended by choice.
        mono_ms: Monotonic milliseconds.
        retries_max: Tries that may fail before `auto` polls.
        dry_s: Seconds without a trade from the socket before `auto` polls.
    """

    def __init__(
        self,
        policy: Policy,
        socket: Callable[[Callable[[], None]], Socket] | None,
        poller: Callable[[], Poller],
        status: FeedStatus,
        *,
        mono_ms: Callable[[], int],
        retries_max: int = 3,
        dry_s: float = DRY_S,
    ) -> None:
        self.policy: Policy = policy
        status.feed_policy = policy
        self._make_socket = socket
        self._make_poller = poller
        self._status = status
        self._mono_ms = mono_ms
        self._retries_max = retries_max
        self._dry_s = dry_s
        self._dry_since_s: float | None = None
        self._changed = asyncio.Event()
        self._closed = False
        self._socket: Socket | None = None
        self._socket_task: asyncio.Task[None] | None = None
        self._polling: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("flowboard.feed")

    def switch(self, policy: Policy) -> None:
        """Take another policy, at once.

        Raises:
            BadParameter: The socket needs a key, and there is none.
        """
        if policy == "websocket" and self._make_socket is None:
            raise BadParameter(
                "the WebSocket needs a key: set KALSHI_API_KEY_ID and "
                "KALSHI_PRIVATE_KEY_PATH and start again, or stay with polling"
            )
        self._log.info("feed switched", before=self.policy, now=policy)
        self.policy = self._status.feed_policy = policy
        self._changed.set()

    def reconnect(self, reason: str, cause: str) -> None:
        """Give the present connection up, if there is one, and open another.

        Args:
            reason: A sentence for the operator.
            cause: A word for the gap.
        """
        if self._socket is not None:
            self._socket.reconnect(reason, cause)

    def close(self) -> None:
        """End `run`; what was received stays in the inbox."""
        self._closed = True
        self._changed.set()

    async def run(self) -> None:
        """Feed until closed; what ends a feed by itself is raised."""
        try:
            while not self._closed:
                self._changed.clear()
                await self._adjust()
                await self._until_something_happens()
        finally:
            await self._end_socket()
            await self._end_polling()

    async def _until_something_happens(self) -> None:
        changed = asyncio.create_task(self._changed.wait())
        tasks = [t for t in (self._socket_task, self._polling) if t is not None]
        try:
            await asyncio.wait(
                {changed, *tasks},
                timeout=self._dry_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            changed.cancel()
        for task in tasks:
            if task.done():
                task.result()  # A feed never ends by itself: this raises what ended it.

    async def _adjust(self) -> None:
        """Start and end feeds until they are what the policy asks for."""
        if not self._wants_socket():
            await self._end_socket()
        elif self._socket is None and self._make_socket is not None:
            self._dry_since_s = None
            self._socket = self._make_socket(self._changed.set)
            self._socket_task = _started(self._socket.run(), "socket")
        if not self._wants_polling():
            await self._end_polling()
        elif self._polling is None:
            self._log.info("polling", policy=self.policy)
            self._polling = _started(self._make_poller().run(), "polling")

    def _wants_socket(self) -> bool:
        return self.policy != "polling" and self._make_socket is not None

    def _wants_polling(self) -> bool:
        if self.policy != "auto" or self._socket is None:
            return self.policy != "websocket"
        now_s = asyncio.get_running_loop().time()
        if self._socket.flowing:
            self._dry_since_s = None
            return False
        if self._dry_since_s is None:
            self._dry_since_s = now_s
        # Once begun, until the socket has shown that it brings trades.
        return (
            self._polling is not None
            or self._socket.failures >= self._retries_max
            or now_s - self._dry_since_s >= self._dry_s
        )

    async def _end_socket(self) -> None:
        if self._socket is None or self._socket_task is None:
            return
        self._socket.close()
        await asyncio.wait({self._socket_task})
        self._socket = self._socket_task = None
        self._status.socket_ended(self._mono_ms())

    async def _end_polling(self) -> None:
        if self._polling is None:
            return
        self._polling.cancel()
        await asyncio.wait({self._polling})
        self._polling = None


def _started(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    return asyncio.create_task(work, name=name)
