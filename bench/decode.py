"""Decode + validate + normalise one trade frame, beside `json.loads` + a hand check.

    python -m bench.decode

Both read the same frames in the same run, turn about, five rounds; the medians count.
The yardstick stops at knowing that the fields are there and of the right type. Ours
ends with the `Trade` of the product: integers, 16 bytes of id, everything checked.
"""

import json
import platform
import random
import statistics
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from flowboard.kalshi.messages import Decoder
from flowboard.money import format_count_e2, format_price_e4

FRAMES = 100_000
ROUNDS = 5
MARKETS = 5_000
STEP_MS = 6  # Between two trades: 167 a second.
GOAL = 2.5


def frames(
    count: int, market_count: int = MARKETS, step_ms: int = STEP_MS
) -> list[bytes]:
    """Invented frames of today's form: Zipf over the markets, small sizes more often.

    Three in ten sizes are fractions of a contract, and so seldom seen before.
    """
    rng = random.Random(1)
    weights = [1 / (rank + 1) for rank in range(market_count)]
    markets = rng.choices(range(market_count), weights, k=count)
    return [
        _frame(rng, seq, market, 1_795_219_200_000 + seq * step_ms)
        for seq, market in enumerate(markets, 1)
    ]


def _frame(rng: random.Random, seq: int, market: int, ts_ms: int) -> bytes:
    yes_e4 = rng.randrange(1, 100) * 100
    yes = rng.random() < 0.5
    contracts = min(rng.lognormvariate(2.3, 1.6), 50_000)
    whole = rng.random() < 0.7
    size_e2 = 100 * int(contracts + 1) if whole else 1 + int(contracts * 100)
    frame = {
        "type": "trade",
        "sid": 1,
        "seq": seq,
        "msg": {
            "trade_id": str(uuid.UUID(int=rng.getrandbits(128))),
            "market_ticker": f"KXBENCH-26NOV21-T{market}",
            "yes_price_dollars": format_price_e4(yes_e4),
            "no_price_dollars": format_price_e4(10_000 - yes_e4),
            "count_fp": format_count_e2(size_e2),
            "taker_side": "yes" if yes else "no",
            "taker_outcome_side": "yes" if yes else "no",
            "taker_book_side": "bid" if yes else "ask",
            "is_block_trade": False,
            "ts": ts_ms // 1000,
            "ts_ms": ts_ms,
        },
        "sending_ts_ms": ts_ms + 4,
    }
    return json.dumps(frame, separators=(",", ":")).encode() + b"\n"


def by_hand(raw: bytes) -> dict[str, object]:
    """The yardstick: `json.loads`, then each kept field looked at."""
    frame = json.loads(raw)
    if frame["type"] != "trade":
        raise ValueError(frame["type"])
    message = frame["msg"]
    if (
        not isinstance(message["trade_id"], str)
        or not isinstance(message["market_ticker"], str)
        or not isinstance(message["yes_price_dollars"], str)
        or not isinstance(message["no_price_dollars"], str)
        or not isinstance(message["count_fp"], str)
        or message["taker_outcome_side"] not in ("yes", "no")
        or not isinstance(message["ts_ms"], int)
        or not isinstance(message.get("is_block_trade", False), bool)
    ):
        raise ValueError("a field is of the wrong type")
    return message


def cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one run of `work`."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Run, and print both figures and their ratio."""
    raws = frames(FRAMES)
    yardstick: list[float] = []
    ours: list[float] = []

    def hand() -> None:
        for raw in raws:
            by_hand(raw)

    def product() -> None:
        decoder = Decoder()
        decode, trade = decoder.decode, decoder.trade
        for raw in raws:
            trade(decode(raw), 1_795_219_200_000)

    for _ in range(ROUNDS):
        yardstick.append(cpu_s(hand))
        ours.append(cpu_s(product))
    hand_us = statistics.median(yardstick) / FRAMES * 1e6
    ours_us = statistics.median(ours) / FRAMES * 1e6
    now = datetime.now(UTC).date()
    print(f"decode: {platform.machine()}, Python {platform.python_version()}, {now}")
    print(
        f"  {FRAMES:,} frames of {len(raws[0])} bytes, median of {ROUNDS} rounds, CPU"
    )
    print(f"  json.loads + hand check       {hand_us:6.3f} us a frame")
    print(f"  decode, validate, normalise   {ours_us:6.3f} us a frame")
    ratio = hand_us / ours_us
    print(
        f"  ratio {ratio:.2f}x (goal {GOAL}x): {'met' if ratio >= GOAL else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
