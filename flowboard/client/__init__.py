"""A client of /ws/stream: typed frames that go on where they stopped.

address      what was asked for -> the address of a socket
position     how far a client has read, and so what it asks for when it comes back
connection   sockets, one after the other -> frames, or every trade once
board        frames -> the board, row by row as the server shows it
failures     what it raises

    from flowboard.client import Board, connect

    async with connect("ws://127.0.0.1:8000") as stream:
        async for trade in stream.trades():
            print(trade.market_ticker, trade.notional_dollars)
"""

from flowboard.client.board import Board
from flowboard.client.connection import Connection, Stream, connect
from flowboard.client.failures import StreamRefused, StreamUnreachable

__all__ = [
    "Board",
    "Connection",
    "Stream",
    "StreamRefused",
    "StreamUnreachable",
    "connect",
]
