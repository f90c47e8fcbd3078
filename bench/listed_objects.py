"""Markets, events and series out of recordings: is anything lost of what is kept?

Each object is written to a database as a board does, read again, and held against its
source: every value that is kept against the key that it comes from, by a second reading
that shares nothing with the first; and the JSON that is kept, against all of it.
"""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from flowboard.database import Database
from flowboard.errors import BadFrame
from flowboard.kalshi.market_objects import (
    event_info,
    market_info,
    market_quote,
    series_info,
)
from flowboard.market_info import EventInfo, MarketInfo, SeriesInfo
from flowboard.market_label import label_of

Info = MarketInfo | EventInfo | SeriesInfo
Object = dict[str, Any]

TEXTS: dict[str, dict[str, str]] = {
    "market": {
        "ticker": "ticker",
        "event_ticker": "event_ticker",
        "title": "title",
        "outcome": "yes_sub_title",
        "no_outcome": "no_sub_title",
        "status": "status",
        "result": "result",
        "strike_type": "strike_type",
        "grid": "price_level_structure",
    },
    "event": {
        "ticker": "event_ticker",
        "series_ticker": "series_ticker",
        "title": "title",
        "sub_title": "sub_title",
        "category": "category",
    },
    "series": {
        "ticker": "ticker",
        "title": "title",
        "category": "category",
        "frequency": "frequency",
        "fee_type": "fee_type",
    },
}
TIMES = {
    "open_ms": "open_time",
    "close_ms": "close_time",
    "expected_ms": "expected_expiration_time",
    "occurrence_ms": "occurrence_datetime",
    "settled_ms": "settlement_ts",
}
STRIKES = ("floor_strike", "cap_strike")
READERS = {"market": market_info, "event": event_info, "series": series_info}


def objects_in(value: Any) -> Iterator[tuple[str, Object]]:
    """Yield every market, event and series inside a body, with its kind."""
    if isinstance(value, list):
        for item in value:
            yield from objects_in(item)
    elif isinstance(value, dict):
        kind = _kind_of(value)
        if kind is not None:
            yield kind, value
        for inner in value.values():
            yield from objects_in(inner)


def _kind_of(value: Object) -> str | None:
    keys = value.keys()
    if {"ticker", "market_type"} <= keys:
        return "market"
    if {"event_ticker", "series_ticker", "title"} <= keys:
        return "event"
    return "series" if {"ticker", "frequency", "category"} <= keys else None


class ObjectReport:
    """Objects that were found, and what was lost of them."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.losses: Counter[str] = Counter()
        self.quotes = 0
        self._told: dict[tuple[str, str], tuple[Info, Object]] = {}

    def add(self, body: Any) -> None:
        """Read all objects of a body, and hold what is kept against them."""
        for kind, source in objects_in(body):
            self.found[kind] += 1
            try:
                info: Info = READERS[kind](source, 0)
            except BadFrame:
                self.refused[kind] += 1
                continue
            for loss in _losses(kind, source, info):
                self.losses[loss] += 1
            if kind == "market":
                self._quote(source)
            whole = {
                k: v for k, v in source.items() if (kind, k) != ("event", "markets")
            }
            self._told[kind, info.ticker] = info, whole

    async def keep(self) -> int:
        """Write what was read last of each, read it again; return how many differ."""
        with tempfile.TemporaryDirectory() as name:
            async with Database.open(Path(name) / "objects.db") as database:
                directory = database.markets.directory
                for info, _ in self._told.values():
                    database.markets.learn(info)
                told = [(i, json.dumps(s).encode()) for i, s in self._told.values()]
                await database.listings.save(told)
                kept = {(type(i), i.ticker): i for i in database.listings.read()}
                wrong = 0
                for (kind, ticker), (info, source) in self._told.items():
                    # An event comes back with its markets alone.
                    back = kind != "event" or bool(directory.members(ticker))
                    wrong += back and kept.get((type(info), ticker)) != info
                    raws = await database.listings.raws(ticker, ticker, ticker)
                    raw = raws[list(READERS).index(kind)]
                    wrong += raw is None or json.loads(raw) != source
                    wrong += kind == "market" and not label_of(ticker, directory)
                return wrong

    def lines(self, wrong: int) -> list[str]:
        """Return the table."""
        out = [f"{'object':24}{'found':>10}{'refused':>13}{'different':>13}"]
        different = Counter(
            kind for _, (info, _) in self._told.items() for kind in [_name(info)]
        )
        out += [
            f"{kind:24}{number:>10}{self.refused[kind]:>13}{different[kind]:>13}"
            for kind, number in sorted(self.found.items())
        ]
        out.append(f"quotes of markets: {self.quotes}")
        out.append(f"values lost: {sum(self.losses.values())}; kept wrongly: {wrong}")
        out += [f"    {number} x {text}" for text, number in self.losses.most_common(9)]
        return out

    def _quote(self, source: Object) -> None:
        quote = market_quote(source, 0)
        if quote is None:
            return
        self.quotes += 1
        for name, price_e4, none_e4 in (
            ("yes_bid", quote.bid_e4, 0),
            ("yes_ask", quote.ask_e4, 10_000),
        ):
            told = source.get(f"{name}_dollars")
            dollars = Decimal(told) if told else Decimal(source[name]) / 100
            expected = dollars * 10_000
            if expected in (0, 10_000):
                expected = Decimal(none_e4)
            if price_e4 != expected:
                self.losses[f"market {name}"] += 1


def _name(info: Info) -> str:
    return type(info).__name__.removesuffix("Info").lower()


def _losses(kind: str, source: Object, info: Info) -> Iterator[str]:
    for name, key in TEXTS[kind].items():
        told = " ".join((source.get(key) or "").replace("**", "").split())
        if getattr(info, name) != told:
            yield f"{kind} {key}"
    if isinstance(info, MarketInfo):
        for name, key in TIMES.items():
            told = source.get(key)
            at = datetime.fromisoformat(told) if told else None
            expected = None if at is None else int(Decimal(str(at.timestamp())) * 1000)
            if getattr(info, name) != expected:
                yield f"{kind} {key}"
        for key in STRIKES:
            if getattr(info, key) != source.get(key):
                yield f"{kind} {key}"
        legs = [
            {k: leg.get(k, "") for k in ("event_ticker", "market_ticker", "side")}
            for leg in source.get("mve_selected_legs") or []
        ]
        if msgspec.to_builtins(list(info.legs)) != legs:
            yield f"{kind} mve_selected_legs"
        paid = source.get("settlement_value_dollars")
        expected_e4 = int(Decimal(paid) * 10_000) if paid else None
        if info.settlement_value_e4 != expected_e4:
            yield f"{kind} settlement_value_dollars"
    elif isinstance(info, EventInfo):
        if info.mutually_exclusive is not bool(source.get("mutually_exclusive")):
            yield f"{kind} mutually_exclusive"
    elif list(info.tags) != (source.get("tags") or []):
        yield f"{kind} tags"


def kept_wrongly(report: ObjectReport) -> int:
    """Return how many objects are not the same after they were written and read."""
    return asyncio.run(report.keep())
