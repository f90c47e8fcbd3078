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

    def tick(self) -> None:
        self.ticks += 1


def pulse_of(told: Told, status: FeedStatus) -> Pulse:
    return Pulse(told, told, status, told)


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
    told.store_wait_ms = STUCK_MS + 1

    for _ in range(1_000):
        pulse.tick()
    assert status.state(0) == "storage_degraded"
    assert status.health(0).store == "failing"

    told.store_wait_ms = 0
    pulse.tick()
    assert status.state(0) == "live"


def test_a_stage_that_makes_no_step_is_noticed() -> None:
    """After half a minute of ticks; one of a process that slept is but one."""
    told = Told()
    pulse = pulse_of(told, FeedStatus(0))
    for step in range(1_000):
        told.beaten_ms = step
        pulse.tick()
    for _ in range(300):
        pulse.tick()

    with pytest.raises(StageHung, match="no step for 30 s"):
        pulse.tick()
