"""The page's own checks, on the Node of the wheel: types, unit tests, lockfile."""

import json
import os
import subprocess
from pathlib import Path

import pytest

import hatch_build

WEB = Path(hatch_build.__file__).parent / "web"
SECONDS_MAX = 300


@pytest.fixture(scope="module")
def npm() -> hatch_build.Npm:
    """Return npm, with the page's packages installed."""
    found = hatch_build.find_npm()
    if not (WEB / "node_modules" / ".package-lock.json").is_file():
        hatch_build.run_npm(found, WEB, "ci", "--prefer-offline", "--no-audit")
    return found


def run(npm: hatch_build.Npm, script: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(npm.bin_folder), os.environ["PATH"]])
    return subprocess.run(
        [*npm.command, "run", script],
        cwd=WEB,
        env=os.environ | {"PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(SECONDS_MAX)
@pytest.mark.parametrize("script", ["check", "test"])
def test_script_passes(npm: hatch_build.Npm, script: str) -> None:
    """Types and accessibility warnings (`check`), and vitest (`test`)."""
    done = run(npm, script)

    assert done.returncode == 0, done.stdout + done.stderr


def test_lockfile_names_no_host_and_every_platform() -> None:
    """Packages install from any registry, on each platform that we promise."""
    lock = json.loads((WEB / "package-lock.json").read_text())

    packages = lock["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    for platform in (
        "linux-x64-gnu",
        "linux-arm64-gnu",
        "darwin-arm64",
        "win32-x64-msvc",
    ):
        assert f"node_modules/@rolldown/binding-{platform}" in packages
        assert f"node_modules/lightningcss-{platform}" in packages
