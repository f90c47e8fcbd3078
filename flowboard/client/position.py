"""How far a client has read, and so what it asks for when it comes back.

Short: the epoch and offset of the last delta; the server sends the ones after it, while
it has them. Long: the number up to which every trade was read; the server sends the
later ones, whatever the gap. A client that wants every trade asks for both, but for the
short way only where no trade lies between the two.
"""

from typing import Literal

from flowboard.stream_frames import (
    Delta,
    Heartbeat,
    Resumed,
    ServerFrame,
    Snapshot,
    Trade,
    Trades,
)

# take: it is the next one. over: it says nothing new. hole: deltas are missing before
# it. snapshot: there is nothing that it could be put to; only a snapshot helps.
Verdict = Literal["take", "over", "hole", "snapshot"]


class Position:
    """A place in the stream, moved on by the frames that are read.

    Args:
        since_seq: Every trade up to this one was read before; None: nothing was.

    Attributes:
        every_trade: Whether to go after trades that were missed.
        epoch: Of the stream; None before its first snapshot.
        offset: Of the last delta that was read.
        seq: Up to here every trade was read; None before the first snapshot.
        behind: Whether the server has left out trades: they come to one who connects
            again.
    """

    def __init__(
        self, since_seq: int | None = None, *, every_trade: bool = False
    ) -> None:
        self.every_trade = every_trade or since_seq is not None
        self.epoch: str | None = None
        self.offset = 0
        self.seq = since_seq
        self.behind = False
        self._fetching = False  # Trades before the snapshot are on their way.
        self._begun = False  # This connection has brought its first frame.
        self._asked = False  # This connection was asked for trades by their number.
        self._ahead: set[int] = set()  # Read, but above `seq`.
        self._hole: tuple[str | None, int] | None = None

    @property
    def token(self) -> str | None:
        """What `since` takes; None where deltas alone would leave out trades."""
        if self.epoch is None or self._fetching or self.behind:
            return None
        return f"{self.epoch}:{self.offset}"

    @property
    def fetching(self) -> bool:
        """Whether trades from before the snapshot are on their way."""
        return self._fetching

    def reconnect(self) -> dict[str, str]:
        """Begin another connection; return what to ask for in its address."""
        query = {}
        if self.token is None:
            self.forget()
        else:
            query["since"] = self.token
        if self.every_trade and self.seq is not None:
            query["since_seq"] = str(self.seq)
        self._begun = self._fetching = self.behind = False
        self._asked = "since_seq" in query
        return query

    def forget(self) -> None:
        """Ask for a snapshot next time: the deltas do not lead on from here."""
        self.epoch = None

    def judge(self, frame: ServerFrame) -> Verdict:
        """Return whether a frame is the next one; nothing is changed."""
        if isinstance(frame, Resumed):
            here = (frame.epoch, frame.offset) == (self.epoch, self.offset)
            return "take" if here else "snapshot"
        if isinstance(frame, Delta):
            if self.epoch is None:
                return "snapshot"
            if frame.offset <= self.offset:
                return "over"
            return "take" if frame.offset == self.offset + 1 else "hole"
        if isinstance(frame, Heartbeat):
            if self.epoch is None:
                return "over"
            return "hole" if frame.offset > self.offset else "take"
        return "take"

    def take(self, frame: ServerFrame) -> list[Trade]:
        """Move on by a frame that is the next one; return its trades not read before."""
        if isinstance(frame, Snapshot):
            self._take_snapshot(frame)
        elif isinstance(frame, Resumed):
            self._begun = True
        elif isinstance(frame, Delta):
            self.offset = frame.offset
            return self._take_trades(frame.trades, self._fetching, frame.seq)
        elif isinstance(frame, Trades):
            self._fetching = not frame.done
            return self._take_trades(frame.trades, False, frame.seq)
        return []

    def note_hole(self) -> None:
        """Deltas are missing; where they are missing again, they cannot be had."""
        here = self.epoch, self.offset
        if here == self._hole:
            self.forget()
        self._hole = here

    def _take_snapshot(self, frame: Snapshot) -> None:
        here = (frame.epoch, frame.offset) == (self.epoch, self.offset)
        first, self._begun = not self._begun, True
        self.epoch, self.offset = frame.epoch, frame.offset
        if not self.every_trade or self.seq is None or frame.seq <= self.seq:
            # A tape that ends before what was read is another one: it counts anew.
            if self.seq != frame.seq:
                self._ahead.clear()
            self.seq, self._fetching = frame.seq, False
        elif first:
            self._fetching = True  # It was asked for with `since_seq`.
        elif frame.missed is None:
            # Without a word of what was missed, the tape comes again, up to here.
            self._fetching = self._fetching or (self._asked and not here)
            self.behind = not (self._asked or here)
        elif frame.missed.trades or self._fetching:
            self.behind = True
            self.seq = min(self.seq, frame.missed.from_seq - 1)
        else:
            self.seq = frame.seq

    def _take_trades(
        self, trades: tuple[Trade, ...], hold: bool, seq: int
    ) -> list[Trade]:
        have, ahead = self.seq or 0, self._ahead
        new = [t for t in trades if t.seq > have and t.seq not in ahead]
        if not hold and seq > have:
            self.seq = have = seq
            if ahead:
                self._ahead = ahead = {read for read in ahead if read > have}
        ahead.update(trade.seq for trade in new if trade.seq > have)
        return new
