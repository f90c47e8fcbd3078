"""What is known of the feed and of the process: the truth shown to viewers.

Written by the feed and the processor, read by the hub and the HTTP API. No clock is
read here: ``mono_ms`` is any monotonic count of milliseconds, one for all callers.
"""

from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

from flowboard.coverage import Coverage

FeedState = Literal[
    "live", "delayed", "healing", "polling", "stale", "storage_degraded", "starting"
]
HealthStatus = Literal["ok", "degraded", "starting"]

AWAY_MS = 30_000  # So long without a connection is no start or hiccup any more.
# A little less than three seconds: within three it has to be on the screen.
DELAYED_MS = 2_800
DELAYED_GAPS = 50  # A silence so many times the usual gap is none of the market's.
# A pause that so many usual gaps do not explain is looked into once it is over.
PAUSE_MS = 500
POLL_LATE_MS = 10_000  # A poll that takes so long is none that comes once a second.
PAUSE_GAPS = 20
GAP_MEMORY = 100  # Trades that the usual gap is, roughly, the mean over.
DEAD_LETTERS = 1_000
DEAD_LETTER_BYTES = 64 * 1024
Via = Literal["websocket", "polling"]
COUNTERS = ("frames", "trades", "bad_frames", "unknown_frames", "reconnects", "gaps")


class FeedBlock(msgspec.Struct, frozen=True):
    """The `feed` of every snapshot, heartbeat and `/health`.

    Attributes:
        state: One word for the viewer.
        connected: Whether the exchange's trades reach us right now, over either feed.
        data_age_ms: Time since the last trade arrived, None before the first.
        complete_to_ms: Exchange time up to which no trade is missing; None before the
            first trade.
        open_gaps: Holes that make the board incomplete; see `coverage.Gap`.
    """

    state: FeedState
    connected: bool
    data_age_ms: int | None
    complete_to_ms: int | None
    open_gaps: int


class Health(msgspec.Struct, frozen=True):
    """The body of `/health`, and the status code that goes with it.

    Attributes:
        status: `ok`, `degraded` (something is wrong, see the others) or `starting`.
        process: `ok`, `rebuilding` (the windows, from disk) or which stage has died.
        feed: The state of the feed.
        store: `ok` or `failing`.
        problem: What the operator can do about the feed, where something is known.
        feed_policy: auto, websocket or polling: what the operator has chosen.
        clock_skew_ms: How far the exchange's clock is ahead of this machine's.
        loop_lag_ms: The longest that the event loop was late in the last minute.
        healthy: Whether the board can be relied on.
    """

    status: HealthStatus
    process: str
    feed: FeedBlock
    store: Literal["ok", "failing"]
    problem: str | None
    feed_policy: str
    clock_skew_ms: int | None
    loop_lag_ms: int
    healthy: bool

    @property
    def http_code(self) -> int:
        """200, or 503 when the board should not be relied on."""
        return 200 if self.healthy else 503


class DeadLetter(msgspec.Struct, frozen=True):
    """A frame that could not be read: its first 64 KB, and why."""

    raw: bytes
    why: str


class FeedStatus:
    """The feed's state, counters, unreadable frames and the process's health.

    Args:
        started_ms: When the process started; None: when it is first asked or told.
        coverage: What is missing; a fresh one if there is none.
        wall_ms: Unix milliseconds, to note when a gap was noticed.

    Attributes:
        coverage: As given.
        feed_policy: auto, websocket or polling: what the operator has chosen.
        clock_skew_ms: How far the exchange's clock is ahead of this machine's, by the
            `Date` of its answers; None before the first.
        loop_lag_ms: The longest that the event loop was late in the last minute.
    """

    def __init__(
        self,
        started_ms: int | None = None,
        coverage: Coverage | None = None,
        wall_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        self.coverage = coverage or Coverage()
        self.counters: dict[str, int] = dict.fromkeys(COUNTERS, 0)
        self.dead_letters: deque[DeadLetter] = deque(maxlen=DEAD_LETTERS)
        self.feed_policy = "auto"
        self._problems: dict[Via, str] = {}
        self.clock_skew_ms: int | None = None
        self.loop_lag_ms = 0
        self._wall_ms = wall_ms
        self._up: set[Via] = set()
        self._ever_connected = False
        self._ever_subscribed = False
        self._connected_ms = 0
        self._away_since_ms = started_ms
        self._last_trade_ms: int | None = None
        self._gap_from_ms: int | None = None
        self._usual_gap_ms: float | None = None
        self._polled_ms = 0
        self._quiet_until_ms = 0
        self._suspect = False
        self._store_failing = self._store_stuck = False
        self._rebuilding = False
        self._dead_stages: list[str] = []

    # Written by the feeds.

    def connecting(self) -> None:
        """A try to connect begins."""
        self.count("connects")

    def connected(self, mono_ms: int) -> None:
        """Trades are subscribed to from now on; what came before may be missing."""
        if self._ever_subscribed and "websocket" not in self._up:
            self.count("reconnects")
        self._ever_subscribed = True
        self._gap_from_ms = None
        # One that was suspect is until it has brought a trade.
        self._quiet_until_ms = 0
        self._connected_ms = mono_ms
        self._problems.pop("websocket", None)
        self._came_up("websocket", "connect")

    def polled(self, mono_ms: int) -> None:
        """The newest trades were asked for, and came."""
        self._polled_ms = mono_ms
        self._problems.pop("polling", None)
        if "polling" not in self._up:
            self._came_up("polling", "poll")

    def trade_received(self, mono_ms: int) -> None:
        """A trade has arrived over the socket.

        After a pause longer than the market explains, what lies before it is fetched:
        a feed that held its breath does not tell what it has left out.
        """
        before, usual = self._gap_from_ms, self._usual_gap_ms
        self._gap_from_ms = self._last_trade_ms = mono_ms
        if self._suspect:
            self._suspect = False
        since_ms = before
        if since_ms is None:
            since_ms = self._connected_ms if "websocket" in self._up else mono_ms
        pause_ms = mono_ms - since_ms
        if pause_ms > PAUSE_MS and pause_ms > PAUSE_GAPS * (usual or 0):
            self.gap("pause")
        if before is None:
            return
        if usual is None:
            self._usual_gap_ms = float(mono_ms - before)
        else:
            self._usual_gap_ms = usual + (mono_ms - before - usual) / GAP_MEMORY

    def trades_polled(self, mono_ms: int) -> None:
        """Trades that are new have come with a poll: no measure of the usual gap."""
        self._last_trade_ms = mono_ms

    def confirm_quiet(self, until_ms: int) -> None:
        """REST has no newer trade either: silence is no delay until `until_ms`."""
        self._quiet_until_ms = until_ms
        self._suspect = False

    def suspect(self) -> None:
        """REST has trades that the feed did not bring: it is delayed, at once."""
        self._suspect = True

    def interrupted(self, reason: str, mono_ms: int | None = None) -> None:
        """The connection has ended, or a try to connect has failed.

        Args:
            reason: A sentence for the operator.
            mono_ms: When; None: the next time that anybody looks.
        """
        self._problems["websocket"] = reason
        self._went_down("websocket", mono_ms)

    def poll_failed(self, reason: str, mono_ms: int) -> None:
        """The newest trades could not be asked for.

        Args:
            reason: A sentence for the operator.
            mono_ms: When.
        """
        self._problems["polling"] = reason
        self._went_down("polling", mono_ms)

    def socket_ended(self, mono_ms: int) -> None:
        """Nobody keeps the socket any more."""
        self._problems.pop("websocket", None)
        self._went_down("websocket", mono_ms)

    def polling_ended(self, mono_ms: int) -> None:
        """Nobody polls any more."""
        self._problems.pop("polling", None)
        self._went_down("polling", mono_ms)

    def gap(self, cause: str) -> None:
        """Trades may be missing from here; `cause` is a word for people."""
        self.count("gaps")
        self.count(f"gaps_{cause}")
        self.coverage.interrupt(cause, self._wall_ms())
        if self._up:
            self.coverage.resume()

    def dead_letter(self, raw: bytes, why: str) -> None:
        """Keep a frame that could not be read; the oldest of 1,000 makes room."""
        self.dead_letters.append(DeadLetter(raw[:DEAD_LETTER_BYTES], why))

    def count(self, name: str, n: int = 1) -> None:
        """Add `n` to the counter `name`."""
        self.counters[name] = self.counters.get(name, 0) + n

    # Written by the processor and the wiring.

    def store_failing(self, failing: bool) -> None:
        """The store cannot take trades (True), or can again (False)."""
        self._store_failing = failing

    def store_stuck(self, stuck: bool) -> None:
        """The store has not answered for seconds (True), or does again (False)."""
        self._store_stuck = stuck

    def rebuilding(self, rebuilding: bool) -> None:
        """The windows are being rebuilt from disk (True), or are ready (False)."""
        self._rebuilding = rebuilding

    def stage_died(self, name: str) -> None:
        """A stage of the pipeline ended on its own; only a new process helps."""
        self._dead_stages.append(name)

    # Read by the hub and the HTTP API.

    @property
    def problem(self) -> str | None:
        """What the operator can do about the feeds, where something is known."""
        return "; ".join(self._problems.values()) or None

    @property
    def is_rebuilding(self) -> bool:
        """Whether the windows are being rebuilt from disk."""
        return self._rebuilding

    @property
    def is_polling(self) -> bool:
        """Whether trades, and quotes, come by asking alone."""
        return self._up == {"polling"}

    @property
    def usual_gap_ms(self) -> float | None:
        """Running mean of the time between two trades; None before the second."""
        return self._usual_gap_ms

    def state(self, mono_ms: int) -> FeedState:
        """Return the one word for the viewer, as of `mono_ms`."""
        if self._store_failing or self._store_stuck:
            return "storage_degraded"
        if not self._up:
            away_ms = self._away_ms(mono_ms)
            return "stale" if self._ever_connected or away_ms >= AWAY_MS else "starting"
        by_socket = "websocket" in self._up and not self._is_delayed(mono_ms)
        polls = "polling" in self._up and mono_ms - self._polled_ms <= POLL_LATE_MS
        if not (by_socket or polls):
            return "delayed"
        if self.coverage.open_gaps:
            return "healing"
        return "live" if by_socket else "polling"

    def block(self, mono_ms: int) -> FeedBlock:
        """Return the state of the feed as of `mono_ms`."""
        last = self._last_trade_ms
        return FeedBlock(
            state=self.state(mono_ms),
            connected=bool(self._up),
            data_age_ms=None if last is None else max(0, mono_ms - last),
            complete_to_ms=self.coverage.complete_to_ms,
            open_gaps=self.coverage.open_gaps,
        )

    def health(self, mono_ms: int) -> Health:
        """Return whether the board can be relied on as of `mono_ms`, and why not."""
        feed = self.block(mono_ms)
        storing = not (self._store_failing or self._store_stuck)
        sound = storing and not self._dead_stages
        away = self._away_ms(mono_ms) >= AWAY_MS
        process = "ok"
        status: HealthStatus = "ok"
        if not sound or away or feed.state not in ("live", "polling", "starting"):
            status = "degraded"
        elif feed.state == "starting":
            status = "starting"
        if self._rebuilding:
            process, status = "rebuilding", "starting"
        if self._dead_stages:
            process, status = f"{', '.join(self._dead_stages)} has died", "degraded"
        return Health(
            status=status,
            process=process,
            feed=feed,
            store="ok" if storing else "failing",
            problem=self.problem,
            feed_policy=self.feed_policy,
            clock_skew_ms=self.clock_skew_ms,
            loop_lag_ms=self.loop_lag_ms,
            healthy=sound and not away and not self._rebuilding,
        )

    def _came_up(self, via: Via, cause: str) -> None:
        """Note a feed that begins; what came before it may be missing."""
        self._up.add(via)
        self._ever_connected = True
        self._away_since_ms = None
        self.coverage.interrupt(cause, self._wall_ms())
        self.coverage.resume()

    def _went_down(self, via: Via, mono_ms: int | None) -> None:
        if via in self._up:
            self._up.discard(via)
            if not self._up:
                self._away_since_ms = mono_ms

    def _is_delayed(self, mono_ms: int) -> bool:
        if self._suspect:
            return True
        quiet_since_ms = max(self._connected_ms, self._last_trade_ms or 0)
        patience_ms = max(DELAYED_MS, DELAYED_GAPS * (self._usual_gap_ms or 0))
        return mono_ms > max(quiet_since_ms + patience_ms, self._quiet_until_ms)

    def _away_ms(self, mono_ms: int) -> int:
        if self._up:
            return 0
        if self._away_since_ms is None:
            self._away_since_ms = mono_ms
        return mono_ms - self._away_since_ms
