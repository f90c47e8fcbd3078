"""The built page and its assets."""

import asyncio
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from flowboard.http_api.answers import UNCACHED
from flowboard.http_api.resources import Resources

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Flowboard</title>
<p>The page was not built: run <code>make clean setup</code> in a checkout, or install
Flowboard again without <code>FLOWBOARD_SKIP_WEB</code>. The API and
<code>/ws/stream</code> work without it.</p>
</html>
"""
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
# Not the machine's own table: where that is wrong, `nosniff` would break the page.
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
OTHER_TYPE = "application/octet-stream"


async def index(resources: Resources, _: Request) -> Response:
    """Answer with the page; it is small, and names the assets of its version.

    It reads its own address: the path of a market or an event opens that one beside the
    board, known or not, and every key of the query string is allowed here.
    """
    page = await asyncio.to_thread(file_in, resources.static_dir, "index.html")
    return HTMLResponse(NOT_BUILT if page is None else page, headers=UNCACHED)


async def asset(resources: Resources, request: Request) -> Response:
    """Answer with one file of the built page; its name changes with its content."""
    name = request.path_params["name"]
    content = await asyncio.to_thread(file_in, resources.static_dir / "assets", name)
    if content is None:
        raise HTTPException(404)
    media_type = MEDIA_TYPES.get(Path(name).suffix, OTHER_TYPE)
    return Response(content, headers=FOREVER, media_type=media_type)


def file_in(folder: Path, name: str) -> bytes | None:
    """Return the content of the file `name` in `folder`, None if there is no such.

    The name is compared with what lies there, never made into a path: no name leads out.
    """
    try:
        found = next((f for f in folder.iterdir() if f.name == name), None)
        return found.read_bytes() if found is not None and found.is_file() else None
    except (FileNotFoundError, NotADirectoryError):  # Being built anew just now.
        return None
