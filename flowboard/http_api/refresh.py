"""/api/refresh: reads the exchange's markets anew, once for all who ask meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.responses import Response

from flowboard.errors import ExchangeError
from flowboard.http_api.answers import answer
from flowboard.http_api.refusals import ExchangeFailing

PAUSE_MS = 10_000  # So long what was read is new enough.
READ_S = 20.0


class Refresher:
    """Keeps those who ask often from asking the exchange often.

    Args:
        read: Reads the markets, and returns how many there were.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[int]],
        mono_ms: Callable[[], int],
        wall_ms: Callable[[], int],
    ) -> None:
        self._read = read
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        self._turn = asyncio.Lock()
        self._done: tuple[int, int] | None = None  # When, and how many.

    def timestamp(self) -> str:
        """Return the wall clock as ISO 8601, UTC, to the millisecond."""
        seconds, ms = divmod(self._wall_ms(), 1_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"

    async def read(self) -> tuple[int, int]:
        """Return how many markets were read, and how many ms ago that was.

        Raises:
            ExchangeFailing: It does not answer, or not in time.
        """
        async with self._turn:
            if self._done is not None:
                done_ms, count = self._done
                age_ms = self._mono_ms() - done_ms
                if age_ms < PAUSE_MS:
                    return count, age_ms
            try:
                async with asyncio.timeout(READ_S):
                    count = await self._read()
            except (ExchangeError, TimeoutError) as problem:
                raise ExchangeFailing from problem
            self._done = self._mono_ms(), count
            return count, 0


async def refresh(refresher: Refresher) -> Response:
    """Answer with how many markets were read, now or a moment ago."""
    count, age_ms = await refresher.read()
    age_s = age_ms // 1_000
    when = f"{age_s} s ago" if age_s else "just now"
    return answer(
        {
            "success": True,
            "message": f"{count} markets were read {when}",
            "count": count,
            "timestamp": refresher.timestamp(),
        }
    )
