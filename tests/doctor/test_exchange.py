"""The exchange as a board would meet it: a real simulator, and nobody at all."""

import asyncio
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from flowboard.config import Settings
from flowboard.doctor.exchange import check_exchange
from flowboard.kalshi.auth import Signer, load_signer
from flowboard.simulator import Simulator, SimulatorOptions

NOBODY = {
    "KALSHI_API_BASE": "http://127.0.0.1:9/trade-api/v2",
    "KALSHI_WS_URL": "ws://127.0.0.1:9/trade-api/ws/v2",
}
HISTORY_MS = 5_000


@pytest.fixture
async def exchange():
    async with Simulator(SimulatorOptions(port=0, history_ms=HISTORY_MS)) as simulator:
        yield simulator


def settings_of(**variables):
    return Settings(_env_file=None, **(NOBODY | variables))


def settings_for(simulator, **variables):
    urls = {"KALSHI_API_BASE": simulator.rest_base, "KALSHI_WS_URL": simulator.ws_url}
    return settings_of(**(urls | variables))


def signer_for(simulator):
    return load_signer(simulator.key_id, simulator.private_key_path)


def other_key(key_id="0f1e2d3c-1111-4222-8333-444455556666"):
    return Signer(key_id, ed25519.Ed25519PrivateKey.generate())


async def checks_of(settings, signer):
    found = await check_exchange(settings, signer)
    assert [check.name for check in found] == ["clock", "rest", "websocket"]
    return {check.name: check for check in found}


async def test_an_exchange_that_takes_the_key(exchange):
    """A real handshake; all is well."""
    found = await checks_of(settings_for(exchange), signer_for(exchange))

    assert [check.state for check in found.values()] == ["ok", "ok", "ok"]
    assert re.fullmatch(r"\d\.\d s \w+( of)? the exchange's", found["clock"].message)
    assert exchange.rest_base in found["rest"].message
    assert "takes the signature" in found["websocket"].message


async def test_the_key_of_another_exchange(exchange):
    """Refused: the ids belong together, and the sentence says which."""
    found = await checks_of(settings_for(exchange), other_key())

    assert [check.state for check in found.values()] == ["ok", "ok", "wrong"]
    assert "HTTP 401" in found["websocket"].message
    assert "KALSHI_PRIVATE_KEY_PATH belong together" in found["websocket"].remedy


async def test_a_signature_by_another_key(exchange):
    """The id alone does not help."""
    found = await checks_of(settings_for(exchange), other_key(exchange.key_id))

    assert found["websocket"].state == "wrong"


async def test_without_a_key(exchange):
    """The socket is not tried; that is no mistake."""
    found = await checks_of(settings_for(exchange), None)

    assert found["websocket"].state == "warn"
    assert "no key" in found["websocket"].message


async def test_nobody_there():
    """Each line says which setting leads there; the clock is not guessed at."""
    found = await checks_of(settings_of(), other_key())

    assert [check.state for check in found.values()] == ["warn", "wrong", "wrong"]
    assert "cannot be reached" in found["rest"].message
    assert "KALSHI_API_BASE (http://127.0.0.1:9/" in found["rest"].remedy
    assert "cannot be reached" in found["websocket"].message
    assert "KALSHI_WS_URL" in found["websocket"].remedy
    assert "tries again" not in "".join(check.message for check in found.values())


@pytest.mark.parametrize(
    ("ahead_ms", "side"), [(60_000, "behind"), (-60_000, "ahead of")]
)
async def test_a_clock_that_is_wrong(exchange, ahead_ms, side):
    """By how much, and which way; the signature is corrected and accepted."""
    exchange.faults.add({"kind": "clock", "ms": ahead_ms})

    found = await checks_of(settings_for(exchange), signer_for(exchange))

    assert found["clock"].state == "warn"
    assert re.match(rf"(59|60)\.\d s {side} the exchange's", found["clock"].message)
    assert "NTP" in found["clock"].remedy
    assert found["websocket"].state == "ok"


@pytest.mark.parametrize(
    ("variables", "name", "words"),
    [
        ({"KALSHI_API_BASE": "ftp://x/y"}, "rest", "KALSHI_API_BASE is"),
        ({"KALSHI_API_BASE": "http://example.com/x"}, "rest", "not encrypted"),
        ({"KALSHI_WS_URL": "ws://example.com/x"}, "websocket", "not encrypted"),
    ],
)
async def test_urls_of_no_use(variables, name, words):
    """Nothing is sent there."""
    found = await checks_of(settings_of(**variables), other_key())

    assert found[name].state == "wrong"
    assert words in found[name].message
    assert found[name].remedy


async def test_an_exchange_that_refuses_for_now(exchange):
    """What it said is told; its clock can be read all the same."""
    exchange.faults.add({"kind": "server_error"})
    exchange.faults.add({"kind": "refuse"})

    found = await checks_of(settings_for(exchange), signer_for(exchange))

    assert [check.state for check in found.values()] == ["ok", "wrong", "wrong"]
    assert re.search(r"HTTP 5\d\d", found["rest"].message)
    assert "HTTP 503" in found["websocket"].message


async def test_a_socket_that_never_answers(exchange):
    """Waited for as long as a board would."""

    async def hear(reader, writer):
        while await reader.read(65_536):
            pass
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as mute:
        port = mute.sockets[0].getsockname()[1]
        settings = settings_for(
            exchange,
            KALSHI_WS_URL=f"ws://127.0.0.1:{port}/ws",
            FLOWBOARD_WEBSOCKET_TIMEOUT_S=0.1,
        )

        found = await checks_of(settings, signer_for(exchange))

    assert found["websocket"].state == "wrong"
    assert found["websocket"].message == "no handshake within 0.1 s"
