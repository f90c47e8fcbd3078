"""/docs: a page that reads /openapi.json aloud, and needs nothing from elsewhere."""

import asyncio
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from flowboard.http_api.answers import UNCACHED
from flowboard.http_api.page import MEDIA_TYPES, OTHER_TYPE, file_in
from flowboard.http_api.resources import Resources

FOLDER = Path(__file__).with_name("docs_files")
INDEX = "index.html"


async def index(_: Resources, __: Request) -> Response:
    """Answer with the page; it asks for /openapi.json itself."""
    page = await asyncio.to_thread(file_in, FOLDER, INDEX)
    assert page is not None  # It is part of the package.
    return HTMLResponse(page, headers=UNCACHED)


async def asset(_: Resources, request: Request) -> Response:
    """Answer with the page's script or style."""
    name = request.path_params["name"]
    content = await asyncio.to_thread(file_in, FOLDER, name)
    if content is None or name == INDEX:
        raise HTTPException(404)
    media_type = MEDIA_TYPES.get(Path(name).suffix, OTHER_TYPE)
    return Response(content, headers=UNCACHED, media_type=media_type)
