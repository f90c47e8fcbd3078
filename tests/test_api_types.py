"""web/src/lib/api.ts says what the OpenAPI document says, and is no older."""

import pytest

from flowboard.http_api.control import CONTROLS
from flowboard.http_api.openapi import document
from flowboard.http_api.routing import ENDPOINTS
from tools.api_types import PATH, type_of, written

DOCUMENT = document(ENDPOINTS, CONTROLS)


def test_the_page_has_the_types_of_this_api() -> None:
    """`make types` would change nothing."""
    assert PATH.read_text("utf-8") == written(DOCUMENT), "run `make types`"


def test_every_endpoint_and_type_is_there() -> None:
    """Each path with its answer, each schema with its keys."""
    text = written(DOCUMENT)

    for endpoint in ENDPOINTS:
        if endpoint.answers is not None:
            name = endpoint.answers.__name__
            assert f"{endpoint.path.partition('{')[0]}" in text
            assert f"export interface {name} {{" in text
    for schema in DOCUMENT["components"]["schemas"].values():
        for key in schema.get("properties", {}):
            assert f" {key}" in text


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "integer"}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": "array", "items": {"$ref": "#/x/Trade"}}, "readonly Trade[]"),
        (
            {
                "type": "array",
                "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            },
            "readonly (number | null)[]",
        ),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            "Readonly<Record<string, number>>",
        ),
        ({"allOf": [{"$ref": "#/x/Feed"}], "description": "d"}, "Feed"),
    ],
)
def test_a_schema_is_a_type(schema: dict[str, object], kind: str) -> None:
    """As TypeScript writes it."""
    assert type_of(schema) == kind


def test_words_cannot_end_a_comment() -> None:
    """A description is text, whatever is in it."""
    schema = {"type": "object", "description": "a */ b", "properties": {}}
    spec = {"components": {"schemas": {"A": schema}}, "paths": {}}

    assert "/** a * / b */" in written(spec)
