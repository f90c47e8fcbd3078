"""The frames of /ws/stream, version 1, as JSON text; trade objects are rendered once.

Prices, counts and dollars are fixed-point strings under Kalshi's own names. What is the
same for every client is built once and joined; nothing here asks for the time.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from flowboard.feed_status import FeedBlock
from flowboard.markets import Markets
from flowboard.models import MarketFlow, TapeEntry, Trade, TradeBatch
from flowboard.money import (
    DOLLAR_E4,
    format_count_e2,
    format_dollars_e6,
    format_price_e4,
)
from flowboard.subscription import Subscription

VERSION = 1
RECENT_TRADES = 200

_json = msgspec.json.encode


class Stats(Protocol):
    """Figures of the whole board; see `board.Stats`."""

    @property
    def trades_total(self) -> int:
        """Stored trades of this installation."""

    @property
    def trades_per_s(self) -> float:
        """Over the last minute."""

    @property
    def active_markets(self) -> int:
        """Markets with a trade in the window."""

    @property
    def notional_e6(self) -> int:
        """Dollars in the window."""


@lru_cache(16_384)
def _prices(yes_price_e4: int) -> str:
    return (
        f'"yes_price_dollars":"{format_price_e4(yes_price_e4)}",'
        f'"no_price_dollars":"{format_price_e4(DOLLAR_E4 - yes_price_e4)}","count_fp":"'
    )


@lru_cache(65_536)
def _text(text: str) -> str:
    return _json(text).decode()


@lru_cache(65_536)
def _count(count_e2: int) -> str:
    return format_count_e2(count_e2)


def render_trade(seq: int, trade: Trade) -> bytes:
    """Return the trade object of the stream and the HTTP API."""
    h = trade.trade_id.hex()
    price_e4 = trade.yes_price_e4
    if trade.taker_yes:
        side, dollars_e6 = "yes", trade.count_e2 * price_e4
    else:
        side, dollars_e6 = "no", trade.count_e2 * (DOLLAR_E4 - price_e4)
    return (
        f'{{"seq":{seq},"trade_id":"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}",'
        f'"market_ticker":{_text(trade.market_ticker)},{_prices(price_e4)}'
        f'{_count(trade.count_e2)}","taker_outcome_side":"{side}","is_block_trade":'
        f'{"true" if trade.is_block_trade else "false"},"ts_ms":{trade.ts_ms},'
        f'"notional_dollars":"{dollars_e6 // 1000000}.{dollars_e6 % 1000000:06}",'
        f'"received_ts_ms":{trade.received_ms},"source":"{trade.source}"}}'
    ).encode()


def render_trades(batch: TradeBatch, markets: Markets) -> list[TapeEntry]:
    """Return the trades of a batch, each rendered once for all who will read it."""
    seqs = range(batch.first_seq, batch.first_seq + len(batch))
    return [
        TapeEntry(
            key, seq, trade.ts_ms, notional_e6, combo, counted, render_trade(seq, trade)
        )
        for key, seq, trade, notional_e6, combo, counted in zip(
            batch.order_key.tolist(),
            seqs,
            batch.trades,
            batch.notional_e6.tolist(),
            markets.combo[batch.markets].tolist(),
            batch.counted.tolist(),
            strict=True,
        )
    ]


def render_row(flow: MarketFlow, markets: Markets) -> bytes:
    """Return a whole hot row."""
    return _object(_row_fields(flow, markets)).encode()


def render_change(
    flow: MarketFlow, old: MarketFlow, markets: Markets, retitled: bool
) -> bytes | None:
    """Return the ticker and the changed fields of a row, None where none changed.

    Args:
        flow: The row now.
        old: The same market's row as readers have it.
        markets: Tickers and titles.
        retitled: Whether the title is new to readers.
    """
    if flow == old and not retitled:
        return None
    now, before = _row_fields(flow, markets), _row_fields(old, markets)
    changed = {key: text for key, text in now.items() if text != before[key]}
    if retitled:
        changed["title"] = now["title"]
    return _object({"market_ticker": now["market_ticker"], **changed}).encode()


def render_stats(stats: Stats) -> bytes:
    """Return the stats object."""
    return (
        f'{{"trades_total":{stats.trades_total},"trades_per_s":{stats.trades_per_s},'
        f'"active_markets":{stats.active_markets},'
        f'"notional_dollars":"{format_dollars_e6(stats.notional_e6)}"}}'
    ).encode()


def feed_object(feed: FeedBlock) -> bytes:
    """Return the feed object."""
    return _json(feed)


def subscription_object(subscription: Subscription) -> bytes:
    """Return a subscription as a client would write it."""
    return _json(subscription.public())


def array(items: Iterable[bytes]) -> bytes:
    """Return rendered objects as an array."""
    return b"[" + b",".join(items) + b"]"


def tickers_array(market_ids: Iterable[int], markets: Markets) -> bytes:
    """Return the tickers of `market_ids` as an array."""
    return _json([markets.tickers[market] for market in market_ids])


def frame(kind: str, fields: Sequence[tuple[str, bytes | int | str]]) -> bytes:
    """Return a frame of type `kind`.

    Args:
        kind: Its `type`.
        fields: Keys and values in their order: bytes are JSON already.
    """
    parts = [b'{"type":"', kind.encode(), b'"']
    for key, value in fields:
        parts += (b',"', key.encode(), b'":')
        parts.append(value if isinstance(value, bytes) else _json(value))
    parts.append(b"}")
    return b"".join(parts)


def answer_to(message_id: Any) -> list[tuple[str, bytes | int | str]]:
    """Return the caller's `id` as a field, where it sent one that can be sent back."""
    short_text = isinstance(message_id, str) and len(message_id) <= 64
    if short_text or (type(message_id) is int and abs(message_id) < 1 << 63):
        return [("id", _json(message_id))]
    return []


def pong(message_id: Any) -> bytes:
    """Return the answer to a ping."""
    return frame("pong", answer_to(message_id))


def error(code: str, message: str, message_id: Any = None) -> bytes:
    """Return a refusal: a code for programs, a sentence for people."""
    return frame(
        "error", [*answer_to(message_id), ("code", code), ("message", message)]
    )


def _row_fields(flow: MarketFlow, markets: Markets) -> dict[str, str]:
    title = markets.titles[flow.market]
    fields = {
        "market_ticker": _text(markets.tickers[flow.market]),
        "title": "null" if title is None else _text(title),
        "yes_price_dollars": _quoted(format_price_e4(flow.yes_price_e4)),
        "first_yes_price_dollars": _quoted(format_price_e4(flow.first_yes_price_e4)),
        "change_dollars": _quoted(
            format_price_e4(flow.yes_price_e4 - flow.first_yes_price_e4)
        ),
        "notional_dollars": _quoted(format_dollars_e6(flow.notional_e6)),
        "yes_flow_dollars": _quoted(format_dollars_e6(flow.yes_flow_e6)),
        "no_flow_dollars": _quoted(format_dollars_e6(flow.no_flow_e6)),
        "net_flow_fp": _quoted(format_count_e2(flow.net_flow_e2)),
        "volume_fp": _quoted(format_count_e2(flow.volume_e2)),
        "trade_count": str(flow.trade_count),
        "last_trade_ts_ms": str(flow.last_trade_ts_ms),
    }
    if flow.heat is not None:
        fields["heat"] = str(flow.heat)
    fields["sparkline"] = _json(flow.sparkline).decode()
    return fields


def _object(fields: dict[str, str]) -> str:
    return "{" + ",".join(f'"{key}":{text}' for key, text in fields.items()) + "}"


def _quoted(text: str) -> str:
    return f'"{text}"'
