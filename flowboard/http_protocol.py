"""uvicorn's HTTP protocol, with an end to what would never end: requests, answers."""

import asyncio
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class HttpProtocol(H11Protocol):
    """One client's connection, up to its upgrade; for `uvicorn.Config(http=...)`.

    Attributes:
        REQUEST_S: How long a request may take to arrive, from the connection or from
            its first byte on. Between two of them uvicorn's own patience holds.
        ANSWER_S: How long an answer may wait for a client that reads nothing of it.
    """

    REQUEST_S: ClassVar[float] = 10.0
    ANSWER_S: ClassVar[float] = 60.0

    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override] # as uvicorn's own
        self, transport: asyncio.Transport
    ) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._expect_no_more()
        self._forget_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.ANSWER_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: it reads."""
        self._forget_unread()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; wait on if it is not the last."""
        super().data_received(data)
        is_upgraded = self not in self.connections
        if is_upgraded:
            self._forget_unread()
        if is_upgraded or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._expect_no_more()
        elif self._deadline is None:
            self._expect()

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(self.REQUEST_S, self.transport.abort)

    def _expect_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
