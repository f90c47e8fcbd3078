"""Holds a decoded message against the table of facts."""

import re
from collections.abc import Callable

from tests.shapes.facts import SHAPES

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z")
S_MIN, S_MAX = 1_400_000_000, 4_000_000_000


def _text_like(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and bool(compiled.fullmatch(value))


def _whole(value: object) -> bool:
    return type(value) is int


def _level(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and FORMATS["price"](value[0])
        and FORMATS["count"](value[1])
    )


FORMATS: dict[str, Callable[[object], bool]] = {
    "price": _text_like(r"[01]\.\d{4}"),
    "count": _text_like(r"\d+\.\d\d"),
    "signed_count": _text_like(r"-?\d+\.\d\d"),
    "trade_id": _text_like(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "uuid": _text_like(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "ticker": _text_like(r"[A-Z0-9][A-Za-z0-9.\-]*"),
    "word": _text_like(r"[A-Za-z0-9_]+"),
    "cursor": _text_like(r"[A-Za-z0-9_\-]*"),
    "side": lambda value: value in ("yes", "no"),
    "book_side": lambda value: value in ("bid", "ask"),
    "time": _text_like(TIME.pattern),
    "text": lambda value: isinstance(value, str),
    "flag": lambda value: isinstance(value, bool),
    "whole": _whole,
    "positive": lambda value: _whole(value) and value > 0,  # type: ignore[operator]
    "number": lambda value: type(value) in (int, float),
    "s": lambda value: _whole(value) and S_MIN < value < S_MAX,  # type: ignore[operator]
    "ms": lambda value: _whole(value) and S_MIN < value / 1000 < S_MAX,  # type: ignore[operator]
    "object": lambda value: isinstance(value, dict),
    "level": _level,
}


def problems(shape: str, message: object, *, today: bool = True) -> list[str]:
    """Return what is wrong with `message`; nothing if it is as the facts say.

    Args:
        shape: A name of `SHAPES`.
        message: Decoded JSON.
        today: Hold it against today's exchange; False forgives what older recordings
            did not have yet, and keys that nobody has described.
    """
    return list(_problems(shape, message, today, shape))


def _problems(shape: str, message: object, today: bool, path: str) -> list[str]:
    if not isinstance(message, dict):
        return [f"{path} is no object"]
    facts = SHAPES[shape]
    found = []
    for key, rule in facts.items():
        mark = rule[-1] if rule[-1] in "?~-" else ""
        if key in message:
            found += _value(
                rule.removesuffix(mark), message[key], today, f"{path}.{key}"
            )
        elif mark == "" or (mark == "~" and today):
            found.append(f"{path}.{key} is missing")
    if today:
        found += [f"{path}.{key} is unknown" for key in message.keys() - facts.keys()]
    return found


def _value(rule: str, value: object, today: bool, path: str) -> list[str]:
    if rule.endswith(" or null"):
        if value is None:
            return []
        rule = rule.removesuffix(" or null")
    if rule.startswith("="):
        return [] if value == rule[1:] else [f"{path} is {value!r}"]
    if rule.startswith("@"):
        return _problems(rule[1:], value, today, path)
    if rule.startswith("["):
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [
            problem
            for place, item in enumerate(value)
            for problem in _value(rule[1:-1], item, today, f"{path}[{place}]")
        ]
    return [] if FORMATS[rule](value) else [f"{path} is {value!r}, not a {rule}"]


def shape_of_frame(frame: object) -> str | None:
    """Return which shape a WebSocket frame must have; None if nobody knows its type."""
    if not isinstance(frame, dict):
        return None
    kind = frame.get("type")
    if kind == "ok" and isinstance(frame.get("msg"), list):
        return "ok.list"
    if isinstance(frame.get("msg"), dict) and "event_type" in frame["msg"]:
        kind = f"{kind}.{frame['msg']['event_type']}"
    return kind if isinstance(kind, str) and kind in SHAPES else None
