"""Types -> JSON schemas, in the words of their docstrings."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

Json = dict[str, Any]
Struct = type[msgspec.Struct]
REFERENCE = "#/components/schemas/{name}"


def struct_schemas(
    structs: Iterable[Struct], explained_by: Mapping[Struct, Struct] | None = None
) -> dict[str, Json]:
    """Return a schema of each type, and of those that it is made of, by name.

    A key is described by its type's docstring, or by that of a type that it inherits
    from; what the annotation says of its unit comes behind.

    Args:
        structs: The types.
        explained_by: Types whose keys are described by those of others.
    """
    others = explained_by or {}
    roots = tuple(structs)
    _, components = msgspec.json.schema_components(roots, ref_template=REFERENCE)
    known = {struct.__name__: struct for struct in _every(roots)}
    for name, schema in components.items():
        struct = known[name]
        schema["description"] = words(struct)[0]
        keys = {
            key: text
            for base in reversed(others.get(struct, struct).__mro__)
            for key, text in _keys(base)
        }
        for key, value in schema.get("properties", {}).items():
            schema["properties"][key] = described(value, keys.get(key, ""))
    return components


def words(struct: Struct) -> tuple[str, dict[str, str]]:
    """Return what a struct's docstring says of it, and of each of its keys."""
    about, _, listed = inspect.cleandoc(struct.__doc__ or "").partition(
        "\n\nAttributes:\n"
    )
    keys = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", listed, re.M)
    return _line(about), {key: _line(text) for key, text in keys}


def described(schema: Json, text: str) -> Json:
    """Return a key's schema with our words before those of its type."""
    said = schema.get("description")
    told = " ".join(filter(None, (text, said and f"{said}.")))
    if not told:
        return schema
    if "$ref" in schema:
        schema = {"allOf": [schema]}  # What stands beside a reference is not read.
    return {**schema, "description": told}


def _keys(base: type) -> Iterable[tuple[str, str]]:
    is_ours = issubclass(base, msgspec.Struct) and base is not msgspec.Struct
    return words(base)[1].items() if is_ours else ()


def _every(structs: Iterable[type]) -> Iterator[Struct]:
    """Return structs and those that their keys are made of, each at least once."""
    waiting, seen = list(structs), set[type]()
    while waiting:
        struct = waiting.pop()
        if struct in seen:
            continue
        seen.add(struct)
        yield struct
        waiting += _within(get_type_hints(struct).values())


def _within(hints: Iterable[Any]) -> Iterator[Struct]:
    for hint in hints:
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            yield hint
        yield from _within(get_args(hint))


def _line(text: str) -> str:
    return " ".join(text.split())
