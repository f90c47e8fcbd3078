"""The OpenAPI document is right by the standard, whole, and true of every answer."""

import json
import re
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import validate

import flowboard
from flowboard.http_api.answers import JSON
from flowboard.http_api.control import CONTROLS
from flowboard.http_api.endpoint import Endpoint
from flowboard.http_api.llms import example_of
from flowboard.http_api.openapi import PART, document
from flowboard.http_api.query_keys import PATH_PARTS, QUERY_KEYS
from flowboard.http_api.refusals import STATUS_OF
from flowboard.http_api.routing import ENDPOINTS
from tests.http_api.described_board import described
from tests.http_api.serving import Api

DOCUMENT = json.loads(json.dumps(document(ENDPOINTS, CONTROLS)))
SCHEMAS = DOCUMENT["components"]["schemas"]
WITH_TYPES = [each for each in ENDPOINTS if each.answers is not None]
# Answered by the router or for a method that nothing here has: no operation's own.
OF_NO_OPERATION = {"not_found", "method_not_allowed"}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return path, method and description of each operation."""
    return [
        (path, method, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    ]


def strict(schema: dict[str, Any]) -> Draft202012Validator:
    """Return a check by a schema, under which no key is allowed that it has not."""
    components = deepcopy(DOCUMENT["components"])
    for each in components["schemas"].values():
        if each.get("type") == "object":
            each["additionalProperties"] = False
    return Draft202012Validator({**schema, "components": components})


def test_it_is_right_by_the_standard() -> None:
    """OpenAPI 3.1, by the standard's own schema and rules."""
    validate(DOCUMENT)

    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == flowboard.__version__


def test_every_endpoint_is_an_operation_with_its_keys() -> None:
    """Neither more nor fewer; each name once."""
    asked = {PART.sub(r"{\1}", each.path): each for each in ENDPOINTS}
    gets = {path: found for path, method, found in operations() if method == "get"}
    posts = {path for path, method, _ in operations() if method == "post"}

    assert set(gets) == set(asked)
    assert posts == set(CONTROLS)
    for path, operation in gets.items():
        named = [each["name"] for each in operation["parameters"]]
        assert named == [*PART.findall(asked[path].path), *asked[path].keys]
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)


def test_everything_is_explained() -> None:
    """Each operation, key, type and field has its words."""
    for path, _, operation in operations():
        assert operation["summary"], path
        for parameter in operation.get("parameters", []):
            assert parameter["description"], path
    for name, schema in SCHEMAS.items():
        assert schema["description"], name
        assert "Attributes" not in schema["description"], name
        for key, value in schema["properties"].items():
            assert key == "type" or value.get("description"), f"{name}.{key}"


def test_every_code_of_an_error_is_some_operations() -> None:
    """With its HTTP status; the responses name no other."""
    told: dict[str, int] = {}
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            place = response.get("$ref", "").rpartition("/")[2]
            told |= {code: int(status) for code in place.split(".") if code}

    assert told | {c: STATUS_OF[c] for c in OF_NO_OPERATION} == STATUS_OF


def test_what_changes_something_needs_the_token() -> None:
    """And nothing else does."""
    for path, method, operation in operations():
        needs = operation.get("security", [])
        assert needs == ([{"token": []}] if method == "post" else []), path
    scheme = DOCUMENT["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_every_key_is_used() -> None:
    """The tables hold nothing that no endpoint has."""
    used = {key for each in ENDPOINTS for key in each.keys}
    parts = {part for each in ENDPOINTS for part in PART.findall(each.path)}

    assert set(QUERY_KEYS) == used
    assert set(PATH_PARTS) == parts


async def test_it_is_served_as_it_is(api: Api) -> None:
    """Also while the windows are rebuilt; the default window is the board's."""
    api.status.rebuilding(True)

    answer = await api.get("/openapi.json")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON
    assert answer.json() == DOCUMENT
    other = document(ENDPOINTS, CONTROLS, default_window="1h")
    assert (
        other["paths"]["/api/stats"]["get"]["parameters"][0]["schema"]["default"]
        == "1h"
    )


@pytest.mark.parametrize("endpoint", WITH_TYPES, ids=lambda endpoint: endpoint.path)
async def test_an_example_is_answered_as_described(
    api: Api, endpoint: Endpoint
) -> None:
    """Its status and every key and type of it: none is undocumented, none missing."""
    await described(api)

    answer = await api.get(example_of(endpoint))

    assert endpoint.answers is not None
    assert answer.status_code == 200, answer.text
    strict({"$ref": f"#/components/schemas/{endpoint.answers.__name__}"}).validate(
        answer.json()
    )


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
async def test_an_unknown_key_is_refused_as_described(
    api: Api, endpoint: Endpoint
) -> None:
    """The error object is the documented one, under the documented status."""
    await described(api)
    path = re.sub(r"\?.*", "", example_of(endpoint))

    answer = await api.get(f"{path}?nonsense=1")

    operation = DOCUMENT["paths"][PART.sub(r"{\1}", endpoint.path)]["get"]
    place = operation["responses"][str(answer.status_code)]["$ref"].rpartition("/")[2]
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in place.split(".")
    strict({"$ref": "#/components/schemas/Refusal"}).validate(answer.json())


def test_the_check_has_teeth() -> None:
    """A key too many, one that is missing and a wrong type are noticed."""
    refusal = strict({"$ref": "#/components/schemas/Refusal"})
    good = {"error": {"code": "internal", "message": "x"}}
    refusal.validate(good)

    for bad in (
        {"error": {"code": "internal"}},
        {"error": {"code": "internal", "message": 7}},
        {**good, "more": 1},
    ):
        with pytest.raises(ValidationError):
            refusal.validate(bad)
