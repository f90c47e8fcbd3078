"""Opening: what is wrong with a file is said in a sentence, and nothing is lost."""

import os
import re
import sqlite3

import pytest

from flowboard.database import Database
from flowboard.database.connection import migrations
from flowboard.errors import DatabaseTooNew, DatabaseUnusable
from tests.database.made_trades import make_trade, rows_of, store


async def test_a_newer_file_is_left_untouched(path):
    """A later Flowboard's file is refused before a byte is written."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()

    with pytest.raises(DatabaseTooNew, match="schema 99"):
        Database.open(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["header", "middle", "not a database"])
async def test_a_damaged_file_is_set_aside(path, damage, capsys):
    """The file is renamed, never deleted, and a fresh one begun."""
    async with Database.open(path) as database:
        await store(database, [make_trade(n) for n in range(2_000)])
    content = bytearray(path.read_bytes())
    if damage == "header":
        content[:100] = os.urandom(100)
    elif damage == "middle":
        content[8192:65536] = os.urandom(65536 - 8192)
    else:
        content[:] = b"not a database, but a letter to a friend" * 100
    path.write_bytes(content)

    async with Database.open(path) as database:
        await store(database, [make_trade(1)])

    (aside,) = path.parent.glob("flowboard.db.damaged-*")
    assert aside.read_bytes() == content
    assert len(rows_of(path)) == 1


def test_two_writers_are_refused(path, tmp_path):
    """The second process is told who has the file."""
    first = Database.open(path)

    with pytest.raises(DatabaseUnusable, match="another Flowboard"):
        Database.open(path)

    first._connection.close()
    first._lock.release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")

    with pytest.raises(DatabaseUnusable, match="name another file with --database"):
        Database.open(tmp_path / "file" / "flowboard.db")


async def test_every_step_of_the_schema_was_taken(path):
    """`user_version` counts the migrations."""
    async with Database.open(path):
        pass

    assert rows_of(path, "PRAGMA user_version") == [{"user_version": len(migrations())}]


async def test_it_is_told_when_an_older_file_is_brought_up_to_date(path, capsys):
    """It may take a while; a fresh file is not worth a line."""
    fresh = sqlite3.connect(path)
    fresh.executescript("PRAGMA user_version = 1;" + migrations()[0])
    fresh.close()

    async with Database.open(path):
        pass
    told = capsys.readouterr().out
    async with Database.open(path.with_name("fresh.db")):
        pass

    assert "the file is brought up to date" in told
    for name, version in [("from", 1), ("to", len(migrations()))]:
        assert f"{name}_version={version}" in re.sub(r"\x1b\[\d*m", "", told)
    assert "up to date" not in capsys.readouterr().out
