"""Two feeds and their seam: switched by hand, fallen back to, without a key."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.acceptance.processes import flowboard
from tests.faults.harness import Rig, rig

pytestmark = pytest.mark.slow


async def told(parts: Rig, *words: object) -> str:
    """Run a command beside the board; return what it says."""
    command = (*words, "--database", parts.path)
    async with flowboard(*command, folder=parts.path.parent) as process:
        code = await process.ended()
        assert code == 0, process.stderr
        return "\n".join(process.lines)


async def test_switched_by_hand_and_back(tmp_path: Path) -> None:
    """Socket to polling and back, twice, under load: at once, and nothing is lost or
    doubled on the way."""
    async with rig(tmp_path) as parts:
        for _ in range(2):
            assert "polling" in await told(parts, "feed", "polling")
            await parts.feed(lambda f: f["state"] == "polling", 5)
            await parts.stored_more(300)
            await told(parts, "feed", "auto")
            await parts.feed(lambda f: f["state"] == "live", 5)
            await parts.stored_more(300)
        counters = await parts.counters()
        found = await parts.check()

    assert counters["trades_poll"] > 0
    assert counters["trades"] > 0
    assert found.traded > 1_000


async def test_polls_while_the_socket_cannot_be_had(tmp_path: Path) -> None:
    """Three tries, then polling; the socket is tried on, and taken when it is there."""
    async with rig(tmp_path) as parts:
        parts.ws.refuse()
        parts.ws.rst_all()
        await parts.feed(lambda f: f["state"] == "polling" and not f["open_gaps"], 20)
        health = await parts.board.get("/health")
        await parts.stored_more(600)
        await parts.ws.accept()
        await parts.feed(lambda f: f["state"] == "live" and not f["open_gaps"], 40)
        after = await parts.board.get("/health")
        await parts.check()

    assert health["feed"]["connected"]
    assert "KALSHI_WS_URL" in health["problem"]
    assert "problem" not in after


async def test_without_a_key(tmp_path: Path) -> None:
    """Polling from the start; a kill -9 and a restart later nothing is lost."""
    async with rig(tmp_path, served=False) as parts:
        for name in ("KALSHI_API_KEY_ID", "KALSHI_PRIVATE_KEY_PATH"):
            del parts.environment[name]
        await parts.start()
        before = await parts.board.get("/health")
        await parts.kill()
        await asyncio.sleep(2)  # So long nobody looks.
        await parts.serve()
        await parts.flowing()
        await parts.stored_more(300)
        sources = await parts.counters()
        await parts.check()

    assert before["feed"]["state"] == "polling"
    assert sources.get("connects", 0) == 0
    assert sources["trades_heal"] > 0


async def test_a_key_is_read_again_at_sighup(tmp_path: Path) -> None:
    """F18: the process lives, and says what it did."""
    async with rig(tmp_path) as parts:
        parts.process.signal(signal.SIGHUP)
        async with asyncio.timeout(10):
            while "the key was read again" not in parts.process.stderr:
                await asyncio.sleep(0.05)
        parts.ws.rst_all()
        await parts.flowing()
        await parts.check()


async def test_status_tells_what_is(tmp_path: Path) -> None:
    """What an operator types first; 0 while all is well."""
    async with rig(tmp_path, environment={"FLOWBOARD_AUDIT_SPAN_S": "15"}) as parts:
        await parts.board.until(
            "/api/coverage", lambda c: c["last_24h"]["exchange"] > 0, 60
        )
        said = await told(parts, "status")
        await parts.check()

    assert "live" in said
    assert " of " in said
