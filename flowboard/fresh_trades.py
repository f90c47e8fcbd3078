"""New trades -> what streams send of them, joined once for all that send the same."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from flowboard import stream_messages as messages
from flowboard.models import TapeEntry
from flowboard.tape_memory import TapeMemory
from flowboard.trade_filter import Sieve, TradeFilter

# A frame of so many trades stays below a mebibyte, the largest message that common
# WebSocket clients take.
FRAME_TRADES_MAX = 2_000


class Piece(NamedTuple):
    """As many trades as fit a frame.

    Attributes:
        json: An array of rendered trades, oldest first.
        trades: How many.
    """

    json: bytes
    trades: int


class Fresh(NamedTuple):
    """New trades that pass a filter.

    Attributes:
        entries: By `seq`.
        pieces: The same, oldest first; none where there are none.
    """

    entries: list[TapeEntry]
    pieces: list[Piece]


class FreshTrades:
    """Answers streams that ask what is new; most ask the same in one beat.

    Args:
        tape: The newest trades.
    """

    def __init__(self, tape: TapeMemory) -> None:
        self._tape = tape
        self._upto = 0
        self._known: dict[tuple[int, TradeFilter], Fresh] = {}

    def between(self, seq: int, upto: int, sieve: Sieve) -> Fresh:
        """Return the trades later than `seq`, up to `upto`, that pass `sieve`."""
        if upto != self._upto:
            self._upto = upto
            self._known.clear()
        key = seq, sieve.wanted
        fresh = self._known.get(key)
        if fresh is None:
            entries = sieve.passing(self._tape.after(seq, upto))
            fresh = self._known[key] = Fresh(entries, pieces_of(entries))
        return fresh


def pieces_of(entries: Sequence[TapeEntry]) -> list[Piece]:
    """Return new trades, oldest first by exchange time, in pieces that each fit a frame.

    They come in the order of their `seq`, which the sort keeps where keys are equal.
    """
    ordered = sorted(entries, key=attrgetter("order_key"))
    return [
        Piece(messages.array(entry.json for entry in part), len(part))
        for start in range(0, len(ordered), FRAME_TRADES_MAX)
        if (part := ordered[start : start + FRAME_TRADES_MAX])
    ]
