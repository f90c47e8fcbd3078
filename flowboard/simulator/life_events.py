"""What happens to markets but trades: pure values.

A life event is about markets of one event, all at once. ``_us`` are Unix microseconds,
``_s`` Unix seconds.
"""

from dataclasses import dataclass
from typing import Literal

from flowboard.simulator.catalogue import Event, Series

LifeKind = Literal[
    "created",
    "opened",
    "close_date_updated",
    "deactivated",
    "activated",
    "closed",
    "determined",
    "settled",
]


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One step in the life of some markets.

    Args:
        kind: What happens.
        at_us: When.
        tickers: The markets, of one event.
        listed: The series and the event, where they are created.
        close_s: When they close, where that moves.
        paid_e4: What YES of each pays, where they are determined.
        outcome: What it came out as, in words, where they are determined.
    """

    kind: LifeKind
    at_us: int
    tickers: tuple[str, ...]
    listed: tuple[Series, Event] | None = None
    close_s: int = 0
    paid_e4: tuple[int, ...] = ()
    outcome: str = ""
