"""What REST answers with: JSON bodies, the three shapes of errors, opaque cursors."""

import base64
import binascii
import zlib

import orjson
from starlette.responses import HTMLResponse, Response

from flowboard.simulator.auth import error_body

JSON_TYPE = "application/json"
CURSOR_MARK = b"\x1a\x0c"
PLACE_BYTES = 6
TURN_BYTES = 2
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


def json_reply(body: object, status: int = 200) -> Response:
    """Return `body` as compact JSON."""
    return Response(orjson.dumps(body), status, media_type=JSON_TYPE)


def nested_error(status: int, code: str, message: str) -> Response:
    """First shape: ``{"error": {"code", "message"}}``, of the exchange itself."""
    return json_reply(error_body(code, message), status)


def not_found() -> Response:
    """Return the 404 of an object that does not exist."""
    return nested_error(404, "not_found", "not found")


def undecodable(details: str) -> Response:
    """Second shape, flat: a value that cannot be decoded."""
    body = {"code": "bad_request", "message": "bad request", "details": details}
    return json_reply(body, 400)


def invalid(operation: str, field: str, tag: str) -> Response:
    """Third shape, bare: a value that fails its validation."""
    text = (
        f"Parameter validation failed for {operation}: "
        f"Key: '{operation}Params.{field}' "
        f"Error:Field validation for '{field}' failed on the '{tag}' tag"
    )
    return json_reply({"msg": text}, 400)


def too_many_requests(retry_after_ms: int = 0) -> Response:
    """Return the 429: its ``error`` is a string.

    Args:
        retry_after_ms: When to come back, told in whole seconds; 0: nothing says when,
            as on the exchange.
    """
    reply = json_reply({"error": "too many requests"}, 429)
    if retry_after_ms:
        reply.headers["retry-after"] = str(round(retry_after_ms / 1000))
    return reply


def broken_server(turn: int) -> Response:
    """Return what servers say when they break: JSON at odd turns, else a proxy's page."""
    if turn % 2:
        return nested_error(500, "internal_server_error", "internal server error")
    return HTMLResponse(BAD_GATEWAY, 502)


def write_cursor(kind: str, place: int, turn: int = 0) -> str:
    """Return an opaque cursor that only the listing `kind` reads back as `place`.

    Args:
        kind: Of the listing.
        place: Where the next page begins.
        turn: Makes cursors of one place unlike each other.
    """
    body = CURSOR_MARK + kind.encode() + place.to_bytes(PLACE_BYTES, "big")
    body += (turn % 256**TURN_BYTES).to_bytes(TURN_BYTES, "big")
    check = zlib.crc32(body).to_bytes(4, "big")
    return base64.urlsafe_b64encode(body + check).decode().rstrip("=")


def read_cursor(kind: str, cursor: str) -> int | None:
    """Return the place in a cursor of `kind`; None for anything else."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, check = raw[:-4], raw[-4:]
    head = CURSOR_MARK + kind.encode()
    size = len(head) + PLACE_BYTES + TURN_BYTES
    if zlib.crc32(body).to_bytes(4, "big") != check or len(body) != size:
        return None
    if not body.startswith(head):
        return None
    return int.from_bytes(body[len(head) : -TURN_BYTES], "big")
