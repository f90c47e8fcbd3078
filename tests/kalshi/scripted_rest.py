"""A small REST exchange over real HTTP: answers from a script, requests remembered."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

BASE_PATH = "/trade-api/v2"


@dataclass(frozen=True)
class Asked:
    """One request that came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """One answer to give: `body` as JSON, or as it is if it is bytes."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Answers = Callable[[Asked], Answer]


class ScriptedRest:
    """Gives whatever `answer` says; `url` is its base URL."""

    def __init__(self, answer: Answers) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator["ScriptedRest"]:
        rest = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = {k: v[0] for k, v in parse_qs(url.query).items()}
                asked = Asked(url.path, query, dict(self.headers))
                rest.asked.append(asked)
                answer = rest.answer(asked)
                body = answer.body
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response_only(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            self.url = f"http://127.0.0.1:{server.server_port}{BASE_PATH}"
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()
