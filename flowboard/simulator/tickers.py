"""What the channel `ticker` tells: each market's figures when they change.

Frames are written when there is somebody to read them, and kept in a log. A reader that
has fallen behind that gets the newest figures of whatever changed meanwhile.
"""

from collections.abc import Callable, Iterable

from flowboard.money import format_count_e2
from flowboard.simulator.catalogue import Catalogue, uuid_of
from flowboard.simulator.change_log import Change, ChangeLog
from flowboard.simulator.lives import Lives
from flowboard.simulator.market_tally import MarketTally
from flowboard.simulator.prints import PRICE_TEXTS, created_time
from flowboard.simulator.quotes import NO_QUOTE, UNOPENED, Quote, Quotes

KEPT = 16_384
KIND = "ticker"
MARKET_IDS_KEPT = 100_000


class Tickers:
    """The figures of all markets, and the log of their changes.

    Args:
        catalogue: What is listed.
        tallies: What has been traded, by market.
        quotes: The quotes.
        lives: Which markets can be quoted at all.
        empty_prices: Whether a price of nothing traded is to be "" now.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        tallies: dict[str, MarketTally],
        quotes: Quotes,
        lives: Lives,
        empty_prices: Callable[[], bool],
    ) -> None:
        self._catalogue = catalogue
        self._tallies = tallies
        self._quotes = quotes
        self._lives = lives
        self.log = ChangeLog(KEPT)
        self.readers = 0
        self._empty_prices = empty_prices
        self._newest: dict[str, int] = {}
        self._ids: dict[str, str] = {}

    def quote(self, ticker: str) -> Quote:
        """Return the quote of a listed market as it is now."""
        status = self._lives.status(ticker)
        if status == "initialized":
            return UNOPENED
        if status not in ("active", "inactive"):
            return NO_QUOTE
        return self._quotes.quote(ticker, self._catalogue.markets[ticker].grid)

    def changed(self, ticker: str) -> None:
        """Note that the figures of a market are others than before."""
        if self.readers:
            self._newest[ticker] = self.log.count
            self.log.append(Change(KIND, ticker, self.payload(ticker)))

    def read(self, position: int, limit: int) -> tuple[list[Change], int]:
        """Return changes from number `position` on, and where to read on.

        A reader too far behind gets the figures of now, each market once.
        """
        changes = self.log.read(position, limit)
        if changes is not None:
            return changes, position + len(changes)
        late = [t for t, number in self._newest.items() if number >= position]
        return [self.now(ticker) for ticker in late], self.log.count

    def lists(self, ticker: str) -> bool:
        """Tell whether there is such a market."""
        return ticker in self._catalogue.markets

    def now(self, ticker: str) -> Change:
        """Return the figures of a market as they are."""
        return Change(KIND, ticker, self.payload(ticker))

    def named(self, market_ids: Iterable[str]) -> frozenset[str]:
        """Return the tickers of markets by their ids; unknown ids are left out."""
        markets = self._catalogue.markets
        by_id = {self.market_id(ticker): ticker for ticker in markets}
        return frozenset(by_id[i] for i in market_ids if i in by_id)

    def market_id(self, ticker: str) -> str:
        """Return the id of a market."""
        found = self._ids.get(ticker)
        if found is None:
            if len(self._ids) >= MARKET_IDS_KEPT:
                self._ids.clear()
            found = self._ids[ticker] = uuid_of(ticker)
        return found

    def payload(self, ticker: str) -> bytes:
        """Return the ``msg`` of a frame."""
        tally = self._tallies.get(ticker)
        quote = self.quote(ticker)
        price, last_size_e2, volume_e2, held_e2 = "0.0000", 0, 0, 0
        ts_ms = max(self._quotes.moved_ms(ticker), self._lives.updated_ms(ticker))
        if tally is not None:
            price = PRICE_TEXTS[tally.last_e4]
            last_size_e2, volume_e2 = tally.last_count_e2, tally.volume_e2
            held_e2 = tally.open_interest_e2
            ts_ms = max(ts_ms, tally.last_ms)
        elif self._empty_prices():
            price = ""
        ts_ms = ts_ms or self._catalogue.markets[ticker].open_s * 1000
        # Whole dollars at half a dollar a contract, as the exchange reckons.
        return (
            f'{{"market_ticker":"{ticker}","market_id":"{self.market_id(ticker)}",'
            f'"price_dollars":"{price}",'
            f'"yes_bid_dollars":"{PRICE_TEXTS[quote.bid_e4]}",'
            f'"yes_ask_dollars":"{PRICE_TEXTS[quote.ask_e4]}",'
            f'"yes_bid_size_fp":"{format_count_e2(quote.bid_size_e2)}",'
            f'"yes_ask_size_fp":"{format_count_e2(quote.ask_size_e2)}",'
            f'"last_trade_size_fp":"{format_count_e2(last_size_e2)}",'
            f'"volume_fp":"{format_count_e2(volume_e2)}",'
            f'"open_interest_fp":"{format_count_e2(held_e2)}",'
            f'"dollar_volume":{volume_e2 // 200},'
            f'"dollar_open_interest":{held_e2 // 200},'
            f'"ts":{ts_ms // 1000},"ts_ms":{ts_ms},'
            f'"time":"{created_time(ts_ms * 1000)}"}}'
        ).encode()
