"""What happens without a trade: told, or noticed."""

import pytest

from flowboard.feed_status import FeedStatus
from flowboard.pulse import STUCK_MS, Pulse, StageHung


class Told:
    """Stands in for all parts that are looked at; counts the hub's ticks."""

    def __init__(self) -> None:
        self.ticks = 0
        self.lag_ms = 7
        self.store_wait_ms = 0
        self.beaten_ms = 0
        self.mono_ms = 0

    def tick(self) -> None:
        self.ticks += 1


def pulse_of(told: Told, status: FeedStatus) -> Pulse:
    return Pulse(told, told, status, told, mono_ms=lambda: told.mono_ms)


def test_each_tick_is_the_hubs() -> None:
    told, status = Told(), FeedStatus(0)

    pulse_of(told, status).tick()

    assert told.ticks == 1
    assert status.loop_lag_ms == 7


def test_a_disk_that_hangs_is_storage_degraded() -> None:
    """For as long as it does; the process is not ended for it."""
    told, status = Told(), FeedStatus(0)
    status.connected(0)
    pulse = pulse_of(told, status)
    told.store_wait_ms, told.mono_ms = STUCK_MS + 1, 3_600_000

    pulse.tick()
    assert status.state(0) == "storage_degraded"
    assert status.health(0).store == "failing"

    told.store_wait_ms, told.beaten_ms = 0, told.mono_ms
    pulse.tick()
    assert status.state(0) == "live"


def test_a_stage_that_makes_no_step_is_noticed() -> None:
    told = Told()
    pulse = pulse_of(told, FeedStatus(0))
    told.mono_ms = 30_000
    pulse.tick()
    told.mono_ms = 30_001

    with pytest.raises(StageHung, match="no step for 30 s"):
        pulse.tick()
