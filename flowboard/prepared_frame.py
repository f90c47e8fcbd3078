"""A message for many clients: framed once, compressed once, sent as it is to each."""

import zlib
from functools import cached_property

# What common clients ask for; a frame compressed so is read by those who ask for more.
WINDOW_BITS = 12
_TEXT, _TEXT_DEFLATED = 0x81, 0xC1  # FIN and opcode; with RSV1, compressed.
_SMALL = 128  # Not worth a compressor: an answer has one reader, and hardly shrinks.
_LARGE = 16_384  # Larger ones are compressed at the speed of the wire, not to the end.
_TAIL = b"\x00\x00\xff\xff"


class PreparedFrame:
    """One text message in every form in which it goes out.

    A compressed one takes nothing from those before it (no context takeover), so that
    the same bytes are right for every client that negotiated compression.

    Attributes:
        plain: The WebSocket frame, header and payload.
        trades: How many trades its stream has brought up to here.
        seq: What a reader has who has read it; see docs/stream.md.
    """

    def __init__(self, payload: bytes, *, seq: int = 0, trades: int = 0) -> None:
        header = _header(_TEXT, len(payload))
        self._header_bytes = len(header)
        self.plain = header + payload
        self.seq = seq
        self.trades = trades

    @property
    def payload(self) -> bytes:
        """The message itself, JSON in UTF-8."""
        return self.plain[self._header_bytes :]

    @cached_property
    def text(self) -> str:
        """The message itself, for servers that make their own frames of it."""
        return self.payload.decode()

    @cached_property
    def deflated(self) -> bytes:
        """The WebSocket frame of the compressed message; `plain`, were it no shorter.

        Who negotiated compression reads either: each frame says which it is.
        """
        payload = self.payload
        if len(payload) < _SMALL:
            return self.plain
        level = 1 if len(payload) > _LARGE else 6
        deflate = zlib.compressobj(level, zlib.DEFLATED, -WINDOW_BITS, memLevel=8)
        body = deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
        body = body.removesuffix(_TAIL)
        frame = _header(_TEXT_DEFLATED, len(body)) + body
        return frame if len(frame) < len(self.plain) else self.plain

    def __len__(self) -> int:
        return len(self.plain)


def _header(first: int, length: int) -> bytes:
    """Return what goes before an unmasked payload of `length` bytes."""
    if length < 126:
        return bytes((first, length))
    if length < 1 << 16:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
