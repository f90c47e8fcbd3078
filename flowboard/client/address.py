"""What was asked for -> the address of a socket."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from flowboard.errors import BadParameter
from flowboard.stream_frames import Wanted

PATH = "/ws/stream"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SCHEMES = {"ws": "ws", "http": "ws", "wss": "wss", "https": "wss"}


def stream_url(url: str, subscription: Wanted | Mapping[str, Any] | None) -> str:
    """Return the address of the stream with its subscription.

    Args:
        url: Of the board or of its stream: `http://127.0.0.1:8000` will do.
        subscription: As docs/stream.md has it; lists, numbers and bools are written as
            a query has them. It goes over what stands in `url`.

    Raises:
        BadParameter: `url` is none.
    """
    parts = _parts(url)
    wanted: Mapping[str, Any] = (
        msgspec.to_builtins(subscription)
        if isinstance(subscription, Wanted)
        else subscription or {}
    )
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for key, value in wanted.items():
        if value is not None and key != "limits":
            query[key] = _text(value)
    scheme, path = _SCHEMES[parts.scheme], parts.path.rstrip("/") or PATH
    return urlunsplit((scheme, parts.netloc, path, urlencode(query, safe=","), ""))


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Return `url` with more keys."""
    if not query:
        return url
    return url + ("&" if "?" in url else "?") + urlencode(query, safe=":")


def is_here(url: str) -> bool:
    """Whether the address is of this machine: no proxy stands in between."""
    return urlsplit(url).hostname in LOOPBACK


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.scheme in _SCHEMES and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise BadParameter(
        f"{url!r} is no address of a board: give one as ws://127.0.0.1:8000"
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(map(str, value))
    return str(value)
