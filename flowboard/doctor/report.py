"""Every check in order -> lines or JSON, and the exit code."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from flowboard.config import Settings
from flowboard.doctor.check import Check
from flowboard.doctor.exchange import check_exchange
from flowboard.doctor.installation import (
    check_page,
    check_server,
    check_token,
    check_versions,
)
from flowboard.doctor.key import check_key
from flowboard.doctor.tape import check_tape


def run(
    settings: Settings,
    *,
    static_dir: Path,
    now_ms: int,
    as_json: bool,
    say: Callable[[str], None],
) -> int:
    """Check everything; return 1 where something is wrong, else 0.

    Args:
        settings: Of the board that is meant.
        static_dir: Where the built page lies.
        now_ms: Wall clock, Unix ms.
        as_json: One object in place of lines.
        say: Gets each line as soon as it is known.
    """
    checks: list[Check] = []

    def told(found: Sequence[Check]) -> None:
        checks.extend(found)
        if not as_json:
            for check in found:
                say(line_of(check))

    database = settings.database
    key, signer = check_key(settings)
    told([check_versions(), key])
    told(asyncio.run(check_exchange(settings, signer)))
    told(check_tape(database, now_ms))
    told([check_server(database), check_page(static_dir), check_token(database)])
    sound = all(check.state != "wrong" for check in checks)
    if as_json:
        fields = {"ok": sound, "checks": [check._asdict() for check in checks]}
        say(orjson.dumps(fields).decode())
    return 0 if sound else 1


def line_of(check: Check) -> str:
    """Return a check as a line: its state, what it is about, what is and what to do."""
    text = f"{check.state:<5}  {check.name:<9}  {check.message}"
    return f"{text}: {check.remedy}" if check.remedy else text
