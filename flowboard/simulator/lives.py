"""Where each market is in its life, as REST tells it.

A market that nothing has happened to is active, as it was listed.
"""

from dataclasses import dataclass

from flowboard.money import DOLLAR_E4
from flowboard.simulator.catalogue import Catalogue, Event, Market
from flowboard.simulator.life_events import LifeEvent, LifeKind

UNSEEN_US = 1_000_000  # REST learns of a new market so much later.
STATUS_AFTER: dict[LifeKind, str] = {
    "created": "initialized",
    "opened": "active",
    "deactivated": "inactive",
    "activated": "active",
    "closed": "closed",
    "determined": "determined",
    "settled": "finalized",
}
# What a filter of REST finds, by status.
FILTER_OF = {
    "initialized": "unopened",
    "active": "open",
    "inactive": "paused",
    "closed": "closed",
    "determined": "closed",
    "finalized": "settled",
}


@dataclass(slots=True)
class Life:
    """What has become of one market; ``paid_e4`` is what YES pays, once known."""

    close_s: int
    status: str = "active"
    updated_ms: int = 0
    seen_from_us: int = 0
    paid_e4: int | None = None
    outcome: str = ""
    settled_s: int = 0

    @property
    def result(self) -> str:
        """The word for `paid_e4`; empty while nothing is known."""
        if self.paid_e4 is None:
            return ""
        return {0: "no", DOLLAR_E4: "yes"}.get(self.paid_e4, "scalar")


class Lives:
    """The lives of all markets.

    Args:
        catalogue: What is listed; what is created is added to it.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lives: dict[str, Life] = {}
        self._lived: list[Market] = []
        self._unseen_until_us = 0

    def of(self, market: Market) -> Life | None:
        """Return the life of a market; None if nothing has happened to it."""
        return self._lives.get(market.ticker)

    def close_s(self, market: Market) -> int:
        """Return when a market closes, as far as that is known now."""
        life = self._lives.get(market.ticker)
        return market.close_s if life is None else life.close_s

    def filter_word(self, market: Market) -> str:
        """Return the ``status`` by which REST finds a market."""
        life = self._lives.get(market.ticker)
        return "open" if life is None else FILTER_OF[life.status]

    def updated_ms(self, ticker: str) -> int:
        """Return when something last happened to a market, Unix ms; 0: never."""
        life = self._lives.get(ticker)
        return 0 if life is None else life.updated_ms

    def status(self, ticker: str) -> str:
        """Return the status of a market."""
        life = self._lives.get(ticker)
        return "active" if life is None else life.status

    def moves(self, ticker: str) -> bool:
        """Tell whether quotes of a market may move."""
        return self.status(ticker) == "active"

    def seen(self, market: Market, now_us: int) -> bool:
        """Tell whether REST knows of a market yet."""
        if now_us >= self._unseen_until_us:
            return True
        life = self._lives.get(market.ticker)
        return life is None or life.seen_from_us <= now_us

    def event_seen(self, event: Event, now_us: int) -> bool:
        """Tell whether REST knows of an event yet."""
        return self.seen(event.markets[0], now_us)

    def lived(self) -> list[Market]:
        """Return the markets that anything has happened to; the list only grows."""
        return self._lived

    def apply(self, step: LifeEvent, now_us: int) -> None:
        """Let a step happen.

        Args:
            step: What happens.
            now_us: The machine's clock.
        """
        if step.listed is not None:
            self._catalogue.list_event(*step.listed)
            self._unseen_until_us = now_us + UNSEEN_US
        for number, ticker in enumerate(step.tickers):
            life = self._lives.get(ticker)
            if life is None:
                market = self._catalogue.markets[ticker]
                life = self._lives[ticker] = Life(market.close_s)
                self._lived.append(market)
            if step.listed is not None:
                life.seen_from_us = self._unseen_until_us
            life.status = STATUS_AFTER.get(step.kind, life.status)
            life.updated_ms = step.at_us // 1000
            if step.kind == "close_date_updated":
                life.close_s = step.close_s
            elif step.kind == "determined":
                life.paid_e4, life.outcome = step.paid_e4[number], step.outcome
            elif step.kind == "settled":
                life.settled_s = step.at_us // 1_000_000
