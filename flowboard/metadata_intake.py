"""What is told of markets -> the board at once, and the disk about once a second.

Only what says something new is written: most of what is asked for again is as it was.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from flowboard.directory import Directory
from flowboard.errors import StoreError
from flowboard.kalshi.lifecycle_changes import reread
from flowboard.kalshi.listing import Info, Listed
from flowboard.market_info import MarketInfo

Told = tuple[Info, bytes | None]

INTERVAL_S = 1.0
RETRY_S = 5.0
UNSAVED_MAX = 5_000  # Above it, who could wait with asking waits.
KEPT_MAX = (
    50_000  # While the disk fails; what is lost beyond it is told again some day.
)
AT_ONCE = (
    100  # Handed on without giving the loop its turn: a fraction of a millisecond.
)


class Intake:
    """Hands on what the exchange says, and keeps it.

    Args:
        directory: What is known.
        hand_on: Takes what was told; returns whether that was new.
        save: Writes it.
        interval_s: Time between two writes.
    """

    def __init__(
        self,
        directory: Directory,
        hand_on: Callable[[Info], bool],
        save: Callable[[Sequence[Told]], Awaitable[None]],
        *,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._directory = directory
        self._hand_on = hand_on
        self._save = save
        self._interval_s = interval_s
        self._unsaved: dict[tuple[type[Info], str], Told] = {}
        self._saved = asyncio.Event()
        self._log = structlog.get_logger("flowboard.metadata")

    @property
    def unsaved(self) -> int:
        """How much waits to be written."""
        return len(self._unsaved)

    async def take(self, listed: Sequence[Listed[Any]]) -> None:
        """Take in what REST tells."""
        for place, (info, raw, _) in enumerate(listed, start=1):
            known = info
            if isinstance(info, MarketInfo):
                known = reread(self._directory.market(info.ticker), info)
            self._put(known, raw)
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)

    def take_told(self, info: Info) -> None:
        """Take in what is known after a message."""
        self._put(info, None)

    async def room(self) -> None:
        """Return when little waits to be written."""
        while len(self._unsaved) > UNSAVED_MAX:
            self._saved.clear()
            await self._saved.wait()

    async def run(self) -> None:
        """Write what waits, for ever; what cannot be written now is written later."""
        while True:
            await asyncio.sleep(self._interval_s)
            if not await self.save():
                await asyncio.sleep(RETRY_S)

    async def save(self) -> bool:
        """Write what waits; return whether that went well."""
        if not self._unsaved:
            return True
        taken, self._unsaved = self._unsaved, {}
        try:
            await self._save(list(taken.values()))
        except StoreError as error:
            self._log.warning("metadata is not saved", problem=str(error))
            self._put_back(taken)
            return False
        except BaseException:  # It ends here: then all of it is saved once more.
            self._put_back(taken)
            raise
        self._saved.set()
        return True

    def _put_back(self, taken: dict[tuple[type[Info], str], Told]) -> None:
        self._unsaved = taken | self._unsaved
        for key in list(self._unsaved)[: max(0, len(self._unsaved) - KEPT_MAX)]:
            del self._unsaved[key]

    def _put(self, info: Info, raw: bytes | None) -> None:
        if not self._hand_on(info):
            return
        key = type(info), info.ticker
        before = self._unsaved.pop(key, None)
        if raw is None and before is not None:
            raw = before[1]
        self._unsaved[key] = info, raw
