"""Which trades a reader wants, and which markets' rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from flowboard.markets import Markets, series_of
from flowboard.models import TapeEntry
from flowboard.parameters import dollars_e6, flag, names, one_of

Side = Literal["yes", "no"]

COMBOS = ("exclude", "include")
SIDES: tuple[Side, ...] = ("yes", "no")
FILTER_KEYS = ("combos", "tickers", "series", "min_notional", "side", "live_only")
FILTER_LIMITS = {"tickers": 100, "series": 50}


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """What passes; each part that is not given lets everything through.

    Attributes:
        combos: Whether combo markets do.
        tickers: Only these markets.
        series: Only markets of these series.
        min_notional_e6: Least dollars that the taker paid.
        side: Only takers of this outcome.
        live_only: Only what came while it was traded, nothing healed or filled in.
    """

    combos: bool = False
    tickers: tuple[str, ...] | None = None
    series: tuple[str, ...] | None = None
    min_notional_e6: int = 0
    side: Side | None = None
    live_only: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether all singles pass, and all combos or none: as the board keeps them."""
        return self == TradeFilter(combos=self.combos)


SINGLES = TradeFilter()  # What a reader gets who asks for nothing.


def filter_of(values: Mapping[str, Any], default: TradeFilter) -> TradeFilter:
    """Return the filter that `values` ask for; what they leave out is default.

    Args:
        values: As texts or as JSON has them; keys that are no part of it are read over.
        default: What holds for keys that are not there.

    Raises:
        BadParameter: The text names the key or value, and what is allowed.
    """
    combos, tickers, series = default.combos, default.tickers, default.series
    least_e6, side, live_only = default.min_notional_e6, default.side, default.live_only
    if "combos" in values:
        combos = one_of("combos", values["combos"], COMBOS) == "include"
    if "tickers" in values:
        tickers = names("tickers", values["tickers"], FILTER_LIMITS["tickers"])
    if "series" in values:
        series = names("series", values["series"], FILTER_LIMITS["series"])
    if "min_notional" in values:
        least_e6 = dollars_e6("min_notional", values["min_notional"])
    if "side" in values:
        side = "yes" if one_of("side", values["side"], SIDES) == "yes" else "no"
    if "live_only" in values:
        live_only = flag("live_only", values["live_only"])
    return TradeFilter(combos, tickers, series, least_e6, side, live_only)


class Sieve:
    """A filter that knows the markets by their ids.

    Args:
        wanted: What passes.
        markets: Known tickers; new ones are looked at as they come.
    """

    def __init__(self, wanted: TradeFilter, markets: Markets) -> None:
        self.wanted = wanted
        self._markets = markets
        self._takes = np.zeros(0, np.bool_)

    @property
    def markets(self) -> npt.NDArray[np.bool_]:
        """Whether each market passes, by id."""
        known = len(self._takes)
        if known < len(self._markets):
            self._takes = np.concatenate([self._takes, self._judged(known)])
        return self._takes

    def passing(self, entries: Sequence[TapeEntry]) -> list[TapeEntry]:
        """Return those of `entries` that pass, in their order."""
        wanted = self.wanted
        takes, least, side = self.markets, wanted.min_notional_e6, wanted.side
        yes, late_too = side == "yes", not wanted.live_only
        return [
            entry
            for entry in entries
            if entry.notional_e6 >= least
            and takes[entry.market]
            and (side is None or entry.taker_yes == yes)
            and (late_too or not entry.late)
        ]

    def _judged(self, known: int) -> npt.NDArray[np.bool_]:
        """Return whether each market from the id `known` on passes: all in few steps."""
        wanted, markets = self.wanted, self._markets
        takes = np.ones(len(markets) - known, np.bool_)
        if not wanted.combos:
            takes &= ~markets.combo[known:]
        if wanted.tickers is not None:
            named = np.zeros_like(takes)
            for ticker in wanted.tickers:
                market = markets.find(ticker)
                if market is not None and market >= known:
                    named[market - known] = True
            takes &= named
        if wanted.series is not None:
            series = frozenset(wanted.series)
            places = takes.nonzero()[0]
            tickers = map(markets.tickers.__getitem__, (places + known).tolist())
            takes[places] = [series_of(ticker) in series for ticker in tickers]
        return takes
