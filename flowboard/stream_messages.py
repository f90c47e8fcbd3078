"""The frames of /ws/stream, version 1, as JSON text; trade objects are rendered once.

Prices, counts and dollars are fixed-point strings under Kalshi's own names. What is the
same for every client is built once and joined; nothing here asks for the time.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, get_args

import msgspec
import numpy as np

from flowboard.feed_status import FeedBlock
from flowboard.market_info import Quote
from flowboard.market_label import Label
from flowboard.markets import Markets
from flowboard.models import (
    LIVE_SOURCES,
    MarketFlow,
    Source,
    TapeEntry,
    Trade,
    TradeBatch,
)
from flowboard.money import (
    DOLLAR_E4,
    format_count_e2,
    format_dollars_e6,
    format_price_e4,
)
from flowboard.subscription import Subscription

VERSION = 1
RECENT_TRADES = 200
THREE_DIGITS = [f"{number:03}" for number in range(1_000)]
TWO_DIGITS = [f"{number:02}" for number in range(100)]

_json = msgspec.json.encode
# The end of a trade object: one that was not live says so.
_SOURCES = {
    source: f'{source}"}}' if source in LIVE_SOURCES else f'{source}","late":true}}'
    for source in get_args(Source)
}

RowFields = dict[str, str]
Field = tuple[str, bytes | int | str]

RECOVERED: tuple[Field, ...] = (("recovered", b"true"),)
LOST: tuple[Field, ...] = (("recovered", b"false"),)


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
        f'"no_price_dollars":"{format_price_e4(DOLLAR_E4 - yes_price_e4)}"'
    )


@lru_cache(65_536)
def _text(text: str) -> str:
    return _json(text).decode()


def render_all(batch: TradeBatch, seqs: Sequence[int] | None = None) -> list[bytes]:
    """Return the trade objects of the stream and the HTTP API, a column at a time.

    Args:
        batch: The trades.
        seqs: Their `seq`, where they do not follow each other without a hole.
    """
    # Six decimals of a dollar as two times three: a table is faster than formatting.
    dollars, millionths = np.divmod(batch.notional_e6, 1_000_000)
    contracts, hundredths = np.divmod(batch.count_e2, 100)
    three, two, bools, sides = (
        THREE_DIGITS,
        TWO_DIGITS,
        ("false", "true"),
        ("no", "yes"),
    )
    return [
        (
            f'{{"seq":{seq},"trade_id":"{trade_id}","market_ticker":'
            f"{_text(trade.market_ticker)},{_prices(trade.yes_price_e4)}"
            f',"count_fp":"{whole}.{two[cents]}","taker_outcome_side":"'
            f'{sides[trade.taker_yes]}","is_block_trade":{bools[trade.is_block_trade]}'
            f',"ts_ms":{trade.ts_ms},"notional_dollars":"{dollar}.{three[high]}'
            f'{three[low]}","received_ts_ms":{trade.received_ms},"source":"'
            f"{_SOURCES[trade.source]}"
        ).encode()
        for seq, trade, trade_id, whole, cents, dollar, high, low in zip(
            batch.seqs if seqs is None else seqs,
            batch.trades,
            _id_texts(batch.trades),
            contracts.tolist(),
            hundredths.tolist(),
            dollars.tolist(),
            (millionths // 1_000).tolist(),
            (millionths % 1_000).tolist(),
            strict=True,
        )
    ]


def render_trades(
    batch: TradeBatch, markets: Markets, seqs: Sequence[int] | None = None
) -> list[TapeEntry]:
    """Return the trades of a batch, each rendered once for all who will read it.

    See `render_all`.
    """
    columns = (
        batch.order_key.tolist(),
        batch.seqs if seqs is None else seqs,
        batch.ts_ms.tolist(),
        batch.markets.tolist(),
        batch.taker_yes.tolist(),
        batch.notional_e6.tolist(),
        markets.combo[batch.markets].tolist(),
        batch.counted.tolist(),
        [trade.source not in LIVE_SOURCES for trade in batch.trades],
        render_all(batch, seqs),
    )
    return list(map(TapeEntry, *columns))


def _id_texts(trades: Sequence[Trade]) -> list[str]:
    """Return the ids as 8-4-4-4-12 lower-case hex digits."""
    digits = b"".join([trade.trade_id for trade in trades]).hex().encode()
    rows = np.frombuffer(digits, "S1").reshape(-1, 32)
    texts = np.full((len(trades), 36), b"-", "S1")
    start = 0
    for end, shift in ((8, 0), (12, 1), (16, 2), (20, 3), (32, 4)):
        texts[:, start + shift : end + shift] = rows[:, start:end]
        start = end
    joined = texts.tobytes().decode("ascii")
    return [joined[place : place + 36] for place in range(0, len(joined), 36)]


def row_object(fields: Mapping[str, str]) -> bytes:
    """Return the fields of a row, whole or changed, as an object."""
    texts = [f'"{key}":{text}' for key, text in fields.items()]
    return ("{" + ",".join(texts) + "}").encode()


def row_change(now: RowFields, before: RowFields) -> RowFields:
    """Return the ticker and the fields that differ; empty where none does."""
    changed = {key: text for key, text in now.items() if text != before[key]}
    if changed:
        return {"market_ticker": now["market_ticker"], **changed}
    return changed


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
    return names_array(markets.tickers[market] for market in market_ids)


def names_array(names: Iterable[str]) -> bytes:
    """Return names as an array."""
    return _json(list(names))


def frame(kind: str, fields: Iterable[Field]) -> bytes:
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


def answer_to(message_id: Any) -> list[Field]:
    """Return the caller's `id` as a field, where it sent one that can be sent back."""
    short_text = isinstance(message_id, str) and len(message_id) <= 64
    if short_text or (type(message_id) is int and abs(message_id) < 1 << 63):
        return [("id", _json(message_id))]
    return []


def missed(from_seq: int, to_seq: int, trades: int) -> Field:
    """Return what a snapshot says to a reader who was too slow for its deltas.

    Args:
        from_seq: The first number that it may not have.
        to_seq: The last; the snapshot's own.
        trades: How many trades of its stream lie between.
    """
    return "missed", _json({"from_seq": from_seq, "to_seq": to_seq, "trades": trades})


def tape_page(trades: Iterable[bytes], seq: int, done: bool) -> bytes:
    """Return a frame of trades from the tape, each rendered already.

    Args:
        trades: By `seq`.
        seq: A reader who has read this frame has every trade up to here.
        done: Whether deltas follow.
    """
    last = b"true" if done else b"false"
    return frame("trades", [("trades", array(trades)), ("seq", seq), ("done", last)])


def pong(message_id: Any) -> bytes:
    """Return the answer to a ping."""
    return frame("pong", answer_to(message_id))


def error(code: str, message: str, message_id: Any = None) -> bytes:
    """Return a refusal: a code for programs, a sentence for people."""
    return frame(
        "error", [*answer_to(message_id), ("code", code), ("message", message)]
    )


def row_fields(
    flow: MarketFlow,
    ticker: str,
    label: Label,
    quote: Quote | None,
    first_mid_e4: int | None,
) -> RowFields:
    """Return a hot row's fields, each value as JSON text.

    Args:
        flow: Its figures.
        ticker: The market.
        label: What it is called.
        quote: Its touch, if it was quoted.
        first_mid_e4: Its mid at the window's start, if that is known.
    """
    mid_e4 = None if quote is None else quote.mid_e4
    if mid_e4 is None or first_mid_e4 is None:
        change_e4 = flow.yes_price_e4 - flow.first_yes_price_e4
    else:
        change_e4 = mid_e4 - first_mid_e4
    fields = {
        "market_ticker": _text(ticker),
        **_label_fields(label),
        "yes_price_dollars": _price(flow.yes_price_e4),
        "first_yes_price_dollars": _price(flow.first_yes_price_e4),
        **_quote_fields(quote),
        "mid_dollars": _price_or_null(mid_e4),
        "first_mid_dollars": _price_or_null(first_mid_e4),
        "change_dollars": _price(change_e4),
        "notional_dollars": _dollars(flow.yes_flow_e6 + flow.no_flow_e6),
        "yes_flow_dollars": _dollars(flow.yes_flow_e6),
        "no_flow_dollars": _dollars(flow.no_flow_e6),
        "net_flow_fp": f'"{format_count_e2(flow.net_flow_e2)}"',
        "volume_fp": f'"{flow.volume_e2 // 100}.{flow.volume_e2 % 100:02}"',
        "trade_count": str(flow.trade_count),
        "last_trade_ts_ms": str(flow.last_trade_ts_ms),
    }
    if flow.heat is not None:
        fields["heat"] = str(flow.heat)
    fields["sparkline"] = _json(flow.sparkline).decode()
    return fields


def _label_fields(label: Label) -> RowFields:
    return {
        "title": "null" if label.title is None else _text(label.title),
        "outcome": _text(label.outcome),
        "short_label": _text(label.short_label),
        "event_ticker": _text(label.event_ticker),
        "event_title": _text(label.event_title),
        "ends_ts_ms": "null" if label.ends_ms is None else str(label.ends_ms),
        "ends_by": "null" if label.ends_by is None else f'"{label.ends_by}"',
    }


def _quote_fields(quote: Quote | None) -> RowFields:
    bid_e4 = ask_e4 = spread_e4 = None
    if quote is not None:
        bid_e4 = quote.bid_e4 or None
        ask_e4 = quote.ask_e4 if quote.ask_e4 < DOLLAR_E4 else None
        spread_e4 = quote.spread_e4
    return {
        "yes_bid_dollars": _price_or_null(bid_e4),
        "yes_ask_dollars": _price_or_null(ask_e4),
        "spread_dollars": _price_or_null(spread_e4),
    }


def _price_or_null(price_e4: int | None) -> str:
    return "null" if price_e4 is None else _price(price_e4)


@lru_cache(32_768)
def _price(price_e4: int) -> str:
    return f'"{format_price_e4(price_e4)}"'


def _dollars(dollars_e6: int) -> str:
    """What was paid is never below nothing, which makes it quick to write."""
    return f'"{dollars_e6 // 1_000_000}.{dollars_e6 % 1_000_000:06}"'
