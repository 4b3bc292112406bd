"""Are answers what an OpenAPI document says: every field known to it, every value of its type.

A document given by option, such as the real server's own, is the measure. Where the real server itself departs from its
document, ``departures.yaml`` names the place and the fact; anything else is a failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .yamltree import read

_DEPARTURES = Path(__file__).parent / "departures.yaml"
_DEPTH = 12
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


class DocumentError(Exception):
    """The file is no OpenAPI document."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One field of one answer that the document does not know, or knows otherwise. ``fact`` is set where that is how
    the real server is."""

    operation: str
    path: str
    problem: str
    fact: str = ""

    def __str__(self) -> str:
        return f"{self.operation}: {self.path}: {self.problem}" + (f" ({self.fact})" if self.fact else "")


@dataclass(frozen=True, slots=True)
class Departure:
    """A place where the real server departs from its own document."""

    operation: re.Pattern[str]
    path: re.Pattern[str]
    why: str
    fact: str


class Document:
    """An OpenAPI 3.0 document."""

    def __init__(self, data: dict[str, Any]) -> None:
        if "paths" not in data:
            raise DocumentError("no OpenAPI document: it has no paths")
        self.data = data
        servers = data.get("servers") or [{}]
        self.prefix = urlsplit(servers[0].get("url", "")).path.rstrip("/")
        self.operations: list[tuple[str, re.Pattern[str], str, dict[str, Any]]] = []
        for template, item in data["paths"].items():
            parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/"))
            shape = re.compile("/".join(parts))
            for method, operation in item.items():
                if method in ("get", "post", "put", "delete", "patch"):
                    self.operations.append((method.upper(), shape, template, operation))
        # A fixed segment is meant before a parameter.
        self.operations.sort(key=lambda one: one[2].count("{"))

    def find(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The operation of a request: its template and description."""
        place = path.partition("?")[0]
        for candidate in (place, place.removeprefix(self.prefix or "/v1")):
            for known, shape, template, operation in self.operations:
                if known == method and shape.fullmatch(candidate):
                    return template, operation
        return None

    def answer(self, operation: dict[str, Any], status: int) -> dict[str, Any] | None:
        """The schema of an answer's JSON body, if the document gives one."""
        responses = operation.get("responses", {})
        response = self._resolved(responses.get(str(status)) or responses.get("default") or {})
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        return schema if isinstance(schema, dict) else None

    def check(self, schema: dict[str, Any], value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
        """Paths and problems of a value. Absent fields are no problem; unknown and mistyped ones are."""
        schema = self._resolved(schema)
        if depth > _DEPTH or value is None:
            return
        if "allOf" in schema:
            schema = self._merged(schema)
        if "anyOf" in schema or "oneOf" in schema:
            choices = [list(self.check(one, value, path, depth + 1)) for one in schema.get("anyOf") or schema["oneOf"]]
            if all(choices):
                yield from min(choices, key=len)
            return
        kind = schema.get("type")
        if kind in _TYPES and not _is(value, kind):
            yield path, f"is {_name(value)}, the document says {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield path, f"{value!r} is not one of the document's values"
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            for item in value:
                yield from self.check(schema["items"], item, f"{path}.*" if path else "*", depth + 1)
        elif isinstance(value, dict) and (kind == "object" or "properties" in schema):
            yield from self._members(schema, value, path, depth)

    def _members(
        self, schema: dict[str, Any], value: dict[str, Any], path: str, depth: int
    ) -> Iterator[tuple[str, str]]:
        known = schema.get("properties")
        more = schema.get("additionalProperties")
        for key, item in value.items():
            below = f"{path}.{key}" if path else key
            if known and key in known:
                yield from self.check(known[key], item, below, depth + 1)
            elif isinstance(more, dict) and more:
                yield from self.check(more, item, f"{path}.*" if path else "*", depth + 1)
            elif known and more is not True:
                yield below, "is unknown to the document"

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found: Any = self.data
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            schema = found
        return schema

    def _merged(self, schema: dict[str, Any]) -> dict[str, Any]:
        merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            part = self._resolved(part)
            part = self._merged(part) if "allOf" in part else part
            merged["properties"] = {**part.get("properties", {}), **merged.get("properties", {})}
            merged = {**part, **merged}
        return merged


def load(file: Path) -> Document:
    """A document from a file; ``DocumentError`` if it is none."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DocumentError(f"{file} cannot be read as an OpenAPI document: {error}") from error
    if not isinstance(data, dict):
        raise DocumentError(f"{file} is no OpenAPI document")
    return Document(data)


def departures() -> list[Departure]:
    """The known departures of the real server from its document."""
    found = []
    for tree in read(_DEPARTURES).items():
        parts = tree.fields(frozenset({"operation", "path", "why", "fact"}), ("operation", "path", "why", "fact"))
        found.append(
            Departure(
                re.compile(parts["operation"].text()),
                re.compile(parts["path"].text()),
                parts["why"].text(),
                parts["fact"].text(),
            )
        )
    return found


def findings(
    document: Document, answers: Iterable[tuple[str, str, int, Any]], known: Iterable[Departure] = ()
) -> list[Finding]:
    """What answers (method, path, status, body) have that the document does not, each once."""
    known = list(known)
    seen: dict[tuple[str, str, str], Finding] = {}
    for method, path, status, body in answers:
        found = document.find(method, path)
        if found is None or not 200 <= status < 300 or not isinstance(body, (dict, list)):
            continue
        template, operation = found
        schema = document.answer(operation, status)
        name = f"{method} {template}"
        if schema is None:
            continue
        for place, problem in document.check(schema, body):
            fact = next((d.fact for d in known if d.operation.fullmatch(name) and d.path.fullmatch(place)), "")
            seen.setdefault((name, place, problem), Finding(name, place, problem, fact))
    return list(seen.values())


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _name(value: Any) -> str:
    return next((name for name in ("boolean", "integer", "number", "string", "array") if _is(value, name)), "object")
