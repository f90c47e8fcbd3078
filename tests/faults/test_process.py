"""F32-F35: the process is killed, put to sleep, or breaks inside."""

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.acceptance.processes import until
from tests.acceptance.stored import query
from tests.faults.harness import rig

FAST = pytest.mark.slow
WHOLE = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(600)]
HOOKS = Path(__file__).with_name("hooks")


def hooked(hook: str) -> dict[str, str]:
    """Return the variables that break one part of the process; see hooks/."""
    path = os.pathsep.join(filter(None, (str(HOOKS), os.environ.get("PYTHONPATH"))))
    return {"FAULT_HOOK": hook, "PYTHONPATH": path}


def whole(*arguments: object) -> object:
    return pytest.param(*arguments, marks=WHOLE)


@pytest.mark.parametrize("kills", [pytest.param(4, marks=FAST), whole(50)])
async def test_f32_kill_at_random_moments(tmp_path: Path, kills: int) -> None:
    """Kill -9 under 1,000 trades a second: serving again within 3 s, the file intact,
    nothing lost that was traded, and nothing gone that a client saw."""
    chance = random.Random(32)
    took_s = []
    async with rig(tmp_path, rate=1_000) as parts:
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0, 1.5))
            await parts.kill()
            shown = set(parts.watcher.shown)
            ids = query(parts.path, "SELECT trade_id FROM trades")
            assert shown <= {trade_id for (trade_id,) in ids}
            took_s.append(await parts.serve())
        await parts.check()

    assert sorted(took_s)[-2] <= 3  # One start may meet a busy machine.


@FAST
async def test_f33_asleep(tmp_path: Path) -> None:
    """Stopped for 6 s in place of two minutes, as a laptop is: whole again in 5 s."""
    async with rig(tmp_path) as parts:
        parts.process.signal(signal.SIGSTOP)
        await asyncio.sleep(6)
        parts.process.signal(signal.SIGCONT)

        assert await parts.flowing() <= 5
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(400)
async def test_f33_asleep_for_two_minutes(tmp_path: Path) -> None:
    """The exchange has given up on us meanwhile: noticed by a jump of the clock that
    goes on in sleep, and whole within 5 s."""
    async with rig(tmp_path) as parts:
        gaps = (await parts.counters())["gaps"]
        parts.process.signal(signal.SIGSTOP)
        await asyncio.sleep(60)
        parts.ws.rst_all()
        await asyncio.sleep(60)
        parts.process.signal(signal.SIGCONT)
        begun_s = time.monotonic()
        await parts.counted("gaps", gaps)
        await parts.flowing()

        assert time.monotonic() - begun_s <= 5
        await parts.check()


@pytest.mark.parametrize(
    "hook", [pytest.param("hub_raises", marks=FAST), whole("hub_hangs")]
)
async def test_f34_a_stage_breaks(tmp_path: Path, hook: str) -> None:
    """A stage raises, or hangs with the whole loop: the process leaves with exit code 1
    within 35 s, and its successor has everything."""
    async with rig(tmp_path, served=False) as parts:
        parts.environment |= hooked(hook)
        await parts.serve()
        begun_s = time.monotonic()
        code = await parts.process.ended(40)
        took_s = time.monotonic() - begun_s
        told = parts.process.stderr
        await parts.clear_away()
        del parts.environment["FAULT_HOOK"]
        parts.stderr = ""  # The broken one may say where it broke.
        await parts.start()

        assert code == 1
        assert took_s <= 35
        assert "died" in told or "stuck" in told
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
async def test_f35_one_figure_breaks(tmp_path: Path) -> None:
    """The whale list fails at every beat: it alone is wrong, told and counted; trades
    are stored and the windows are sums over them."""
    async with rig(tmp_path, served=False) as parts:
        parts.environment |= hooked("whales_raise")
        await parts.start()
        await parts.stored_more(600)
        alive = parts.process.alive
        parts.stderr = ""

        assert alive
        await until(lambda: "broken on purpose" in parts.process.stderr, 5)
        await parts.check()
