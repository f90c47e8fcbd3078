"""What the board shows and what is known -> which tickers to ask the exchange for; pure.

First what is shown without a name, then what is shown and was read long ago, then what
the agenda says. What the exchange does not know is left alone for ten minutes. All
memory is bounded.
"""

from collections.abc import Iterable, Sequence

from flowboard.directory import Directory, is_combo
from flowboard.market_agenda import Agenda, next_look_ms

ASKED_MAX = 1_000  # Waiting to be asked for by name.
POLL_MS = 5_000
REFRESH_MS = 300_000  # Of what is shown, while frames bring its quotes.
UNKNOWN_MS = 600_000
UNKNOWN_MAX = 20_000
MISSING_MS = 3_600_000  # A market that was there and is not any more.
# REST knows a market a moment after it was created: the wait before each try.
FRESH_MS = (3_000, 6_000, 12_000, 30_000)
FRESH_MAX = 5_000
SOON_MS = 2_000  # After a message: REST tells what it leaves out, a moment late.


class Wants:
    """Remembers who was asked for, and in vain.

    Args:
        directory: What is known.

    Attributes:
        agenda: When to ask again for what is known.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._asked_for: dict[str, None] = {}
        self._shown: dict[str, int] = {}  # What is shown: when it was read, or 0.
        self._unknown_until_ms: dict[tuple[str, str], int] = {}
        self._fresh: dict[str, int] = {}
        self.agenda = Agenda()

    def shows(self, ticker: str) -> bool:
        """Return whether a market was shown or asked for when tickers were taken last."""
        return ticker in self._shown

    def want(self, ticker: str) -> None:
        """Ask for a market that is not known, shown or not."""
        if len(self._asked_for) < ASKED_MAX:
            self._asked_for[ticker] = None

    def created(self, ticker: str) -> None:
        """Ask for a market that REST may not know yet."""
        if len(self._fresh) < FRESH_MAX:
            self._fresh.setdefault(ticker, 0)

    def changed(self, ticker: str, now_ms: int) -> None:
        """Ask for a market of which a message has told something."""
        wait_ms = FRESH_MS[0] if ticker in self._fresh else SOON_MS
        self.agenda.put_sooner(ticker, now_ms + wait_ms)

    def plan(self, ticker: str, now_ms: int) -> None:
        """Ask for a known market when something should have changed."""
        info = self._directory.market(ticker)
        if info is not None:
            self.agenda.put(ticker, next_look_ms(info, now_ms))

    def take(
        self, shown: Sequence[str], now_ms: int, most: int, *, polling: bool
    ) -> list[str]:
        """Return up to so many tickers of markets to ask for now.

        Args:
            shown: What the board shows, the most wanted first.
            now_ms: The exchange's time, Unix ms.
            most: How many can be asked for.
            polling: Whether quotes come by asking alone.
        """
        known = self._directory.market
        asked, self._asked_for = self._asked_for, {}
        read_ms = self._shown
        self._shown = {ticker: read_ms.get(ticker, 0) for ticker in (*shown, *asked)}
        wanted = dict.fromkeys(t for t in self._shown if known(t) is None)
        for ticker in shown:
            info = known(ticker)
            for leg in () if info is None else info.legs:
                if known(leg.market_ticker) is None:
                    wanted[leg.market_ticker] = None
        every_ms = POLL_MS if polling else REFRESH_MS
        for ticker, at_ms in self._shown.items():
            if now_ms - at_ms >= every_ms:
                wanted[ticker] = None
        found = [t for t in wanted if self.may_ask("market", t, now_ms)][:most]
        return found + self.agenda.take(now_ms, most - len(found))

    def events(self, shown: Iterable[str], now_ms: int) -> list[str]:
        """Return events of markets that are shown, to ask for now.

        Those of combos are left out: they say nothing.
        """
        wanted: dict[str, None] = {}
        for ticker in shown:
            info = self._directory.market(ticker)
            if info is None or not info.event_ticker or is_combo(ticker):
                continue
            if self._directory.event(info.event_ticker) is None:
                wanted[info.event_ticker] = None
        return [t for t in wanted if self.may_ask("event", t, now_ms)]

    def series(self, shown: Iterable[str], now_ms: int) -> list[str]:
        """Return series of markets that are shown, to ask for now."""
        known = self._directory.series
        wanted = dict.fromkeys(map(self._directory.series_of, shown))
        return [
            t for t in wanted if known(t) is None and self.may_ask("series", t, now_ms)
        ]

    def answered(self, ticker: str, now_ms: int) -> None:
        """Note that a market was read."""
        if ticker in self._shown:
            self._shown[ticker] = now_ms
        self._fresh.pop(ticker, None)
        self.plan(ticker, now_ms)

    def missing(self, tickers: Iterable[str], now_ms: int) -> None:
        """Note that the exchange does not know markets."""
        for ticker in tickers:
            tries = self._fresh.pop(ticker, None)
            if tries is not None and tries + 1 < len(FRESH_MS):
                self._fresh[ticker] = tries + 1
                self.agenda.put(ticker, now_ms + FRESH_MS[tries + 1])
                continue
            self.unknown("market", ticker, now_ms)
            if self._directory.market(ticker) is not None:
                self.agenda.put(ticker, now_ms + MISSING_MS)

    def unknown(self, kind: str, ticker: str, now_ms: int) -> None:
        """Leave alone for a while what the exchange does not know."""
        self._unknown_until_ms[kind, ticker] = now_ms + UNKNOWN_MS
        while len(self._unknown_until_ms) > UNKNOWN_MAX:
            del self._unknown_until_ms[next(iter(self._unknown_until_ms))]

    def failed(self, tickers: Iterable[str], now_ms: int) -> None:
        """Ask again for what could not be had, also where its time has come and gone."""
        for ticker in tickers:
            if self._directory.market(ticker) is not None or ticker in self._fresh:
                self.agenda.put_sooner(ticker, now_ms + SOON_MS)

    def may_ask(self, kind: str, ticker: str, now_ms: int) -> bool:
        """Return whether the exchange was not asked in vain a while ago."""
        return self._unknown_until_ms.get((kind, ticker), now_ms) <= now_ms
