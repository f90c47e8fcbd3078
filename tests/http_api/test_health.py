"""`/health` says whether the board can be relied on."""

import pytest

from flowboard.feed_status import AWAY_MS
from tests.http_api.serving import Api


async def test_a_connected_feed_is_ok(api: Api) -> None:
    """200, and the feed as the stream tells it; a quiet market is no illness."""
    api.status.connected(api.clock.mono_ms)
    api.clock.mono_ms += 1_000

    answer = await api.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "process": "ok",
        "feed": {
            "state": "live",
            "connected": True,
            "data_age_ms": None,
            "complete_to_ms": None,
            "open_gaps": 0,
        },
        "store": "ok",
        "feed_policy": "auto",
        "clock_skew_ms": None,
        "loop_lag_ms": 0,
    }
    api.clock.mono_ms += 3_600_000
    assert (await api.get("/health")).status_code == 200


async def test_half_a_minute_without_a_connection(api: Api) -> None:
    """503 from 30 s on, with what the operator can do about it."""
    api.status.connected(api.clock.mono_ms)
    api.status.interrupted("the exchange is gone: wait", api.clock.mono_ms)

    at_once = await api.get("/health")
    api.clock.mono_ms += AWAY_MS
    later = await api.get("/health")

    assert (at_once.status_code, later.status_code) == (200, 503)
    assert later.json()["status"] == "degraded"
    assert later.json()["feed"]["state"] == "stale"
    assert later.json()["problem"] == "the exchange is gone: wait"


@pytest.mark.parametrize("ill", ["rebuilding", "store", "stage"])
async def test_what_makes_it_503(api: Api, ill: str) -> None:
    """Windows being rebuilt, a failing store, a dead stage: each is named."""
    api.status.connected(api.clock.mono_ms)
    if ill == "rebuilding":
        api.status.rebuilding(True)
        expected = ("starting", "rebuilding", "ok")
    elif ill == "store":
        api.status.store_failing(True)
        expected = ("degraded", "ok", "failing")
    else:
        api.status.stage_died("processor")
        expected = ("degraded", "processor has died", "ok")

    answer = await api.get("/health")

    body = answer.json()
    assert answer.status_code == 503
    assert (body["status"], body["process"], body["store"]) == expected
