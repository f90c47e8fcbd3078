"""`flowboard audit`: any span beside the exchange's, as lines or as one object."""

import asyncio
import io
import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from flowboard import audit, backfill
from flowboard.config import Settings
from flowboard.coverage import Span
from flowboard.database import Database
from flowboard.errors import ConfigError, RequestFailed, StoreError
from flowboard.kalshi.rest_client import RestClient
from flowboard.moments import moment_ms
from flowboard.simulator import Simulator, SimulatorOptions
from tests.database.made_trades import NOON_MS, rows_of

HOUR_MS = 3_600_000
MINUTE_MS = 60_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class Told:
    """What one run of the command has told."""

    code: int = -1
    lines: list[str] = field(default_factory=list)
    err: str = ""


def settings_of(exchange: Simulator, path: Path) -> Settings:
    return Settings(
        _env_file=None,
        FLOWBOARD_DATABASE=path,
        KALSHI_API_BASE=exchange.rest_base,
        KALSHI_WS_URL=exchange.ws_url,
        LOG_LEVEL="ERROR",
    )


async def run(
    settings: Settings,
    span: Span,
    *,
    as_json: bool = False,
    err: io.StringIO | None = None,
) -> Told:
    """Run the command on a thread, as a process of its own would."""
    told, err = Told(), err or io.StringIO()
    told.code = await asyncio.to_thread(
        audit.run, settings, *span, as_json, say=told.lines.append, err=err
    )
    told.err = err.getvalue()
    return told


@contextmanager
def meddling(path: Path):
    connection = sqlite3.connect(path)
    with connection:
        yield connection
    connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "board.db"


@pytest.fixture
async def exchange():
    """Has traded for six minutes; what is older than three is historical."""
    options = SimulatorOptions(
        port=0, rate=20, markets=10, history_ms=360_000, archive_after_ms=180_000
    )
    async with Simulator(options) as simulator:
        yield simulator


@pytest.fixture
async def span(exchange: Simulator, path: Path) -> Span:
    """Five minutes, filled from the exchange, over both its tapes."""
    async with RestClient(exchange.rest_base) as rest:
        newest_ms = await rest.newest_ms()
    assert newest_ms is not None
    end_ms = newest_ms - 65_000
    span = Span(end_ms - 240_000, end_ms)
    await backfill.fill(
        settings_of(exchange, path),
        Span(span.from_ms - 5_000, end_ms + 5_000),
        None,
        _quiet,
    )
    return span


def _quiet(part: float, recovered: int) -> None:
    pass


def count_of(path: Path, span: Span) -> int:
    return sum(span.from_ms <= row["ts_ms"] < span.to_ms for row in rows_of(path))


async def test_nothing_is_missing(exchange: Simulator, path: Path, span: Span) -> None:
    """Exit 0; a line an hour; the last line is the figure. Beside a running board."""
    count = count_of(path, span)
    async with Database.open(path):
        told = await run(settings_of(exchange, path), span)

    head, *hours, figure = told.lines
    assert told.code == 0
    assert told.err == ""
    assert figure == f"{count:,} of {count:,}"
    assert count > 4_500
    assert head.split()[:5] == ["from", "ours", "exchange", "missing", "extra"]
    assert len(hours) == len({ms // HOUR_MS for ms in (span.from_ms, span.to_ms - 1)})
    rows = [hour.split() for hour in hours]
    assert sum(int(row[1].replace(",", "")) for row in rows) == count
    assert [row[3:5] for row in rows] == [["0", "0"]] * len(rows)
    assert all(len(row[5]) == 32 for row in rows)


async def test_what_differs_is_told_with_what_to_do(
    exchange: Simulator, path: Path, span: Span
) -> None:
    count = count_of(path, span)
    middle = span.from_ms + 120_000
    with meddling(path) as connection:
        connection.execute(
            "DELETE FROM trade_rows WHERE seq IN"
            " (SELECT seq FROM trade_rows WHERE ts_ms >= ? LIMIT 2)",
            (middle,),
        )
        connection.execute(
            "INSERT INTO trade_rows SELECT 1000000, ts_ms,"
            " x'0123456789abcdef0123456789abcdef', market, yes_price_e4, count_e2, flags,"
            " delay_ms"
            " FROM trade_rows WHERE ts_ms >= ? LIMIT 1",
            (middle,),
        )

    told = await run(settings_of(exchange, path), span)

    assert told.code == 1
    assert told.lines[-1] == f"{count - 2:,} of {count:,}"
    missing, extra = told.err.splitlines()
    assert missing.startswith("flowboard: 2 trades are missing: `flowboard backfill")
    assert extra.startswith("flowboard: 1 trades are here")
    assert "01234567-89ab-cdef-0123-456789abcdef" in extra

    # The command that it names does heal it.
    words = missing.split("`")[1].split()
    begin, end = (
        moment_ms(words[words.index(flag) + 1], flag, 0) for flag in ("--from", "--to")
    )
    assert begin <= middle < end
    await backfill.fill(settings_of(exchange, path), Span(begin, end), None, _quiet)
    again = await run(settings_of(exchange, path), span)
    assert again.lines[-1] == f"{count:,} of {count:,}"


async def test_as_one_object(exchange: Simulator, path: Path, span: Span) -> None:
    """With digests that anybody can compute from the file."""
    told = await run(settings_of(exchange, path), span, as_json=True)

    (line,) = told.lines
    body = json.loads(line)
    hours = body.pop("hours")
    with meddling(path) as connection:
        ids = connection.execute(
            "SELECT trade_id FROM trade_rows WHERE ts_ms >= ? AND ts_ms < ?", span
        ).fetchall()
    total = sum(int(sha256(i).hexdigest()[:32], 16) for (i,) in ids) % 2**128
    assert told.code == 0
    assert body == {
        "from_ms": span.from_ms,
        "to_ms": span.to_ms,
        "ours": len(ids),
        "exchange": len(ids),
        "missing": 0,
        "extra": 0,
        "digest": f"{total:032x}",
        "exchange_digest": f"{total:032x}",
    }
    assert sum(hour["ours"] for hour in hours) == len(ids)
    assert (hours[0]["from_ms"], hours[-1]["to_ms"]) == span


async def test_progress_is_for_a_terminal(
    exchange: Simulator, path: Path, span: Span
) -> None:
    """It is wiped before each line, so that what is printed stands alone."""
    told = await run(settings_of(exchange, path), span, err=Terminal())

    assert "100.0%  to " in told.err
    assert told.err.endswith("\r\x1b[K")


async def test_what_is_on_its_way_is_left_out(
    exchange: Simulator, path: Path, span: Span
) -> None:
    """The newest minute is no difference; alone it is nothing to compare."""
    now_ms = span.to_ms + 70_000
    late = await run(
        settings_of(exchange, path), Span(span.from_ms, now_ms), as_json=True
    )

    body = json.loads(late.lines[0])
    assert span.to_ms - 5_000 < body["to_ms"] < now_ms - 55_000
    with pytest.raises(ConfigError, match="--from is less than 60 s ago"):
        await run(settings_of(exchange, path), Span(now_ms - 10_000, now_ms))


async def test_a_file_that_is_not_there(exchange: Simulator, path: Path) -> None:
    with pytest.raises(StoreError, match="is not there: start the board first"):
        await run(settings_of(exchange, path), Span(NOON_MS, NOON_MS + 1))
    assert not path.exists()


async def test_an_exchange_that_refuses(
    exchange: Simulator, path: Path, span: Span, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked again for a while; then the command ends with a sentence."""
    monkeypatch.setattr(audit, "RETRY_S", 0.001)
    exchange.faults.add({"kind": "server_error", "count": 4})
    patient = await run(settings_of(exchange, path), span)
    exchange.faults.add({"kind": "server_error"})

    with pytest.raises(RequestFailed):
        await run(settings_of(exchange, path), span)
    assert patient.code == 0
