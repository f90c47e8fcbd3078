"""/llms.txt tells a reader of prose all that there is, from the same tables."""

import re

from flowboard.http_api.control import CONTROLS
from flowboard.http_api.llms import example_of, llms_text
from flowboard.http_api.openapi import PART
from flowboard.http_api.refusals import STATUS_OF
from flowboard.http_api.routing import ENDPOINTS
from flowboard.stream_frames import KINDS
from tests.http_api.described_board import described
from tests.http_api.serving import Api

TEXT = llms_text(ENDPOINTS, CONTROLS, "http://board")


async def test_it_is_served_as_text(api: Api) -> None:
    """Also while the windows are rebuilt, with the address that was asked."""
    api.status.rebuilding(True)

    answer = await api.get("/llms.txt")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == TEXT.replace("http://board", f"http://127.0.0.1:{api.port}")


def test_it_names_every_address_key_code_and_frame() -> None:
    """And begins with what this is, as that kind of file does."""
    for endpoint in ENDPOINTS:
        path = PART.sub(r"{\1}", endpoint.path)
        assert f"- `GET {path}`: {endpoint.summary}." in TEXT
        for key in endpoint.keys:
            assert f"- `{key}`: " in TEXT
    for path, action in CONTROLS.items():
        assert f"- `POST {path}` (token): {action.summary}." in TEXT
    for name in (*STATUS_OF, *KINDS, "/ws/stream", "/ws", "/openapi.json", "/docs"):
        assert name in TEXT
    assert re.match(r"# \w+\n\n> ", TEXT)


async def test_its_examples_are_answered(api: Api) -> None:
    """Each of them, but for the one that never ends."""
    await described(api)
    examples = re.findall(r"curl 'http://board(.*)'", TEXT)

    assert examples == [example_of(each) for each in ENDPOINTS if each.examples]
    for example in examples:
        if not example.startswith("/api/trades/stream"):
            assert (await api.get(example)).status_code == 200, example
