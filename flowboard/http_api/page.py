"""The built page and its assets."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from flowboard.http_api.resources import Resources

NOT_BUILT = (
    "<!doctype html><title>Flowboard</title><p>The page was not built: install "
    "Flowboard again without FLOWBOARD_SKIP_WEB. The API and /ws/stream work."
)
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
NEVER = {"Cache-Control": "no-store"}


async def index(resources: Resources, _: Request) -> Response:
    """Answer with the page; it is small, and names the assets of its version."""
    path = resources.static_dir / "index.html"
    if not path.is_file():
        return Response(NOT_BUILT, headers=NEVER, media_type="text/html")
    return FileResponse(path, headers=NEVER)


async def asset(resources: Resources, request: Request) -> Response:
    """Answer with one file of the built page; its name changes with its content."""
    folder = resources.static_dir / "assets"
    path = _inside(folder, request.path_params["name"])
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, headers=FOREVER)


def _inside(folder: Path, name: str) -> Path | None:
    """Return the file `name` of `folder`, None for anything else."""
    if not folder.is_dir():
        return None
    return next((f for f in folder.iterdir() if f.name == name and f.is_file()), None)
