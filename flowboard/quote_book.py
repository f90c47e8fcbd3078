"""Quotes -> the last one of each market, and what its mid was at a window's start; pure.

For every window the mids are kept at each 24th of its length, so a move over a window
is right to within that.
"""

import numpy as np
import numpy.typing as npt

from flowboard.market_info import Quote
from flowboard.models import WINDOWS_MS

STEPS = 24
ROOM = 256
NO_MID = -1

Mids = npt.NDArray[np.int16]


class QuoteBook:
    """The touch of every market that was quoted.

    Attributes:
        version: Rises with every change.
    """

    def __init__(self) -> None:
        self.version = 0
        self._quotes: dict[int, Quote] = {}
        self._mids: Mids = np.full(ROOM, NO_MID, np.int16)
        self._rings = {name: _Ring(span_ms) for name, span_ms in WINDOWS_MS.items()}

    def __len__(self) -> int:
        return len(self._quotes)

    def quote(self, market: int) -> Quote | None:
        """Return a market's last quote, by its id."""
        return self._quotes.get(market)

    def put(self, market: int, quote: Quote) -> bool:
        """Take in a quote; return whether it says something else than the last one.

        One that is older than what is known changes nothing.
        """
        before = self._quotes.get(market)
        if before is not None and quote.ts_ms < before.ts_ms:
            return False
        if before is not None and quote.says_the_same(before):
            self._quotes[market] = quote  # It holds still: that is worth knowing.
            return False
        self._quotes[market] = quote
        while market >= len(self._mids):
            more = np.full_like(self._mids, NO_MID)
            self._mids = np.concatenate([self._mids, more])
        mid_e4 = quote.mid_e4
        self._mids[market] = NO_MID if mid_e4 is None else mid_e4
        self.version += 1
        return True

    def forget(self, market: int) -> None:
        """Drop the quote of a market that is over: there is no touch any more."""
        if self._quotes.pop(market, None) is not None:
            self._mids[market] = NO_MID
            self.version += 1

    def advance(self, board_ms: int) -> None:
        """Move board time on: what the mids are now is remembered for later."""
        for ring in self._rings.values():
            ring.advance(board_ms, self._mids)

    def first_mid_e4(self, window: str, market: int) -> int | None:
        """Return a market's mid at the start of `window`; None where it is not known."""
        return self._rings[window].oldest(market)


class _Ring:
    """The mids of all markets at the last `STEPS` + 1 steps of a window."""

    def __init__(self, span_ms: int) -> None:
        self._step_ms = span_ms // STEPS
        self._step: int | None = None
        # Arrays that are shared where nothing was noted in between; never written to.
        self._kept: list[Mids] = []

    def advance(self, board_ms: int, mids: Mids) -> None:
        step = board_ms // self._step_ms
        if self._step is not None and step <= self._step:
            return
        missed = 0 if self._step is None else min(step - self._step - 1, STEPS)
        before = self._kept[-1] if self._kept else mids
        self._kept += [before] * missed
        self._kept.append(mids.copy())
        del self._kept[: -STEPS - 1]
        self._step = step

    def oldest(self, market: int) -> int | None:
        if len(self._kept) <= STEPS or market >= len(self._kept[0]):
            return None
        mid_e4 = int(self._kept[0][market])
        return None if mid_e4 == NO_MID else mid_e4
