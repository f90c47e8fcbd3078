"""Types become JSON schemas in the words of their docstrings."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from flowboard.http_api.struct_schemas import described, struct_schemas, words

Cents = Annotated[int, Meta(description="Whole cents")]


class Inner(Struct):
    """What is inside."""

    size: int


class Base(Struct, kw_only=True):
    """What others have, too.

    Attributes:
        price: What it costs.
        inner: What is in it, which
            takes two lines.
    """

    price: Cents
    inner: Inner


class Thing(Base, kw_only=True):
    """A thing,
    in two lines.

    Attributes:
        parts: All of them.
        price: What it really costs.
    """

    parts: tuple[Inner, ...]
    more: str | UnsetType = UNSET


class Change(Struct):
    """A change of a thing."""

    price: Cents | UnsetType = UNSET


def test_words_of_a_docstring() -> None:
    """Its first paragraph, and each key on one line."""
    assert words(Thing)[0] == "A thing, in two lines."
    assert words(Base)[1] == {
        "price": "What it costs.",
        "inner": "What is in it, which takes two lines.",
    }
    assert words(Inner) == ("What is inside.", {})


def test_a_key_is_described_by_its_type_or_by_the_one_it_is_from() -> None:
    """The nearest wins; the unit comes behind; a reference keeps its words."""
    schemas = struct_schemas([Thing])

    assert set(schemas) == {"Thing", "Inner"}
    keys = schemas["Thing"]["properties"]
    assert keys["price"]["description"] == "What it really costs. Whole cents."
    assert keys["inner"] == {
        "allOf": [{"$ref": "#/components/schemas/Inner"}],
        "description": "What is in it, which takes two lines.",
    }
    assert keys["parts"]["description"] == "All of them."
    assert schemas["Thing"]["required"] == ["price", "inner", "parts"]
    assert schemas["Inner"]["description"] == "What is inside."


def test_a_type_may_be_explained_by_another() -> None:
    """Where its keys are the same, and said once."""
    alone = struct_schemas([Change])["Change"]["properties"]["price"]
    explained = struct_schemas([Change], {Change: Base})["Change"]["properties"][
        "price"
    ]

    assert alone["description"] == "Whole cents."
    assert explained["description"] == "What it costs. Whole cents."


def test_nothing_is_said_where_there_are_no_words() -> None:
    """Rather than an empty sentence."""
    assert described({"type": "integer"}, "") == {"type": "integer"}
