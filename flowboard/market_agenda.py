"""Which markets to ask for again, and when; pure.

No message tells that a market opens or closes by its clock, that a result is disputed,
or that a close has moved while nobody listened: so it is looked at again.
"""

import heapq

from flowboard.market_info import OVER, SETTLED, MarketInfo

SECOND_MS = 1_000
HOUR_MS = 3_600_000
AFTER_MS = 2 * SECOND_MS  # REST may tell a change of status a moment late.
LOOK_MIN_MS = 15 * SECOND_MS
MARKETS_MAX = 200_000


def next_look_ms(info: MarketInfo, now_ms: int) -> int | None:
    """Return when to ask for a market again; None: nothing more is to be told.

    A market that should have changed and has not is asked for ever more seldom: after a
    quarter of the time that has passed since, an hour at most.

    Args:
        info: What is known of it.
        now_ms: The exchange's time, Unix ms.
    """
    if info.status in SETTLED:
        return None
    due_ms = info.open_ms if info.status == "initialized" else info.close_ms
    if info.status in OVER:
        due_ms = info.determined_ms or info.close_ms
    if due_ms is None:
        return now_ms + HOUR_MS
    if due_ms > now_ms and info.status not in OVER:
        return due_ms + AFTER_MS
    waits_ms = max(0, now_ms - due_ms) // 4
    return now_ms + min(max(waits_ms, LOOK_MIN_MS), HOUR_MS)


class Agenda:
    """Tickers and when to ask for them; a ticker has one time, the last it was given.

    Args:
        markets_max: Most tickers; what comes beyond is not taken.
    """

    def __init__(self, markets_max: int = MARKETS_MAX) -> None:
        self._markets_max = markets_max
        self._at_ms: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._at_ms)

    def put(self, ticker: str, at_ms: int | None) -> None:
        """Ask for a market at a time, and no more at the one before; None: never."""
        if at_ms is None:
            self._at_ms.pop(ticker, None)
            return
        if self._at_ms.get(ticker) == at_ms:
            return
        if ticker not in self._at_ms and len(self._at_ms) >= self._markets_max:
            return
        self._at_ms[ticker] = at_ms
        heapq.heappush(self._heap, (at_ms, ticker))
        if len(self._heap) > 2 * len(self._at_ms) + 1_000:
            self._heap = [(at_ms, ticker) for ticker, at_ms in self._at_ms.items()]
            heapq.heapify(self._heap)

    def put_sooner(self, ticker: str, at_ms: int) -> None:
        """Ask for a market at a time, unless it is asked for before."""
        before_ms = self._at_ms.get(ticker)
        if before_ms is None or at_ms < before_ms:
            self.put(ticker, at_ms)

    def take(self, now_ms: int, most: int) -> list[str]:
        """Return up to so many tickers whose time has come, and forget their times."""
        due: list[str] = []
        while self._heap and self._heap[0][0] <= now_ms and len(due) < most:
            at_ms, ticker = heapq.heappop(self._heap)
            if self._at_ms.get(ticker) == at_ms:
                del self._at_ms[ticker]
                due.append(ticker)
        return due
