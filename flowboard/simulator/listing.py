"""Series, events and markets -> what REST answers about them now."""

import orjson

from flowboard.simulator.catalogue import Catalogue, Event, Market, Series
from flowboard.simulator.exchange import Exchange
from flowboard.simulator.faults import Faults
from flowboard.simulator.lives import Lives
from flowboard.simulator.market_json import MarketWriter, rfc3339

JsonObject = dict[str, object]


class Listing:
    """Answers which markets, events and series there are.

    Args:
        exchange: What is listed and traded.
        faults: `missing_keys` is among them or not.
        timer_s: How long after its determination a market settles.
    """

    def __init__(self, exchange: Exchange, faults: Faults, timer_s: int) -> None:
        self.catalogue: Catalogue = exchange.catalogue
        self.lives: Lives = exchange.lives
        self._tallies = exchange.tallies
        self._tickers = exchange.tickers
        self._titles = exchange.titles
        self._faults = faults
        self._writer = MarketWriter(exchange.titles, timer_s)

    def market(self, market: Market) -> orjson.Fragment:
        """Return one market as it is now."""
        return orjson.Fragment(self._written(market))

    def markets(self, markets: list[Market]) -> bytes:
        """Return markets as a JSON array."""
        return b"[%b]" % b",".join(map(self._written, markets))

    def _written(self, market: Market) -> bytes:
        return self._writer.write(
            market,
            self.lives.of(market),
            self._tallies.get(market.ticker),
            self._tickers.quote(market.ticker),
            bare=self._bare,
        )

    @property
    def _bare(self) -> bool:
        return self._faults.find("missing_keys") is not None

    def event(self, event: Event, *, nested: bool) -> JsonObject:
        """Return an event, with its markets inside if `nested`."""
        shown: JsonObject = {
            "event_ticker": event.ticker,
            "series_ticker": event.series_ticker,
            "title": self._titles.of(event.ticker, event.title),
            "sub_title": event.sub_title,
            "collateral_return_type": "MECNET" if event.mutually_exclusive else "",
            "mutually_exclusive": event.mutually_exclusive,
            "category": event.category,
            "available_on_brokers": True,
            "settlement_sources": [],
        }
        if not self._bare:
            shown |= _event_extras(event)
        if nested:
            shown["markets"] = orjson.Fragment(self.markets(list(event.markets)))
        return shown

    def series(self, series: Series, *, with_volume: bool = False) -> JsonObject:
        """Return a series."""
        shown: JsonObject = {
            "ticker": series.ticker,
            "title": self._titles.of(series.ticker, series.title),
            "category": series.category,
            "categories": [series.category],
            "tags": list(series.tags) or None,
            "frequency": series.frequency,
            "fee_type": "quadratic",
            "fee_multiplier": 1,
            "settlement_sources": [
                {"name": series.source, "url": "https://example.com/outcomes"}
            ],
            "contract_url": f"https://example.com/contracts/{series.ticker}",
            "contract_terms_url": f"https://example.com/terms/{series.ticker}",
            "additional_prohibitions": [],
            "exchange_index": 0,
        }
        if with_volume:
            shown["volume_fp"] = self._volume(series)
        return shown

    def _volume(self, series: Series) -> str:
        markets = self.catalogue.markets_of_series(series.ticker)
        tallies = (self._tallies.get(market.ticker) for market in markets)
        volume_e2 = sum(tally.volume_e2 for tally in tallies if tally is not None)
        return f"{volume_e2 // 100}.{volume_e2 % 100:02d}"

    def tags(self) -> dict[str, list[str] | None]:
        """Return the tags of each category; None where there are none."""
        found: dict[str, dict[str, None]] = {}
        for series in self.catalogue.series.values():
            of_category = found.setdefault(series.category, {})
            of_category.update(dict.fromkeys(series.tags))
        return {category: list(tags) or None for category, tags in found.items()}

    def sports(self) -> dict[str, JsonObject]:
        """Return the competitions of each sport, and what is asked in them."""
        found: dict[str, dict[str, list[str]]] = {}
        for series in self.catalogue.series.values():
            if not series.competition:
                continue
            sport = series.competition.removeprefix("Pro ").split(" ")[0]
            scopes = found.setdefault(sport, {}).setdefault(series.competition, [])
            if series.scope not in scopes:
                scopes.append(series.scope)
        return {
            sport: {
                "competitions": {c: {"scopes": s} for c, s in competitions.items()},
                "scopes": sorted({s for some in competitions.values() for s in some}),
            }
            for sport, competitions in found.items()
        }


def _event_extras(event: Event) -> JsonObject:
    shown: JsonObject = {"exchange_index": 0}
    if event.strike_s is not None:
        shown["strike_date"] = rfc3339(event.strike_s)
    if event.strike_period:
        shown["strike_period"] = event.strike_period
    if event.competition:
        shown["product_metadata"] = {
            "competition": event.competition,
            "competition_scope": event.scope,
        }
    return shown
