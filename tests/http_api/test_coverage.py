"""How complete the tape is, over HTTP."""

import pytest

from flowboard.comparison import Audit
from flowboard.coverage import Coverage, Span
from flowboard.digest import added, digest_of
from flowboard.feed_status import FeedStatus
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import WALL_MS, Api

HOUR_MS = 3_600_000
SPAN_MS = 300_000


@pytest.fixture
def unserved(unserved: Api) -> Api:
    """The status shares the file's coverage, as the product has it."""
    unserved.status = FeedStatus(0, unserved.database.coverage, lambda: WALL_MS)
    return unserved


@pytest.fixture
def coverage(api: Api) -> Coverage:
    return api.database.coverage


def audit_of(
    from_ms: int, ours: int = 100, *, size_ms: int = SPAN_MS, **changes: int
) -> Audit:
    digest = digest_of([from_ms.to_bytes(16, "big")])
    values = {"exchange": ours, "missing": 0, "extra": 0, "recovered": 0} | changes
    return Audit(
        from_ms,
        from_ms + size_ms,
        ours,
        ours_digest=digest,
        exchange_digest=digest,
        audited_ms=WALL_MS,
        **values,
    )


async def test_before_the_first_trade(api: Api) -> None:
    """Every field is there, and claims nothing."""
    body = (await api.get("/api/coverage")).json()

    hours = body.pop("hours")
    assert body == {
        "since_ms": None,
        "complete_to_ms": None,
        "audited_from_ms": None,
        "audited_to_ms": None,
        "spans": [],
        "gaps": [],
        "last_24h": {
            "ours": 0,
            "exchange": 0,
            "missing": 0,
            "extra": 0,
            "recovered": 0,
            "audited_ms": 0,
        },
        "reconnects": 0,
        "timestamp": "2026-11-21T13:00:00.123Z",
    }
    assert [h["from_ms"] for h in hours] == [
        WALL_MS // HOUR_MS * HOUR_MS - n * HOUR_MS for n in range(24)
    ]
    assert not any(h["whole"] or h["exchange"] for h in hours)
    assert {h["digest"] for h in hours} == {"0" * 32}


async def test_reconnects(api: Api) -> None:
    """How often the exchange's socket came back; the first time is no coming back."""
    for _ in range(3):
        api.status.connected(0)
        api.status.interrupted("lost", 0)

    body = (await api.get("/api/coverage")).json()

    assert body["reconnects"] == 2


async def test_spans_and_gaps(api: Api, coverage: Coverage) -> None:
    """Spans oldest first, gaps newest first, with what became of them."""
    coverage.begin(NOON_MS - 9_000, WALL_MS, background=True)
    coverage.edge_ms = NOON_MS
    closed = coverage.add("seq", Span(NOON_MS - 3_000, NOON_MS - 2_000), WALL_MS)
    coverage.walking(closed, None)
    coverage.walked(closed, NOON_MS - 3_000, 7)
    coverage.close(closed, WALL_MS + 5)
    coverage.add("audit", Span(NOON_MS - 6_000, NOON_MS - 5_000), WALL_MS, ticker=None)
    start = coverage.find(1)
    assert start is not None
    coverage.resume()
    coverage.walking(start, NOON_MS - 8_001)

    body = (await api.get("/api/coverage")).json()

    assert body["since_ms"] == NOON_MS - 9_000
    assert body["complete_to_ms"] == NOON_MS - 6_000
    assert body["spans"] == [
        {"from_ms": NOON_MS - 8_000, "to_ms": NOON_MS - 6_000},
        {"from_ms": NOON_MS - 5_000, "to_ms": NOON_MS},
    ]
    assert [(g["cause"], g["state"]) for g in body["gaps"]] == [
        ("audit", "open"),
        ("seq", "closed"),
        ("start", "healing"),
    ]
    assert body["gaps"][1] == {
        "gap": 2,
        "cause": "seq",
        "from_ms": NOON_MS - 3_000,
        "to_ms": NOON_MS - 2_000,
        "asked_to_ms": NOON_MS - 2_000,
        "ticker": None,
        "state": "closed",
        "background": False,
        "noticed_ms": WALL_MS,
        "closed_ms": WALL_MS + 5,
        "recovered": 7,
        "pages": 0,
    }
    assert (body["gaps"][2]["background"], body["gaps"][0]["closed_ms"]) == (True, None)


async def test_an_open_gap_is_among_the_200_however_old(
    api: Api, coverage: Coverage
) -> None:
    """Else the one that counts would be pushed out by those that do not."""
    coverage.begin(NOON_MS, WALL_MS, background=True)
    for n in range(300):
        gap = coverage.add("seq", Span(NOON_MS + n, NOON_MS + n + 1), WALL_MS)
        coverage.close(gap, WALL_MS)

    gaps = (await api.get("/api/coverage")).json()["gaps"]

    assert len(gaps) == 200
    assert [g["gap"] for g in gaps] == [*range(301, 102, -1), 1]


async def test_audits_by_the_hour_and_of_the_day(api: Api) -> None:
    """By the exchange's clock; a span that began more than a day ago counts no more."""
    now_ms = NOON_MS + 20 * 60_000
    await api.trade(make_trade(1, ts_ms=now_ms))
    begin_ms = NOON_MS - HOUR_MS
    audits = [audit_of(begin_ms + n * SPAN_MS, 100 + n) for n in range(15)]
    audits[3] = audit_of(audits[3].from_ms, 103, exchange=110, missing=9, extra=2)
    audits[4] = audit_of(audits[4].from_ms, 104, recovered=5)
    yesterday = audit_of(now_ms - 24 * HOUR_MS - SPAN_MS, 1_000_000)
    oldest = audit_of(now_ms - 24 * HOUR_MS, 10_000)
    for audit in (*audits, yesterday, oldest):
        await api.database.save_audit(audit)

    body = (await api.get("/api/coverage")).json()

    day, hours = body["last_24h"], body["hours"]
    assert day == {
        "ours": sum(range(100, 115)) + 10_000,
        "exchange": sum(range(100, 115)) + 10_007,
        "missing": 9,
        "extra": 2,
        "recovered": 5,
        "audited_ms": 16 * SPAN_MS,
    }
    assert body["audited_from_ms"] == oldest.from_ms
    assert body["audited_to_ms"] == NOON_MS + 15 * 60_000
    assert [h["from_ms"] for h in hours[:2]] == [NOON_MS, begin_ms]
    assert [(h["ours"], h["whole"]) for h in hours[:3]] == [
        (112 + 113 + 114, False),
        (sum(range(100, 112)), True),
        (0, False),
    ]
    assert (hours[1]["exchange"], hours[1]["missing"], hours[1]["extra"]) == (
        1273,
        9,
        2,
    )
    assert hours[1]["digest"] == added(a.ours_digest for a in audits[:12]).hex()
    assert len(hours) == 24


async def test_spans_that_overlap_count_once(api: Api) -> None:
    """The setting of their length was changed."""
    await api.trade(make_trade(1, ts_ms=NOON_MS + 3_000_000))
    await api.database.save_audit(audit_of(NOON_MS, 500))
    for n in range(1, 6):
        await api.database.save_audit(
            audit_of(NOON_MS + n * 60_000, 100, size_ms=60_000)
        )

    day = (await api.get("/api/coverage")).json()["last_24h"]

    assert (day["ours"], day["audited_ms"]) == (600, 360_000)


async def test_the_disk_is_asked_once_a_second(api: Api) -> None:
    """However many pages are open; what is told is never older than that."""
    await api.trade(make_trade(1, ts_ms=NOON_MS + 3_000_000))
    found = []
    for mono_ms in (1_000_000, 1_000_999, 1_001_000):
        api.clock.mono_ms = mono_ms
        found.append((await api.get("/api/coverage")).json()["last_24h"]["ours"])
        await api.database.save_audit(audit_of(NOON_MS))

    assert found == [0, 0, 100]


async def test_it_answers_while_the_windows_are_rebuilt(api: Api) -> None:
    api.status.rebuilding(True)

    assert (await api.get("/api/coverage")).status_code == 200
    assert (await api.get("/api/coverage?hours=3")).status_code == 400
