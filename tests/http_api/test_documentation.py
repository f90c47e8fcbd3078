"""`docs/http.md` says what the code does."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from flowboard.client_socket import MESSAGE_BYTES_MAX, MESSAGES_PER_S
from flowboard.database.reader import LOOKED_AT_MAX
from flowboard.http_api.answer_types_whale import TopMarkets, WhaleAlerts, WhaleStatus
from flowboard.http_api.control import BODY_BYTES_MAX, CONTROLS
from flowboard.http_api.endpoint import Endpoint
from flowboard.http_api.kalshi_whale import THRESHOLD_DOLLARS, TOP
from flowboard.http_api.query import LIMIT_DEFAULT, LIMIT_MAX
from flowboard.http_api.refresh import PAUSE_MS
from flowboard.http_api.refusals import READERS_MAX, STATUS_OF
from flowboard.http_api.routing import ENDPOINTS, PAGE
from flowboard.http_api.security import HEADERS, LOOPBACK_NAMES, URL_BYTES_MAX
from flowboard.http_api.token_gate import FAILURES_MAX
from flowboard.http_api.trade_stream import FORMS, HEARTBEAT_S
from flowboard.http_api.trades import PIECES_MAX
from flowboard.http_api.whale_room import (
    CLIENTS_MAX,
    FOLLOWED_MAX,
    HEARTBEAT_MS,
    MARKETS,
)
from flowboard.models import WINDOWS_MS
from flowboard.subscription import SORTS
from flowboard.tape_memory import KEPT
from flowboard.trade_filter import COMBOS, FILTER_LIMITS, SIDES

TEXT = (Path(__file__).parents[2] / "docs" / "http.md").read_text("utf-8")
ONE_LINE = " ".join(TEXT.split())


def row_of(*first: str) -> list[str]:
    """Return the cells of the one table row that begins with `first`."""
    begin = "| " + " | ".join(first) + " |"
    (row,) = [line for line in TEXT.splitlines() if line.startswith(begin)]
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_each_endpoint_has_a_row_with_its_keys(endpoint: Endpoint) -> None:
    """Path and keys, neither more nor fewer."""
    keys = row_of(f"`{endpoint.path}`")[1]

    assert keys == (", ".join(f"`{key}`" for key in endpoint.keys) or "none")


def test_there_is_no_row_for_what_does_not_exist() -> None:
    """Every path and every code of the tables is one of the code's."""
    rows = [line.split("|")[1:3] for line in TEXT.splitlines() if line[:2] == "| "]
    paths = {first.strip(" `") for first, _ in rows if "`/" in first}
    codes = {second.strip(" `") for first, second in rows if first.strip().isdigit()}

    known = {endpoint.path for endpoint in ENDPOINTS}
    assert paths == known | set(PAGE) | set(CONTROLS)
    assert codes == set(STATUS_OF)


@pytest.mark.parametrize(("code", "status"), STATUS_OF.items())
def test_each_error_code_has_a_row(code: str, status: int) -> None:
    """With its HTTP status."""
    assert row_of(str(status), f"`{code}`")[2]


def test_values_and_defaults() -> None:
    """What a key may be, and what it is when left out."""

    def quoted(values: Iterable[str]) -> list[str]:
        return [f"`{value}`" for value in values]

    assert row_of("`window`")[1] == ", ".join(quoted(WINDOWS_MS))
    _, sorts, sort_default = row_of("`sort`")
    assert re.findall(r"`\w+`", sorts)[: len(SORTS)] == quoted(SORTS)
    assert sort_default == f"`{SORTS[0]}`"
    assert row_of("`limit`")[1:] == [
        f"a whole number from 1 to {LIMIT_MAX}",
        str(LIMIT_DEFAULT),
    ]
    assert row_of("`combos`")[1].startswith(", ".join(quoted(COMBOS)))
    assert row_of("`combos`")[2] == f"`{COMBOS[0]}`"


def test_filters() -> None:
    """How long lists may be, and how much is read at a time."""
    for key, most in FILTER_LIMITS.items():
        assert row_of(f"`{key}`")[1].startswith(f"1 to {most} ")
    assert row_of("`side`")[1].startswith(", ".join(f"`{side}`" for side in SIDES))
    assert row_of("`format`")[1] == ", ".join(f"`{name}`" for name in FORMS)
    assert f"the last {KEPT:,} at least" in ONE_LINE
    assert PIECES_MAX * LOOKED_AT_MAX == 1_000_000
    assert "looks at a million trades at most" in ONE_LINE


def test_the_tape_as_it_grows() -> None:
    """Its limits, and the lines of its examples."""
    assert f"after {HEARTBEAT_S:.0f} seconds without a trade" in ONE_LINE
    assert f"At most {READERS_MAX} may read at a time" in ONE_LINE
    assert f"{READERS_MAX} read `/api/trades/stream` already" in ONE_LINE
    lines, events = FORMS["ndjson"], FORMS["sse"]
    assert (lines.heartbeat % {b"seq": 91004}).decode() in TEXT
    opening = events.opening + events.heartbeat % {b"seq": 91021}
    trade = events.trade % {b"seq": 91022, b"json": b'{"seq":91022, '}
    assert (opening + trade).decode().rstrip() in TEXT


def test_kalshi_whale() -> None:
    """Its limits, and every key of its answers."""
    text = TEXT.partition("\n## KalshiWhale\n")[2].partition("\n## ")[0]
    for answers in (WhaleStatus, TopMarkets, WhaleAlerts):
        for key in answers.__struct_fields__:
            assert f"`{key}`" in text, key
    for words in (
        f"the {MARKETS} busiest markets",
        f"({FOLLOWED_MAX} markets in all)",
        f"heartbeats every {HEARTBEAT_MS // 1_000} seconds",
        f"At most {CLIENTS_MAX} clients",
        f"{MESSAGE_BYTES_MAX:,} bytes a message",
        f"{MESSAGES_PER_S:.0f} messages a second",
    ):
        assert words in " ".join(text.split()), words
    assert row_of("`threshold`")[2] == f"`{THRESHOLD_DOLLARS}`"
    assert f"{TOP} if not said otherwise" in TEXT
    assert PAUSE_MS == 10_000
    assert "within ten seconds is told of the last time" in ONE_LINE


def test_headers_names_and_limits() -> None:
    """The policy word for word."""
    for name, value in HEADERS.items():
        assert f"{name}: {value}" in ONE_LINE
    for name in LOOPBACK_NAMES:
        assert f"`[{name}]`" in TEXT if ":" in name else f"`{name}`" in TEXT
    assert f"{URL_BYTES_MAX:,} bytes" in TEXT
    assert f"{BODY_BYTES_MAX:,} bytes" in TEXT
    assert f"{FAILURES_MAX} wrong tokens" in TEXT
