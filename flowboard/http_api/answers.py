"""Objects -> JSON responses."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from starlette.responses import Response

JSON = "application/json"
UNCACHED = {"Cache-Control": "no-store"}


def answer(
    fields: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a JSON object of `fields`; nobody may keep it."""
    body = orjson.dumps(fields)
    return Response(body, status, {**UNCACHED, **(headers or {})}, JSON)


def listed(name: str, objects: Iterable[bytes]) -> dict[str, Any]:
    """Return the fields of a list: its objects, rendered already, and their `count`."""
    fragments = [orjson.Fragment(each) for each in objects]
    return {name: fragments, "count": len(fragments)}
