"""Markets that the board shows without a title -> their titles, about once a second.

It runs beside the trades and never holds one up: where titles cannot be had, the board
shows tickers. Titles are hostile text; what leaves here is one clean line.
"""

import asyncio
import time
import unicodedata
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from flowboard.errors import BadFrame, FeedInterrupted, RequestFailed

TICKERS_MAX = 100
TICKERS_LENGTH_MAX = 4_000  # All tickers of a request together: URLs end near 8 KB.
TITLE_LENGTH_MAX = 300
UNKNOWN_MS = 600_000  # A ticker that the exchange does not know is asked again then.
UNKNOWN_MAX = 20_000
INTERVAL_S = 1.0
WAIT_MAX_S = 60.0
SEPARATOR = " · "

# They turn the direction of the text around them, or hide in it.
_BIDI = (
    frozenset(map(chr, [0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF]))
    | frozenset(map(chr, range(0x202A, 0x202F)))
    | frozenset(map(chr, range(0x2066, 0x206A)))
)
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Market(Protocol):
    """What a market is called; see `kalshi.rest_client.MarketInfo`."""

    @property
    def ticker(self) -> str:
        """Its ticker."""

    @property
    def title(self) -> str:
        """Its title, or an empty text."""

    @property
    def yes_sub_title(self) -> str:
        """What YES stands for, or an empty text."""


class MarketsSource(Protocol):
    """Where markets come from; see `kalshi.rest_client.RestClient`."""

    async def markets(self, tickers: Sequence[str]) -> Sequence[Market]:
        """Return what is known of at most 100 tickers."""


class TitleReader:
    """Asks for the titles that are wanted, until cancelled.

    Args:
        source: Where markets come from; it keeps the pace.
        wanted: Returns the tickers that are shown without a title, most wanted first.
        hand_on: Takes a ticker and its title.
        interval_s: Time between two looks at what is wanted.
        unknown_ms: For how long an unknown ticker is not asked for again.
        mono_ms: Monotonic milliseconds.
    """

    def __init__(
        self,
        source: MarketsSource,
        wanted: Callable[[], Sequence[str]],
        hand_on: Callable[[str, str], None],
        *,
        interval_s: float = INTERVAL_S,
        unknown_ms: int = UNKNOWN_MS,
        mono_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:
        self._source = source
        self._wanted = wanted
        self._hand_on = hand_on
        self._interval_s = interval_s
        self._unknown_ms = unknown_ms
        self._mono_ms = mono_ms
        self._unknown_until_ms: dict[str, int] = {}
        self._log = structlog.get_logger("flowboard.titles")

    async def run(self) -> None:
        """Look, ask, hand on; after a failure wait longer, up to a minute."""
        wait_s = self._interval_s
        while True:
            try:
                await self.read_once()
                wait_s = self._interval_s
            except (RequestFailed, FeedInterrupted, BadFrame) as error:
                wait_s = min(WAIT_MAX_S, wait_s * 2)
                self._log.debug("no titles", problem=str(error), wait_s=wait_s)
            await asyncio.sleep(wait_s)

    async def read_once(self) -> int:
        """Ask for what is wanted now, one request at most; return titles handed on.

        Raises:
            RequestFailed: The exchange refused; `FeedInterrupted` and `BadFrame`
                likewise mean that there are no titles this time.
        """
        asked = self._to_ask()
        if not asked:
            return 0
        markets = await self._source.markets(asked)
        unknown = set(asked)
        for market in markets:
            title = readable_title(market.title, market.yes_sub_title)
            if title and market.ticker in unknown:
                unknown.remove(market.ticker)
                self._hand_on(market.ticker, title)
        until_ms = self._mono_ms() + self._unknown_ms
        self._unknown_until_ms.update(dict.fromkeys(unknown, until_ms))
        return len(asked) - len(unknown)

    def _to_ask(self) -> list[str]:
        now_ms = self._mono_ms()
        if len(self._unknown_until_ms) > UNKNOWN_MAX:
            self._unknown_until_ms.clear()
        asked: list[str] = []
        length = 0
        for ticker in dict.fromkeys(self._wanted()):
            if self._unknown_until_ms.get(ticker, now_ms) > now_ms:
                continue
            length += len(ticker) + 1
            if len(asked) == TICKERS_MAX or length > TICKERS_LENGTH_MAX:
                break
            asked.append(ticker)
        return asked


def readable_title(title: str, yes_sub_title: str) -> str:
    """Return one line that names a market; "" where nothing does.

    `yes_sub_title` is added where the title does not say it already. Control characters
    and those that turn the direction of text are gone; at most 300 characters are left.
    """
    name, outcome = _clean(title), _clean(yes_sub_title)
    if outcome and outcome.casefold() not in name.casefold():
        name = f"{name}{SEPARATOR}{outcome}" if name else outcome
    return name[:TITLE_LENGTH_MAX].rstrip()


def _clean(text: str) -> str:
    kept = (
        " " if unicodedata.category(char) in _CONTROL else char
        for char in text
        if char not in _BIDI
    )
    return " ".join("".join(kept).split())
