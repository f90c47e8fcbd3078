"""Deltas as the server makes them while trades pour in, for the page's speed and memory."""

import asyncio
import random

from tests.page_markets import market
from tests.page_stage import START_MS, Frame, Stage, delta, snapshot, stats, trade

BEATS_A_S = 10
ROWS = 100
MARKETS = 3_000  # That trade; a hundred are on the list.
WHALE_DOLLARS = 2_000
KEYS = (
    "market_ticker",
    "notional_dollars",
    "yes_flow_dollars",
    "net_flow_fp",
    "volume_fp",
    "trade_count",
    "yes_price_dollars",
    "change_dollars",
    "sparkline",
)


class Pour:
    """Absolute values of what changed, new prints: so many trades a second."""

    def __init__(self, trades_a_s: int) -> None:
        self._dice = random.Random(trades_a_s)
        self._a_beat = trades_a_s // BEATS_A_S
        self._rows = [market(n) for n in range(ROWS)]
        self._tickers: list[str] = [market(n)["market_ticker"] for n in range(MARKETS)]
        self._offset, self._seq = 7, 10_000

    def snapshot(self) -> Frame:
        """Return the board that the deltas go on from."""
        return snapshot(hot_markets=self._rows)

    def next(self) -> Frame:
        """Return the next beat."""
        dice = self._dice
        prints: list[Frame] = []
        changed: set[int] = set()
        self._offset += 1
        now_ms = START_MS + self._offset * 1000 // BEATS_A_S
        for _ in range(self._a_beat):
            self._seq += 1
            # Half of the trades are made in the markets on the list.
            n = dice.randrange(ROWS if dice.random() < 0.5 else MARKETS)
            ticker = self._tickers[n]
            prints.append(trade(self._seq, market_ticker=ticker, ts_ms=now_ms))
            if n < ROWS:
                changed.add(n)
        whales = [p for p in prints if float(p["notional_dollars"]) > WHALE_DOLLARS]
        return delta(
            self._offset,
            trades=prints,
            hot_markets=[self._change(n) for n in sorted(changed)],
            whales=whales[:2],
            window_from_ms=now_ms - 300_000,
            window_to_ms=now_ms,
            ts_ms=now_ms,
            stats=stats(trades_total=self._seq),
        )

    def _change(self, n: int) -> Frame:
        dice, row = self._dice, self._rows[n]
        spent = float(row["notional_dollars"]) + dice.random() * 50
        flow = float(row["yes_flow_dollars"]) + dice.random() * 20
        row |= {
            "notional_dollars": f"{spent:.6f}",
            "yes_flow_dollars": f"{flow:.6f}",
            "net_flow_fp": f"{float(row['net_flow_fp']) + dice.uniform(-9, 9):.2f}",
            "volume_fp": f"{float(row['volume_fp']) + 7:.2f}",
            "trade_count": row["trade_count"] + 1,
            "yes_price_dollars": f"{dice.randrange(1, 100) / 100:.4f}",
            "change_dollars": f"{dice.randrange(-9, 10) / 100:.4f}",
            "sparkline": [*row["sparkline"][1:], dice.randrange(100, 9900, 100)],
        }
        return {key: row[key] for key in KEYS}


async def poured(stage: Stage, pour: Pour, seconds: float) -> None:
    """Send beats at their pace; one that is late is made up for."""
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    for beat in range(int(seconds * BEATS_A_S)):
        await stage.send(pour.next())
        ahead_s = start_s + (beat + 1) / BEATS_A_S - loop.time()
        await asyncio.sleep(max(0, ahead_s))
