"""The file and its disk: damage, another schema, how long there is room for more."""

import sqlite3
from contextlib import closing

import pytest

from flowboard.database import Database
from flowboard.database.connection import migrations
from flowboard.doctor.tape import CHECK_S, FREE_BYTES_MIN, check_tape
from tests.database.made_trades import make_trade, store

NOW_MS = 1_795_266_000_000
GIB = 1024**3
PLENTY = 500 * GIB


@pytest.fixture
async def database(tmp_path):
    """A database that a board has open, with an hour of trades."""
    async with Database.open(tmp_path / "board.db") as database:
        trades = [
            make_trade(number, ts_ms=NOW_MS - number * 1_000) for number in range(3_600)
        ]
        await store(database, trades)
        yield database


def checks_of(path, free=PLENTY, **named):
    found = check_tape(path, NOW_MS, free_bytes=lambda folder: free, **named)
    return {check.name: check for check in found}


async def test_beside_a_board_that_writes(database):
    """All is told, and the board goes on writing: nothing was locked."""
    found = checks_of(database.path)

    assert [check.state for check in found.values()] == ["ok", "ok", "ok"]
    assert found["database"].message.endswith("undamaged")
    assert found["schema"].message == str(len(migrations()))
    await store(database, [make_trade(9_999, ts_ms=NOW_MS)])


async def test_how_long_there_is_room(database, monkeypatch):
    """By the size of a trade on disk and the trades of the last day, of which there were
    61 minutes. Two weeks are few, a day is too little; the remedy names the folder."""
    monkeypatch.setattr("flowboard.doctor.tape.FREE_BYTES_MIN", 0)
    with closing(sqlite3.connect(database.path)) as connection:
        # Most of it is in `-wal` still.
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    a_day = pages * 4_096 * 1_440 / 61

    found = {
        days: checks_of(database.path, free=int(a_day * days) + 1)["disk"]
        for days in (0.9, 2, 13, 1_500)
    }

    assert [check.state for check in found.values()] == ["wrong", "warn", "warn", "ok"]
    assert found[13].message.endswith(", 13 days left at the rate of the last day")
    assert ", 1,500 days" in found[1_500].message
    assert str(database.path.parent) in found[2].remedy
    assert found[1_500].remedy == ""


def test_a_disk_that_is_full(tmp_path):
    """Whatever the rate."""
    found = checks_of(tmp_path / "board.db", free=FREE_BYTES_MIN - 1)

    assert found["disk"].state == "wrong"


def test_no_file_yet(tmp_path):
    """The first start makes it, and its folder; nothing is made by looking."""
    found = checks_of(tmp_path / "data" / "board.db")

    assert [check.state for check in found.values()] == ["ok", "ok"]
    assert "first start makes it" in found["database"].message
    assert list(tmp_path.iterdir()) == []


async def test_a_young_installation(tmp_path):
    """A minute says nothing about days."""
    async with Database.open(tmp_path / "board.db") as database:
        await store(database, [make_trade(1, ts_ms=NOW_MS)])
        found = checks_of(database.path)

    assert "days" not in found["disk"].message


async def test_an_old_tape_at_rest(tmp_path):
    """Nothing was traded in the last day: it does not grow."""
    async with Database.open(tmp_path / "board.db") as database:
        await store(database, [make_trade(1, ts_ms=NOW_MS - 90_000_000)])
        found = checks_of(database.path)

    assert "days" not in found["disk"].message


async def test_a_file_that_no_board_has_open(tmp_path):
    """After a clean stop there is no `-wal`; it is read all the same."""
    async with Database.open(tmp_path / "board.db") as database:
        await store(database, [make_trade(1, ts_ms=NOW_MS)])

    assert checks_of(database.path)["database"].state == "ok"


@pytest.mark.parametrize("offset", [0, 4_096 * 3])
async def test_a_damaged_file(tmp_path, offset):
    """Its head, or a page of a table."""
    async with Database.open(tmp_path / "board.db") as database:
        await store(database, [make_trade(number) for number in range(2_000)])
    with database.path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xaa" * 4_096 * 4)

    check = checks_of(database.path)["database"]

    assert check.state == "wrong"
    assert "is damaged" in check.message
    assert "sets the file aside" in check.remedy


@pytest.mark.parametrize(
    ("change", "state", "words"),
    [(1, "wrong", "this Flowboard knows"), (-1, "ok", "the next start brings it")],
)
def test_another_schema(tmp_path, change, state, words):
    """A newer one is refused by a start, an older one brought up to date."""
    path = tmp_path / "board.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(migrations()) + change}")

    check = checks_of(path)["schema"]

    assert check.state == state
    assert words in check.message


async def test_a_large_file_is_not_looked_at_for_ever(database):
    """The check ends at its limit, and says that it did not see all."""
    now_s = iter(range(0, 10_000, int(CHECK_S) + 1))

    found = checks_of(database.path, clock_s=lambda: next(now_s))

    assert found["database"].state == "ok"
    assert "sufficed to look at" in found["database"].message
    assert found["schema"].state == "ok"


def test_something_else_by_that_name(tmp_path):
    """A folder."""
    path = tmp_path / "board.db"
    path.mkdir()

    check = checks_of(path)["database"]

    assert check.state == "wrong"
    assert "cannot be read" in check.message


def test_what_the_machine_does_not_tell(tmp_path):
    """Neither the file nor its disk: each a line, not the end of the report."""
    (tmp_path / "file").write_text("")

    def tells_nothing(_):
        raise PermissionError(13, "Permission denied")

    found = check_tape(tmp_path / "file" / "a.db", NOW_MS, free_bytes=tells_nothing)

    assert [(check.name, check.state) for check in found] == [
        ("database", "wrong"),
        ("disk", "warn"),
    ]
    assert "Permission denied" in found[1].message
