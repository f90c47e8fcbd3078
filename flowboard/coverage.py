"""What of the exchange's tape is here, what is missing, and since when: pure.

The *edge* is the exchange time up to which the feed's trades have been stored. Whatever
may be missing is a `Gap`, from the moment it is noticed until REST was walked over it.
Between the beginning of the tape and the edge, all that is in no open gap is complete.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Literal, NamedTuple

GapState = Literal["open", "healing", "closed"]

# A feed may bring trades a little out of order: so far behind the edge a gap begins.
OVERLAP_MS = 5_000
CLOSED_MAX = 200  # Closed gaps that are kept in memory, to be shown.


class Span(NamedTuple):
    """Exchange time from `from_ms` up to, not including, `to_ms`."""

    from_ms: int
    to_ms: int


@dataclass(slots=True)
class Gap:
    """A span of exchange time of which trades may be missing.

    Attributes:
        gap: Its number; rises, and is never used again.
        cause: One word: start, restart, disconnect, stall, seq, sleep, audit, backfill…
        from_ms: The first millisecond that may be missing.
        to_ms: The first that is not; falls as the gap is walked newest first. None:
            it reaches to the newest trade there is when it is first walked.
        asked_to_ms: What `to_ms` was before the walk.
        ticker: Of one market alone.
        background: Older than the installation, or asked for: heals after all others
            and does not make the board incomplete.
        state: open, healing (being walked) or closed.
        noticed_ms: Wall clock, Unix ms; `closed_ms` likewise.
        recovered: Trades that were missing.
        pages: Pages that were asked for.
        setbacks: Walks in a row that brought nothing; who has fewer comes first.
        waiting: Its end is not there yet: the feed has not come back.
        to_newest: It had no end before the walk: what it closes, the edge may pass.
    """

    gap: int
    cause: str
    from_ms: int
    to_ms: int | None
    asked_to_ms: int | None = None
    ticker: str | None = None
    background: bool = False
    state: GapState = "open"
    noticed_ms: int = 0
    closed_ms: int | None = None
    recovered: int = 0
    pages: int = 0
    setbacks: int = 0
    waiting: bool = False
    to_newest: bool = False

    @property
    def is_open(self) -> bool:
        """Whether trades may still be missing."""
        return self.state != "closed"


@dataclass
class Coverage:
    """The edge, the gaps, and what follows from both.

    Attributes:
        since_ms: Where the tape is meant to begin; None before the first start.
        edge_ms: The edge; None before the first trade.
        changed: Called when a gap was opened or may now be walked.
    """

    since_ms: int | None = None
    edge_ms: int | None = None
    next_gap: int = 1
    changed: Callable[[], None] = lambda: None
    _open: dict[int, Gap] = field(default_factory=dict)
    _closed: dict[int, Gap] = field(default_factory=dict)
    _unsaved: dict[int, Gap] = field(default_factory=dict)

    def restore(self, gaps: Iterable[Gap]) -> None:
        """Take up gaps as they were stored, oldest first."""
        for gap in gaps:
            (self._open if gap.is_open else self._closed)[gap.gap] = gap
            gap.waiting = gap.is_open and gap.to_ms is None
            self.next_gap = max(self.next_gap, gap.gap + 1)

    # Told by the feeds.

    def begin(self, since_ms: int, wall_ms: int, *, background: bool) -> None:
        """Begin a tape that is to reach back to `since_ms`."""
        self.since_ms = since_ms
        gap = self._add("start", since_ms, None, wall_ms, background=background)
        gap.waiting = True

    def interrupt(self, cause: str, wall_ms: int) -> None:
        """Trades may be missing from the edge on, until `resume`.

        An interruption before the feed has come back from the last one is part of it.
        """
        known = self.edge_ms is not None
        if any(g.waiting and not (g.background and known) for g in self._open.values()):
            return
        from_ms = self._interrupted_from_ms()
        if from_ms is not None and not self._will_be_walked(from_ms):
            self._add(cause, from_ms, None, wall_ms).waiting = True

    def resume(self) -> None:
        """The feed brings all trades from now on: gaps that waited have an end."""
        for gap in self._open.values():
            gap.waiting = False
        self.changed()

    def advance(self, ts_ms: int) -> None:
        """Trades up to `ts_ms`, as the feed brought them, have been stored."""
        if self.edge_ms is None or ts_ms > self.edge_ms:
            self.edge_ms = ts_ms

    # Told by whoever compares and asks.

    def add(
        self,
        cause: str,
        span: Span,
        wall_ms: int,
        *,
        ticker: str | None = None,
        background: bool = False,
    ) -> Gap:
        """Open a gap over `span`, to be walked as soon as its turn comes."""
        gap = self._add(cause, span.from_ms, span.to_ms, wall_ms, background=background)
        gap.ticker = ticker
        # A span that lies apart says nothing of the time between it and the tape.
        if ticker is None and self.since_ms is not None and span.to_ms >= self.since_ms:
            self.since_ms = min(self.since_ms, span.from_ms)
        self.changed()
        return gap

    # Told by the healer.

    def turn(self) -> Gap | None:
        """Return the gap to walk next: the newest of the urgent ones, then the others.

        What somebody asked for comes before what fills up the first day.
        """
        ready = [gap for gap in self._open.values() if not gap.waiting]
        return max(
            ready,
            key=lambda g: (not g.background, -g.setbacks, g.cause != "start", g.gap),
            default=None,
        )

    def begun(self, gap: Gap) -> None:
        """The first page of `gap` is asked for: what is lost from now on is not on it."""
        gap.state = "healing"

    def walking(self, gap: Gap, newest_ms: int | None) -> None:
        """A walk over `gap` has begun; `newest_ms` is the newest trade it has met."""
        gap.state = "healing"
        if gap.to_ms is None:
            gap.to_ms = gap.from_ms if newest_ms is None else newest_ms + 1
            # Where nothing was traded, nothing says how far that holds.
            gap.to_newest = newest_ms is not None
        if gap.asked_to_ms is None:
            gap.asked_to_ms = gap.to_ms
        self._unsaved[gap.gap] = gap

    def walked(self, gap: Gap, down_to_ms: int, recovered: int) -> None:
        """All trades of `gap` later than `down_to_ms` are stored, some of them new."""
        gap.recovered += recovered
        gap.setbacks = 0
        gap.to_ms = max(gap.from_ms, min(gap.to_ms or down_to_ms + 1, down_to_ms + 1))
        self._unsaved[gap.gap] = gap

    def paused(self, gap: Gap) -> None:
        """The walk over `gap` has ended before its beginning."""
        gap.state = "open"
        gap.setbacks += 1
        self._unsaved[gap.gap] = gap

    def close(self, gap: Gap, wall_ms: int) -> None:
        """All of `gap` is stored."""
        gap.state, gap.closed_ms = "closed", wall_ms
        gap.to_ms = gap.asked_to_ms
        self._open.pop(gap.gap, None)
        self._closed[gap.gap] = self._unsaved[gap.gap] = gap
        if gap.to_newest and gap.asked_to_ms is not None:
            self.advance(gap.asked_to_ms - 1)
        while len(self._closed) > CLOSED_MAX:
            del self._closed[next(iter(self._closed))]

    # Read by the store.

    @property
    def has_unsaved(self) -> bool:
        """Whether a gap is not on disk as it is here."""
        return bool(self._unsaved)

    def take_unsaved(self) -> list[Gap]:
        """Return copies of the gaps that are not on disk as they are here."""
        taken = [replace(gap) for gap in self._unsaved.values()]
        self._unsaved.clear()
        return taken

    def not_saved(self, taken: Iterable[Gap]) -> None:
        """What `take_unsaved` gave could not be stored: give it again next time."""
        for copy in taken:
            gap = self.find(copy.gap)
            if gap is not None:
                self._unsaved[gap.gap] = gap

    # Read by everybody.

    def find(self, number: int) -> Gap | None:
        """Return the gap of that number, if it is open or was closed lately."""
        return self._open.get(number) or self._closed.get(number)

    def gaps(self) -> list[Gap]:
        """Return the open gaps and the last closed ones, newest first."""
        known = chain(self._open.values(), self._closed.values())
        return sorted(known, key=lambda gap: -gap.gap)

    @property
    def open_gaps(self) -> int:
        """How many gaps make the board incomplete."""
        return sum(not gap.background for gap in self._open.values())

    @property
    def urgent(self) -> bool:
        """Whether a gap that makes the board incomplete can be walked."""
        return any(not (g.background or g.waiting) for g in self._open.values())

    @property
    def complete_to_ms(self) -> int | None:
        """Exchange time up to which no trade since `since_ms` is missing.

        What is being filled up in the background does not count against it.
        """
        edges = [gap.from_ms for gap in self._open.values() if not gap.background]
        if self.edge_ms is not None:
            edges.append(self.edge_ms)
        return min(edges, default=None)

    def spans(self) -> list[Span]:
        """Return the complete spans between the tape's beginning and the edge."""
        if self.since_ms is None or self.edge_ms is None:
            return []
        found: list[Span] = []
        begin_ms = self.since_ms
        for hole in self._holes(self.edge_ms):
            if hole.from_ms > begin_ms:
                found.append(Span(begin_ms, min(hole.from_ms, self.edge_ms)))
            begin_ms = max(begin_ms, hole.to_ms)
        if self.edge_ms > begin_ms:
            found.append(Span(begin_ms, self.edge_ms))
        return found

    def missing_ms(self, from_ms: int, to_ms: int) -> int:
        """Return how much of a span lies in open gaps."""
        missing, begin_ms = 0, from_ms
        for hole in self._holes(to_ms):
            upper_ms = min(hole.to_ms, to_ms)
            missing += max(0, upper_ms - max(hole.from_ms, begin_ms))
            begin_ms = max(begin_ms, upper_ms)
        return missing

    def is_whole(self, from_ms: int, to_ms: int) -> bool:
        """Return whether a span lies between beginning and edge, in no open gap."""
        if self.since_ms is None or self.edge_ms is None:
            return False
        inside = self.since_ms <= from_ms and to_ms <= self.edge_ms
        return inside and not self.missing_ms(from_ms, to_ms)

    def _holes(self, now_ms: int) -> list[Span]:
        """Return the open gaps of all markets by their beginning."""
        return sorted(
            Span(gap.from_ms, now_ms if gap.to_ms is None else gap.to_ms)
            for gap in self._open.values()
            if gap.ticker is None
        )

    def _will_be_walked(self, from_ms: int) -> bool:
        """Return whether a walk that has not begun covers all from `from_ms` on."""
        return any(
            gap.state == "open" and gap.to_ms is None and gap.from_ms <= from_ms
            for gap in self._open.values()
            if not gap.background
        )

    def _interrupted_from_ms(self) -> int | None:
        if self.edge_ms is not None:
            return self.edge_ms - OVERLAP_MS
        return self.since_ms

    def _add(
        self,
        cause: str,
        from_ms: int,
        to_ms: int | None,
        wall_ms: int,
        *,
        background: bool = False,
    ) -> Gap:
        gap = Gap(
            self.next_gap,
            cause,
            from_ms,
            to_ms,
            asked_to_ms=to_ms,
            background=background,
            noticed_ms=wall_ms,
        )
        self.next_gap += 1
        self._open[gap.gap] = self._unsaved[gap.gap] = gap
        return gap
