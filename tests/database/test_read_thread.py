import asyncio
import sqlite3
import threading

import pytest

from flowboard.database.read_thread import ReadThread
from flowboard.errors import StoreError

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) "


@pytest.fixture
def file(path):
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE figures (n); INSERT INTO figures VALUES (7)")
    connection.close()
    return path


async def test_it_reads_and_cannot_write(file):
    """In turn, on one connection; the loop goes on meanwhile."""
    reading = ReadThread(file, "figures")

    ((figure,),) = await reading.run(lambda c: c.execute("SELECT n FROM figures"))
    names = await reading.run(lambda _: threading.current_thread().name)
    with pytest.raises(StoreError, match="cannot be read"):
        await reading.run(lambda c: c.execute("DELETE FROM figures"))
    await reading.close()

    assert figure == 7
    assert names.startswith("figures")


async def test_a_file_that_is_not_there(path):
    """It is told, and closing goes well all the same."""
    reading = ReadThread(path, "figures")

    with pytest.raises(StoreError, match="cannot be read"):
        await reading.run(lambda c: c.execute("SELECT 1"))

    await reading.close()


async def test_closing_breaks_off_what_is_being_read(file):
    """The end of the process waits for no long query, and the loop for none at all."""
    reading = ReadThread(file, "figures")
    begun = threading.Event()

    def read(connection):
        connection.create_function("begun", 0, begun.set)
        query = ENDLESS + "SELECT count(*) FROM n WHERE i > 0 OR begun() IS NULL"
        return connection.execute(query).fetchone()

    endless = asyncio.create_task(reading.run(read))
    await asyncio.sleep(0)
    assert await asyncio.to_thread(begun.wait, 5)
    async with asyncio.timeout(5):
        await reading.close()

    with pytest.raises(StoreError, match="interrupted"):
        await endless
