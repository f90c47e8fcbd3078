"""/openapi.json: this API as an OpenAPI 3.1 document.

It is made of the tables that the server itself runs on (`routing.ENDPOINTS`,
`control.CONTROLS`, `query_keys`, `refusals.STATUS_OF`) and of the answers' types, so it
needs no library that describes routes a second time.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from flowboard import __version__
from flowboard.http_api.answer_types import Refusal
from flowboard.http_api.answers import JSON
from flowboard.http_api.control import Action
from flowboard.http_api.endpoint import Endpoint
from flowboard.http_api.query_keys import PATH_PARTS, QUERY_KEYS
from flowboard.http_api.refusals import STATUS_OF
from flowboard.http_api.struct_schemas import struct_schemas

Json = dict[str, Any]

VERSION = "3.1.0"  # Of OpenAPI.
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ALWAYS = ("foreign_origin", "foreign_host", "too_long", "internal")
OF_ACTIONS = ("bad_parameter", "unauthorized", "too_many_tries")
TEXT = "text/plain"
PART = re.compile(r"\{(\w+)(?::\w+)?\}")
ABOUT = """Every public trade of Kalshi as it is stored, the markets that they move, and
their quotes. Prices, counts and dollars are decimal strings under Kalshi's own names, a
key that ends in `_ms` is Unix milliseconds, `timestamp` is ISO 8601, UTC. Within this
version keys are only added: read over those that you do not know. `GET` (and `HEAD`)
changes nothing and needs no key; `POST` needs the server's token. What changes is told
as it happens by `/ws/stream`: see `/asyncapi.json`."""


def document(
    endpoints: Iterable[Endpoint],
    actions: Mapping[str, Action],
    default_window: str = "5m",
) -> Json:
    """Return the document.

    Args:
        endpoints: What is asked with GET.
        actions: What is asked with POST, by path.
        default_window: Where a query names none.
    """
    asked = list(endpoints)
    paths = {
        PART.sub(r"{\1}", e.path): {"get": _asked(e, default_window)} for e in asked
    }
    for path, action in actions.items():
        paths.setdefault(path, {})["post"] = _done(path, action)
    codes = {(codes, status) for e in asked for status, codes in _refusals(_codes(e))}
    for action in actions.values():
        codes |= {(c, status) for status, c in _refusals(_codes_of(action))}
    return {
        "openapi": VERSION,
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Flowboard",
            "version": __version__,
            "summary": "A board of Kalshi's trade flow, on your own machine.",
            "description": " ".join(ABOUT.split()),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This board"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(map(_tag, [*paths, *actions]))],
        "paths": paths,
        "components": {
            "schemas": struct_schemas(_structs(asked, actions.values())),
            "responses": {
                _name(names): _refusal(names, status) for names, status in sorted(codes)
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The text of the file that `flowboard token` names.",
                }
            },
        },
    }


def operation_name(method: str, path: str) -> str:
    """Return the name of an operation: method and path, in letters."""
    parts = re.findall(r"\w+", PART.sub(r"by_\1", path).replace(".json", ""))
    return "_".join([method, *(part for part in parts if part != "api")])


def _asked(endpoint: Endpoint, default_window: str) -> Json:
    """Return what is said of an endpoint."""
    schema: Json = {"type": "object"}
    if endpoint.answers is not None:
        schema = _ref("schemas", endpoint.answers.__name__)
    # What goes on and on has none: it is many objects, not one.
    shapes = {JSON: {"schema": schema}, TEXT: {"schema": {"type": "string"}}}
    content = {kind: shapes.get(kind, {}) for kind in endpoint.media_types}
    good = {"description": f"{endpoint.summary}.", "content": content}
    responses = {str(status): good for status in (200, *endpoint.also)}
    for status, codes in _refusals(_codes(endpoint)):
        responses.setdefault(str(status), _ref("responses", _name(codes)))
    return {
        "operationId": operation_name("get", endpoint.path),
        "summary": endpoint.summary,
        "tags": [_tag(endpoint.path)],
        "parameters": [*_parameters(endpoint, default_window)],
        "responses": responses,
    }


def _done(path: str, action: Action) -> Json:
    """Return what is said of an action."""
    content = {JSON: {"schema": _ref("schemas", action.answers.__name__)}}
    good = {"description": f"{action.summary}.", "content": content}
    operation: Json = {
        "operationId": operation_name("post", path),
        "summary": action.summary,
        "tags": [_tag(path)],
        "security": [{"token": []}],
    }
    if action.takes is not None:
        body = {"schema": _ref("schemas", action.takes.__name__)}
        example = {"example": json.loads(action.example)}
        operation["requestBody"] = {"required": True, "content": {JSON: body | example}}
    responses = {str(action.status): good}
    for status, codes in _refusals(_codes_of(action)):
        responses[str(status)] = _ref("responses", _name(codes))
    return {**operation, "responses": responses}


def _parameters(endpoint: Endpoint, default_window: str) -> Iterator[Json]:
    for part in PART.findall(endpoint.path):
        key = PATH_PARTS[part]
        yield {
            "name": part,
            "in": "path",
            "required": True,
            "description": key.meaning,
            "schema": key.schema,
            "example": endpoint.examples.get(part, key.default),
        }
    for name in endpoint.keys:
        key = QUERY_KEYS[name]
        default = endpoint.defaults.get(name, key.default)
        if name == "window":
            default = default_window
        shown: Json = {} if default is None else {"default": default}
        form: Json = {}
        if key.schema["type"] == "array":
            form = {"style": "form", "explode": False}
        if name in endpoint.examples:
            form["example"] = _typed(endpoint.examples[name], key.schema)
        yield {
            "name": name,
            "in": "query",
            "required": name in endpoint.required,
            "description": key.meaning,
            "schema": {**key.schema, **endpoint.limits.get(name, {}), **shown},
            **form,
        }


def _typed(text: str, schema: Json) -> object:
    """Return an example as its schema has it."""
    if schema["type"] == "array":
        return text.split(",")
    return int(text) if schema["type"] == "integer" else text


def _codes(endpoint: Endpoint) -> tuple[str, ...]:
    waits = ("starting",) if endpoint.needs_windows else ()
    return ("bad_parameter", *ALWAYS, *waits, *endpoint.refuses)


def _codes_of(action: Action) -> tuple[str, ...]:
    return (*OF_ACTIONS, *ALWAYS, *action.refuses)


def _refusals(codes: Iterable[str]) -> list[tuple[int, tuple[str, ...]]]:
    """Return codes by their HTTP status."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(STATUS_OF[code], []).append(code)
    return [(status, tuple(sorted(found))) for status, found in by_status.items()]


def _refusal(codes: tuple[str, ...], status: int) -> Json:
    code = {"properties": {"code": {"enum": list(codes)}}}
    narrowed = {"properties": {"error": code}}
    schema = {"allOf": [_ref("schemas", Refusal.__name__), narrowed]}
    response: Json = {
        "description": " or ".join(f"`{code}`" for code in codes),
        "content": {JSON: {"schema": schema}},
    }
    if status in (429, 503):
        seconds = {"schema": {"type": "integer"}, "description": "Seconds to wait."}
        response["headers"] = {"Retry-After": seconds}
    return response


def _structs(
    endpoints: Iterable[Endpoint], actions: Iterable[Action]
) -> list[type[msgspec.Struct]]:
    found = [e.answers for e in endpoints if e.answers is not None]
    for action in actions:
        found += [action.answers, *([action.takes] if action.takes else [])]
    return list(dict.fromkeys([*found, Refusal]))


def _tag(path: str) -> str:
    """Return the part of the documents that a path stands in."""
    first, *rest = [part for part in path.split("/") if part] or ["page"]
    if first == "api" and rest:
        return rest[0] if rest[0] in GROUPS else GROUP_OF.get(rest[0], "board")
    return "documents" if "." in first else "board"


GROUPS = ("markets", "events", "trades")
GROUP_OF = {
    "v1": "markets",
    "categories": "markets",
    "top-markets": "KalshiWhale",
    "whale-alerts": "KalshiWhale",
    "status": "KalshiWhale",
    "refresh": "control",
    "feed": "control",
    "backfill": "control",
    "whales": "trades",
}


def _name(codes: tuple[str, ...]) -> str:
    return ".".join(codes)


def _ref(place: str, name: str) -> Json:
    return {"$ref": f"#/components/{place}/{name}"}
