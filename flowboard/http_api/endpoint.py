"""One address of the API: what answers it, and what the documents say of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp

from flowboard.http_api.answers import JSON
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources


class Endpoint(NamedTuple):
    """One address of the API that is asked with GET.

    Attributes:
        path: As Starlette writes it.
        answer: Makes the answer; it may raise what `refusals` knows.
        keys: Of its query string; any other is refused. Each is in `query_keys`.
        needs_windows: Whether it has nothing to tell while they are being rebuilt.
        summary: What it answers with, in one line.
        answers: The answer's type, from which its schema is made; None: any object.
        refuses: Codes of `refusals.STATUS_OF` that it has beside those of every
            address, of `needs_windows` and of a query.
        defaults: Of keys whose default is not the usual one.
        media_types: Of the answer; those that are not JSON have no schema.
        examples: A value for each key and part of the path that the example has.
        also: Other statuses that carry the same answer.
        required: Keys that must be there.
        limits: What JSON Schema says of a key here beside what it always says.
    """

    path: str
    answer: Callable[[Resources, Query, Request], Awaitable[ASGIApp]]
    keys: tuple[str, ...] = ()
    needs_windows: bool = True
    summary: str = ""
    answers: type[msgspec.Struct] | None = None
    refuses: tuple[str, ...] = ()
    defaults: Mapping[str, object] = {}
    media_types: tuple[str, ...] = (JSON,)
    examples: Mapping[str, str] = {}
    also: tuple[int, ...] = ()
    required: tuple[str, ...] = ()
    limits: Mapping[str, Mapping[str, object]] = {}
