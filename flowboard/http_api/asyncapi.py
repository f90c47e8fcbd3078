"""/asyncapi.json: /ws/stream as an AsyncAPI 3 document, made of `stream_frames`."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from flowboard import __version__
from flowboard.http_api.answers import answer
from flowboard.http_api.frame_examples import examples
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.http_api.struct_schemas import struct_schemas, words
from flowboard.models import WINDOWS_MS
from flowboard.resume_point import RESUME_KEYS
from flowboard.stream_frames import ClientFrame, HotRow, RowChange, ServerFrame
from flowboard.subscription import (
    CHANNELS,
    KEYS,
    LIMIT_MAX,
    SORTS,
    TICKS_MS,
    Subscription,
)
from flowboard.trade_filter import COMBOS, FILTER_LIMITS, SIDES

Json = dict[str, Any]

VERSION = "3.0.0"  # Of AsyncAPI.
ADDRESS = "/ws/stream"
SENT: tuple[type[msgspec.Struct], ...] = get_args(ServerFrame)
HEARD: tuple[type[msgspec.Struct], ...] = get_args(ClientFrame)
ANSWERS = {
    "ping": ("pong",),
    "get_snapshot": ("snapshot",),
    "subscribe": ("snapshot", "error"),
}
SCHEMES = {"http": "ws", "https": "wss"}
ABOUT = """Every public trade of Kalshi as it is stored, and the markets that they move: a
`snapshot`, then deltas; nothing has to be said first. Prices, counts and dollars are
decimal strings under Kalshi's own names, `_ms` is Unix milliseconds. Within version 1
types and keys are only added: read over those that you do not know."""


async def asyncapi(resources: Resources, _: Query, request: Request) -> Response:
    """Answer with the document, for the address under which it was asked for."""
    limit = resources.config.get("hot_markets_limit", Subscription().limit)
    default = Subscription(window=resources.default_window, limit=limit)
    protocol = SCHEMES.get(request.url.scheme, "ws")
    board = {"host": request.url.netloc, "protocol": protocol}
    return answer({**document(default), "servers": {"board": board}})


def document(default: Subscription) -> Json:
    """Return the document without `servers`.

    Args:
        default: What a client gets that asks for nothing.
    """
    components = schemas()
    kinds = [_kind(frame) for frame in (*SENT, *HEARD)]
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Flowboard",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "stream": {
                "address": ADDRESS,
                "description": "The subscription is in the query, or in `subscribe`.",
                "messages": {kind: _ref("components/messages", kind) for kind in kinds},
                "bindings": {
                    "ws": {
                        "method": "GET",
                        "query": _query(components["Wanted"], default),
                        "bindingVersion": "0.1.0",
                    }
                },
            }
        },
        "operations": _operations(),
        "components": {
            "messages": {
                _kind(frame): _message(frame, components) for frame in (*SENT, *HEARD)
            },
            "schemas": components,
        },
    }


def schemas() -> dict[str, Json]:
    """Return a JSON schema of every struct, by name, in the words of its docstring."""
    components = struct_schemas((*SENT, *HEARD), {RowChange: HotRow})
    wanted = components["Wanted"]["properties"]
    for key, values in _values().items():
        wanted[key]["anyOf"][0].update(values)
    return components


def _operations() -> dict[str, Json]:
    """Return what the board sends, and what it takes with what it answers."""

    def messages(kinds: tuple[str, ...]) -> list[Json]:
        return [_ref("channels/stream/messages", kind) for kind in kinds]

    channel = _ref("channels", "stream")
    operations: dict[str, Json] = {
        "follow": {
            "action": "send",
            "channel": channel,
            "summary": "The state, then each change of it.",
            "messages": messages(tuple(map(_kind, SENT))),
        }
    }
    for frame in HEARD:
        kind = _kind(frame)
        operations[kind] = {
            "action": "receive",
            "channel": channel,
            "summary": words(frame)[0],
            "messages": messages((kind,)),
            "reply": {"channel": channel, "messages": messages(ANSWERS[kind])},
        }
    return operations


def _message(frame: type[msgspec.Struct], components: Mapping[str, Json]) -> Json:
    kind = _kind(frame)
    return {
        "name": kind,
        "title": frame.__name__,
        "summary": components[frame.__name__]["description"],
        "payload": _ref("components/schemas", frame.__name__),
        "examples": [{"payload": examples()[kind]}],
    }


def _query(wanted: Json, default: Subscription) -> Json:
    """Return the keys of the address; lists are written with commas between."""
    in_force = default.public()
    keys: dict[str, Json] = {}
    for key in KEYS:
        asked = wanted["properties"][key]
        schema, *_ = asked["anyOf"]
        text = asked["description"]
        if schema["type"] == "array":
            text += " With commas between."
        keys[key] = {**schema, "description": text}
        if in_force[key] is not None:
            keys[key]["default"] = in_force[key]
    # In a message it may be a whole number; here it is a text as any other.
    text = keys["min_notional"]["description"]
    dollars = {"type": "string", "pattern": r"^[0-9]{1,11}(\.[0-9]{1,6})?$"}
    keys["min_notional"] = {**dollars, "description": text}
    since, since_seq = RESUME_KEYS
    keys[since] = {
        "type": "string",
        "pattern": "^[A-Za-z0-9]{1,64}:[0-9]{1,15}$",
        "description": "Epoch and offset of the last delta that the client has: it "
        "gets those after it, or a snapshot with `recovered` false.",
    }
    keys[since_seq] = {
        "type": "integer",
        "minimum": 0,
        "description": "Every trade after this number comes behind the snapshot.",
    }
    return {"type": "object", "properties": keys, "additionalProperties": False}


def _values() -> dict[str, Json]:
    """Return what the values of a subscription's keys may be."""

    def names(most: int) -> Json:
        return {"minItems": 1, "maxItems": most}

    def words(allowed: Any) -> Json:
        return {"type": "string", "enum": list(allowed)}

    return {
        "channels": {"items": words(CHANNELS), "minItems": 1},
        "window": words(WINDOWS_MS),
        "sort": words(SORTS),
        "limit": {"minimum": 1, "maximum": LIMIT_MAX},
        "tick_ms": {"type": "integer", "enum": list(TICKS_MS)},
        "combos": words(COMBOS),
        "tickers": names(FILTER_LIMITS["tickers"]),
        "series": names(FILTER_LIMITS["series"]),
        "category": names(FILTER_LIMITS["category"]),
        "league": names(FILTER_LIMITS["league"]),
        "side": words(SIDES),
    }


def _kind(frame: type[msgspec.Struct]) -> str:
    return str(frame.__struct_config__.tag)


def _ref(place: str, name: str) -> Json:
    return {"$ref": f"#/{place}/{name}"}
