"""Answers held to an OpenAPI document; the real server's own where FLEXPRICE_OPENAPI names a copy of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from contracts import conformance, loading, properties, recordings, runner
from contracts.properties.links import RESOURCES, linked
from contracts.targets import started_mock
from mockserver.divergences import PROFILES
from tests.contracts.standin import KEY, StandIn, standing_in

REAL = Path(os.environ.get("FLEXPRICE_OPENAPI", "openapi-3.0.json"))

needs_real_document = pytest.mark.skipif(
    not REAL.is_file(),
    reason="the real server's OpenAPI document is not part of this project; FLEXPRICE_OPENAPI names a copy of it",
)

DOCUMENT = conformance.Document(
    {
        "servers": [{"url": "https://example.com/v1"}],
        "paths": {
            "/things/{id}": {
                "get": {
                    "responses": {
                        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
                    }
                }
            }
        },
        "components": {
            "schemas": {
                "Thing": {
                    "type": "object",
                    "properties": {
                        "amount": {"type": "string"},
                        "kind": {"type": "string", "enum": ["a", "b"]},
                        "parts": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/Part"}]}},
                        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    },
                },
                "Part": {"type": "object", "properties": {"size": {"type": "integer"}}},
            }
        },
    }
)


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({"amount": "1", "kind": "a", "parts": [{"size": 1}], "labels": {"x": "y"}}, []),
        ({"amount": 1}, ["amount: is integer, the document says string"]),
        ({"amuont": "1"}, ["amuont: is unknown to the document"]),
        ({"kind": "c"}, ["kind: 'c' is not one of the document's values"]),
        ({"parts": [{"size": 1}, {"size": 1.5}]}, ["parts.*.size: is number, the document says integer"]),
        ({"labels": {"x": 1}}, ["labels.*: is integer, the document says string"]),
        ({"amount": None}, []),
        ([], [": is array, the document says object"]),
    ],
)
def test_a_wrong_name_or_type_is_found(body: Any, problems: list[str]) -> None:
    found = conformance.findings(DOCUMENT, [("GET", "/v1/things/x?expand=y", 200, body)])
    assert [f"{finding.path}: {finding.problem}" for finding in found] == problems


@needs_real_document
def test_every_departure_of_the_real_server_from_its_document_is_listed_with_its_fact() -> None:
    answers = [
        (step["method"], step["path"], step["status"], step["response"])
        for recording in recordings.load()
        for step in recording.steps
    ]
    found = conformance.findings(conformance.load(REAL), answers, conformance.departures())
    assert len(answers) > 7000
    assert [str(finding) for finding in found if not finding.fact] == []
    assert len(found) > 20


@needs_real_document
@pytest.mark.parametrize("profile", PROFILES)
def test_the_emulator_s_answers_are_as_the_real_document_says(profile: str) -> None:
    cases = loading.load()
    with started_mock(profile) as target:
        played = [step for case in cases.values() for step in runner.play(target, case, cases).steps]
    answers = [(step.step.method, step.path, step.answer.status, step.answer.body) for step in played]
    found = conformance.findings(conformance.load(REAL), answers, conformance.departures())
    assert [str(finding) for finding in found if not finding.fact] == []


def test_another_s_server_is_only_read_unless_told(tmp_path: Path) -> None:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "x", "version": "1"},
        "paths": {
            "/plans": {method: {"responses": {"200": {"description": "x"}}} for method in ("get", "post", "put")}
        },
    }
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    stand_in = StandIn()
    with standing_in(stand_in) as base:
        words = properties.command(str(file), base_url=f"{base}/v1", key=KEY, budget=properties.Budget(2, ("fuzzing",)))
        _, text = properties.run(words, KEY)
    assert {request.split()[0] for _, request in stand_in.seen} == {"GET"}, text
    assert KEY not in text
    assert "--exclude-method" not in properties.command("openapi.json", read_only=False)


def test_the_key_is_not_in_what_a_property_run_prints() -> None:
    code, text = properties.run(["/bin/sh", "-c", "echo sk_x; exit 3"], "sk_x")
    assert (code, text) == (3, "<key>\n")


def test_creates_are_linked_to_what_can_be_done_with_their_answer() -> None:
    with started_mock("documented") as target:
        document = target.world("links", "2026-04-14T09:30:00Z").send("GET", "/openapi.json").body
    found, paths = linked(document)
    assert len(paths) == 2 * len(RESOURCES)
    links = found["paths"]["/v1/plans"]["post"]["responses"]["201"]["links"]
    assert set(links) == {"get it", "put it", "delete it", "list"}
    assert links["get it"]["parameters"] == {"plan_id": "$response.body#/id"}
    assert "links" not in json.dumps(document["paths"]["/v1/plans"])
