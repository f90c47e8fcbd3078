"""Tickers <-> dense market ids; what the board knows of each market.

Ids count from 0 in order of first sight and are the same in memory and on disk, so that
totals can live in arrays. Markets are never forgotten while the process lives.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

COMBO_PREFIX = "KXMVE"


def is_combo(ticker: str) -> bool:
    """Whether a market is a combo of others."""
    return ticker.startswith(COMBO_PREFIX)


def series_of(ticker: str) -> str:
    """Return a market's series: its ticker up to the first dash."""
    return ticker.partition("-")[0]


class Markets:
    """Every market that was ever traded here.

    Args:
        tickers: The known tickers, in the order of their ids.
    """

    def __init__(self, tickers: list[str] | None = None) -> None:
        self.tickers: list[str] = []
        self.titles: list[str | None] = []
        self._ids: dict[str, int] = {}
        self._combo = np.zeros(256, np.bool_)
        for ticker in tickers or []:
            self.id_of(ticker)

    def __len__(self) -> int:
        return len(self.tickers)

    def id_of(self, ticker: str) -> int:
        """Return the id of `ticker`, giving it the next one if it is new."""
        market = self._ids.get(ticker)
        if market is None:
            market = self._ids[ticker] = len(self.tickers)
            self.tickers.append(ticker)
            self.titles.append(None)
            if market >= len(self._combo):
                self._combo = np.concatenate([self._combo, np.zeros_like(self._combo)])
            self._combo[market] = is_combo(ticker)
        return market

    def ids_of(self, tickers: Sequence[str]) -> npt.NDArray[np.int32]:
        """Return the id of each of `tickers`, giving new ones theirs."""
        known = list(map(self._ids.get, tickers))
        if None in known:
            known = [self.id_of(ticker) for ticker in tickers]
        return np.array(known, np.int32)

    def find(self, ticker: str) -> int | None:
        """Return the id of `ticker`, or None if it was never seen."""
        return self._ids.get(ticker)

    @property
    def combo(self) -> npt.NDArray[np.bool_]:
        """Whether each market is a combo (`KXMVE...`), by id."""
        return self._combo[: len(self.tickers)]
