import msgspec

from flowboard.feed_status import FeedBlock, FeedStatus


def connected_at(mono_ms: int) -> FeedStatus:
    status = FeedStatus(started_ms=0)
    status.connecting()
    status.connected(mono_ms)
    return status


def trades_every(status: FeedStatus, gap_ms: int, begin_ms: int, count: int) -> int:
    """Let `count` trades arrive; return when the last one did."""
    for n in range(count):
        status.trade_received(begin_ms + n * gap_ms)
    return begin_ms + (count - 1) * gap_ms


def test_a_start_is_a_start_for_half_a_minute() -> None:
    """Never connected: starting, then stale and unhealthy."""
    status = FeedStatus(started_ms=1_000)
    status.connecting()
    status.interrupted("nobody there", 2_000)

    early, late = status.health(30_999), status.health(31_000)

    assert early.feed == FeedBlock("starting", False, None, None, 0)
    assert (early.status, early.http_code) == ("starting", 200)
    assert late.feed.state == "stale"
    assert (late.status, late.http_code) == ("degraded", 503)
    assert late.problem == "nobody there"


def test_without_a_given_start_it_counts_from_the_first_look() -> None:
    """A monotonic clock may begin anywhere."""
    status = FeedStatus()

    assert status.block(10**9).state == "starting"
    assert status.block(10**9 + 29_999).state == "starting"
    assert status.block(10**9 + 30_000).state == "stale"


def test_trades_make_it_live() -> None:
    """The age of the data is that of the last trade."""
    status = connected_at(5_000)

    status.trade_received(6_000)
    health = status.health(6_400)

    assert health.feed == FeedBlock("live", True, 400, None, 0)
    assert (health.status, health.http_code, health.process) == ("ok", 200, "ok")
    assert health.store == "ok"
    assert health.problem is None


def test_a_silence_is_a_delay_by_what_is_usual() -> None:
    """A busy feed is delayed within 3 s; one trade a second may pause for 50."""
    busy, quiet = connected_at(0), connected_at(0)
    busy_end_ms = trades_every(busy, 10, 0, 1_000)
    quiet_end_ms = trades_every(quiet, 1_000, 0, 1_000)

    assert busy.block(busy_end_ms + 2_800).state == "live"
    assert busy.block(busy_end_ms + 2_801).state == "delayed"
    assert quiet.block(quiet_end_ms + 49_000).state == "live"
    assert quiet.block(quiet_end_ms + 51_000).state == "delayed"
    health = busy.health(busy_end_ms + 3_001)
    assert (health.status, health.http_code) == ("degraded", 200)


def test_the_usual_gap_follows_the_market() -> None:
    """Busy at noon, quiet at night: a few hundred trades later that is usual."""
    status = connected_at(0)
    end_ms = trades_every(status, 10, 0, 1_000)

    end_ms = trades_every(status, 1_000, end_ms + 1_000, 1_000)

    assert status.usual_gap_ms is not None
    assert 900 < status.usual_gap_ms <= 1_000
    assert status.block(end_ms + 40_000).state == "live"


def test_an_outage_is_no_usual_gap() -> None:
    """An hour away says nothing about the market's pace."""
    status = connected_at(0)
    trades_every(status, 10, 0, 1_000)
    before = status.usual_gap_ms
    status.interrupted("cut", 10_000)

    status.connected(3_600_000)
    status.trade_received(3_600_001)

    assert status.usual_gap_ms == before


def test_after_a_reconnect_the_first_trade_is_waited_for() -> None:
    """The age tells the truth, the state gives the new connection its 3 s."""
    status = connected_at(0)
    status.trade_received(0)
    status.interrupted("cut", 1_000)

    status.connected(60_000)

    assert status.block(61_000) == FeedBlock("live", True, 61_000, None, 0)
    assert status.block(64_000).state == "delayed"


def test_a_lost_connection_is_stale_and_later_unhealthy() -> None:
    """A hiccup is degraded with 200; half a minute without a connection is a 503."""
    status = connected_at(0)
    status.trade_received(500)

    status.interrupted("the connection was lost", 1_000)
    status.interrupted("nobody there", 20_000)
    hiccup, outage = status.health(30_999), status.health(31_000)

    assert hiccup.feed == FeedBlock("stale", False, 30_499, None, 0)
    assert (hiccup.status, hiccup.http_code) == ("degraded", 200)
    assert (outage.status, outage.http_code) == ("degraded", 503)
    assert outage.problem == "nobody there"


def test_an_interruption_without_a_time_counts_from_the_next_look() -> None:
    """A writer without a clock loses nothing."""
    status = connected_at(0)
    status.interrupted("cut")

    assert status.health(90_000).http_code == 200
    assert status.health(119_999).http_code == 200
    assert status.health(120_000).http_code == 503


def test_a_connection_clears_the_problem_and_counts_the_reconnect() -> None:
    """What is over is not shown."""
    status = connected_at(0)
    status.interrupted("cut", 1_000)

    status.connecting()
    status.connected(2_000)

    assert status.problem is None
    assert status.counters["reconnects"] == 1
    assert status.health(2_000).status == "ok"


def test_a_failing_store_wins_over_all() -> None:
    """What is on screen may be ahead of the disk: the viewer must know first."""
    status = connected_at(0)
    status.trade_received(0)

    status.store_failing(True)
    failing = status.health(100)
    status.interrupted("cut", 200)
    cut_too = status.block(300)
    status.connected(400)
    status.store_failing(False)

    assert failing.feed.state == "storage_degraded"
    assert (failing.status, failing.store, failing.http_code) == (
        "degraded", "failing", 503,
    )  # fmt: skip
    assert cut_too.state == "storage_degraded"
    assert status.health(500).http_code == 200


def test_while_windows_are_rebuilt_it_is_starting_with_503() -> None:
    """A board of half a history is none."""
    status = FeedStatus(started_ms=0)
    status.rebuilding(True)

    health = status.health(100)
    status.rebuilding(False)

    assert (health.status, health.process, health.http_code) == (
        "starting", "rebuilding", 503,
    )  # fmt: skip
    assert status.health(200).http_code == 200


def test_a_dead_stage_is_named() -> None:
    """Only a new process helps, whatever the feed says."""
    status = connected_at(0)
    status.trade_received(0)

    status.stage_died("trade_processor")
    health = status.health(100)

    assert (health.status, health.http_code) == ("degraded", 503)
    assert health.process == "trade_processor has died"


def test_gaps_are_counted_by_cause_and_make_it_heal() -> None:
    """Each is open until the healer closes it; beside a working feed it can at once."""
    status = connected_at(0)
    status.coverage.since_ms = status.coverage.edge_ms = 1_700_000_000_000

    status.gap("seq")
    status.gap("seq")
    status.gap("disconnect")

    assert status.block(0).open_gaps == 1  # One walk will cover them all.
    assert status.block(0).state == "healing"
    assert status.health(0).status == "degraded"
    assert status.health(0).http_code == 200
    assert {name: n for name, n in status.counters.items() if "gaps" in name} == {
        "gaps": 3,
        "gaps_seq": 2,
        "gaps_disconnect": 1,
    }
    while gap := status.coverage.turn():
        status.coverage.close(gap, 0)
    assert status.block(0).state == "live"


def test_a_gap_waits_for_the_feed_to_come_back() -> None:
    """Every connection begins with a gap: what was before it may be missing."""
    status = connected_at(0)
    status.coverage.since_ms = status.coverage.edge_ms = 1_700_000_000_000
    status.interrupted("lost", 1)
    status.gap("disconnect")

    assert status.block(2).open_gaps == 1
    assert status.block(2).state == "stale"
    assert status.coverage.turn() is None
    status.connected(3)
    assert status.block(3).state == "healing"
    assert status.coverage.turn() is not None
    assert status.block(3).open_gaps == 1


def test_polling_is_a_state_of_its_own() -> None:
    """A quiet market is no delay: a poll that comes back says that nothing was."""
    status = FeedStatus(started_ms=0)
    assert status.block(1).state == "starting"

    status.polled(0)
    status.trades_polled(5)

    assert status.block(9_000).state == "polling"
    assert status.block(9_000).data_age_ms == 8_995
    assert status.health(9_000).status == "ok"
    status.poll_failed("no answer", 10_000)
    assert status.block(10_001).state == "stale"
    assert status.problem == "no answer"
    status.polled(0)
    assert status.problem is None


def test_a_pause_that_nothing_explains_is_looked_into() -> None:
    """A feed that held its breath does not tell what it has left out."""
    status = connected_at(0)
    status.coverage.since_ms = status.coverage.edge_ms = 1_700_000_000_000
    end_ms = trades_every(status, 10, 10, 1_000)

    status.trade_received(end_ms + 500)
    assert "gaps_pause" not in status.counters
    status.trade_received(end_ms + 1_001)
    assert status.counters["gaps_pause"] == 1
    assert status.coverage.turn() is not None

    slow = connected_at(0)
    end_ms = trades_every(slow, 1_000, 100, 1_000)
    before = slow.counters["gaps"]
    slow.trade_received(end_ms + 15_000)
    assert slow.counters["gaps"] == before


def test_a_connection_that_begins_with_a_pause() -> None:
    """What was walked over at its beginning ends there."""
    early, late = connected_at(1_000), connected_at(1_000)

    early.trade_received(1_400)
    late.trade_received(2_400)

    assert "gaps_pause" not in early.counters
    assert late.counters["gaps_pause"] == 1


def test_one_feed_is_enough() -> None:
    """While the socket is tried again, polling goes on, and says why."""
    status = connected_at(0)
    status.interrupted("refused", 1)
    status.polled(0)

    assert status.block(2).state == "polling"
    assert status.problem == "refused"
    status.connected(3)
    status.polling_ended(4)
    assert status.block(5).state == "live"
    assert status.problem is None
    status.socket_ended(6)
    assert status.block(7).state == "stale"


def test_rest_can_confirm_a_silence() -> None:
    """A quiet night is no delay; trades that the feed did not bring are, at once."""
    status = connected_at(0)
    end_ms = trades_every(status, 10, 0, 1_000)

    status.confirm_quiet(end_ms + 60_000)
    assert status.block(end_ms + 59_000).state == "live"
    assert status.block(end_ms + 60_001).state == "delayed"

    status.trade_received(end_ms + 61_000)
    status.suspect()
    assert status.block(end_ms + 61_001).state == "delayed"
    status.trade_received(end_ms + 61_002)
    assert status.block(end_ms + 61_003).state == "live"


def test_dead_letters_are_bounded() -> None:
    """The last thousand, 64 KB of each, with the reason."""
    status = FeedStatus()

    for n in range(1_500):
        status.dead_letter(b"%d" % n, "why")
    status.dead_letter(b"x" * 100_000, "long")

    assert len(status.dead_letters) == 1_000
    assert status.dead_letters[0].raw == b"501"
    assert len(status.dead_letters[-1].raw) == 65_536
    assert status.dead_letters[-1].why == "long"


def test_the_body_is_plain_json() -> None:
    """The names of the frames and of `/health`."""
    status = connected_at(0)
    status.trade_received(0)

    body = msgspec.json.decode(msgspec.json.encode(status.health(7)))

    assert body == {
        "status": "ok",
        "process": "ok",
        "feed": {
            "state": "live",
            "connected": True,
            "data_age_ms": 7,
            "complete_to_ms": None,
            "open_gaps": 0,
        },
        "store": "ok",
        "problem": None,
        "feed_policy": "auto",
        "clock_skew_ms": None,
        "loop_lag_ms": 0,
        "healthy": True,
    }
