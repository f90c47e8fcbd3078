"""What is known of the feed and of the process: the truth shown to viewers.

Written by the feed and the processor, read by the hub and the HTTP API. No clock is
read here: ``mono_ms`` is any monotonic count of milliseconds, one for all callers.
"""

from collections import deque
from typing import Literal

import msgspec

FeedState = Literal[
    "live", "delayed", "healing", "polling", "stale", "storage_degraded", "starting"
]
HealthStatus = Literal["ok", "degraded", "starting"]

AWAY_MS = 30_000  # So long without a connection is no start or hiccup any more.
DELAYED_MS = 3_000
DELAYED_GAPS = 50  # A silence so many times the usual gap is none of the market's.
GAP_MEMORY = 100  # Trades that the usual gap is, roughly, the mean over.
DEAD_LETTERS = 1_000
DEAD_LETTER_BYTES = 64 * 1024
COUNTERS = ("frames", "trades", "bad_frames", "unknown_frames", "reconnects", "gaps")


class FeedBlock(msgspec.Struct, frozen=True):
    """The `feed` of every snapshot, heartbeat and `/health`.

    Attributes:
        state: One word for the viewer.
        connected: Whether trades are subscribed to right now.
        data_age_ms: Time since the last trade arrived, None before the first.
        complete_to_ms: Exchange time up to which no trade is missing; None as long as
            nothing proves that.
        open_gaps: Holes noticed in this process and not filled.
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
        healthy: Whether the board can be relied on.
    """

    status: HealthStatus
    process: str
    feed: FeedBlock
    store: Literal["ok", "failing"]
    problem: str | None
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
    """

    def __init__(self, started_ms: int | None = None) -> None:
        self.counters: dict[str, int] = dict.fromkeys(COUNTERS, 0)
        self.dead_letters: deque[DeadLetter] = deque(maxlen=DEAD_LETTERS)
        self.problem: str | None = None
        self._connected = False
        self._ever_connected = False
        self._connected_ms = 0
        self._away_since_ms = started_ms
        self._last_trade_ms: int | None = None
        self._gap_from_ms: int | None = None
        self._usual_gap_ms: float | None = None
        self._open_gaps = 0
        self._store_failing = False
        self._rebuilding = False
        self._dead_stages: list[str] = []

    # Written by the feed.

    def connecting(self) -> None:
        """A try to connect begins."""
        self.count("connects")

    def connected(self, mono_ms: int) -> None:
        """Trades are subscribed to from now on."""
        if self._ever_connected and not self._connected:
            self.count("reconnects")
        self._connected = self._ever_connected = True
        self._connected_ms = mono_ms
        self._away_since_ms = None
        self._gap_from_ms = None
        self.problem = None

    def trade_received(self, mono_ms: int) -> None:
        """A trade has arrived."""
        before = self._gap_from_ms
        self._gap_from_ms = self._last_trade_ms = mono_ms
        if before is None:
            return
        usual = self._usual_gap_ms
        if usual is None:
            self._usual_gap_ms = float(mono_ms - before)
        else:
            self._usual_gap_ms = usual + (mono_ms - before - usual) / GAP_MEMORY

    def interrupted(self, reason: str, mono_ms: int | None = None) -> None:
        """The connection has ended, or a try to connect has failed.

        Args:
            reason: A sentence for the operator.
            mono_ms: When; None: the next time that anybody looks.
        """
        self.problem = reason
        if self._connected:
            self._connected = False
            self._away_since_ms = mono_ms

    def gap(self, cause: str) -> None:
        """Trades may be missing from here; `cause` is a word for the counters."""
        self._open_gaps += 1
        self.count("gaps")
        self.count(f"gaps_{cause}")

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

    def rebuilding(self, rebuilding: bool) -> None:
        """The windows are being rebuilt from disk (True), or are ready (False)."""
        self._rebuilding = rebuilding

    def stage_died(self, name: str) -> None:
        """A stage of the pipeline ended on its own; only a new process helps."""
        self._dead_stages.append(name)

    # Read by the hub and the HTTP API.

    @property
    def is_rebuilding(self) -> bool:
        """Whether the windows are being rebuilt from disk."""
        return self._rebuilding

    @property
    def usual_gap_ms(self) -> float | None:
        """Running mean of the time between two trades; None before the second."""
        return self._usual_gap_ms

    def block(self, mono_ms: int) -> FeedBlock:
        """Return the state of the feed as of `mono_ms`."""
        last = self._last_trade_ms
        return FeedBlock(
            state=self._state(mono_ms),
            connected=self._connected,
            data_age_ms=None if last is None else max(0, mono_ms - last),
            complete_to_ms=None,
            open_gaps=self._open_gaps,
        )

    def health(self, mono_ms: int) -> Health:
        """Return whether the board can be relied on as of `mono_ms`, and why not."""
        feed = self.block(mono_ms)
        sound = not self._dead_stages and not self._store_failing
        away = self._away_ms(mono_ms) >= AWAY_MS
        process = "ok"
        status: HealthStatus = "ok"
        if not sound or away or feed.state not in ("live", "starting"):
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
            store="failing" if self._store_failing else "ok",
            problem=self.problem,
            healthy=sound and not away and not self._rebuilding,
        )

    def _state(self, mono_ms: int) -> FeedState:
        if self._store_failing:
            return "storage_degraded"
        if not self._connected:
            away_ms = self._away_ms(mono_ms)
            return "stale" if self._ever_connected or away_ms >= AWAY_MS else "starting"
        quiet_since_ms = max(self._connected_ms, self._last_trade_ms or 0)
        patience_ms = max(DELAYED_MS, DELAYED_GAPS * (self._usual_gap_ms or 0))
        return "delayed" if mono_ms - quiet_since_ms > patience_ms else "live"

    def _away_ms(self, mono_ms: int) -> int:
        if self._connected:
            return 0
        if self._away_since_ms is None:
            self._away_since_ms = mono_ms
        return mono_ms - self._away_since_ms
