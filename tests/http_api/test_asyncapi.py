"""`/asyncapi.json` is a document that tools can read, and it is of this board."""

import json

import pytest
from jsonschema import Draft7Validator

import flowboard
from flowboard.http_api.asyncapi import ADDRESS, HEARD, SENT, document
from flowboard.resume_point import RESUME_KEYS
from flowboard.stream_frames import KINDS
from flowboard.subscription import KEYS, LIMIT_MAX, Subscription, parse_query
from flowboard.trade_filter import FILTER_LIMITS
from tests.http_api.serving import Api

DOCUMENT = document(Subscription())
QUERY = DOCUMENT["channels"]["stream"]["bindings"]["ws"]["query"]
SCHEMAS = DOCUMENT["components"]["schemas"]


def objects(value):
    """Return every object of a document, itself first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from objects(each)


def at(place):
    """Return what a reference of the document leads to."""
    found = DOCUMENT
    for name in place.removeprefix("#/").split("/"):
        found = found[name]
    return found


async def test_it_names_the_board_that_was_asked(api: Api) -> None:
    """Host and port as the asker wrote them; also while the windows are rebuilt."""
    api.status.rebuilding(True)

    answer = await api.get("/asyncapi.json")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert found["asyncapi"] == "3.0.0"
    assert found["info"]["version"] == flowboard.__version__
    board = {"host": f"127.0.0.1:{api.port}", "protocol": "ws"}
    assert found.pop("servers") == {"board": board}
    assert found == json.loads(json.dumps(DOCUMENT))


async def test_its_defaults_are_those_of_the_board(api: Api) -> None:
    """A board that shows more by default says so."""
    api.config["hot_markets_limit"] = 77

    found = (await api.get("/asyncapi.json")).json()

    query = found["channels"]["stream"]["bindings"]["ws"]["query"]
    assert query["properties"]["limit"]["default"] == 77


def test_every_reference_leads_somewhere() -> None:
    """And everything that is described is used."""
    led = {each["$ref"] for each in objects(DOCUMENT) if "$ref" in each}

    assert len(led) > 20
    assert all(at(place) for place in led)
    described = {f"#/components/schemas/{name}" for name in SCHEMAS}
    described |= {f"#/components/messages/{name}" for name in (*KINDS, "ping")}
    assert described <= led


def test_what_the_standard_asks_for() -> None:
    """The keys that AsyncAPI 3 requires, and none that it does not know."""
    assert set(DOCUMENT) == {
        *("asyncapi", "info", "defaultContentType"),
        *("channels", "operations", "components"),
    }
    assert {"title", "version"} <= set(DOCUMENT["info"])
    assert DOCUMENT["channels"]["stream"]["address"] == ADDRESS == "/ws/stream"
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert at(operation["channel"]["$ref"]) is DOCUMENT["channels"]["stream"]
        for message in (
            *operation["messages"],
            *operation.get("reply", {}).get("messages", []),
        ):
            assert message["$ref"].startswith("#/channels/stream/messages/")
    for schema in (*SCHEMAS.values(), QUERY):
        Draft7Validator.check_schema(schema)


def test_every_frame_is_a_message() -> None:
    """Both ways, each in one operation at least, with an example that is right."""
    messages = DOCUMENT["components"]["messages"]
    asked = [f["$ref"] for o in DOCUMENT["operations"].values() for f in o["messages"]]

    assert list(messages) == list(DOCUMENT["channels"]["stream"]["messages"])
    assert len(messages) == len(SENT) + len(HEARD) == len(asked) == len(set(asked))
    for kind, message in messages.items():
        (example,) = message["examples"]
        assert example["payload"]["type"] == message["name"] == kind
        schema = {**message["payload"], "components": DOCUMENT["components"]}
        Draft7Validator(schema).validate(example["payload"])
        with pytest.raises(Exception, match="type"):
            Draft7Validator(schema).validate({**example["payload"], "type": "other"})


def test_every_key_is_explained() -> None:
    """The words of the structs: none is left without, none has the docstring's form."""
    for name, schema in SCHEMAS.items():
        assert schema["description"], name
        assert "Attributes" not in schema["description"], name
        for key, value in schema["properties"].items():
            assert key == "type" or value["description"], f"{name}.{key}"
    assert SCHEMAS["Trade"]["properties"]["yes_price_dollars"]["description"] == (
        "Price of a YES contract. Dollars a contract, four decimals."
    )


def test_the_query_has_every_key() -> None:
    """Those of a subscription and of coming back; defaults and limits are in force."""
    keys = QUERY["properties"]
    assert set(keys) == {*KEYS, *RESUME_KEYS}
    assert keys["limit"] | {"minimum": 1, "maximum": LIMIT_MAX} == keys["limit"]
    for name, most in FILTER_LIMITS.items():
        assert keys[name]["maxItems"] == most

    in_force = Subscription().public()
    for key in KEYS:
        assert keys[key].get("default") == in_force[key]


@pytest.mark.parametrize("key", ["window", "sort", "combos", "tick_ms", "side"])
def test_each_value_of_the_query_is_taken(key: str) -> None:
    """And no other is allowed."""
    allowed = QUERY["properties"][key]["enum"]

    for value in allowed:
        parse_query([(key, str(value))], Subscription())
    assert len(set(allowed)) == len(allowed) > 1
