"""F39-F48: the disk and the file."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.processes import flowboard
from tests.acceptance.stored import query
from tests.faults.harness import Rig, rig, write_locked

FAST = pytest.mark.slow
ROOT_DIR = Path(__file__).parents[2]
MIGRATIONS = ROOT_DIR / "flowboard" / "database" / "migrations"
NOBODY = 65_534


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(tool) is None,
        reason=f"{tool} is not installed: apt-get install it",
    )


needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root may mount a small file system"
)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of its own, in memory, that is soon full."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"this machine lets nobody mount: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def grow(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


async def degraded(parts: Rig, timeout_s: float) -> None:
    await parts.feed(lambda f: f["state"] == "storage_degraded", timeout_s)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(300)
@needs_root
async def test_f39_disk_full(tmp_path: Path) -> None:
    """Full for 60 s at 500 trades a second: told, shown from memory, and written again
    within 3 s once there is space; nothing lost."""
    with small_disk(tmp_path / "disk", "6m") as disk:
        async with rig(tmp_path, rate=500, database=disk / "board.db") as parts:
            await degraded(parts, 60)
            begun_s = time.monotonic()
            shown = len(parts.watcher.shown)
            await asyncio.sleep(60)
            more = len(parts.watcher.shown) - shown
            grow(disk, "256m")
            took_s = await parts.feed(lambda f: f["state"] != "storage_degraded", 15)
            told_s = await parts.shown(begun_s - 5, "storage_degraded")

            assert more >= 60 * 500 * 0.8
            assert took_s <= 3
            assert told_s <= 7
            await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(400)
@needs("strace")
async def test_f40_no_space_at_the_nth_write(tmp_path: Path) -> None:
    """The n-th write fails for want of space, for n from 1 to 200: rolled back, tried
    again, and the file is sound each time."""
    async with rig(tmp_path) as parts:
        failures = 0
        for first in range(1, 201, 10):
            failed = (await parts.counters()).get("store_failures", 0)
            inject = f"inject=pwrite64:error=ENOSPC:when={first}..{first + 9}"
            command = ["strace", "-f", "-qq", "-e", "trace=pwrite64", "-e", inject]
            tracer = subprocess.Popen(
                [*command, "-o", "/dev/null", "-p", str(parts.process.pid)]
            )
            try:
                await parts.counted("store_failures", failed, 60)
            finally:
                tracer.send_signal(signal.SIGINT)
                tracer.wait(10)
            await parts.feed(lambda f: f["state"] != "storage_degraded", 10)
            assert query(parts.path, "PRAGMA quick_check") == [("ok",)]
            failures += 1

        assert failures == 20
        assert parts.process.alive
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(240)
@needs("fiu-run")
async def test_f41_fsync_fails(tmp_path: Path) -> None:
    """One fsync in five fails: its transaction counts as failed and is written again;
    what is called stored is on disk."""
    fault = "enable_random name=posix/io/sync/*,probability=0.2,failinfo=5"
    async with rig(tmp_path, served=False, before=("fiu-run", "-x")) as parts:
        await parts.serve()
        control = ["fiu-ctrl", "-c", fault, str(parts.process.pid)]
        subprocess.run(control, check=True, timeout=10)
        parts.watch()
        await parts.counted("store_failures", 5, 60)
        await parts.kill()
        parts.before = ()
        await parts.serve()

        assert parts.watcher.shown
        await parts.check()


@FAST
async def test_f42_locked_by_another_program(tmp_path: Path) -> None:
    """The write lock is somebody else's for 5 s: told within 2 s and its own wait,
    shown all the while, stored afterwards."""
    async with rig(tmp_path) as parts:
        with write_locked(parts.path):
            begun_s = time.monotonic()
            await degraded(parts, 6)
            told_s = time.monotonic() - begun_s
            shown = len(parts.watcher.shown)
            await asyncio.sleep(5 - told_s)
            more = len(parts.watcher.shown) - shown
        took_s = await parts.feed(lambda f: f["state"] != "storage_degraded", 5)

        assert told_s <= 4
        assert more > 0
        assert took_s <= 3
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_f43_a_reader_that_does_not_let_go(tmp_path: Path) -> None:
    """A program reads from one snapshot for 30 s under 2,000 trades a second: nobody
    waits for it, and the WAL is back at 64 MB once it has ended."""
    async with rig(tmp_path, rate=2_000) as parts:
        reading = sqlite3.connect(f"{parts.path.as_uri()}?mode=ro", uri=True)
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM trade_rows").fetchone()
        states = set()
        for _ in range(60):
            states.add((await parts.board.get("/health"))["store"])
            await asyncio.sleep(0.5)
        reading.close()
        await parts.stored_more(4_000)
        wal = parts.path.with_name(parts.path.name + "-wal")

        assert states == {"ok"}
        assert wal.stat().st_size <= 64 * 1024 * 1024
        await parts.check()


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    path.write_bytes(b"no database, but somebody's letter\n" * 4_000)


def page_damaged(path: Path) -> None:
    """Fill inner pages with what SQLite never writes."""
    with path.open("r+b") as file:
        for page in range(2, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(page_damaged, marks=FAST),
        *(
            pytest.param(d, marks=[pytest.mark.slow, pytest.mark.faults])
            for d in (truncated, overwritten, emptied)
        ),
    ],
    ids=lambda damage: damage.__name__,
)
async def test_f44_damaged_file(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Damaged while we were away: set aside as it was, never deleted, a live board
    within 10 s, and all that REST still has comes back."""
    async with rig(tmp_path) as parts:
        assert await parts.stop() == 0
        damage(parts.path)
        left = parts.path.read_bytes()
        begun_s = time.monotonic()
        await parts.serve()
        await parts.feed(lambda f: f["state"] in ("live", "polling", "healing"), 20)
        took_s = time.monotonic() - begun_s
        aside = [
            path
            for path in tmp_path.glob("board.db.damaged-*")
            if not path.name.endswith(("-wal", "-shm"))
        ]

        assert took_s <= 10
        if left:
            assert [path.read_bytes() for path in aside] == [left]
            assert "set aside" in parts.process.stderr
        parts.watcher.deltas.clear()  # The new file tells its trades anew.
        await parts.check()


@FAST
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@needs("setpriv")
async def test_f45_file_of_somebody_else(tmp_path: Path) -> None:
    """A folder that may not be written, then a file that may not: exit code 1, a
    sentence that names it, and the file as it was."""
    async with rig(tmp_path) as parts:
        assert await parts.stop() == 0
        here = tmp_path
        while here != here.parent and here.owner() == "root":
            here.chmod(here.stat().st_mode | 0o055)
            here = here.parent
        parts.path.chmod(0o644)
        left = parts.path.read_bytes()
        parts.before = ("setpriv", f"--reuid={NOBODY}", "--clear-groups")
        parts.environment["KALSHI_PRIVATE_KEY_PATH"] = public_copy(parts, tmp_path)
        with pytest.raises(AssertionError, match="it ended with 1") as refusal:
            await parts.serve()
        await parts.clear_away()
        parts.before = ()
        left_as_it_was = parts.path.read_bytes() == left

        assert "cannot be written" in str(refusal.value)
        assert "--database" in str(refusal.value)
        assert "Traceback" not in parts.stderr
        assert left_as_it_was
        parts.stderr = ""
        os.chown(parts.environment["KALSHI_PRIVATE_KEY_PATH"], 0, 0)
        await parts.serve()
        await parts.check()


def public_copy(parts: Rig, folder: Path) -> str:
    """Give nobody a key of its own; it need not be one that the exchange knows."""
    copy = folder / "nobody.pem"
    copy.write_bytes(Path(parts.environment["KALSHI_PRIVATE_KEY_PATH"]).read_bytes())
    copy.chmod(0o600)
    os.chown(copy, NOBODY, NOBODY)
    return str(copy)


# Opens a file as the server does, and dies at the n-th statement of SQLite's own trace.
DIES = """
import os, signal, sqlite3, sys
from pathlib import Path
from flowboard.database import connection as opening
left = int(sys.argv[2])
def count(_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
connect = sqlite3.connect
def connecting(*a, **k):
    made = connect(*a, **k)
    made.set_trace_callback(count)
    return made
sqlite3.connect = connecting
opening.open_for_writing(Path(sys.argv[1])).close()
"""


@pytest.mark.slow
@pytest.mark.faults
async def test_f46_killed_in_a_migration(tmp_path: Path) -> None:
    """Kill -9 at each statement of every step from a new file, and from the first
    version with rows in it: the next start finishes it, and no row is gone."""
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as made:
        made.executescript((MIGRATIONS / "0001_first.sql").read_text())
        made.execute("PRAGMA user_version = 1")
        made.execute("INSERT INTO markets VALUES (0, 'KXMADE-26')")
        made.execute(
            "INSERT INTO trade_rows VALUES (1, 1795266000000, zeroblob(16), 0, 5000, 100,"
            " 1, 20)"
        )
    made.close()
    newest = len(list(MIGRATIONS.glob("*.sql")))
    kills = 0
    for start in (None, old):
        nth = 0
        while True:
            nth += 1
            path = tmp_path / "board.db"
            for stale in tmp_path.glob("board.db*"):
                stale.unlink()
            if start is not None:
                shutil.copy(start, path)
            command = [sys.executable, "-c", DIES, str(path)]
            died = await asyncio.to_thread(subprocess.run, [*command, str(nth)])
            again = await asyncio.to_thread(subprocess.run, [*command, "0"])
            assert again.returncode == 0
            assert query(path, "PRAGMA integrity_check") == [("ok",)]
            assert query(path, "PRAGMA user_version") == [(newest,)]
            rows = query(path, "SELECT count(*) FROM trades")
            assert rows == [(0 if start is None else 1,)]
            if died.returncode == 0:
                break
            assert died.returncode == -signal.SIGKILL
            kills += 1
            assert nth < 200

    assert kills > 2 * newest


@FAST
async def test_f48_two_boards_on_one_file(tmp_path: Path) -> None:
    """The second leaves with exit code 1 and says why; the first notices nothing."""
    async with rig(tmp_path) as parts:
        command = ("serve", "--port", 0, "--database", parts.path)
        async with flowboard(*command, folder=tmp_path, **parts.environment) as second:
            code = await second.ended(15)
            told = second.stderr

        assert code == 1
        assert "another Flowboard" in told
        assert "Traceback" not in told
        await parts.check()
