"""Everything that asks the exchange or hears it, wired to what takes its answers.

`feed` brings trades and quotes; beside it run the healer, the auditor and the reader of
metadata, all over one REST client and its budget of requests.
"""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from flowboard.auditor import Auditor
from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.config import Settings
from flowboard.database import Database
from flowboard.directory import is_combo
from flowboard.errors import ConfigError
from flowboard.feed import Feed
from flowboard.feed_status import FeedStatus
from flowboard.healer import Healer
from flowboard.inbox import Inbox
from flowboard.kalshi.auth import Signer, load_private_key
from flowboard.kalshi.listing import Info, Listing
from flowboard.kalshi.polling import Poller
from flowboard.kalshi.rest_client import RestClient
from flowboard.kalshi.side_channels import Changes
from flowboard.kalshi.websocket_client import WebSocketClient
from flowboard.market_info import MarketInfo, Quote
from flowboard.metadata_reader import MetadataReader

SHOWN_WINDOWS = ("5m", "1h", "24h")
SHOWN = 200  # The first markets of each window are asked for by name.

Work = Callable[[], Coroutine[Any, Any, object]]


class ExchangeSide:
    """The exchange as a board has it.

    Args:
        settings: What the operator chose.
        signer: Signs handshakes; None: there is no key, so poll.
        inbox: Where trades go.
        clock: Hears the exchange's clock.
        status: Is told how the feed is.
        database: Where metadata and quotes are kept.
        board: What is shown.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.

    Attributes:
        rest: REST of the exchange.
        feed: Brings the trades.
        metadata: Knows what markets are.
    """

    def __init__(
        self,
        settings: Settings,
        signer: Signer | None,
        inbox: Inbox,
        clock: BoardClock,
        status: FeedStatus,
        database: Database,
        board: Board,
        *,
        mono_ms: Callable[[], int],
        wall_ms: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._signer = signer
        self._inbox = inbox
        self._clock = clock
        self._status = status
        self._database = database
        self._board = board
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        self._covered = False  # Whether the socket brings every quote.
        self._log = structlog.get_logger("flowboard.exchange")
        self.rest = RestClient(settings.kalshi_api_base, clock, on_date=self._hear_date)
        self.feed = Feed(
            settings.feed,
            None if signer is None else self._socket,
            self._poller,
            status,
            mono_ms=mono_ms,
            retries_max=settings.websocket_max_retries,
        )
        markets = board.markets
        self.metadata = MetadataReader(
            Listing(self.rest.get, wall_ms=wall_ms, now_ms=self.now_ms),
            markets.directory,
            database.listings,
            self._shown,
            self._learn,
            self._take_quote,
            is_polling=lambda: status.is_polling or not self._covered,
            now_ms=self.now_ms,
        )

    def now_ms(self) -> int:
        """Return the exchange's time, Unix ms."""
        return self._clock.now_ms(self._mono_ms(), self._wall_ms())

    def beside(self) -> dict[str, Work]:
        """Return what runs beside the feed and ends with it."""
        return {
            "metadata": self.metadata.run,
            "healer": self._healer().run,
            "auditor": self._auditor().run,
        }

    def reload_key(self) -> None:
        """Read the key file again, for the next handshake; one of no use is left."""
        path = self._settings.kalshi_private_key_path
        if self._signer is None or path is None:
            return
        try:
            self._signer.take_key(load_private_key(path))
        except ConfigError as error:
            self._log.error("the old key is kept", problem=str(error))
        else:
            self._log.info("the key was read again")

    def _hear_date(self, date_ms: int) -> None:
        self._status.clock_skew_ms = date_ms - self._wall_ms()
        if self._signer is not None:
            self._signer.hear_date(date_ms, self._wall_ms())

    def _learn(self, info: Info) -> bool:
        """Take in what the exchange says; what is over has no quotes any more."""
        markets = self._board.markets
        new = markets.learn(info)
        if new and isinstance(info, MarketInfo) and info.is_over:
            market = markets.find(info.ticker)
            if market is not None:
                self._board.quotes.forget(market)
                self._database.quotes.forget(market)
        return new

    def _take_quote(self, ticker: str, quote: Quote) -> None:
        """Show a quote, and keep it where it says something new.

        Combos are many and short-lived: only those that were traded have quotes here.
        """
        markets = self._board.markets
        market = markets.find(ticker)
        if market is None:
            if is_combo(ticker):
                return
            market = markets.id_of(ticker)
        if markets.over[market]:
            return  # It came late, or is what an empty book looks like.
        told = self._board.quotes.quote(market) is not None
        if quote.source == "poll" and self._covered and told:
            return  # What is read may be older than what was heard.
        if self._board.quotes.put(market, quote):
            self._database.quotes.put(market, quote)

    def _cover_quotes(self, from_ms: int | None) -> None:
        """Note from when on every quote comes, or that this has ended."""
        self._covered = from_ms is not None
        if from_ms is None:
            self._database.quotes.end("ws")
        else:
            self._database.quotes.begin("ws", from_ms)

    def _shown(self) -> list[str]:
        """Return the tickers of the markets that lists show, busiest first."""
        board = self._board
        shown = dict.fromkeys(
            market
            for window in SHOWN_WINDOWS
            for market in board.ranked(window, "notional", SHOWN, True)
        )
        return [board.markets.tickers[market] for market in shown]

    def _socket(self, on_change: Callable[[], None]) -> WebSocketClient:
        settings = self._settings
        assert self._signer is not None
        return WebSocketClient(
            settings.kalshi_ws_url,
            self._signer,
            self._inbox,
            self._status,
            self._clock,
            probe=self.rest.newest_ms,
            on_change=on_change,
            handshake_s=settings.websocket_timeout_s,
            changes=Changes(
                on_quote=self._take_quote,
                on_lifecycle=self.metadata.take_lifecycle,
                on_quotes_covered=self._cover_quotes,
                on_lifecycle_missed=self.metadata.walk.hurry,
            ),
        )

    def _poller(self) -> Poller:
        return Poller(self.rest, self._inbox, self._status, now_ms=self.now_ms)

    def _healer(self) -> Healer:
        return Healer(
            self._database.coverage,
            self.rest,
            self._inbox,
            self._status,
            wall_ms=self._wall_ms,
            now_ms=self.now_ms,
        )

    def _auditor(self) -> Auditor:
        return Auditor(
            self._database.coverage,
            self.rest,
            self._database,
            self._status,
            wall_ms=self._wall_ms,
            now_ms=self.now_ms,
            span_ms=self._settings.audit_span_s * 1_000,
        )
