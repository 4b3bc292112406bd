"""The systematic mutations of a documented payload and what each must be answered with."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mockserver import fixtures

from ..case import Expectation, ServerSide
from ..yamltree import Tree, read

_FILE = Path(__file__).parent / "payloads.yaml"
_UNKNOWN = {
    "entity_id": "plan_unknown",
    "meter_id": "meter_unknown",
    "plan_id": "plan_unknown",
    "customer_id": "cust_unknown",
}
_WRONG: dict[str, Any] = {"text": 7, "integer": "ten", "decimal": True, "map": "a text", "list": "a text"}
_FIELD_KEYS = frozenset(("kind", "removed", "empty", "wrong", "longest", "too_long", "unknown", "values"))
_REMOVED = object()


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mutated request. ``body`` has the payload's placeholders as ``{{name}}``."""

    payload: str
    field: str
    name: str
    method: str
    path: str
    body: Any
    facts: str
    documents: Expectation
    server: tuple[ServerSide, ...]

    @property
    def id(self) -> str:
        return f"{self.payload}/{self.field}/{self.name}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A documented payload with the rules for its fields."""

    payload: fixtures.Payload
    body: Any
    status: int
    facts: str
    unique: tuple[str, ...]
    server: ServerSide | None
    fields: dict[str, Tree]


@cache
def subjects() -> tuple[Subject, ...]:
    """Every documented payload in document order; ``CaseError`` for a mistake in the rules."""
    by_number = {payload.file[:2]: payload for payload in fixtures.payloads()}
    result = []
    for kind in read(_FILE).fields().values():
        parts = kind.fields()
        server = None
        if "server" in parts:
            said = parts["server"].value()
            server = ServerSide(said["because"], parts["facts"].text(), Expectation((said["status"],), said["code"]))
        for number in parts["payloads"].texts():
            payload = by_number[number]
            body = json.loads(re.sub(r"<(\w+)>", r"{{\1}}", payload.text))
            result.append(
                Subject(
                    payload,
                    body,
                    int(parts["status"].value()),
                    parts["facts"].text(),
                    tuple(parts["unique"].value()),
                    server,
                    parts["fields"].fields(),
                )
            )
    return tuple(sorted(result, key=lambda subject: subject.payload.file))


def mutations(subject: Subject) -> Iterator[Mutation]:
    """All mutations of one payload, in the order of its rules."""
    number = 0
    for path, tree in subject.fields.items():
        if _at(subject.body, path) is _REMOVED:
            continue
        parts = tree.fields(_FIELD_KEYS)
        for name, value, outcome in _of_field(path, parts, subject.body):
            number += 1
            body = _changed(subject.body, path, value)
            for unique in subject.unique:
                if unique != path and isinstance(kept := _at(body, unique), str):
                    body = _changed(body, unique, f"{kept}_{number}")
            documents, server = _expected(subject, outcome)
            yield Mutation(
                subject.payload.file[:2],
                path,
                name,
                subject.payload.method,
                subject.payload.path,
                body,
                subject.facts,
                documents,
                server,
            )


def _of_field(path: str, parts: dict[str, Tree], body: Any) -> Iterator[tuple[str, Any, Tree]]:
    last = path.rpartition(".")[2]
    if "removed" in parts:
        yield "removed", _REMOVED, parts["removed"]
        yield "null", None, parts["removed"]
    if "empty" in parts:
        yield "empty", "", parts["empty"]
    if "wrong" in parts:
        yield "wrong-type", _WRONG[parts["kind"].text()], parts["wrong"]
    if "unknown" in parts:
        yield "unknown", _UNKNOWN.get(last, "UNHEARD_OF"), parts["unknown"]
    if "longest" in parts:
        longest = int(parts["longest"].value())
        yield "longest", "x" * longest, parts["longest"]
        if "too_long" in parts:
            yield "too-long", "x" * (longest + 1), parts["too_long"]
    for name, tree in parts["values"].fields().items() if "values" in parts else ():
        value = tree.fields(frozenset({"value", "outcome", "unless"}), ("value", "outcome"))
        if "unless" in value and _at(body, value["unless"].text()) is not _REMOVED:
            continue
        yield name, value["value"].value(), value["outcome"]


def _expected(subject: Subject, tree: Tree) -> tuple[Expectation, tuple[ServerSide, ...]]:
    value = tree.value()
    if isinstance(value, int) and not isinstance(value, bool) and value not in (400, 404):
        value = "ok"  # a boundary: the longest that is accepted
    if isinstance(value, dict):
        documents, server = _expected_text(subject, tree, str(value["documents"]))
        other, _ = _expected_text(subject, tree, str(value["server"]))
        return documents, (*server, ServerSide(value["because"], subject.facts, other))
    return _expected_text(subject, tree, str(value))


def _expected_text(subject: Subject, tree: Tree, text: str) -> tuple[Expectation, tuple[ServerSide, ...]]:
    word, *keys = text.split()
    if word in ("ok", "stored"):
        server = (subject.server,) if subject.server and word == "ok" else ()
        return Expectation((subject.status,)), server
    invalid = "validation_error"
    if word == "bind":
        return Expectation((400,), invalid, absent=("details",)), ()
    if word == "storage":
        return (
            Expectation((400,), invalid),
            (
                ServerSide(
                    "storage-refusal-is-500",
                    "behaviour/customers-and-plans#column-limits",
                    Expectation((500,), "database_error"),
                ),
            ),
        )
    if word == "toss":
        return (
            Expectation((400,), invalid),
            (ServerSide("random-status", "behaviour/http#two-statuses-at-random", Expectation((400, 500), invalid)),),
        )
    if word not in ("400", "404"):
        raise tree.error(f"{text!r} is no outcome")
    return Expectation((int(word),), invalid if word == "400" else "not_found", details=tuple(keys) or None), ()


def _at(body: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(body, list) and int(name) < len(body):
            body = body[int(name)]
        elif isinstance(body, dict) and name in body:
            body = body[name]
        else:
            return _REMOVED
    return body


def _changed(body: Any, path: str, value: Any) -> Any:
    body = copy.deepcopy(body)
    *above, last = path.split(".")
    place = body
    for name in above:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if value is _REMOVED:
        del place[last]
    else:
        place[last] = copy.deepcopy(value)
    return body
