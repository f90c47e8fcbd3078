"""What is complete and what is missing, against a timeline that knows both."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from flowboard.coverage import CLOSED_MAX, OVERLAP_MS, Coverage, Span

T = 1_700_000_000_000
WALL = 1_800_000_000_000


def begun(*, background: bool = False) -> Coverage:
    """Return a tape that began at T, whose feed has brought trades up to T + 100 s."""
    coverage = Coverage()
    coverage.begin(T, WALL, background=background)
    coverage.resume()
    gap = coverage.turn()
    assert gap is not None
    coverage.walking(gap, T + 100_000)
    coverage.close(gap, WALL)
    coverage.advance(T + 100_000)
    return coverage


def test_before_the_first_trade_nothing_is_known() -> None:
    coverage = Coverage()

    assert coverage.complete_to_ms is None
    assert coverage.spans() == []
    assert coverage.turn() is None
    assert not coverage.is_whole(T, T + 1)


def test_the_first_gap_waits_for_the_feed() -> None:
    """Subscribe first, walk second: else something falls between the two."""
    coverage = Coverage()
    coverage.begin(T, WALL, background=True)
    assert coverage.turn() is None

    coverage.interrupt("connect", WALL)
    coverage.resume()

    gap = coverage.turn()
    assert gap is not None
    assert (gap.cause, gap.from_ms, gap.to_ms) == ("start", T, None)
    assert len(coverage.gaps()) == 1


def test_an_interruption_begins_before_the_edge_and_is_healed() -> None:
    coverage = begun()
    coverage.interrupt("disconnect", WALL)
    assert coverage.open_gaps == 1
    assert coverage.complete_to_ms == T + 100_000 - OVERLAP_MS
    assert coverage.turn() is None  # The feed has not come back.

    coverage.interrupt("connect", WALL)  # Part of the same.
    coverage.resume()
    gap = coverage.turn()
    assert gap is not None
    coverage.walking(gap, T + 130_000)
    coverage.walked(gap, T + 115_000, 7)
    assert gap.to_ms == T + 115_001
    coverage.walked(gap, gap.from_ms - 1, 3)
    coverage.close(gap, WALL + 5)

    assert coverage.open_gaps == 0
    assert (gap.recovered, gap.closed_ms) == (10, WALL + 5)
    assert Span(gap.from_ms, gap.to_ms or 0) == Span(T + 95_000, T + 130_001)
    assert coverage.complete_to_ms == T + 130_000


def test_an_empty_walk_moves_no_edge() -> None:
    """A gap that begins in the future, by a clock that was wrong, finds nothing: what
    comes later must not be taken for complete."""
    coverage = Coverage()
    coverage.begin(T + 3_600_000, WALL, background=False)
    coverage.resume()
    gap = coverage.turn()
    assert gap is not None

    coverage.walking(gap, None)
    coverage.close(gap, WALL)

    assert coverage.edge_ms is None
    assert coverage.complete_to_ms is None


def test_what_is_lost_beside_a_working_feed_is_a_gap_of_its_own() -> None:
    coverage = begun()
    coverage.interrupt("seq", WALL)
    coverage.resume()
    coverage.advance(T + 200_000)
    coverage.interrupt("seq", WALL)  # The walk that is still to come covers it.
    assert coverage.open_gaps == 1
    first = coverage.turn()
    assert first is not None
    coverage.begun(first)
    coverage.interrupt("seq", WALL)  # What is asked for now may be older than this.
    coverage.resume()

    assert coverage.open_gaps == 2
    assert coverage.complete_to_ms == T + 95_000
    turn = coverage.turn()
    assert turn is not None
    assert turn.from_ms == T + 195_000  # The newest first.


def test_the_urgent_come_before_the_background() -> None:
    coverage = begun()
    asked = coverage.add("backfill", Span(T, T + 9), WALL, background=True)
    start = coverage.add("start", Span(T, T + 9), WALL, background=True)
    assert coverage.turn() is asked
    assert not coverage.urgent

    audit = coverage.add("audit", Span(T + 1, T + 2), WALL)

    assert coverage.urgent
    assert coverage.turn() is audit
    coverage.close(audit, WALL)
    coverage.close(asked, WALL)
    assert coverage.turn() is start


def test_a_gap_that_cannot_be_walked_lets_others_go_first() -> None:
    coverage = begun()
    stuck = coverage.add("audit", Span(T + 50_000, T + 60_000), WALL)
    older = coverage.add("audit", Span(T + 1, T + 2), WALL)
    coverage.paused(older)
    assert coverage.turn() is stuck
    coverage.paused(stuck)
    coverage.paused(stuck)
    assert coverage.turn() is older

    coverage.walked(stuck, T + 55_000, 0)
    assert coverage.turn() is stuck


def test_a_span_that_lies_apart_says_nothing_of_what_lies_between() -> None:
    coverage = begun()
    coverage.close(
        coverage.add("backfill", Span(T - 90_000, T - 80_000), WALL, background=True),
        WALL,
    )

    assert coverage.since_ms == T
    assert not coverage.is_whole(T - 70_000, T - 60_000)
    assert coverage.spans() == [Span(T, T + 100_000)]


def test_background_makes_the_board_no_less_complete() -> None:
    coverage = begun()
    coverage.add("backfill", Span(T - 50_000, T), WALL, background=True)

    assert coverage.open_gaps == 0
    assert coverage.complete_to_ms == T + 100_000
    assert coverage.since_ms == T - 50_000
    assert coverage.spans() == [Span(T, T + 100_000)]
    assert not coverage.is_whole(T - 10, T + 10)
    assert coverage.is_whole(T, T + 10)


def test_spans_leave_holes_out() -> None:
    coverage = begun()
    coverage.add("audit", Span(T + 10_000, T + 20_000), WALL)
    coverage.add("audit", Span(T + 15_000, T + 25_000), WALL)
    coverage.add("audit", Span(T + 60_000, T + 70_000), WALL)

    assert coverage.spans() == [
        Span(T, T + 10_000),
        Span(T + 25_000, T + 60_000),
        Span(T + 70_000, T + 100_000),
    ]
    assert coverage.missing_ms(T, T + 100_000) == 25_000
    assert coverage.missing_ms(T + 18_000, T + 65_000) == 12_000
    assert coverage.missing_ms(T + 30_000, T + 40_000) == 0


def test_a_gap_of_one_market_is_no_hole_in_the_tape() -> None:
    coverage = begun()
    coverage.add("backfill", Span(T + 1, T + 9), WALL, ticker="KXA", background=True)

    assert coverage.missing_ms(T, T + 100) == 0


def test_what_changed_is_given_until_it_is_stored() -> None:
    coverage = begun()
    coverage.take_unsaved()
    gap = coverage.add("audit", Span(T, T + 1), WALL)

    taken = coverage.take_unsaved()
    assert [g.gap for g in taken] == [gap.gap]
    assert not coverage.has_unsaved
    coverage.walked(gap, T, 4)
    assert taken[0].recovered == 0  # As it was.
    coverage.not_saved(taken)

    assert [g.recovered for g in coverage.take_unsaved()] == [4]


def test_closed_gaps_are_bounded() -> None:
    coverage = begun()
    for n in range(CLOSED_MAX + 50):
        coverage.close(coverage.add("audit", Span(T + n, T + n + 1), WALL), WALL)

    assert len(coverage.gaps()) == CLOSED_MAX
    assert coverage.gaps()[0].gap > coverage.gaps()[-1].gap


def test_a_restart_takes_up_what_was_open() -> None:
    coverage = begun()
    coverage.interrupt("disconnect", WALL)
    walked = coverage.add("audit", Span(T, T + 9), WALL)
    after = Coverage(coverage.since_ms, coverage.edge_ms)
    after.restore(replace(gap) for gap in reversed(coverage.gaps()))

    after.interrupt("restart", WALL)

    assert after.open_gaps == 2
    turn = after.turn()
    assert turn is not None
    assert turn.gap == walked.gap
    assert after.add("audit", Span(T, T + 1), WALL).gap == walked.gap + 1


class Timeline(RuleBasedStateMachine):
    """An exchange that trades once a second, and a board that is cut off, healed and
    killed: what the coverage calls complete must be stored, whatever happens."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = T
        self.truth: list[int] = []
        self.stored: set[int] = set()
        self.coverage = Coverage()
        self.coverage.begin(T, WALL, background=False)
        self.up = False

    @rule(n=st.integers(1, 20))
    def trade(self, n: int) -> None:
        for _ in range(n):
            self.now_ms += 1_000
            self.truth.append(self.now_ms)
            if self.up:
                self.stored.add(self.now_ms)
                self.coverage.advance(self.now_ms)

    @rule(n=st.integers(1, 4))
    def lose(self, n: int) -> None:
        """Frames of a connection that lives never come, and seq tells."""
        for _ in range(n):
            self.now_ms += 1_000
            self.truth.append(self.now_ms)
        if self.up:
            self.coverage.interrupt("seq", WALL)
            self.coverage.resume()

    @rule()
    def disconnect(self) -> None:
        if self.up:
            self.up = False
            self.coverage.interrupt("disconnect", WALL)

    @rule()
    def connect(self) -> None:
        if not self.up:
            self.up = True
            self.coverage.interrupt("connect", WALL)
            self.coverage.resume()

    @rule(pages=st.integers(1, 5), size=st.integers(1, 10))
    def heal(self, pages: int, size: int) -> None:
        gap = self.coverage.turn()
        if gap is None:
            return
        for _ in range(pages):
            to_ms = self.now_ms + 1 if gap.to_ms is None else gap.to_ms
            span = [t for t in self.truth if gap.from_ms <= t < to_ms]
            page = span[-size:]
            self.coverage.begun(gap)
            self.coverage.walking(gap, page[-1] if page else None)
            self.stored.update(page)
            if len(page) == len(span):
                self.coverage.close(gap, WALL)
                return
            self.coverage.walked(gap, page[0], 0)
        self.coverage.paused(gap)

    @rule()
    def kill(self) -> None:
        before = self.coverage
        self.coverage = Coverage(before.since_ms, before.edge_ms)
        self.coverage.restore(replace(gap) for gap in reversed(before.gaps()))
        self.up = False
        self.coverage.interrupt("restart", WALL)

    @invariant()
    def what_is_called_complete_is_stored(self) -> None:
        coverage = self.coverage
        to_ms = coverage.complete_to_ms
        if to_ms is not None:
            assert {t for t in self.truth if t < to_ms} <= self.stored
        for span in coverage.spans():
            inside = {t for t in self.truth if span.from_ms <= t < span.to_ms}
            assert inside <= self.stored

    def teardown(self) -> None:
        """In the end everything can be healed."""
        self.connect()
        for _ in range(100):
            if self.coverage.turn() is None:
                break
            self.heal(pages=100, size=10)
        assert self.coverage.open_gaps == 0
        assert set(self.truth) <= self.stored


Timeline.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestTimeline = Timeline.TestCase
