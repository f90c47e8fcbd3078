"""A client that stays for the whole test: every trade it was shown, every state too."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import websockets
from websockets.exceptions import WebSocketException

from tests.acceptance.reader import Reader

AGAIN_S = 0.05
QUERY = "?combos=include&window=1m&limit=5"


class Moment(NamedTuple):
    """A change of what the page shows of the feed."""

    at_s: float
    state: str
    connected: bool
    open_gaps: int


class Watcher:
    """Reads the stream by the documented rule, and connects again whatever happens.

    Args:
        url: Asked before each connection: a restarted board has another port.

    Attributes:
        deltas: How often each trade came in a delta.
        shown: Ids of trades that any frame brought.
        moments: Changes of the feed's state, oldest first.
        broken: What was wrong with the stream itself.
    """

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self.deltas: Counter[str] = Counter()
        self.shown: set[str] = set()
        self.moments: list[Moment] = []
        self.broken: list[str] = []
        self.feed: dict[str, Any] = {}

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                async with websockets.connect(
                    self._url() + QUERY, max_size=None, open_timeout=2, close_timeout=1
                ) as socket:
                    reader = Reader(socket)
                    while True:
                        self._take(await reader.frame())
            except AssertionError as problem:
                self.broken.append(str(problem))
            except (OSError, WebSocketException, TimeoutError):
                pass
            await asyncio.sleep(AGAIN_S)

    def since(self, at_s: float, *states: str) -> float | None:
        """Return how many seconds after `at_s` one of `states` was shown; None: never."""
        if self.moments and self.state_at(at_s) in states:
            return 0.0
        return next(
            (
                m.at_s - at_s
                for m in self.moments
                if m.at_s >= at_s and m.state in states
            ),
            None,
        )

    def state_at(self, at_s: float) -> str | None:
        """Return what was shown at the monotonic second `at_s`."""
        before = [m for m in self.moments if m.at_s <= at_s]
        return before[-1].state if before else None

    def _take(self, frame: dict[str, Any]) -> None:
        self.deltas.update(trade["trade_id"] for trade in frame.get("trades", []))
        for trade in [*frame.get("trades", []), *frame.get("recent_trades", [])]:
            self.shown.add(trade["trade_id"])
        feed = frame.get("feed")
        if feed is None:
            return
        self.feed = feed
        now = Moment(
            time.monotonic(), feed["state"], feed["connected"], feed["open_gaps"]
        )
        if not self.moments or self.moments[-1][1:] != now[1:]:
            self.moments.append(now)
