"""Random faults every few seconds under load, then the checker: `make soak MINUTES=10`.

Exit code 0: nothing lost, nothing doubled. The seed is printed; the same seed makes the
same faults in the same order, though not at the same trade.
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.faults.harness import Rig, rig, write_locked
from tests.faults.proxy import Proxy

RATE = 1_000
SETTLED_S = 180.0  # An audit finds what only an audit can, span by span.
KINDS = (
    "skip_seq",
    "reset_seq",
    "repeat",
    "malformed",
    "unknown",
    "drop",
    "error_25",
    "error_10",
    "stall",
    "mute",
    "hide_ws",
    "refuse",
    "rate_limit",
    "server_error",
    "cursor_loop",
    "empty_page",
)
FEEDS = ("auto", "websocket", "polling", "auto")
ONCE = {"drop", "error_25", "error_10"}  # For ever would be another fault.

Fault = Callable[[], Awaitable[str]]


class Nemesis:
    """Makes one fault after the other.

    Args:
        parts: Whom it troubles.
        chance: Where every choice comes from.
    """

    def __init__(self, parts: Rig, chance: random.Random) -> None:
        self._parts = parts
        self._chance = chance
        self._mending: set[asyncio.Task[None]] = set()
        self.done: Counter[str] = Counter()

    async def strike(self) -> str:
        """Make a fault; return its name. What lasts is mended later, by itself."""
        faults: list[tuple[int, Fault]] = [
            (8, self._simulator),
            (6, self._network),
            (2, self._kill),
            (1, self._restart),
            (1, self._sleep),
            (1, self._lock),
            (2, self._switch),
        ]
        weights = [weight for weight, _ in faults]
        ((_, fault),) = self._chance.choices(faults, weights)
        name = await fault()
        self.done[name] += 1
        return name

    async def rest(self) -> None:
        """Return when everything has been mended, and end with the default feed."""
        if self._mending:
            await asyncio.wait(self._mending)
        await self._feed("auto")

    async def _simulator(self) -> str:
        kind = self._chance.choice(KINDS)
        how = {"count": 1} if kind in ONCE else {"seconds": self._some_s()}
        await self._parts.exchange.fault(kind, **how)
        return kind

    async def _network(self) -> str:
        proxy = self._chance.choice((self._parts.ws, self._parts.rest))
        where = "ws" if proxy is self._parts.ws else "rest"
        weathers: dict[str, Callable[[], object]] = {
            "blackhole": proxy.blackhole,
            "half_open": lambda: proxy.blackhole(up=False),
            "latency": lambda: proxy.latency(0.3),
            "narrow": lambda: proxy.rate(20_000),
            "cut_short": lambda: proxy.cut_after(self._chance.randrange(1, 200_000)),
            "reset": proxy.rst_all,
            "refused": proxy.cut_off,
        }
        name = self._chance.choice(list(weathers))
        weathers[name]()
        mending = asyncio.create_task(self._mend(proxy, self._some_s()))
        self._mending.add(mending)
        mending.add_done_callback(self._mending.discard)
        return f"{where} {name}"

    async def _mend(self, proxy: Proxy, after_s: float) -> None:
        await asyncio.sleep(after_s)
        proxy.fair()
        await proxy.accept()

    async def _kill(self) -> str:
        await self._parts.kill()
        await self._parts.serve()
        return "kill -9"

    async def _restart(self) -> str:
        code = await self._parts.stop()
        assert code == 0, f"it ended with {code}"
        await self._parts.serve()
        return "restart"

    async def _sleep(self) -> str:
        self._parts.process.signal(signal.SIGSTOP)
        await asyncio.sleep(self._some_s())
        self._parts.process.signal(signal.SIGCONT)
        return "asleep"

    async def _lock(self) -> str:
        with write_locked(self._parts.path):
            await asyncio.sleep(self._some_s())
        # A kill while trades are shown from memory is the declared exception.
        await self._parts.board.until("/health", lambda h: h["store"] == "ok")
        return "locked"

    async def _switch(self) -> str:
        feed = self._chance.choice(FEEDS)
        await self._feed(feed)
        return f"feed {feed}"

    async def _feed(self, feed: str) -> None:
        path = self._parts.path
        token = path.with_name(path.name + ".token").read_text().strip()
        answer = await self._parts.board.ask(
            "POST",
            "/api/feed",
            json={"feed": feed},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 200, answer.text

    def _some_s(self) -> float:
        return self._chance.uniform(0.5, 6)


async def soak(minutes: float, seed: int, rate: int, folder: Path) -> bool:
    """Run the faults, then the checker; return whether all was right."""
    chance = random.Random(seed)
    until_s = time.monotonic() + minutes * 60
    environment = {"FLOWBOARD_AUDIT_SPAN_S": "15"}
    async with rig(folder, rate=rate, environment=environment) as parts:
        nemesis = Nemesis(parts, chance)
        try:
            while time.monotonic() < until_s:
                name = await nemesis.strike()
                left_s = until_s - time.monotonic()
                print(f"{left_s:6.0f} s left  {name}", flush=True)
                await asyncio.sleep(chance.uniform(0.5, 4))
            await nemesis.rest()
            begun_s = time.monotonic()
            verdict = await parts.check(settled_s=SETTLED_S)
        except AssertionError as problem:
            print(f"FAILED, seed {seed}: {problem}", file=sys.stderr)
            return False
        print(f"settled and checked in {time.monotonic() - begun_s:.1f} s")
        for name, count in sorted(nemesis.done.items()):
            print(f"{count:6}  {name}")
        print(f"seed {seed}: {verdict}")
    return True


def main() -> int:
    """Read the options and run; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6)
    )
    parser.add_argument("--rate", type=int, default=RATE, help="trades a second")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="flowboard-soak-") as folder:
        right = asyncio.run(
            soak(options.minutes, options.seed, options.rate, Path(folder))
        )
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
