"""Case files: YAML, one case each, the file's name being the case's name. The format is described in README.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mockserver import fixtures
from mockserver.divergences import REGISTER

from .case import KINDS, TYPES, Case, Expectation, ServerSide, Step
from .yamltree import CaseError, Tree, read

FOLDER = Path(__file__).parent / "cases"
DOCUMENTS_DAY = "2026-04-14T09:30:00Z"
"""The day of the documents' events, in the morning: they come in the afternoon."""

_CASE_KEYS = frozenset(
    {
        *("title", "kind", "facts", "clock", "needs", "meters", "only", "register", "steps", "shared"),
    }
)
_STEP_KEYS = frozenset(
    (
        "id",
        "request",
        "payload",
        "with",
        "body",
        "raw",
        "headers",
        "capture",
        "fact",
        "expect",
        "server",
        "loose",
        "unordered",
        "eventually",
    )
)
_EXPECT_KEYS = frozenset(("status", "code", "exact", "type", "absent", "details"))
_SERVER_KEYS = _EXPECT_KEYS | {"because", "fact"}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
_IDS = frozenset(entry.id for entry in REGISTER)


def load(folders: Iterable[Path] = (FOLDER,)) -> dict[str, Case]:
    """All cases by name, the documented payloads first and in document order. ``CaseError`` at the first mistake."""
    cases: dict[str, Case] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.yaml")):
            case = load_file(file)
            if case.name in cases:
                raise CaseError(file, 1, f"there is a case of that name already: {cases[case.name].file}")
            cases[case.name] = case
    for case in cases.values():
        check_needs(case, cases)
    order = {kind: index for index, kind in enumerate(KINDS)}
    return dict(sorted(cases.items(), key=lambda item: (order[item[1].kind], item[0])))


def check_needs(case: Case, cases: dict[str, Case]) -> None:
    """``CaseError`` if a needed case does not exist or needs run in a circle."""
    try:
        with_needs(case, cases)
    except KeyError as error:
        raise CaseError(case.file, 1, f"needs {error.args[0]!r}, and there is no such case") from None
    except RecursionError:
        raise CaseError(case.file, 1, "its needs lead back to itself") from None


def with_needs(case: Case, cases: dict[str, Case]) -> list[Case]:
    """The needed cases in the order they run, each once, and the case itself last."""
    result: list[Case] = []

    def add(one: Case, trail: tuple[str, ...]) -> None:
        if one.name in trail:
            raise RecursionError
        for name in one.needs:
            add(cases[name], (*trail, one.name))
        if one not in result:
            result.append(one)

    add(case, ())
    return result


def load_file(file: Path) -> Case:
    """One case; ``CaseError`` names file and line of a mistake."""
    root = read(file)
    parts = root.fields(_CASE_KEYS, ("title", "kind", "facts", "steps"))
    kind = _choice(parts["kind"], KINDS)
    register = parts["register"].texts() if "register" in parts else ()
    for name in register:
        if name not in _IDS:
            raise parts["register"].error(f"the register has no entry {name!r}")
    facts = parts["facts"].text()
    steps: list[Step] = []
    for tree in parts["steps"].items():
        step = _step(tree, facts)
        if any(step.id == other.id for other in steps):
            raise tree.error(f"there are two steps {step.id!r}")
        steps.append(step)
    if not steps:
        raise parts["steps"].error("a case needs at least one step")
    return Case(
        file.stem,
        file,
        parts["title"].text(),
        kind,
        facts,
        parts["clock"].text() if "clock" in parts else DOCUMENTS_DAY,
        parts["needs"].texts() if "needs" in parts else (),
        parts["meters"].texts() if "meters" in parts else (),
        _choice(parts["only"], ("mock", "real")) if "only" in parts else None,
        register,
        tuple(steps),
    )


def _choice(tree: Tree, choices: Iterable[str]) -> str:
    text = tree.text()
    if text not in choices:
        raise tree.error(f"{text!r} is not one of {', '.join(choices)}")
    return text


def _step(tree: Tree, facts: str) -> Step:
    parts = tree.fields(_STEP_KEYS, ("request",))
    method, _, path = parts["request"].text().partition(" ")
    if method not in _METHODS or not path.startswith("/") or " " in path:
        raise parts["request"].error("a request is a method and a path, such as: POST /v1/customers")
    if len([key for key in ("payload", "body", "raw") if key in parts]) > 1:
        raise tree.error("give one of payload, body and raw")
    documents = _expectation(parts["expect"], _EXPECT_KEYS) if "expect" in parts else None
    server: tuple[ServerSide, ...] = ()
    if "server" in parts:
        if documents is None:
            raise parts["server"].error("server says what differs from expect, so there must be an expect")
        both = parts["server"]
        server = tuple(map(_server, both.items() if both.is_list else [both]))
    return Step(
        parts["id"].text() if "id" in parts else f"{method.lower()}-line-{tree.line}",
        tree.line,
        method,
        path,
        _body(tree, parts),
        str(parts["raw"].value()) if "raw" in parts else None,
        parts["headers"].value() if "headers" in parts else {},
        {str(key): child.text() for key, child in parts["capture"].fields().items()} if "capture" in parts else {},
        parts["fact"].text() if "fact" in parts else facts,
        documents,
        server,
        parts["loose"].texts() if "loose" in parts else (),
        parts["unordered"].texts() if "unordered" in parts else (),
        "eventually" in parts and bool(parts["eventually"].value()),
    )


def _body(tree: Tree, parts: dict[str, Tree]) -> Any:
    if "payload" in parts:
        name = parts["payload"].text()
        file = fixtures.folder() / "payloads" / name
        if not file.is_file():
            raise parts["payload"].error(f"there is no documented payload {name!r}")
        body = json.loads(re.sub(r"<(\w+)>", r"{{\1}}", file.read_text(encoding="utf-8")))
        return {**body, **parts["with"].value()} if "with" in parts else body
    if "with" in parts:
        raise tree.error("with adds fields to a payload, and there is none")
    return parts["body"].value() if "body" in parts else None


def _expectation(tree: Tree, allowed: frozenset[str], *, partial: bool = False) -> Expectation:
    parts = tree.fields(allowed, () if partial else ("status",))
    types = {str(key): _type(child) for key, child in parts["type"].fields().items()} if "type" in parts else {}
    exact = parts["exact"].value() if "exact" in parts else {}
    if not isinstance(exact, dict):
        raise parts["exact"].error("exact is a mapping of paths to values")
    absent = parts["absent"].texts() if "absent" in parts else ()
    both = [path for path in exact if path in types or path in absent]
    if both:
        raise tree.error(f"{both[0]!r} is asserted in two ways")
    code = parts["code"].value() if "code" in parts else None
    return Expectation(
        _statuses(parts["status"]) if "status" in parts else (),
        None if code is None else str(code),
        exact,
        types,
        absent,
        parts["details"].texts() if "details" in parts else None,
    )


def _statuses(tree: Tree) -> tuple[int, ...]:
    value = tree.value()
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, int) and 100 <= one <= 599 for one in values):
        raise tree.error("a status is a number such as 201, or a list of the statuses that may come")
    return tuple(values)


def _type(tree: Tree) -> str:
    text = tree.text()
    if text not in TYPES and not re.fullmatch(r"id:[a-z_]+", text):
        raise tree.error(f"{text!r} is no type; known: {', '.join(TYPES)}, id:PREFIX")
    return text


def _server(tree: Tree) -> ServerSide:
    parts = tree.fields(_SERVER_KEYS, ("because", "fact"))
    because = parts["because"].text()
    if because not in _IDS:
        raise parts["because"].error(f"the register has no entry {because!r}")
    return ServerSide(because, parts["fact"].text(), _expectation(tree, _SERVER_KEYS, partial=True))
