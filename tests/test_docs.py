"""What the documents say of settings, commands, files and links holds."""

import re
from pathlib import Path

import pytest
import typer

from flowboard import __version__
from flowboard.cli import app
from flowboard.config import Settings, variables

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")


@pytest.mark.parametrize("name", variables())
def test_every_setting_is_documented(name):
    """Each variable stands in one row of the table, with its default."""
    default = Settings.model_fields[name].default
    names = variables()[name]

    (row,) = [r for r in CONFIGURATION.splitlines() if r.startswith(f"| `{names[0]}`")]

    assert all(f"`{variable}`" in row for variable in names)
    assert default in (None, "") or f"`{default}`" in row


def test_the_example_names_known_variables_with_their_defaults():
    """`.env.example` copied as it is changes nothing."""
    known = {v: name for name, names in variables().items() for v in names}
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    pairs = [line.lstrip("# ").split("=", 1) for line in lines if "=" in line]

    assert {variable for variable, _ in pairs} <= set(known)
    for variable, value in pairs:
        default = Settings.model_fields[known[variable]].default
        assert value == ("" if default is None else str(default))


def test_every_command_and_flag_is_documented():
    """A flag that nobody reads about is no flag."""
    text = CONFIGURATION + (ROOT / "docs" / "simulator.md").read_text("utf-8")
    commands = typer.main.get_command(app).commands

    for name, command in commands.items():
        assert f"flowboard {name}" in text
        for option in command.params:
            if not getattr(option, "hidden", False):
                assert f"--{option.name.replace('_', '-')}" in text, (name, option)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    """Every link to a file of ours names one that exists."""
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))

    for link in links:
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_the_architecture_fits_a_screen():
    """Fewer than 80 lines, or nobody reads it."""
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) < 80


def test_the_readme_names_real_commands():
    """What a newcomer types first works."""
    readme = (ROOT / "README.md").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")

    for target in re.findall(r"^    make ([a-z]+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_changelog_tells_of_this_version():
    """A release without a word about it is none."""
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_dependency_has_its_reason():
    """ARCHITECTURE.md names each library that the package needs."""
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    block = pyproject.split("dependencies = [")[1].split("]")[0]
    architecture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")

    for name in re.findall(r'"([a-z0-9-]+)', block):
        assert name in architecture, name
