"""A file of trades in REST shape -> prints, at its own times or shifted to now.

JSON lines, plain or gzipped, oldest first. Fields that later exchanges added may be
missing: the side is read from any of its three fields, the NO price is one minus the
YES price, a trade without ``is_block_trade`` is none.
"""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import orjson

from flowboard.errors import ConfigError
from flowboard.money import DOLLAR_E4, parse_count_e2, parse_price_e4
from flowboard.simulator.prints import Print, parse_created_us

TICKER_LENGTH_MAX = 200
TICKER_MARKS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
)
HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def print_of_object(trade: object) -> Print:
    """Return the print of one decoded REST trade.

    Raises:
        ValueError: It is no trade; the text says why.
    """
    if not isinstance(trade, dict):
        raise ValueError("not a JSON object")
    ticker = _text(trade, "ticker")
    if not 0 < len(ticker) <= TICKER_LENGTH_MAX or not TICKER_MARKS.issuperset(ticker):
        raise ValueError(f"{ticker[:40]!r} is not a ticker")
    trade_id = _text(trade, "trade_id")
    if [len(part) for part in trade_id.split("-")] != [8, 4, 4, 4, 12] or not (
        HEX_DIGITS.issuperset(trade_id.replace("-", ""))
    ):
        raise ValueError(f"{trade_id[:40]!r} is not a trade_id")
    yes_e4 = parse_price_e4(_text(trade, "yes_price_dollars"))
    if not 0 <= yes_e4 <= DOLLAR_E4:
        raise ValueError("yes_price_dollars is not from 0 to 1")
    no = trade.get("no_price_dollars")
    if no is not None and parse_price_e4(str(no)) != DOLLAR_E4 - yes_e4:
        raise ValueError("the two prices do not sum to 1")
    count_e2 = parse_count_e2(_text(trade, "count_fp"))
    if count_e2 <= 0:
        raise ValueError("count_fp is not above 0")
    return Print(
        trade_id,
        ticker,
        yes_e4,
        count_e2,
        _taker_yes(trade),
        trade.get("is_block_trade") is True,
        parse_created_us(_text(trade, "created_time")),
    )


def _text(trade: dict[str, object], key: str) -> str:
    value = trade.get(key)
    if not isinstance(value, str):
        raise ValueError(f"no {key}")
    return value


def _taker_yes(trade: dict[str, object]) -> bool:
    outcome = trade.get("taker_outcome_side") or trade.get("taker_side")
    if outcome in ("yes", "no"):
        return outcome == "yes"
    book = trade.get("taker_book_side")
    if book in ("bid", "ask"):
        return book == "bid"
    raise ValueError("no taker side")


def read_tape(path: Path) -> Iterator[Print]:
    """Yield the prints of a tape.

    Raises:
        ConfigError: The file cannot be read, or a line is no trade; the text names it.
    """
    line_number = 0
    try:
        with _open(path) as file:
            for line in file:
                line_number += 1
                if line.strip():
                    yield print_of_object(orjson.loads(line))
    except ValueError as error:
        raise ConfigError(
            "--tape",
            f"line {line_number} of {path} is no trade in REST shape ({error})",
            "give JSON lines as GET /markets/trades answers them",
        ) from None
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            "--tape",
            f"{path} cannot be read ({reason})",
            "give a file of JSON lines, plain or .gz",
        ) from None


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


class TapeTimes:
    """When each print of a tape is traded, and what time it then bears.

    Args:
        first_us: The first print's own time.
        speed: Factor on the tape's time; None trades as fast as readers take it.
        keep: Whether prints keep their own times.
        now_us: The machine's clock.
    """

    def __init__(
        self,
        first_us: int,
        speed: float | None,
        keep: bool,
        now_us: Callable[[], int],
    ) -> None:
        self._first_us = first_us
        self._speed = speed
        self._keep = keep
        self._now_us = now_us
        self._start_us = now_us()
        self._own_us = first_us
        self._last_us = self._start_us

    def place(self, trade: Print) -> int:
        """Give `trade` its time; return when it is due on the machine's clock.

        A shifted print bears the time at which it is due. At full speed that is now,
        later than the print before it unless both bore the same time on the tape.
        """
        own_us = trade.created_us
        if self._speed is None:
            due_us = self._last_us
            if own_us != self._own_us:
                due_us = max(self._now_us(), self._last_us + 1)
        else:
            due_us = self._start_us + round((own_us - self._first_us) / self._speed)
        self._own_us, self._last_us = own_us, due_us
        if not self._keep:
            trade.created_us = due_us
        return 0 if self._speed is None else due_us
