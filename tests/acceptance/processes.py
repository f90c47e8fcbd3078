"""Flowboard's commands as real processes: started, waited for, ended by their own pid."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

READY_S = 30.0
STOP_S = 10.0
PATIENCE_S = 30.0
OWN_VARIABLES = ("FLOWBOARD_", "KALSHI_", "HOST", "PORT", "BACKEND_", "SQLITE_", "LOG_")


class Running:
    """One command under way.

    Args:
        arguments: What stands behind `flowboard`.
        folder: It runs there, and its stderr is kept there.
        environment: Variables beside those of the machine.
        before: What stands before the interpreter, as `strace -f`.
    """

    def __init__(
        self,
        *arguments: object,
        folder: Path,
        environment: dict[str, str],
        before: tuple[str, ...] = (),
    ) -> None:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(OWN_VARIABLES)
        }
        self.lines: list[str] = []
        self._errors = folder / f"stderr-{time.monotonic_ns()}.txt"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [*before, sys.executable, "-m", "flowboard", *map(str, arguments)],
                cwd=folder,
                env=inherited | environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stderr(self) -> str:
        return self._errors.read_text()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def ready(self) -> list[str]:
        """Return the addresses of the ready line."""
        await until(lambda: self.lines or not self.alive, READY_S, lambda: self.stderr)
        assert self.lines, f"it ended with {self._process.wait()}: {self.stderr}"
        word, *addresses = self.lines[0].split()
        assert word == "ready", self.lines
        return addresses

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()

    async def ended(self, timeout_s: float = STOP_S) -> int:
        """Return the exit code; stdout has been read to its end."""
        await until(lambda: not self.alive, timeout_s, lambda: self.stderr)
        await until(lambda: not self._reader.is_alive(), timeout_s)
        return self._process.wait()

    async def stop(self) -> int:
        """End it as an operator does; return the exit code."""
        self._process.terminate()
        return await self.ended()

    def clear_away(self) -> None:
        """End it whatever its state."""
        if self.alive:
            self._process.kill()
        self._process.wait()
        self._reader.join(STOP_S)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))


@asynccontextmanager
async def flowboard(
    *arguments: object, folder: Path, **environment: str
) -> AsyncIterator[Running]:
    """Run a command; it is gone when the block ends."""
    process = Running(*arguments, folder=folder, environment=environment)
    try:
        yield process
    finally:
        process.clear_away()


async def until(
    condition: Callable[[], Any],
    timeout_s: float = PATIENCE_S,
    why: Callable[[], object] = lambda: "",
) -> None:
    """Return when `condition()` holds; fail with what `why()` says if it never does."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"waited {timeout_s} s: {why()}"
        await asyncio.sleep(0.01)


class Http:
    """Asks one server over HTTP."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._client = httpx2.AsyncClient(base_url=base, trust_env=False, timeout=10)

    async def get(self, path: str, **query: object) -> dict[str, Any]:
        """Return the object at `path`, whatever the status."""
        response = await self._client.get(path, params=query)
        return response.json()  # type: ignore[no-any-return]

    async def status(self, path: str) -> int:
        return (await self._client.get(path)).status_code

    async def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return await self._client.request(method, path, **options)

    async def until(
        self,
        path: str,
        condition: Callable[[dict[str, Any]], Any],
        timeout_s: float = PATIENCE_S,
        **query: object,
    ) -> dict[str, Any]:
        """Ask `path` until its object fulfils `condition`; return that object."""
        deadline_s = time.monotonic() + timeout_s
        while not condition(found := await self.get(path, **query)):
            assert time.monotonic() < deadline_s, f"waited {timeout_s} s: {found}"
            await asyncio.sleep(0.05)
        return found

    async def aclose(self) -> None:
        await self._client.aclose()


class Exchange(Http):
    """A simulated exchange that runs as a process."""

    def __init__(self, process: Running, keys: Path, addresses: list[str]) -> None:
        self.process = process
        self.rest_base, self.ws_url = addresses
        super().__init__(self.rest_base.removesuffix("/trade-api/v2"))
        self.settings = {
            "KALSHI_API_KEY_ID": (keys / "kalshi_key_id").read_text().strip(),
            "KALSHI_PRIVATE_KEY_PATH": str(keys / "kalshi_private_key.pem"),
            "KALSHI_API_BASE": self.rest_base,
            "KALSHI_WS_URL": self.ws_url,
        }

    async def traded(self) -> list[dict[str, Any]]:
        """Return every trade so far, in order."""
        response = await self.ask("GET", "/simulator/trades")
        return [json.loads(line) for line in response.text.splitlines()]

    async def fault(self, kind: str, **how: object) -> None:
        response = await self.ask(
            "POST", "/simulator/faults", json={"kind": kind, **how}
        )
        assert response.status_code == 201, response.text

    async def mend(self) -> None:
        response = await self.ask("DELETE", "/simulator/faults")
        assert response.status_code == 204


class Board(Http):
    """A served board that runs as a process."""

    def __init__(self, process: Running, address: str) -> None:
        self.process = process
        super().__init__(address)
        self.stream_url = address.replace("http://", "ws://") + "/ws/stream"


@asynccontextmanager
async def simulating(
    *arguments: object, folder: Path, keys: Path | None = None
) -> AsyncIterator[Exchange]:
    """Run `flowboard simulate` with a key pair in the folder `keys`."""
    keys = keys or folder / "keys"
    command = ("simulate", "--port", 0, "--keys", keys, *arguments)
    async with flowboard(*command, folder=folder) as process:
        exchange = Exchange(process, keys, await process.ready())
        yield exchange
        await exchange.aclose()


@asynccontextmanager
async def serving(
    exchange: Exchange, *arguments: object, folder: Path, **environment: str
) -> AsyncIterator[Board]:
    """Run `flowboard serve` of the exchange, on the file board.db in the folder."""
    command = ("serve", "--port", 0, "--database", folder / "board.db", *arguments)
    variables = exchange.settings | environment
    async with flowboard(*command, folder=folder, **variables) as process:
        (address,) = await process.ready()
        board = Board(process, address)
        yield board
        await board.aclose()
