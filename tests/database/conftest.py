"""A fresh database file."""

import pytest

from flowboard.database import Database


@pytest.fixture
def path(tmp_path):
    return tmp_path / "flowboard.db"


@pytest.fixture
async def database(path):
    async with Database.open(path) as opened:
        yield opened
