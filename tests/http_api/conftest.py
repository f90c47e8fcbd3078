"""An API over real HTTP, a real board and a real database file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flowboard.database import Database
from tests.http_api.serving import Api, serving


@pytest.fixture
async def unserved(tmp_path: Path) -> AsyncIterator[Api]:
    """Everything but the socket; the page is not built."""
    async with Database.open(tmp_path / "flowboard.db") as database:
        yield Api(database, tmp_path / "_static")


@pytest.fixture
async def api(unserved: Api) -> AsyncIterator[Api]:
    """The API, served; nothing was traded yet."""
    async with serving(unserved.app()) as unserved.port:
        yield unserved
