"""Which trades a reader wants, and which markets' rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from flowboard.markets import Markets
from flowboard.models import Ints, TapeEntry
from flowboard.parameters import dollars_e6, flag, names, one_of

Side = Literal["yes", "no"]

COMBOS = ("exclude", "include")
SIDES: tuple[Side, ...] = ("yes", "no")
FILTER_KEYS = (
    "combos",
    "tickers",
    "series",
    "category",
    "league",
    "min_notional",
    "side",
    "live_only",
)
FILTER_LIMITS = {"tickers": 100, "series": 50, "category": 20, "league": 50}


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """What passes; each part that is not given lets everything through.

    Attributes:
        combos: Whether combo markets do.
        tickers: Only these markets.
        series: Only markets of these series.
        category: Only markets of these categories, as the exchange writes them.
        league: Only markets of these leagues, the second level of a category.
        min_notional_e6: Least dollars that the taker paid.
        side: Only takers of this outcome.
        live_only: Only what came while it was traded, nothing healed or filled in.
    """

    combos: bool = False
    tickers: tuple[str, ...] | None = None
    series: tuple[str, ...] | None = None
    category: tuple[str, ...] | None = None
    league: tuple[str, ...] | None = None
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
    combos, tickers = default.combos, default.tickers
    series, category, league = default.series, default.category, default.league
    least_e6, side, live_only = default.min_notional_e6, default.side, default.live_only
    if "combos" in values:
        combos = one_of("combos", values["combos"], COMBOS) == "include"
    if "tickers" in values:
        tickers = names("tickers", values["tickers"], FILTER_LIMITS["tickers"])
    if "series" in values:
        series = names("series", values["series"], FILTER_LIMITS["series"])
    if "category" in values:
        most = FILTER_LIMITS["category"]
        category = names("category", values["category"], most, words=True)
    if "league" in values:
        most = FILTER_LIMITS["league"]
        league = names("league", values["league"], most, words=True)
    if "min_notional" in values:
        least_e6 = dollars_e6("min_notional", values["min_notional"])
    if "side" in values:
        side = "yes" if one_of("side", values["side"], SIDES) == "yes" else "no"
    if "live_only" in values:
        live_only = flag("live_only", values["live_only"])
    return TradeFilter(
        combos, tickers, series, category, league, least_e6, side, live_only
    )


class Sieve:
    """A filter that knows the markets by their ids.

    Args:
        wanted: What passes.
        markets: Known tickers; new ones are looked at as they come.
    """

    def __init__(self, wanted: TradeFilter, markets: Markets) -> None:
        self.wanted = wanted
        self._markets = markets
        self._version = markets.version
        self._takes = np.zeros(0, np.bool_)

    @property
    def markets(self) -> npt.NDArray[np.bool_]:
        """Whether each market passes, by id, by what is known of it now."""
        known = len(self._takes)
        if self._version != self._markets.version:
            self._judge_again(known)
        if known < len(self._markets):
            new = np.arange(known, len(self._markets))
            self._takes = np.concatenate([self._takes, self._judged(new)])
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

    def _judge_again(self, known: int) -> None:
        """Look again at markets of which something else is known than before."""
        changed = self._markets.changed_since(self._version)
        self._version = self._markets.version
        wanted = self.wanted
        if wanted.series is wanted.category is wanted.league is None:
            return
        if changed is None:
            again = np.arange(known)
        else:
            again = np.unique(np.array([m for m in changed if m < known], np.int64))
        self._takes[again] = self._judged(again)

    def _judged(self, ids: Ints) -> npt.NDArray[np.bool_]:
        """Return whether each of some markets passes: all in few steps."""
        wanted, markets = self.wanted, self._markets
        takes = np.ones(len(ids), np.bool_)
        if not wanted.combos:
            takes &= ~markets.combo[ids]
        if wanted.tickers is not None:
            named = [markets.find(ticker) for ticker in wanted.tickers]
            takes &= np.isin(ids, [market for market in named if market is not None])
        tickers, directory = markets.tickers, markets.directory
        for allowed, of in (
            (wanted.series, directory.series_of),
            (wanted.category, directory.category_of),
            (wanted.league, directory.league_of),
        ):
            if allowed is not None:
                places = takes.nonzero()[0]
                found = map(tickers.__getitem__, ids[places].tolist())
                takes[places] = [of(ticker) in allowed for ticker in found]
        return takes
