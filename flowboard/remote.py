"""Commands that act on the server that runs on a database, over its HTTP API."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson

from flowboard.errors import FlowboardError
from flowboard.running_server import (
    RunningServer,
    find,
    read_token,
    server_file,
    token_file,
)

TIMEOUT_S = 10.0
POLL_S = 1.0
SILENT_MAX = 60  # So many polls in a row may fail: a server may be started again.
PASSING = ("starting", "store_failing", "internal")

Progress = Callable[[float, int], None]


class NotRunning(FlowboardError):
    """No server runs on the database."""

    def __init__(self, database: Path) -> None:
        super().__init__(database)
        self.database = database

    def __str__(self) -> str:
        return (
            f"no board is running on {self.database}: start it with `flowboard serve`, "
            "or name its file with --database"
        )


class ServerSilent(FlowboardError):
    """The server does not answer, or with something that is not ours."""

    def __init__(self, server: RunningServer, database: Path, problem: str) -> None:
        super().__init__(server, database, problem)
        self.server = server
        self.database = database
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"the board at {self.server.address} (pid {self.server.pid}) does not answer "
            f"({self.problem}): look at its log; if it has ended, remove "
            f"{server_file(self.database)}"
        )


class Refused(FlowboardError):
    """The server did not do as it was told; the text is its own sentence.

    Args:
        code: See `http_api.refusals`.
        message: What it said.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class Unwatched(FlowboardError):
    """Somebody has had enough of looking on."""


class Remote:
    """Asks one running server, and tells it what to do.

    Every method raises `ServerSilent` when there is no answer, `Refused` when it is an
    error.

    Args:
        database: The file that the server has.
        server: Where it is.
        http: Sends the requests.
    """

    def __init__(
        self, database: Path, server: RunningServer, http: httpx2.Client
    ) -> None:
        self.database = database
        self.server = server
        self._http = http

    def ask(self, path: str) -> dict[str, Any]:
        """Return what the server answers; `/health` answers 503 with an object, too."""
        return self._body("GET", path, {}, None)

    def tell(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Have the server change something, with its token; return its answer.

        Raises:
            FlowboardError: There is no token to be read.
        """
        try:
            token = read_token(self.database)
        except OSError as error:
            raise FlowboardError(
                f"{token_file(self.database)} cannot be read ({error.strerror}): run "
                "this as the user who runs the board; if the file is gone, start the "
                "board again, which makes a new one"
            ) from error
        headers = {"Authorization": f"Bearer {token}"}
        return self._body("POST", path, headers, orjson.dumps(body))

    def _body(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None
    ) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, headers=headers, content=content)
            body = orjson.loads(answer.content)
        except httpx2.HTTPError as error:
            raise self._silent(str(error) or type(error).__name__) from error
        except orjson.JSONDecodeError as error:
            raise self._silent("its answer is no JSON") from error
        if not isinstance(body, dict):
            raise self._silent("its answer is no object")
        if isinstance(body.get("error"), dict):
            code, text = (str(body["error"].get(key)) for key in ("code", "message"))
            raise Refused(code, text)
        return body

    def _silent(self, problem: str) -> ServerSilent:
        return ServerSilent(self.server, self.database, problem)


@contextmanager
def connected(database: Path) -> Iterator[Remote]:
    """Give the server that runs on `database`.

    Raises:
        NotRunning: None does.
    """
    server = find(database)
    if server is None:
        raise NotRunning(database)
    with httpx2.Client(
        base_url=server.address, timeout=TIMEOUT_S, trust_env=False
    ) as http:
        yield Remote(database, server, http)


def switch_feed(database: Path, policy: str) -> str:
    """Have the running server take another feed; return which one it is now.

    Raises:
        FlowboardError: None runs, or it refuses.
    """
    with connected(database) as remote:
        return str(remote.tell("/api/feed", {"feed": policy})["feed"])


def ask_backfill(remote: Remote, from_ms: int, to_ms: int, ticker: str | None) -> int:
    """Have the running server fill a span of exchange time; return its gap's number.

    Raises:
        FlowboardError: It refuses.
    """
    span = {"from_ms": from_ms, "to_ms": to_ms, "ticker": ticker}
    return int(remote.tell("/api/backfill", span)["gap"])


def follow(
    remote: Remote,
    number: int,
    progress: Progress,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Look on until a gap is closed; return how many trades were recovered.

    Args:
        remote: The server.
        number: Of the gap.
        progress: Told the part that was walked, and the trades recovered so far.
        pause: Waits so many seconds between two looks.

    Raises:
        FlowboardError: The server is silent for a minute, or has lost sight of it.
        Unwatched: Ctrl+C; the server goes on.
    """
    silent = 0
    try:
        while True:
            try:
                gap = _gap(remote, number)
            except ServerSilent:
                silent += 1
                if silent > SILENT_MAX:
                    raise
            else:
                silent = 0
                if gap["state"] == "closed":
                    progress(1.0, gap["recovered"])
                    return int(gap["recovered"])
                progress(_part(gap), gap["recovered"])
            pause(POLL_S)
    except KeyboardInterrupt:
        raise Unwatched from None


def _gap(remote: Remote, number: int) -> dict[str, Any]:
    try:
        gaps = remote.ask("/api/coverage").get("gaps", [])
    except Refused as error:
        if error.code not in PASSING:
            raise
        raise ServerSilent(remote.server, remote.database, str(error)) from error
    for gap in gaps:
        if gap["gap"] == number:
            return dict(gap)
    raise FlowboardError(
        f"the board lists gap {number} no longer, for many others came since: it goes on "
        "filling it; `flowboard status` tells how many are open"
    )


def _part(gap: dict[str, Any]) -> float:
    """Return which part of a gap was walked; the walk goes newest first."""
    end_ms = gap["asked_to_ms"] or gap["to_ms"]
    if gap["to_ms"] is None or end_ms is None or end_ms <= gap["from_ms"]:
        return 0.0
    return float((end_ms - gap["to_ms"]) / (end_ms - gap["from_ms"]))
