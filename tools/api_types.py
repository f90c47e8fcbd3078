"""The HTTP API as TypeScript types, for the page: `make types` writes web/src/lib/api.ts.

They are made of the OpenAPI document, so the page is checked against what is served.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flowboard.http_api.control import CONTROLS
from flowboard.http_api.openapi import document
from flowboard.http_api.routing import ENDPOINTS

Json = dict[str, Any]

PATH = Path(__file__).parents[1] / "web" / "src" / "lib" / "api.ts"
HEAD = """// The HTTP API as the page reads it. Made by `make types`: do not edit it by hand.
// Prices, counts and dollars are fixed-point strings, `_ms` is Unix milliseconds.
"""
PLAIN = {
    "integer": "number",
    "null": "null",
    "object": "Readonly<Record<string, unknown>>",
}
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
LINE_CHARS = 96


def written(spec: Json) -> str:
    """Return the module of an OpenAPI document."""
    schemas = spec["components"]["schemas"]
    parts = [HEAD]
    parts += [_interface(name, schema) for name, schema in sorted(schemas.items())]
    answers = {path: _answer(item["get"]) for path, item in _gets(spec)}
    about = "What each path answers to GET; null: no JSON."
    parts.append(_map("Answers", about, answers))
    keys = {path: _keys(item["get"]) for path, item in _gets(spec)}
    parts.append(
        _map("Queries", "What each path takes behind its question mark.", keys)
    )
    return "\n".join(parts)


def type_of(schema: Json) -> str:
    """Return a JSON schema as a type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(word) for word in schema["enum"])
    if "allOf" in schema:
        return " & ".join(map(type_of, schema["allOf"]))
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(map(type_of, schema["anyOf"])))
    kind = schema.get("type", "unknown")
    if kind == "array":
        return f"readonly {_bracketed(type_of(schema.get('items', {})))}[]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        inner = type_of(schema["additionalProperties"])
        return f"Readonly<Record<string, {inner}>>"
    return PLAIN.get(kind, kind)


def _gets(spec: Json) -> Iterator[tuple[str, Json]]:
    return ((path, item) for path, item in spec["paths"].items() if "get" in item)


def _interface(name: str, schema: Json) -> str:
    if "enum" in schema:
        return f"export type {name} = {type_of(schema)};\n"
    required = set(schema.get("required", ()))
    lines = [
        *_comment(schema.get("description", ""), ""),
        f"export interface {name} {{",
    ]
    for key, value in schema.get("properties", {}).items():
        lines += _comment(value.get("description", ""), "  ")
        mark = "" if key in required else "?"
        lines.append(f"  readonly {_key(key)}{mark}: {type_of(value)};")
    return "\n".join([*lines, "}", ""])


def _map(name: str, about: str, types: dict[str, str]) -> str:
    lines = [f"  readonly {_key(path)}: {kind};" for path, kind in types.items()]
    text = [*_comment(about, ""), f"export interface {name} {{", *lines, "}", ""]
    return "\n".join(text)


def _answer(operation: Json) -> str:
    content = operation["responses"]["200"]["content"]
    json_answer = content.get("application/json")
    return "null" if json_answer is None else type_of(json_answer["schema"])


def _keys(operation: Json) -> str:
    """Return the keys of a query; each value is written as a text."""
    keys = [each for each in operation["parameters"] if each["in"] == "query"]
    if not keys:
        return "Readonly<Record<string, never>>"
    parts = []
    for each in keys:
        words = each["schema"].get("enum")
        kind = type_of({"enum": words}) if words else "string"
        number = " | number" if each["schema"].get("type") == "integer" else ""
        mark = "" if each["required"] else "?"
        parts.append(f"readonly {_key(each['name'])}{mark}: {kind}{number}")
    return "{ " + "; ".join(parts) + " }"


def _comment(text: str, indent: str) -> list[str]:
    """Return a text as a comment; it cannot end it."""
    text = text.replace("*/", "* /")
    if not text:
        return []
    if len(text) + len(indent) <= LINE_CHARS - 7:
        return [f"{indent}/** {text} */"]
    lines, line = [], ""
    for word in text.split():
        if len(indent) + len(line) + len(word) + 4 > LINE_CHARS:
            lines.append(f"{indent} *{line}")
            line = ""
        line += f" {word}"
    return [f"{indent}/**", *lines, f"{indent} *{line}", f"{indent} */"]


def _key(name: str) -> str:
    return name if NAME.fullmatch(name) else json.dumps(name)


def _bracketed(kind: str) -> str:
    return f"({kind})" if re.search(r"[ |&]", kind) else kind


if __name__ == "__main__":
    PATH.write_text(written(document(ENDPOINTS, CONTROLS)), "utf-8")
