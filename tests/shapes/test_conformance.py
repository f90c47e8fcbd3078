"""Recordings are found in whatever wraps them, and counted by type."""

import gzip
import json
from pathlib import Path
from typing import Any

from bench.conformance import Report
from bench.recordings import FOREIGN, messages

TRADE_MSG = {
    "trade_id": "3f0c1a52-7b1d-4d0e-0b6a-91c2d7e5aa10",
    "market_ticker": "KXDEMO-26NOV21-T50",
    "yes_price_dollars": "0.3600",
    "no_price_dollars": "0.6400",
    "count_fp": "136.00",
    "taker_side": "no",
    "ts_ms": 1_795_219_200_123,
}
FRAME = {"type": "trade", "sid": 1, "seq": 1, "msg": TRADE_MSG}
ROW = {
    "trade_id": "3f0c1a52-7b1d-4d0e-0b6a-91c2d7e5aa10",
    "ticker": "KXDEMO-26NOV21-T50",
    "yes_price_dollars": "0.3600",
    "no_price_dollars": "0.6400",
    "count_fp": "136.00",
    "taker_side": "no",
    "created_time": "2026-11-21T00:00:00.123Z",
}
OTHER_PRODUCT = {"type": "trade", "sid": 1, "msg": {"price": "4.83", "count": "1.00"}}


def write_lines(path: Path, *records: Any) -> None:
    lines = "".join(json.dumps(record) + "\n\n" for record in records).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)


def kinds(folder: Path) -> list[str]:
    return [message.kind for message in messages(folder)]


def test_wrappers_come_off(tmp_path: Path) -> None:
    """Bare, wrapped and taken-apart frames, bodies with and without metadata."""
    write_lines(
        tmp_path / "a.jsonl.gz",
        FRAME,
        {"at": "2026", "ordinal": 3, "frame": FRAME},
        {"event_type": "trade", "sequence_number": 7, "payload_json": TRADE_MSG},
        {"event_type": "ws_connected", "payload_json": {}},
        ROW,
        {"date": "2026", "price": 0.4},
    )
    body = {"_metadata": {}, "response": {"cursor": "", "trades": [ROW, ROW]}}
    (tmp_path / "b.json").write_text(json.dumps(body))
    (tmp_path / "b.meta.json").write_text("{}")
    (tmp_path / "c.json").write_text('{"error":{"code":"x","message":"x"}}')

    assert kinds(tmp_path) == [
        *["trade"] * 3,
        FOREIGN,
        "rest.trade",
        FOREIGN,
        "rest.trades",
        *["rest.trade"] * 2,
        "rest.error.nested",
    ]


def test_what_is_read_and_refused_is_counted(tmp_path: Path) -> None:
    """Good trades are read, another product's are refused, unknown types read over."""
    bad_row = ROW | {"count_fp": "none"}
    write_lines(tmp_path / "a.jsonl", FRAME, OTHER_PRODUCT, {"type": "news"}, ROW)
    write_lines(tmp_path / "b.jsonl", bad_row)
    report = Report()
    for message in messages(tmp_path):
        report.add(message)

    assert report.counts["trade"] == {
        "read": 1,
        "refused": 1,
        "as told": 1,
        "not as told": 1,
    }
    assert report.counts["news"] == {"read over": 1}
    assert report.counts["rest.trade"] == {
        "read": 1,
        "refused": 1,
        "as told": 1,
        "not as told": 1,
        "as tape": 1,
        "no tape": 1,
    }
    assert any("b.jsonl" in line for line in report.lines(why=True))
