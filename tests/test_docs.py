"""The words of the project say what the code does."""

import asyncio
import inspect
import os
import re
import shlex
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import flowboard
from flowboard import server
from flowboard.cli import app
from flowboard.config import Settings, variables
from flowboard.database.connection import open_for_writing
from flowboard.feed_status import FeedState
from flowboard.markets import Markets
from flowboard.trade_processor import UNWRITTEN_MAX
from tests.acceptance.processes import OWN_VARIABLES, READY_S, simulating
from tests.trade_batches import batch_of, make_print

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text("utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")
SIMULATOR = (ROOT / "docs" / "simulator.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
ENVIRONMENT = (ROOT / ".env.example").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
BOT = re.search(r"```python\n(.*?)```", README, re.S)


def cells(row: str) -> list[str]:
    """Return the cells of a row of a table."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def section(text: str, heading: str) -> str:
    """Return what stands below `heading`, up to the next one of its kind."""
    level = heading.split()[0]
    found = text.partition(f"\n{heading}\n")[2]
    assert found, f"no heading {heading!r}"
    return re.split(rf"^{level} ", found, maxsplit=1, flags=re.M)[0]


def table(text: str) -> dict[str, list[str]]:
    """Return the rows of the first table in `text` by their first cell."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("|---"))
    rows: dict[str, list[str]] = {}
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        first, *others = cells(line)
        rows[first.strip("`")] = others
    return rows


# Settings.


def test_each_setting_has_its_row() -> None:
    """Variables in the order in which they win, and the default, neither more nor
    fewer settings than there are."""
    rows = table(section(CONFIGURATION, "## Settings"))

    assert list(rows) == list(variables())
    for name, names in variables().items():
        shown, _, values, default = rows[name]
        assert shown == ", ".join(f"`{variable}`" for variable in names)
        assert default == default_of(name)
        assert values


def default_of(name: str) -> str:
    """Return the default of a setting as the documents write it."""
    default = Settings.model_fields[name].default
    return "none" if default in ("", (), None) else f"`{default}`"


@pytest.mark.parametrize(
    "name",
    [
        "port",
        "hot_markets_limit",
        "whale_dollars",
        "websocket_timeout_s",
        "websocket_max_retries",
        "fill_hours",
    ],
)
def test_ranges_of_settings(name: str) -> None:
    """The least and the largest value of a number."""
    field = Settings.model_json_schema()["properties"]
    (limits,) = [
        value
        for key, value in field.items()
        if key in (name, *variables()[name])  # It goes by its first alias.
    ]

    values = table(section(CONFIGURATION, "## Settings"))[name][2]

    assert f"{limits['minimum']} to {limits['maximum']}" in values


def test_example_environment() -> None:
    """Every setting once, by the name that wins, commented out, at its default."""
    lines = re.findall(r"^(#? ?)(\w+)=(.*)$", ENVIRONMENT, re.M)

    assert {name for _, name, _ in lines} == {n[0] for n in variables().values()}
    assert len(lines) == len(variables())
    assert {mark for mark, _, _ in lines} == {"# "}
    for setting, (name, *_) in variables().items():
        (value,) = [value for _, found, value in lines if found == name]
        default = Settings.model_fields[setting].default
        assert value == str(default) or default in ("", (), None)


def test_no_unknown_variable_is_named() -> None:
    """A FLOWBOARD_ or KALSHI_ name in the documents is one that something reads."""
    known = {name for names in variables().values() for name in names}
    # Read by the build, by npm and by a test.
    others = {"FLOWBOARD_SKIP_WEB", "FLOWBOARD_URL", "FLOWBOARD_PICTURES"}

    for page in (*PAGES, ROOT / ".env.example"):
        named = re.findall(
            r"\b(?:FLOWBOARD|KALSHI)_[A-Z_]*[A-Z]\b", page.read_text("utf-8")
        )
        assert set(named) <= known | others, page.name


# Commands.


def options() -> Iterator[tuple[str, str, Any]]:
    """Return every option of every command: command, flag, default."""
    for name, command in COMMANDS.items():
        for option in command.params:
            if not getattr(option, "hidden", False):
                yield name, option.opts[0], option.default


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_section(command: str) -> None:
    """All of them in docs/configuration.md, and no other."""
    headings = re.findall(r"^### flowboard (\w+)$", CONFIGURATION, re.M)

    assert sorted(headings) == sorted(COMMANDS)
    assert section(CONFIGURATION, f"### flowboard {command}")


@pytest.mark.parametrize(("command", "flag", "default"), [*options()])
def test_each_option_has_its_row(command: str, flag: str, default: object) -> None:
    """With its default, where it has one of its own."""
    row = options_of(command)[flag]

    if default not in (None, False):
        assert row[0].strip("`") == str(default).removesuffix(".0")


@pytest.mark.parametrize("command", sorted({*COMMANDS} - {"version"}))
def test_no_row_for_an_option_that_is_none(command: str) -> None:
    """What is described can be typed."""
    known = {flag for name, flag, _ in options() if name == command}

    assert set(options_of(command)) == known


def options_of(command: str) -> dict[str, list[str]]:
    """Return the table of a command's options, without the names of their values."""
    text = section(CONFIGURATION, f"### flowboard {command}")
    if command == "simulate":
        text = section(SIMULATOR, "## Options")
    return {flag.split()[0].strip("`"): row for flag, row in table(text).items()}


@pytest.mark.parametrize("paper", PAGES, ids=lambda paper: paper.name)
def test_commands_in_the_text_exist(paper: Path) -> None:
    """What a page tells to type: make's targets, flowboard's commands and flags."""
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))
    code = re.findall(r"^(?: {4}|\$ )(.*)$|`([^`\n]+)`", paper.read_text("utf-8"), re.M)

    for indented, quoted in code:
        for line in re.split(r"&&|#", indented or quoted):
            words = [word for word in line.split() if "=" not in word or word[0] == "-"]
            if words[:1] == ["make"] and len(words) > 1:
                assert words[1] in targets, line
            elif words and Path(words[0]).name == "flowboard" and len(words) > 1:
                check_command(words[1:], line)


def check_command(words: list[str], line: str) -> None:
    """Check a command line of flowboard, without the values of its options."""
    if words[0] == "COMMAND":
        return
    assert words[0] in COMMANDS, line
    flags = {opt for option in COMMANDS[words[0]].params for opt in option.opts}
    for word in words[1:]:
        assert not word.startswith("--") or word in flags, line


# Links.


@pytest.mark.parametrize("paper", PAGES, ids=lambda paper: paper.name)
def test_links_lead_somewhere(paper: Path) -> None:
    """Files exist; a mark behind a # is a heading of the page."""
    links = re.findall(r"\]\(([^)\s]+)\)", paper.read_text("utf-8"))

    for link in links:
        if link.startswith("https://"):
            continue
        path, _, mark = link.partition("#")
        target = (paper.parent / path).resolve() if path else paper
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if mark:
            assert mark in marks(target.read_text("utf-8")), link


def marks(text: str) -> set[str]:
    """Return what headings of a page can be linked to by."""
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


def test_the_readme_leads_to_every_page() -> None:
    """Nothing is written that nobody finds."""
    links = set(re.findall(r"\]\(([^)#\s]+)", README))

    assert {str(page.relative_to(ROOT)) for page in PAGES} - {"README.md"} <= links


# What else the pages say.


def test_architecture_fits_on_a_page() -> None:
    """Below 80 lines; more is read by nobody."""
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) < 80


def test_each_dependency_has_its_reason() -> None:
    """ARCHITECTURE.md names each, with why; and none that is not there any more."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    listed = re.search(r"^dependencies = \[(.*?)^\]", project, re.S | re.M)
    assert listed is not None
    names = re.findall(r'^\s*"([\w-]+)', listed[1], re.M)

    text = section((ROOT / "ARCHITECTURE.md").read_text("utf-8"), "## Dependencies")

    assert list(table(text)) == names
    development = re.search(r"^dev = \[(.*?)^\]", project, re.S | re.M)
    assert development is not None
    for name in re.findall(r'^\s*"([\w-]+)', development[1], re.M):
        assert name in text


def test_the_changelog_has_this_version() -> None:
    """Under its own heading, or as what the unreleased one becomes."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    version = flowboard.__version__

    released = re.search(rf"^## \[?{re.escape(version)}\]?( |$)", changelog, re.M)

    assert released or version in section(changelog, "## Unreleased")


def test_the_picture() -> None:
    """A PNG of a desk's screen, small enough to be looked at."""
    picture = (ROOT / "docs" / "board.png").read_bytes()

    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[n : n + 4], "big") for n in (16, 20))
    assert (width, height) == (1440, 900)
    assert len(picture) <= 400_000


def test_feed_states_are_explained() -> None:
    """Every state that a viewer may see, and no other."""
    rows = table(OPERATIONS.partition("`feed.state`")[2])

    states = [state for row in rows for state in re.findall(r"\w+", row)]

    assert sorted(states) == sorted(FeedState.__args__)  # type: ignore[attr-defined]
    assert f"{UNWRITTEN_MAX:,}" in OPERATIONS


def test_views_are_as_described(tmp_path: Path) -> None:
    """Columns of the views, in their order; the queries of the page can be asked."""
    connection = open_for_writing(tmp_path / "a.db")
    text = section(OPERATIONS, "## Reading the file")

    for view in ("trades", "minutes", "quotes"):
        rows = connection.execute(f"SELECT name FROM pragma_table_info('{view}')")
        described = re.search(rf"^`{view}`, (.*?)\n\n", text, re.S | re.M)
        assert described is not None
        told = re.sub(r"\([^)]*\)", "", described[1])
        assert re.findall(r"`(\w+)`", told) == [name for (name,) in rows]
    shell = re.search(r'"(SELECT time.*?)"', text)
    pandas = re.search(r'"(SELECT \* FROM minutes.*?)"', text)
    assert shell is not None
    assert pandas is not None
    for query in (shell[1], pandas[1]):
        assert connection.execute(query).fetchall() == []
    connection.close()


def test_a_copy_while_it_runs(tmp_path: Path) -> None:
    """The command for a copy, on a connection that may only read."""
    connection = open_for_writing(tmp_path / "a.db")
    line = re.search(r"`sqlite3 (-readonly data/flowboard\.db .*?)`", OPERATIONS)
    assert line is not None
    *_, statement = shlex.split(line[1])
    reader = sqlite3.connect(f"file:{tmp_path / 'a.db'}?mode=ro", uri=True)

    reader.execute(statement.replace("copy.db", str(tmp_path / "copy.db")))

    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT next_seq FROM state").fetchone() == (1,)
    for file in (copy, reader, connection):
        file.close()


# The bot of the README.


def test_the_listener_of_the_readme(monkeypatch, capsys) -> None:
    """It runs as it stands there: the listener is handed on, and prints large ones."""
    given: list[Any] = []

    def run(*arguments: Any, **named: Any) -> None:
        bound = inspect.signature(real).bind(*arguments, **named)
        given.extend(bound.arguments["listeners"])

    real = server.run
    monkeypatch.setattr(server, "run", run)
    monkeypatch.setattr(server, "signer_of", lambda settings: None)
    assert BOT is not None
    exec(compile(BOT[1], "README.md", "exec"), {})
    (listener,) = given
    prints = [
        make_print(1, price_e4=4_000, count_e2=250_000),
        make_print(2, price_e4=4_000, count_e2=249_999),
    ]

    listener(batch_of(prints, Markets([])))

    assert capsys.readouterr().out == "KXBTC-26JAN01-B1 YES 1000\n"


@pytest.mark.slow
async def test_the_bot_of_the_readme_runs(tmp_path: Path) -> None:
    """As a program of its own, on a simulated exchange: it serves, prints large trades,
    and ends like any board."""
    assert BOT is not None
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(OWN_VARIABLES)}
    async with simulating("--rate", 2_000, folder=tmp_path) as exchange:
        ours = {"FLOWBOARD_PORT": "0", "FLOWBOARD_DATABASE": str(tmp_path / "a.db")}
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", BOT[1]),
            cwd=tmp_path,
            env=inherited | exchange.settings | ours | {"PYTHONPATH": str(ROOT)},
            stdout=PIPE,
        )
        try:
            assert bot.stdout is not None
            async with asyncio.timeout(READY_S):
                ready = await bot.stdout.readline()
                large = await bot.stdout.readline()
                bot.terminate()
                await bot.communicate()
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()

    assert ready.startswith(b"ready http://127.0.0.1:")
    ticker, side, dollars = large.decode().split()
    assert ticker.startswith("KX")
    assert side in ("YES", "NO")
    assert int(dollars) >= 1_000
    assert bot.returncode == 0
