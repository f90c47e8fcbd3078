"""Every operation of the document, asked with what it allows and with what it does not."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from flowboard.http_api import control_routes
from flowboard.http_api.control import CONTROLS
from flowboard.http_api.openapi import document
from flowboard.http_api.routing import ENDPOINTS
from tests.http_api.described_board import described
from tests.http_api.serving import Api, serving

EXAMPLES = {GenerationMode.POSITIVE: 12, GenerationMode.NEGATIVE: 6}
ANSWER_S = 10
TOKEN = "dGhlIHNhbXBsZSBub25jZQ-_dGhlIHNhbXBsZSBub25"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
SCHEMA = schemathesis.openapi.from_dict(document(ENDPOINTS, CONTROLS))
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


class Told:
    """Stands in for the board: does as it is told."""

    def switch_feed(self, policy: str) -> None:
        self.feed = policy

    def ask_backfill(self, from_ms: int, to_ms: int, ticker: str | None) -> int:
        return 1

    async def refresh(self) -> int:
        return 7


def ask_all(port: int, operation: Any) -> int:
    """Ask an operation in many ways; return how often it was asked."""
    asked = 0

    for mode, examples in EXAMPLES.items():

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=ANSWER_S,
                checks=CHECKS,
            )

        with suppress(Unsatisfiable):  # Nothing can be wrong where nothing is given.
            ask()
    return asked


@pytest.mark.slow
async def test_no_request_breaks_anything(unserved: Api) -> None:
    """No 5xx over real HTTP; each status, content type and body is a documented one."""
    await described(unserved)
    unserved.hub.closed = True  # Else the tape as it grows would never end.
    routes = control_routes(Told(), TOKEN, lambda: 0)
    async with serving(unserved.app(*routes)) as port:
        counts = [
            await asyncio.to_thread(ask_all, port, operation)
            for operation in OPERATIONS
        ]

    assert len(counts) == len(ENDPOINTS) + len(CONTROLS)
    assert min(counts) >= 1
    assert sum(counts) > 5 * len(counts)
