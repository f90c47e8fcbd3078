"""The listening socket, and the server loop on it."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from flowboard.errors import FlowboardError


class Listener(uvicorn.Server):
    """Tells when it accepts connections, and leaves signals to the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections."""
        await super().startup(sockets)
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to a loopback address; it does not listen yet.

    Raises:
        FlowboardError: The port is in use or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delays off only where it is.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise FlowboardError(
            f"port {port} of {host} cannot be used ({error.strerror}): "
            "stop what uses it, or give another --port (0 picks a free one)"
        ) from None
    return bound
