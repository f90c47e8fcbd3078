"""What of the exchange's tape is here: spans, gaps, and audits by the hour."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from flowboard.comparison import Audit
from flowboard.coverage import Gap
from flowboard.digest import added
from flowboard.http_api.answers import answer
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources

HOUR_MS = 3_600_000
HOURS = 24
GAPS_MAX = 200


class Total(NamedTuple):
    """What audits come to."""

    ours: int
    exchange: int
    missing: int
    extra: int
    recovered: int
    audited_ms: int


async def coverage(resources: Resources, _: Query, __: Request) -> Response:
    """Answer with what is complete, what is not, and how that is known."""
    known = resources.status.coverage
    now_ms = resources.as_of_ms()
    day_from_ms = now_ms - HOURS * HOUR_MS
    newest_hour_ms = now_ms // HOUR_MS * HOUR_MS
    audits = _apart(await resources.audits.since(newest_hour_ms - HOURS * HOUR_MS))
    day = [audit for audit in audits if audit.from_ms >= day_from_ms]
    return answer(
        {
            "since_ms": known.since_ms,
            "complete_to_ms": known.complete_to_ms,
            "audited_from_ms": day[0].from_ms if day else None,
            "audited_to_ms": day[-1].to_ms if day else None,
            "spans": [span._asdict() for span in known.spans()],
            "gaps": [_gap_fields(gap) for gap in _shown(known.gaps())],
            "last_24h": _total(day)._asdict(),
            "hours": _hours(newest_hour_ms, audits),
            "reconnects": resources.status.counters["reconnects"],
            "timestamp": resources.timestamp(),
        }
    )


def _shown(gaps: Sequence[Gap]) -> list[Gap]:
    """Return the open gaps and as many closed ones as there is room for."""
    unlike = sorted(gaps, key=lambda gap: not gap.is_open)[:GAPS_MAX]
    return sorted(unlike, key=lambda gap: -gap.gap)


def _gap_fields(gap: Gap) -> dict[str, Any]:
    return {
        "gap": gap.gap,
        "cause": gap.cause,
        "from_ms": gap.from_ms,
        "to_ms": gap.to_ms,
        "asked_to_ms": gap.asked_to_ms,
        "ticker": gap.ticker,
        "state": gap.state,
        "background": gap.background,
        "noticed_ms": gap.noticed_ms,
        "closed_ms": gap.closed_ms,
        "recovered": gap.recovered,
        "pages": gap.pages,
    }


def _apart(audits: Iterable[Audit]) -> list[Audit]:
    """Leave out what overlaps: spans had another length before a setting was changed."""
    kept: list[Audit] = []
    for audit in audits:
        if not kept or audit.from_ms >= kept[-1].to_ms:
            kept.append(audit)
    return kept


def _hours(newest_ms: int, audits: Sequence[Audit]) -> list[dict[str, Any]]:
    """Return the hours of the clock, newest first."""
    by_hour: dict[int, list[Audit]] = {}
    for audit in audits:
        by_hour.setdefault(audit.from_ms // HOUR_MS * HOUR_MS, []).append(audit)
    found: list[dict[str, Any]] = []
    for from_ms in range(newest_ms, newest_ms - HOURS * HOUR_MS, -HOUR_MS):
        part = by_hour.get(from_ms, [])
        total = _total(part)
        found.append(
            {
                "from_ms": from_ms,
                **total._asdict(),
                "whole": total.audited_ms == HOUR_MS,
                "digest": added(audit.ours_digest for audit in part).hex(),
                "exchange_digest": added(a.exchange_digest for a in part).hex(),
            }
        )
    return found


def _total(audits: Sequence[Audit]) -> Total:
    return Total(
        ours=sum(audit.ours for audit in audits),
        exchange=sum(audit.exchange for audit in audits),
        missing=sum(audit.missing for audit in audits),
        extra=sum(audit.extra for audit in audits),
        recovered=sum(audit.recovered for audit in audits),
        audited_ms=sum(audit.to_ms - audit.from_ms for audit in audits),
    )
