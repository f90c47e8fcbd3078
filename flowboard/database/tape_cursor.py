"""Where a page of the tape ended, as a text that comes back with the next request."""

import base64
import binascii
from typing import NamedTuple

from flowboard.errors import BadParameter

PART_MAX = 1 << 62


class Place(NamedTuple):
    """Between two trades: the next page holds what sorts before it."""

    ts_ms: int
    seq: int


def cursor_of(place: Place) -> str:
    """Return a place as a text without meaning for who carries it."""
    text = f"{place.ts_ms}.{place.seq}".encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def place_of(cursor: str) -> Place:
    """Return the place that `cursor_of` made a text of.

    Raises:
        BadParameter: It made no such text.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        ts_ms, seq = base64.urlsafe_b64decode(padded).decode("ascii").split(".")
        place = Place(int(ts_ms), int(seq))
        if not all(0 <= part < PART_MAX for part in place):
            raise ValueError(cursor)
    except (ValueError, binascii.Error) as error:
        raise BadParameter(
            f"cursor {cursor[:40]!r} is none of this board: leave it out to begin with "
            "the newest"
        ) from error
    return place
