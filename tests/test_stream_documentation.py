"""docs/stream.md says what the code does, and what is sent is what is described."""

import inspect
import json
import re
from copy import deepcopy
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, ValidationError
from websockets.frames import CloseCode

import flowboard
from flowboard import (
    client_socket,
    frame_history,
    hub,
    outlet,
    prepared_frame,
    stream,
    subscriber,
    tape_memory,
    websocket_handler,
)
from flowboard import stream_messages as messages
from flowboard.fresh_trades import FRAME_TRADES_MAX
from flowboard.http_api.asyncapi import HEARD, SENT, document
from flowboard.models import LIVE_SOURCES, WINDOWS_MS, Source
from flowboard.resume_point import RESUME_KEYS
from flowboard.selection import SEEDED
from flowboard.stream_frames import KINDS, read_frame, write_frame
from flowboard.subscription import (
    CHANNELS,
    KEYS,
    LIMIT_MAX,
    LIMITS,
    SORTS,
    TICK_MS,
    TICKS_MS,
    Subscription,
    parse,
)
from flowboard.trade_filter import COMBOS, FILTER_LIMITS, SIDES
from flowboard.whales import LARGEST_MAX
from tests.stream_story import told

PAGE = (Path(__file__).parents[1] / "docs" / "stream.md").read_text("utf-8")
ONE_LINE = " ".join(PAGE.split())
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", PAGE, re.S)]
COMPONENTS = document(Subscription())["components"]
# Codes that uvicorn and websockets close with, of themselves.
OF_THE_PROTOCOL = {CloseCode.PROTOCOL_ERROR, CloseCode.INTERNAL_ERROR}
BROKEN = {CloseCode.ABNORMAL_CLOSURE}  # Never sent: what a client sees of a cut.


@pytest.fixture
async def sent():
    """Return every frame of a story that has all kinds."""
    return [json.loads(text) for text in await told()]


def example(kind):
    return next(found for found in EXAMPLES if found["type"] == kind)


def section(heading):
    """Return what stands below `heading`, up to the next one of its kind."""
    level = heading.split()[0]
    found = PAGE.partition(f"\n{heading}\n")[2]
    assert found, heading
    return re.split(rf"^{level} ", found, maxsplit=1, flags=re.M)[0]


def table(text):
    """Return the rows of the first table in `text`, by their first cell."""
    lines = text[text.index("\n|---") :].splitlines()[2:]
    end = next((n for n, line in enumerate(lines) if line[:1] != "|"), len(lines))
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {first.strip("` "): others for first, *others in rows[:end]}


def strict(kind):
    """Return the schema of a frame, under which no key is allowed that it has not."""
    components = deepcopy(COMPONENTS)
    for schema in components["schemas"].values():
        schema["additionalProperties"] = False
    payload = components["messages"][kind]["payload"]
    return Draft7Validator({**payload, "components": components})


# What is sent.


async def test_what_is_sent_is_what_is_described(sent):
    """Every frame of the product, by the published schema: no key is undocumented."""
    assert {frame["type"] for frame in sent} == set(KINDS)
    for frame in sent:
        strict(frame["type"]).validate(frame)


async def test_what_is_described_is_sent(sent):
    """No key of a frame, a trade or a row that the product never uses."""
    used = {}
    for frame in sent:
        used.setdefault(frame["type"], set()).update(frame)
        for name in ("trades", "recent_trades", "whales"):
            for trade in frame.get(name, []):
                used.setdefault("trade", set()).update(trade)
        for row in frame.get("hot_markets", []):
            used.setdefault(f"row of {frame['type']}", set()).update(row)
        for event in frame.get("events", []):
            used.setdefault("event", set()).update(event)
            for market in event["top_markets"]:
                used.setdefault("market of event", set()).update(market)

    schemas = {
        frame.__struct_config__.tag: COMPONENTS["schemas"][frame.__name__]
        for frame in SENT
    }
    schemas["trade"] = COMPONENTS["schemas"]["Trade"]
    schemas["event"] = COMPONENTS["schemas"]["Event"]
    schemas["market of event"] = COMPONENTS["schemas"]["EventMarket"]
    schemas["row of snapshot"] = COMPONENTS["schemas"]["HotRow"]
    schemas["row of delta"] = COMPONENTS["schemas"]["RowChange"]
    assert used == {name: set(s["properties"]) for name, s in schemas.items()}


async def test_what_is_sent_is_read(sent):
    """By the types of the client, which write the same again, key for key."""
    for frame in sent:
        read = read_frame(json.dumps(frame))

        assert read is not None
        assert full(json.loads(write_frame(read))) == full(frame)


def full(told):
    """Return a frame without what is empty or null: that may also be left out."""
    if isinstance(told, list):
        return [full(value) for value in told]
    if not isinstance(told, dict):
        return told
    return {
        key: full(value) for key, value in told.items() if value not in (None, [], "")
    }


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("pong", {"extra": 1}),
        ("heartbeat", {"offset": "1"}),
        ("trades", {"done": None}),
        ("error", {"code": 7}),
    ],
)
def test_a_frame_that_is_wrong_is_noticed(kind, change):
    """The schema has teeth."""
    with pytest.raises(ValidationError):
        strict(kind).validate(example(kind) | change)


# The page's frames.


def test_each_kind_of_frame_has_its_heading_and_an_example():
    """Those of the server under one heading each; both ways as JSON."""
    text = section("## Frames from the server")
    headings = re.findall(r"^### (.+)$", text, re.M)
    tags = {frame.__struct_config__.tag for frame in (*SENT, *HEARD)}

    assert [kind for line in headings for kind in line.split(", ")] == list(KINDS)
    assert {found["type"] for found in EXAMPLES} == tags


@pytest.mark.parametrize("found", EXAMPLES, ids=lambda found: found["type"])
def test_an_example_is_a_frame(found):
    """By the schema, with no key that it has not."""
    strict(found["type"]).validate(found)


def shape(value):
    """Return keys in their order and JSON types; digits behind the point, too."""
    if isinstance(value, dict):
        return [(key, shape(inner)) for key, inner in value.items()]
    if isinstance(value, str):
        decimal = re.fullmatch(r"-?\d+\.(\d+)", value)
        return f"decimals {len(decimal[1])}" if decimal else "text"
    return type(value).__name__


@pytest.mark.parametrize("kind", KINDS)
async def test_an_example_looks_like_what_is_sent(sent, kind):
    """The same keys in their order, the same JSON types, as many decimals."""
    shown = shape(example(kind))

    assert shown in [shape(frame) for frame in sent if frame["type"] == kind]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("snapshot", "hot_markets"),
        ("snapshot", "recent_trades"),
        ("delta", "trades"),
        ("delta", "whales"),
        ("trades", "trades"),
    ],
)
async def test_what_an_example_lists_looks_like_what_is_sent(sent, kind, name):
    """A hot row, a trade: key by key."""
    (shown,) = example(kind)[name]

    real = [e for f in sent if f["type"] == kind for e in f.get(name, [])]
    assert shape(shown) in [shape(each) for each in real]
    if name == "hot_markets":
        assert {len(row["sparkline"]) for row in (shown, *real)} == {60}


def test_the_numbers_of_an_example_add_up():
    """An example that is wrong teaches what is wrong."""
    (row,) = example("snapshot")["hot_markets"]

    def number(thing, key):
        return int(thing[key].replace(".", ""))

    first, last = (number(row, f"{which}yes_price_dollars") for which in ("first_", ""))
    assert number(row, "change_dollars") == last - first
    flows = [number(row, f"{side}_flow_dollars") for side in ("yes", "no")]
    assert number(row, "notional_dollars") == sum(flows)
    for kind in ("delta", "trades"):
        (trade,) = example(kind)["trades"]
        price = f"{trade['taker_outcome_side']}_price_dollars"
        paid = number(trade, "count_fp") * number(trade, price)
        assert number(trade, "notional_dollars") == paid


async def test_keys_of_tables_are_keys_of_frames(sent):
    """What a table explains is there."""
    for kind in ("snapshot", "delta"):
        (schema,) = [f for f in SENT if f.__struct_config__.tag == kind]
        known = COMPONENTS["schemas"][schema.__name__]["properties"]
        assert set(table(section(f"### {kind}"))) <= set(known)


# Subscriptions and messages.


def test_each_key_of_a_subscription_has_its_row():
    """In their order, with every value and the default."""
    rows = table(section("## Subscription"))

    assert list(rows) == list(KEYS)
    values = {
        "channels": CHANNELS,
        "window": WINDOWS_MS,
        "sort": SORTS,
        "tick_ms": TICKS_MS,
        "combos": COMBOS,
        "side": SIDES,
    }
    for key, allowed in values.items():
        assert re.findall(r"`(\w+)`", rows[key][0])[: len(allowed)] == [
            *map(str, allowed)
        ]
    assert rows["limit"][0] == f"a whole number from 1 to {LIMIT_MAX}"
    for key, most in FILTER_LIMITS.items():
        assert rows[key][0].startswith(f"1 to {most} ")
    default = Subscription()
    for key, value in {"window": default.window, "tick_ms": TICK_MS}.items():
        assert rows[key][1].startswith(f"`{value}`")
    assert rows["limit"][1].startswith(str(default.limit))


def test_messages_to_the_server_are_those_that_it_takes():
    """The subscription of the example has every key, and is accepted."""
    source = inspect.getsource(websocket_handler)
    wanted = example("subscribe")["subscription"]

    taken = re.findall(r'kind == "(\w+)"', source)
    assert taken == [frame.__struct_config__.tag for frame in HEARD]
    for kind in taken:
        assert example(kind)["id"]
    assert tuple(wanted) == KEYS
    assert parse(wanted, Subscription()).public() == wanted | {"limits": LIMITS}


def test_a_subscription_may_be_sent_back():
    """The one that the snapshot tells."""
    told = example("snapshot")["subscription"]

    assert parse(told, Subscription(window="1m")).public() == told


def test_each_way_to_come_back_has_its_column():
    """And its sources of late trades are those that there are."""
    text = section("## Coming back")
    columns = re.findall(r"`(\w+)=", text.partition("\n|---")[0])

    assert columns == list(RESUME_KEYS)
    late = re.findall(r"\(`(\w+)`\)", section("## Late trades"))
    assert {*late, *LIVE_SOURCES} == set(Source.__args__)


# Codes.


def test_every_code_of_an_error_is_explained():
    """And no other: as the handler uses them."""
    source = inspect.getsource(websocket_handler)
    codes = set(re.findall(r'_(?:error|refuse)\(\s*(?:\w+,\s*)?"(\w+)"', source))

    assert set(table(section("### pong, error"))) == codes
    assert len(codes) > 5


def test_every_code_of_closing_is_explained():
    """And no other: each constant that is one, wherever it stands, and what to do."""
    ours = set()
    for module in Path(flowboard.__file__).parent.glob("*.py"):
        text = module.read_text("utf-8")
        ours |= set(map(int, re.findall(r"^[A-Z_]+ = ([14]\d{3})$", text, re.M)))
        ours |= {CloseCode[name] for name in re.findall(r"CloseCode\.(\w+)", text)}
    rows = table(section("## Closing"))

    explained = [int(code) for row in rows for code in row.split(", ")]
    assert sorted(explained) == sorted(ours | OF_THE_PROTOCOL | BROKEN)
    assert all(what for _, what in rows.values())


# Figures.


def test_64_mb_are_what_is_kept():
    """Frames and what is compressed beside them, at less than half their size."""
    assert "64 MB over all streams" in ONE_LINE
    assert 64e6 * 0.65 < frame_history.KEPT_BYTES < 64e6 * 0.7


@pytest.mark.parametrize(
    "words",
    [
        f"the {messages.RECENT_TRADES} newest",
        f"{LARGEST_MAX} at most",
        f"More than {FRAME_TRADES_MAX:,} trades",
        f"After {stream.HEARTBEAT_MS // 1_000} seconds",
        f"{hub.STREAMS_MAX} different subscriptions",
        f"at most {client_socket.MESSAGE_BYTES_MAX:,} bytes",
        f"more than {client_socket.MESSAGES_PER_S:g} messages a second after a "
        f"burst of {client_socket.BURST:g}",
        f"at most {websocket_handler.PAGE_TRADES:,} a frame",
        f"more than {frame_history.REPLAY_BYTES_MAX // 10**6} MB were missed",
        f"Once {outlet.BUFFER_BYTES // 1_024} KB wait",
        f"for {subscriber.STALLED_MS // 1_000} seconds is given up",
        f"close code {subscriber.TOO_SLOW}",
        f"at most {subscriber.ANSWERS_MAX} to one who does not read",
        f"a window of {prepared_frame.WINDOW_BITS} bits",
        f"some {tape_memory.KEPT:,} trades were made while nobody listened",
        f"the last {tape_memory.KEPT:,} trades",
        f"some {SEEDED:,} from before",
    ],
)
def test_limits_are_those_in_force(words):
    """Each is told as it is."""
    assert words in ONE_LINE


def test_five_minutes_are_five_minutes():
    """For what is kept, and for who keeps a stream alive."""
    assert frame_history.KEPT_MS == hub.IDLE_MS == 300_000
    assert "deltas of the last five minutes are kept" in ONE_LINE
    assert "for five minutes after its last client has left" in ONE_LINE
