"""Which other sites' pages may read this board: those that the operator names."""

from collections.abc import Iterable

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from flowboard.http_api.kept_answers import (
    GZIP_BYTES_MIN,
    GZIP_LEVEL,
    Compression,
    KeptAnswers,
    Shortcut,
)
from flowboard.http_api.security import Guard


def middleware(
    origins: Iterable[str] = (), kept: KeptAnswers | None = None
) -> list[Middleware]:
    """Return what every request passes on its way in, outermost first.

    Args:
        origins: Of other sites whose pages may read the board, without a path, as
            `https://desk.example`. They may send the token, but never a cookie.
        kept: Answers that need not go through the rest; as given to `routes`.
    """
    named = tuple(origin.lower() for origin in origins)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=named,
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=("Authorization",),
        allow_credentials=False,
        allow_private_network=True,
    )
    return [
        Middleware(Guard, origins=named),
        *([cors] if named else []),
        *([Middleware(Shortcut, kept=kept)] if kept is not None else []),
        Middleware(Compression, minimum_size=GZIP_BYTES_MIN, compresslevel=GZIP_LEVEL),
    ]
