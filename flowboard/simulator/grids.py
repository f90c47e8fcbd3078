"""The price grids of markets: which ten-thousandths of a dollar may be quoted."""

from dataclasses import dataclass
from functools import lru_cache

from flowboard.money import DOLLAR_E4, format_price_e4


@dataclass(frozen=True, slots=True)
class Band:
    """Prices from `start_e4` to `end_e4` in steps of `step_e4`."""

    start_e4: int
    end_e4: int
    step_e4: int


BANDS: dict[str, tuple[Band, ...]] = {
    "linear_cent": (Band(0, 10_000, 100),),
    "deci_cent": (Band(0, 10_000, 10),),
    "tapered_deci_cent": (
        Band(0, 1_000, 10),
        Band(1_000, 9_000, 100),
        Band(9_000, 10_000, 10),
    ),
    "center_deci_edge_centi_cent": (
        Band(0, 100, 1),
        Band(100, 9_900, 10),
        Band(9_900, 10_000, 1),
    ),
}


@lru_cache(maxsize=len(BANDS))
def levels_e4(label: str) -> tuple[int, ...]:
    """Return every price at which the market can trade, ascending; never 0 or $1."""
    prices: set[int] = set()
    for band in BANDS[label]:
        prices.update(range(band.start_e4, band.end_e4 + 1, band.step_e4))
    return tuple(sorted(prices - {0, DOLLAR_E4}))


def price_ranges(label: str) -> list[dict[str, str]]:
    """Return the grid as REST shows it."""
    return [
        {
            "start": format_price_e4(band.start_e4),
            "end": format_price_e4(band.end_e4),
            "step": format_price_e4(band.step_e4),
        }
        for band in BANDS[label]
    ]


def finest_for(prices_e4: set[int]) -> str:
    """Return the coarsest grid on which every one of `prices_e4` lies."""
    for label in ("linear_cent", "tapered_deci_cent", "deci_cent"):
        if prices_e4 <= set(levels_e4(label)):
            return label
    return "center_deci_edge_centi_cent"
