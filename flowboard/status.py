"""What the running server says of itself -> a few lines, or one object."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import orjson

from flowboard.moments import shown_moment, shown_span
from flowboard.remote import NotRunning, Refused, Remote, connected

UNKNOWN = "not known yet"


def run(
    database: Path, *, as_json: bool, now_ms: int, say: Callable[[str], None]
) -> int:
    """Say how the server on `database` is; return 0 where all is well, else 1.

    Args:
        database: Its file.
        as_json: One object in place of lines; `running` says whether there is a server.
        now_ms: Wall clock, Unix ms.
        say: Gets the lines.

    Raises:
        FlowboardError: No server runs (for lines), or it does not answer.
    """
    try:
        with connected(database) as remote:
            health = remote.ask("/health")
            coverage, stats = (
                _asked(remote, "/api/coverage"),
                _asked(remote, "/api/stats"),
            )
    except NotRunning:
        if not as_json:
            raise
        say(orjson.dumps({"running": False, "database": str(database)}).decode())
        return 1
    if as_json:
        fields = {
            "running": True,
            "database": str(database),
            **msgspec.to_builtins(remote.server),
            "health": health,
            "coverage": coverage,
            "stats": stats,
        }
        say(orjson.dumps(fields).decode())
    else:
        rows = _rows(remote, health, coverage, stats, now_ms)
        width = max(len(name) for name in rows)
        for name, text in rows.items():
            say(f"{name:<{width}}  {text}")
    return 0 if health.get("status") == "ok" else 1


def _asked(remote: Remote, path: str) -> dict[str, Any] | None:
    """Return an answer, or None while the server cannot give it."""
    try:
        return remote.ask(path)
    except Refused:
        return None


def _rows(
    remote: Remote,
    health: dict[str, Any],
    coverage: dict[str, Any] | None,
    stats: dict[str, Any] | None,
    now_ms: int,
) -> dict[str, str]:
    server, feed = remote.server, health.get("feed", {})
    rows = {
        "state": f"{feed.get('state')} ({health.get('status')})",
        "feed": str(health.get("feed_policy", UNKNOWN)),
    }
    if health.get("process", "ok") != "ok":
        rows["process"] = str(health["process"])
    if health.get("store", "ok") != "ok":
        rows["store"] = str(health["store"])
    if "problem" in health:
        rows["problem"] = str(health["problem"])
    return rows | {
        "complete to": _complete(feed.get("complete_to_ms"), now_ms),
        "last trade": _ago(feed.get("data_age_ms")),
        "open gaps": str(feed.get("open_gaps", UNKNOWN)),
        "last 24 h": _figure(coverage),
        "clients": UNKNOWN if stats is None else str(stats.get("clients")),
        "database": str(remote.database),
        "server": f"{server.address}, pid {server.pid}, flowboard {server.version}, "
        f"since {shown_moment(server.started_ms)}",
    }


def _complete(complete_to_ms: int | None, now_ms: int) -> str:
    if complete_to_ms is None:
        return UNKNOWN
    return f"{shown_moment(complete_to_ms)}, {_ago(max(0, now_ms - complete_to_ms))}"


def _ago(age_ms: int | None) -> str:
    return UNKNOWN if age_ms is None else f"{shown_span(age_ms)} ago"


def _figure(coverage: dict[str, Any] | None) -> str:
    """Return how many of the exchange's audited trades are here."""
    day = (coverage or {}).get("last_24h") or {}
    exchange = day.get("exchange")
    if not exchange:
        return "nothing audited yet"
    text = f"{exchange - day.get('missing', 0):,} of {exchange:,} trades"
    return f"{text}, {day['extra']:,} extra" if day.get("extra") else text
