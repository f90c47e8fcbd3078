"""A page of `GET /markets/trades` -> `Trade`s, checked as strictly as frames are.

REST writes `ticker` for `market_ticker` and tells the time as `created_time`, RFC 3339
with up to nine decimals and trailing zeros trimmed. Decimals behind the millisecond are
cut, not rounded, as in the frames' `ts_ms`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from flowboard.errors import BadFrame
from flowboard.kalshi import fields
from flowboard.kalshi.messages import UNREADABLE
from flowboard.kalshi.older_forms import old_trade
from flowboard.models import Source, Trade

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?([Zz]|[+-]\d\d:\d\d)"
)


@dataclass(frozen=True)
class TradesPage:
    """One page, newest trade first.

    Attributes:
        trades: The rows that could be read.
        cursor: Where the next, older page begins; "" on the last.
        refused: How many rows could not be read.
        why: What was wrong with the first of those.
    """

    trades: list[Trade]
    cursor: str
    refused: int
    why: str | None


class _Page(msgspec.Struct, gc=False):
    trades: list[msgspec.Raw]
    cursor: str | None = None


class PageReader:
    """Bodies of `GET /markets/trades` -> `TradesPage`s.

    Args:
        memory: What was read before; shared with the frames where given.
    """

    def __init__(self, memory: fields.FieldMemory | None = None) -> None:
        self._decode = msgspec.json.Decoder(_Page).decode
        self._row = msgspec.json.Decoder(dict[str, Any]).decode
        self._memory = memory or fields.FieldMemory()
        self._seconds_ms = fields.Remembered(_second_ms)

    def read(self, body: bytes, received_ms: int, source: Source) -> TradesPage:
        """Return the page in `body`; a bad row is counted and left out.

        Raises:
            BadFrame: Not a page of trades at all.
        """
        try:
            page = self._decode(body)
        except UNREADABLE as error:
            raise BadFrame(f"not a page of trades: {error}") from error
        trades: list[Trade] = []
        refused = 0
        why: str | None = None
        for raw in page.trades:
            try:
                trades.append(self._trade(raw, received_ms, source))
            except BadFrame as error:
                refused += 1
                why = why or str(error)
        return TradesPage(trades, page.cursor or "", refused, why)

    def _trade(self, raw: msgspec.Raw, received_ms: int, source: Source) -> Trade:
        try:
            row = self._row(raw)
        except UNREADABLE as error:
            raise BadFrame(f"not a row: {error}") from error
        row["market_ticker"] = row.get("ticker")
        row["ts_ms"] = self._created_ms(row.get("created_time"))
        return old_trade(row, received_ms, self._memory, source)

    def _created_ms(self, text: object) -> int:
        match = _TIME.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise BadFrame(f"created_time {str(text)[:40]!r} is not RFC 3339")
        second, fraction, zone = match.groups()
        millis = int(fraction[:3].ljust(3, "0")) if fraction else 0
        return self._seconds_ms[f"{second}{zone}".upper()] + millis


def _second_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadFrame(f"created_time {text!r} is no time") from error
    return int(moment.timestamp()) * 1000
