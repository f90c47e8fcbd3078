import inspect
import json
import re
from pathlib import Path

import pytest

from flowboard import hub, stream, subscriber, websocket_handler
from flowboard import stream_messages as messages
from flowboard.subscription import COMBOS, KEYS, LIMIT_MAX, SORTS, Subscription, parse
from flowboard.whales import LARGEST_MAX
from tests.stream_stage import Stage, frames
from tests.trade_batches import START_MS, make_print

PAGE = (Path(__file__).parents[1] / "docs" / "stream.md").read_text()
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", PAGE, re.S)]


@pytest.fixture(scope="module")
def sent():
    """Return one frame of each type, as full as it gets."""
    stage = Stage()
    stage.status.connected(stage.mono_ms)
    stage.status.trade_received(stage.mono_ms)
    stage.status.coverage.advance(START_MS)
    subscription = Subscription(limit=1)
    stage.beat([make_print(1, ticker="KXOLD"), make_print(2, ticker="KXA")], START_MS)
    client = stage.join(subscription)
    large = make_print(3, ticker="KXA", count_e2=10**6)
    stage.status.coverage.advance(START_MS + 1)
    stage.beat([large, make_print(4, ticker="KXNEW", count_e2=10**8)], START_MS)
    stage.mono_ms += stream.HEARTBEAT_MS
    stage.hub.tick()
    found = {frame["type"]: frame for frame in frames(client)}
    found["pong"] = json.loads(messages.pong(1))
    found["error"] = json.loads(messages.error("code", "why", 1))
    return found


def example(kind):
    return next(found for found in EXAMPLES if found["type"] == kind)


def shape(value):
    """Return keys in their order and JSON types; digits behind the point, too."""
    if isinstance(value, dict):
        return [(key, shape(inner)) for key, inner in value.items()]
    if isinstance(value, str):
        decimal = re.fullmatch(r"-?\d+\.(\d+)", value)
        return f"decimals {len(decimal[1])}" if decimal else "text"
    return type(value).__name__


@pytest.mark.parametrize("kind", ["snapshot", "delta", "heartbeat", "pong", "error"])
def test_a_frame_has_the_keys_of_its_example(sent, kind):
    """In their order, with the same JSON types."""
    assert shape(example(kind)) == shape(sent[kind])


@pytest.mark.parametrize("name", ["hot_markets", "recent_trades"])
def test_what_a_snapshot_lists_has_the_keys_of_its_example(sent, name):
    """A hot row, a trade: key by key."""
    (shown,) = example("snapshot")[name]
    real = sent["snapshot"][name][0] | ({"title": ""} if name == "hot_markets" else {})

    assert shape(shown) == shape(real)
    if name == "hot_markets":
        assert len(shown["sparkline"]) == len(real["sparkline"]) == 60


@pytest.mark.parametrize("name", ["trades", "whales"])
def test_trades_of_a_delta_have_the_keys_of_their_example(sent, name):
    """The very objects of the snapshot."""
    (shown,) = example("delta")[name]

    assert shape(shown) == shape(sent["delta"][name][0])


def test_the_numbers_of_an_example_add_up():
    """An example that is wrong teaches what is wrong."""
    (row,) = example("snapshot")["hot_markets"]
    (trade,) = example("delta")["trades"]

    def number(thing, key):
        return int(thing[key].replace(".", ""))

    first, last = (number(row, f"{which}yes_price_dollars") for which in ("first_", ""))
    assert number(row, "change_dollars") == last - first
    flows = [number(row, f"{side}_flow_dollars") for side in ("yes", "no")]
    assert number(row, "notional_dollars") == sum(flows)
    paid = number(trade, "count_fp") * number(trade, "yes_price_dollars")
    assert number(trade, "notional_dollars") == paid


def test_messages_to_the_server_are_those_that_it_takes():
    """The subscription of the example has every key, and is accepted."""
    source = inspect.getsource(websocket_handler)
    wanted = example("subscribe")["subscription"]

    for kind in re.findall(r'kind == "(\w+)"', source):
        assert example(kind)["id"]
    assert tuple(wanted) == KEYS
    assert parse(wanted, Subscription()).public() == wanted


def test_every_code_is_explained():
    """Codes of errors and of closing, as the handler and the hub use them."""
    source = inspect.getsource(websocket_handler)
    codes = set(re.findall(r'_error\(\s*"(\w+)"', source))
    closing = {
        websocket_handler.POLICY,
        websocket_handler.TOO_BIG,
        websocket_handler.TRY_LATER,
        hub.RESTARTING,
    }

    table = PAGE[PAGE.index("| `code` |") : PAGE.index("## Messages to")]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) - {"code"} == codes
    table = PAGE[PAGE.index("## Closing") :]
    ours = {int(code) for code in re.findall(r"^\| (\d{4}) \|", table, re.M)}
    assert ours - {1011} == closing  # 1011 is the server's own.


@pytest.mark.parametrize(
    "words",
    [
        *(f"`{name}`" for name in (*SORTS, *COMBOS)),
        f"from 1 to {LIMIT_MAX}",
        f"the {messages.RECENT_TRADES} newest",
        f"{LARGEST_MAX} at most",
        f"more than {stream.FRAME_TRADES_MAX:,} trades",
        f"After {stream.HEARTBEAT_MS // 1_000} seconds",
        f"{subscriber.FRAMES_MAX} frames or {subscriber.CHARS_MAX // 10**6} MB",
        f"{hub.STREAMS_MAX} different subscriptions",
        f"at most {websocket_handler.MESSAGE_BYTES_MAX:,} bytes",
        f"more than {websocket_handler.MESSAGES_PER_S:g} messages a second after a "
        f"burst of {websocket_handler.BURST:g}",
    ],
)
def test_limits_are_those_in_force(words):
    """Each is told as it is."""
    assert words in PAGE
