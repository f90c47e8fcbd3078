"""A folder of recordings -> the exchange's own messages, out of whatever wraps them.

People who record wrap: frames in ``{"at", "frame"}``, bodies in ``{"_metadata",
"response"}``, a recorder's own columns around the ``msg`` of a frame. Here all that is
taken off. What was not the exchange's to begin with is told apart as "foreign".
"""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.shapes.checker import shape_of_frame

ENDINGS = (".jsonl", ".jsonl.gz", ".json", ".json.gz")
CASSETTES = (".yaml", ".yml")
# The body of an answer in a cassette of requests: JSON as a quoted YAML scalar.
_BODY = re.compile(r"\bstring: '((?:[^']|'')*)'")
_FOLD = re.compile(r"\n\s*")
FOREIGN = "foreign"


@dataclass(frozen=True)
class Message:
    """One message: a frame (`kind` is its type), or a body (`kind` is its shape).

    `kind` FOREIGN is a record that is no message of the exchange.
    """

    file: str
    kind: str
    is_frame: bool
    content: Any


def bodies(folder: Path) -> Iterator[Any]:
    """Yield every record under `folder` as it is, wrapped or not, cassettes too."""
    for path in sorted(folder.rglob("*")):
        if path.name.endswith(ENDINGS) and not path.name.endswith(".meta.json"):
            yield from _records(path)
        elif path.name.endswith(CASSETTES):
            for match in _BODY.finditer(path.read_text("utf-8")):
                yield json.loads(_FOLD.sub(" ", match[1]).replace("''", "'"))


def messages(folder: Path) -> Iterator[Message]:
    """Yield every message under `folder`, file by file, in order."""
    for path in sorted(folder.rglob("*")):
        if not path.name.endswith(ENDINGS) or path.name.endswith(".meta.json"):
            continue
        name = str(path.relative_to(folder))
        for record in _records(path):
            yield from _unwrapped(name, record)


def _records(path: Path) -> Iterator[Any]:
    packed = path.suffix == ".gz"
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        if ".jsonl" in path.name:
            for line in file:
                if line.strip():
                    yield json.loads(line)
        else:
            yield json.loads(file.read())


def _unwrapped(name: str, record: Any) -> Iterator[Message]:
    if not isinstance(record, dict):
        yield Message(name, FOREIGN, False, record)
    elif isinstance(record.get("frame"), dict):
        yield _frame(name, record["frame"])
    elif "response" in record and "_metadata" in record:
        yield from _body(name, record["response"])
    elif "payload_json" in record:
        yield _of_recorder(name, record)
    elif isinstance(record.get("type"), str):
        yield _frame(name, record)
    elif "path" in record and isinstance(record.get("markets"), dict):
        for market in record["markets"].values():
            yield Message(name, "rest.market", False, market)
    else:
        yield from _body(name, record)


def _frame(name: str, frame: dict[str, Any]) -> Message:
    return Message(name, shape_of_frame(frame) or str(frame["type"]), True, frame)


def _of_recorder(name: str, record: dict[str, Any]) -> Message:
    """Put together the frame of which a recorder kept the ``msg`` and the seq."""
    payload = record["payload_json"]
    if isinstance(payload, dict) and isinstance(payload.get("type"), str):
        return _frame(name, payload)
    kind = record.get("event_type")
    if kind not in ("orderbook_snapshot", "orderbook_delta", "ticker", "trade"):
        return Message(name, FOREIGN, False, record)
    frame: dict[str, Any] = {"type": kind, "sid": 1}
    if record.get("sequence_number") is not None:
        frame["seq"] = record["sequence_number"]
    return _frame(name, frame | {"msg": payload})


def _body(name: str, body: Any) -> Iterator[Message]:
    shape = shape_of_body(body)
    if shape is None:
        yield Message(name, FOREIGN, False, body)
    elif shape == "rest.trades":
        # Row by row: what one row lacks must not hide the others.
        yield Message(name, shape, False, body | {"trades": []})
        for trade in body["trades"]:
            yield Message(name, "rest.trade", False, trade)
    else:
        yield Message(name, shape, False, body)


def shape_of_body(body: Any) -> str | None:
    """Return which shape a REST body has; None for none that is described."""
    if not isinstance(body, dict):
        return None
    keys = body.keys()
    if "trade_id" in keys and "created_time" in keys:
        return "rest.trade"
    for shape, needed in (
        ("rest.trades", {"trades", "cursor"}),
        ("rest.markets", {"markets", "cursor"}),
        ("rest.market_single", {"market"}),
        ("rest.event_single", {"event", "markets"}),
        ("rest.series_single", {"series"}),
        ("rest.status", {"exchange_active"}),
        ("rest.error.bare", {"msg"}),
        ("rest.error.flat", {"code", "message"}),
    ):
        if needed <= keys:
            if shape == "rest.series_single" and isinstance(body["series"], list):
                return "rest.series_list"
            return shape
    if "events" in keys and "cursor" in keys:
        return "rest.events"
    if "error" in keys:
        nested = isinstance(body["error"], dict)
        return "rest.error.nested" if nested else "rest.error.429"
    return None
