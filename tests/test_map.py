"""The shape of the tree: sizes, floors, tests and what must not be in it."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "flowboard"
MODULES = sorted(PACKAGE.rglob("*.py"))
LINES_MAX = 400
# Packages whose modules are tested through their doors.
TESTED_THROUGH = {
    "simulator": "tests/simulator",
    "aggregator": "tests/aggregator",
    "database": "tests/database",
    "http_api": "tests/http_api",
    "kalshi": "tests/kalshi",
}
# Modules that a test of another name covers.
TESTED_BY = {
    "__init__": "tests/test_map.py",
    "__main__": "tests/acceptance/test_bad_input.py",
    "errors": "tests/acceptance/test_bad_input.py",
}


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.stem)
def test_a_module_is_short_and_says_what_it_is_for(module):
    """Under 400 lines, with a docstring that opens with a sentence."""
    text = module.read_text("utf-8")

    assert len(text.splitlines()) < LINES_MAX
    assert ast.get_docstring(ast.parse(text)) or module.name == "__init__.py"


@pytest.mark.parametrize(
    "module", [m for m in MODULES if m.parent == PACKAGE], ids=lambda p: p.stem
)
def test_a_module_has_a_test_of_its_name(module):
    """So that one knows where to look."""
    by = TESTED_BY.get(module.stem, f"tests/test_{module.stem}.py")

    assert (ROOT / by).is_file(), by


@pytest.mark.parametrize("folder", TESTED_THROUGH.values())
def test_a_package_has_a_folder_of_tests(folder):
    """Each door has its tests."""
    assert list((ROOT / folder).glob("test_*.py"))


def test_every_module_has_its_floor():
    """The list of floors is the list of files."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    floors = contracts["tool"]["importlinter"]["contracts"][0]
    named = {n.strip() for layer in floors["layers"] for n in layer.split("|")}
    found = {m.stem for m in PACKAGE.glob("*.py") if m.stem != "__init__"} | {
        d.parent.name for d in PACKAGE.glob("*/__init__.py")
    }

    assert floors["exhaustive"]
    assert named == found


def test_the_map_names_files_that_exist():
    """The package's docstring is where a newcomer begins."""
    docstring = ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text()))
    named = re.findall(r"^([a-z_/, ]+?)  ", docstring, re.MULTILINE)

    assert named
    for name in (n.strip() for entry in named for n in entry.split(",")):
        assert (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file(), name


def test_the_lockfile_holds_no_addresses():
    """Packages come by name, from whichever registry the reader uses."""
    assert '"resolved"' not in (ROOT / "web" / "package-lock.json").read_text("utf-8")


def test_no_path_of_a_machine_is_in_the_tree():
    """The project stands wherever it is cloned."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    files = listed.stdout.split() or [str(m.relative_to(ROOT)) for m in MODULES]
    machine = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w")

    for name in files:
        path = ROOT / name
        if path.suffix in {".png", ".gz"} or not path.is_file():
            continue
        found = machine.search(path.read_text("utf-8", errors="replace"))
        assert not found, (name, found)
