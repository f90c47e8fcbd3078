import asyncio
import contextlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from websockets.asyncio.client import ClientConnection

from flowboard.board_clock import BoardClock
from flowboard.errors import BadFrame, FeedInterrupted, RequestFailed
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.connection_watch import Patience, Session
from flowboard.kalshi.silence_watch import SilenceWatch
from tests.kalshi.scripted_exchange import NOON_MS

START_MS = 500_000
HOUR_MS = 3_600_000
STEP_MS = 50


class Over(Exception):
    """The time of the scene is over."""


class Scene:
    """A connection, a REST and a clock that goes on only while the watch sleeps.

    Trades are made every `every_ms` until `until_ms`; the feed brings them until
    `feed_until_ms`, `late_ms` later; REST knows them at once. All as time of the scene.
    """

    def __init__(
        self,
        *,
        every_ms: int = 50,
        until_ms: int,
        feed_until_ms: int | None = None,
        late_ms: int = 0,
        rest: Callable[["Scene"], int | None] | None = None,
        hears_clock: bool = True,
    ) -> None:
        self.now = 0
        self.every_ms = every_ms
        self.until_ms = until_ms
        self.feed_until_ms = until_ms if feed_until_ms is None else feed_until_ms
        self.late_ms = late_ms
        self.rest = rest or Scene.newest_ms
        self.brought = -1
        self.asked: list[int] = []
        self.quiet: list[int] = []
        self.states: dict[int, str] = {}
        self.aborted = False
        self.status = FeedStatus(START_MS)
        self.clock = BoardClock()
        if hears_clock:
            self.clock.hear_exchange(NOON_MS, START_MS, True)
        transport = SimpleNamespace(abort=self._abort)
        socket = cast(ClientConnection, SimpleNamespace(transport=transport))
        self.session = Session(socket, START_MS)
        self.session.subscribe(START_MS, self.clock.exchange_ms(START_MS))
        self.status.connected(START_MS)
        self.end_ms = 0

    def newest_ms(self) -> int | None:
        """What an honest REST knows."""
        made_ms = min(self.now, self.until_ms)
        return NOON_MS + made_ms - made_ms % self.every_ms if made_ms > 0 else None

    async def play(self, end_ms: int, silent_before: int = 0) -> "Scene":
        """Watch until the connection is given up, or the scene is over."""
        self.end_ms = end_ms
        watch = SilenceWatch(
            self.session,
            self.status,
            self.clock,
            Patience(probe_s=0.01),
            self._probe,
            lambda: self.quiet.append(self.now),
            lambda: START_MS + self.now,
            silent_before,
            self._sleep,
        )
        async with asyncio.timeout(30):
            with contextlib.suppress(Over):
                await watch.run()
        return self

    def first(self, state: str) -> int | None:
        """When that state was first seen, None: never."""
        return next((ms for ms, seen in self.states.items() if seen == state), None)

    async def _probe(self) -> int | None:
        self.asked.append(self.now)
        return self.rest(self)

    async def _sleep(self, seconds: float) -> None:
        end_ms = self.now + max(1, round(seconds * 1000))
        while self.now < end_ms:
            self.now = min(end_ms, self.now + STEP_MS)
            self._bring()
            self.states[self.now] = self.status.state(START_MS + self.now)
            if self.now >= self.end_ms:
                raise Over

    def _bring(self) -> None:
        came_ms = self.now - self.late_ms
        made_ms = min(came_ms, self.feed_until_ms) // self.every_ms * self.every_ms
        if made_ms > self.brought and made_ms > 0 and not self.session.held_up:
            self.brought = made_ms
            self.session.trade_came(START_MS + self.now, NOON_MS + made_ms)
            self.status.trade_received(START_MS + self.now)

    def _abort(self) -> None:
        self.aborted = True


def cannot(error: Exception) -> Callable[[Scene], int | None]:
    def rest(_: Scene) -> int | None:
        raise error

    return rest


async def test_a_busy_feed_that_stops_is_cut_within_four_seconds() -> None:
    """And the viewer is told within three: by then nobody knows better."""
    scene = await Scene(until_ms=HOUR_MS, feed_until_ms=10_000).play(60_000)

    assert scene.session.cause == "stall"
    assert scene.aborted
    assert scene.now - 10_000 < 4_000
    delayed_ms = scene.first("delayed")
    assert delayed_ms is not None
    assert delayed_ms - 10_000 <= 3_000
    assert scene.status.state(START_MS + scene.now) == "delayed"
    assert "REST has new ones" in (scene.session.verdict or "")


async def test_a_connection_that_never_brings_a_trade_is_cut_too() -> None:
    """What was made since it had subscribed, it should have brought."""
    scene = await Scene(until_ms=HOUR_MS, feed_until_ms=0).play(60_000)

    assert scene.session.cause == "stall"
    assert scene.now < 4_000


async def test_what_was_made_before_the_subscription_is_not_missed() -> None:
    """The tape's newest trade is older than this connection: nobody trades."""
    scene = Scene(until_ms=0, rest=lambda _: NOON_MS - 500)

    await scene.play(60_000)

    assert scene.session.verdict is None
    assert scene.quiet
    assert scene.first("delayed") is None


async def test_what_was_made_between_two_subscriptions_is_not_missed() -> None:
    """Subscribed to again after an error: the healer brings what lies between."""
    scene = Scene(until_ms=0, rest=lambda _: NOON_MS + 4_500)
    scene.session.trade_came(START_MS, NOON_MS + 10)
    scene.now = 5_000
    scene.session.subscribe(START_MS + 5_000, NOON_MS + 5_000)

    await scene.play(60_000)

    assert scene.session.verdict is None
    assert scene.quiet


@pytest.mark.parametrize("every_ms", [10, 500, 5_000])
async def test_two_hours_without_a_trade_alarm_nobody(every_ms: int) -> None:
    """The weekly maintenance: no reconnect, no word of a delay, few questions."""
    scene = Scene(every_ms=every_ms, until_ms=60_000)

    await scene.play(60_000 + 2 * HOUR_MS)

    assert scene.session.verdict is None
    assert not scene.aborted
    assert scene.first("delayed") is None
    assert scene.quiet
    assert len(scene.asked) <= 2 * HOUR_MS / 15_000


async def test_a_feed_that_does_not_wake_up_with_the_market_is_cut() -> None:
    """Quiet for an hour; then trades are made, and this connection brings none."""

    def rest(scene: Scene) -> int | None:
        return NOON_MS + max(scene.now if scene.now > HOUR_MS else 0, 10_000)

    scene = await Scene(until_ms=10_000, rest=rest).play(2 * HOUR_MS)

    assert scene.session.cause == "stall"
    assert scene.now - HOUR_MS < 25_000
    # The viewer is told at once, though quiet was to hold a little longer.
    assert scene.status.state(START_MS + scene.now) == "delayed"


async def test_a_trade_on_its_way_is_waited_for() -> None:
    """REST is ahead of the feed by a second and more after each pause: no alarm."""
    scene = Scene(every_ms=2_500, until_ms=HOUR_MS, late_ms=1_400)

    await scene.play(120_000)

    assert scene.asked
    assert scene.session.verdict is None


async def test_a_second_more_proves_nothing() -> None:
    """A frame that tells but the second seems to be older than the same row of REST."""
    scene = Scene(until_ms=10_000, rest=lambda _: NOON_MS + 11_000)

    await scene.play(120_000)

    assert scene.session.verdict is None


@pytest.mark.parametrize(
    "error",
    [
        RequestFailed(503, "maintenance"),
        FeedInterrupted("not there"),
        BadFrame("nonsense"),
        TimeoutError(),
    ],
)
async def test_without_an_answer_the_length_of_the_silence_decides(
    error: Exception,
) -> None:
    """Nothing is claimed: delayed by itself after three seconds, cut after thirty."""
    scene = await Scene(until_ms=10_000, rest=cannot(error)).play(120_000)

    assert scene.session.cause == "silence"
    assert scene.session.verdict == "no trade came for 30 s"
    assert 40_000 <= scene.now <= 40_100
    assert scene.quiet == []
    delayed_ms = scene.first("delayed")
    assert delayed_ms is not None
    assert delayed_ms - 10_000 <= 3_000


async def test_connections_that_stay_silent_are_borne_longer() -> None:
    """REST is away for the whole maintenance: 16 times the patience after four."""
    rest = cannot(RequestFailed(503, "maintenance"))

    scene = await Scene(until_ms=0, rest=rest).play(HOUR_MS, silent_before=4)

    assert scene.session.cause == "silence"
    assert 480_000 <= scene.now <= 480_100


async def test_a_silence_is_measured_from_the_last_answer() -> None:
    """REST answers until a minute, then no more: the half minute begins there."""

    def rest(scene: Scene) -> int | None:
        if scene.now > 60_000:
            raise RequestFailed(502, "bad gateway")
        return scene.newest_ms()

    scene = await Scene(until_ms=10_000, rest=rest).play(HOUR_MS)

    assert scene.session.cause == "silence"
    assert scene.quiet[-1] + 30_000 < scene.now <= scene.quiet[-1] + 30_100


async def test_a_probe_that_does_not_answer_is_none() -> None:
    """A question that hangs must not hold the watch up."""
    scene = Scene(until_ms=10_000)

    async def hangs() -> int | None:
        await asyncio.Event().wait()
        return None

    scene._probe = hangs  # type: ignore[method-assign]
    await scene.play(120_000)

    assert scene.session.cause == "silence"


async def test_a_trade_from_the_future_proves_nothing() -> None:
    """What bears a time an hour ahead says neither that the feed is dead nor quiet."""
    scene = Scene(until_ms=10_000, rest=lambda s: NOON_MS + s.now + HOUR_MS)

    await scene.play(30_000)

    assert scene.asked
    assert scene.quiet == []
    assert scene.session.verdict is None


async def test_a_trade_from_the_future_hides_no_stall() -> None:
    """The feed has brought one that is an hour ahead, then nothing more."""
    scene = Scene(until_ms=HOUR_MS, feed_until_ms=10_000)
    scene.session.trade_came(START_MS, NOON_MS + HOUR_MS)

    await scene.play(60_000)

    assert scene.session.cause == "stall"


async def test_without_the_exchange_clock_nothing_is_claimed() -> None:
    """Whether a trade is older than the subscription cannot be told."""
    scene = Scene(until_ms=HOUR_MS, feed_until_ms=0, hears_clock=False)

    await scene.play(60_000)

    assert scene.session.cause == "silence"


async def test_an_exchange_without_any_trade_is_quiet() -> None:
    """An exchange that has just been opened has an empty tape."""
    scene = await Scene(until_ms=0).play(60_000)

    assert scene.quiet
    assert scene.session.verdict is None


async def test_while_we_do_not_read_the_silence_is_ours() -> None:
    """A full inbox, or a subscription that is being asked for again."""
    held_up = Scene(until_ms=HOUR_MS)
    held_up.session.held_up = True
    lost = Scene(until_ms=HOUR_MS, feed_until_ms=0)
    lost.session.subscribed = False

    await held_up.play(60_000)
    await lost.play(60_000)

    assert held_up.asked == lost.asked == []
    assert held_up.session.verdict is None
    assert lost.session.verdict is None
