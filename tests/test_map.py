"""The shape of the tree: sizes, floors, tests, and what must not be in it."""

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "flowboard"
MODULES = sorted(PACKAGE.rglob("*.py"))
LINES_MAX = 400

# Modules without a test file of their name: the file that tests each of them.
TESTED_BY = {
    "__main__": "tests/acceptance/test_bad_input.py",
    "aggregator/cells": "tests/aggregator/test_windows.py",
    "aggregator/window": "tests/aggregator/test_windows.py",
    "client_socket": "tests/test_websocket_handler.py",
    "client/failures": "tests/client/test_connection.py",
    "database/candle_pages": "tests/database/test_history.py",
    "database/known_ids": "tests/database/test_store.py",
    "database/market_rows": "tests/database/test_listings.py",
    "database/market_words": "tests/database/test_listings.py",
    "database/reader": "tests/database/test_store.py",
    "database/rows": "tests/database/test_store.py",
    "database/tape_cursor": "tests/database/test_history.py",
    "http_api/usual": "tests/http_api/test_usual_dollars.py",
    "database/trade_pages": "tests/database/test_history.py",
    "database/writer": "tests/database/test_store.py",
    "doctor/check": "tests/doctor/test_key.py",
    "errors": "tests/acceptance/test_bad_input.py",
    "events/members": "tests/events/test_event_flow.py",
    "exchange_side": "tests/test_app.py",
    "fresh_trades": "tests/test_stream.py",
    "http_api/answer_types_event": "tests/http_api/test_events.py",
    "http_api/answer_types": "tests/http_api/test_openapi.py",
    "http_api/answer_types_coverage": "tests/http_api/test_openapi.py",
    "http_api/answer_types_market": "tests/http_api/test_openapi.py",
    "http_api/answer_types_whale": "tests/http_api/test_openapi.py",
    "http_api/endpoint": "tests/http_api/test_openapi.py",
    "http_api/llms": "tests/http_api/test_documents.py",
    "http_api/query_keys": "tests/http_api/test_openapi.py",
    "http_api/answer_types_history": "tests/http_api/test_quotes.py",
    "http_api/answer_types_page": "tests/http_api/test_market_pages.py",
    "http_api/market_ids": "tests/http_api/test_market_objects.py",
    "http_api/refusals": "tests/http_api/test_routing.py",
    "http_api/resources": "tests/http_api/test_stats.py",
    "kalshi/handshake": "tests/kalshi/test_websocket_client_outages.py",
    "outlet": "tests/test_outlets.py",
    "row_book": "tests/test_stream.py",
    "selection": "tests/test_stream_filter.py",
    "simulator/agenda": "tests/simulator/test_turnovers.py",
    "simulator/catalogue": "tests/simulator/test_planner.py",
    "simulator/change_log": "tests/simulator/test_tickers.py",
    "simulator/combos": "tests/simulator/test_planner.py",
    "simulator/command_desk": "tests/simulator/test_session.py",
    "simulator/commands": "tests/simulator/test_session.py",
    "simulator/connection": "tests/simulator/test_session.py",
    "simulator/faults": "tests/simulator/test_delivery_faults.py",
    "simulator/frames": "tests/simulator/test_shapes.py",
    "simulator/front_door": "tests/simulator/test_rest.py",
    "simulator/grids": "tests/simulator/test_generator.py",
    "simulator/hostile_titles": "tests/simulator/test_listing_api.py",
    "simulator/life_events": "tests/simulator/test_turnovers.py",
    "simulator/lifecycle_frames": "tests/simulator/test_lives.py",
    "simulator/listener": "tests/simulator/test_server.py",
    "simulator/listing": "tests/simulator/test_listing_api.py",
    "simulator/market_json": "tests/simulator/test_listing_api.py",
    "simulator/market_tally": "tests/simulator/test_quotes.py",
    "simulator/queries": "tests/simulator/test_rest.py",
    "simulator/replies": "tests/simulator/test_rest.py",
    "simulator/slots": "tests/simulator/test_turnovers.py",
    "simulator/sources": "tests/simulator/test_exchange.py",
    "simulator/subscription": "tests/simulator/test_session.py",
    "simulator/topics": "tests/simulator/test_planner.py",
    "stream_frames/events": "tests/test_stream_frames.py",
    "stream_frames/from_server": "tests/test_stream_frames.py",
    "stream_frames/to_server": "tests/test_stream_frames.py",
    "stream_frames/values": "tests/test_stream_frames.py",
    "stream_state": "tests/test_stream.py",
}

BINARY = {".png", ".gz", ".ico", ".woff2"}
# Folders of one machine, and where machines keep what is temporary.
MACHINE = re.compile(
    r"(?<![\w.:~-])/(?:home|root|work|Users|tmp|var/tmp|var/folders|dev/shm)/\w"
)


def name_of(module: Path) -> str:
    """Return a module as the tables here name it."""
    return module.relative_to(PACKAGE).with_suffix("").as_posix()


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_is_short_and_says_what_it_is_for(module: Path) -> None:
    """Under 400 lines, with a docstring."""
    text = module.read_text("utf-8")

    assert len(text.splitlines()) < LINES_MAX
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize(
    "module", [m for m in MODULES if m.name != "__init__.py"], ids=name_of
)
def test_a_module_has_its_test(module: Path) -> None:
    """One of its own name, or the one that the table names: so one knows where to
    look."""
    name = name_of(module)
    own = ROOT / "tests" / Path(name).parent / f"test_{module.name}"

    assert own.is_file() or (ROOT / TESTED_BY.get(name, own)).is_file()


def test_the_table_names_modules_that_exist() -> None:
    """What has gone, or was renamed, is taken out of the table."""
    assert set(TESTED_BY) <= set(map(name_of, MODULES))


def test_every_module_has_its_floor() -> None:
    """The list of floors is the list of files, and `lint-imports` reads that list."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    floors = settings["tool"]["importlinter"]["contracts"][0]
    named = [n.strip() for layer in floors["layers"] for n in layer.split("|")]
    found = {m.stem for m in PACKAGE.glob("*.py") if m.stem != "__init__"}
    found |= {m.parent.name for m in PACKAGE.glob("*/__init__.py")}

    assert floors["type"] == "layers"
    assert floors["exhaustive"]
    assert sorted(named) == sorted(found)


def test_the_map_names_files_that_exist() -> None:
    """The package's docstring is where a newcomer begins."""
    docstring = ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text()))
    assert docstring is not None
    named = re.findall(r"^([a-z_/, ]+?)  ", docstring, re.M)

    assert len(named) > 5
    for name in (n.strip() for entry in named for n in entry.split(",")):
        assert (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file(), name


def test_the_map_of_each_folder_is_whole() -> None:
    """Where a folder's docstring lists its files, it lists them all and no other."""
    for folder in (
        "aggregator",
        "client",
        "database",
        "doctor",
        "events",
        "http_api",
        "kalshi",
        "stream_frames",
    ):
        init = PACKAGE / folder / "__init__.py"
        docstring = ast.get_docstring(ast.parse(init.read_text("utf-8"))) or ""
        found = {m.stem for m in init.parent.glob("*.py")} - {"__init__"}

        named = set(re.findall(r"^ *([a-z_]+)  +\S", docstring, re.M))

        assert named == found, folder


def test_the_lockfile_holds_no_addresses() -> None:
    """Packages come by name, from whichever registry the reader uses."""
    text = (ROOT / "web" / "package-lock.json").read_text("utf-8")

    assert '"resolved"' not in text
    assert "registry" not in text


def test_no_path_of_a_machine_is_in_the_tree() -> None:
    """The project stands wherever it is cloned."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if MACHINE.search(line)
    ]

    assert found == []


def texts() -> Iterator[Path]:
    """Return every text file of the project, with git and without: what `.gitignore`
    names is left out."""
    lines = (ROOT / ".gitignore").read_text("utf-8").split()
    ignored = [line.rstrip("/") for line in lines if line[0] != "!"]

    def is_ours(path: Path) -> bool:
        place = path.relative_to(ROOT).as_posix()
        return not any(fnmatch(place, i) or fnmatch(path.name, i) for i in ignored)

    for folder, folders, files in os.walk(ROOT):
        here = Path(folder)
        folders[:] = [f for f in folders if f != ".git" and is_ours(here / f)]
        for file in files:
            path = here / file
            if path.suffix not in BINARY and path.is_file() and is_ours(path):
                yield path
