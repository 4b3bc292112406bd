"""Case files: complete, readable, and wrong ones pointed at by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import loading
from contracts.negative.mutations import mutations, subjects
from contracts.yamltree import CaseError
from mockserver import fixtures
from mockserver.divergences import REGISTER

CASES = loading.load()

GOOD = """title: T
kind: error
facts: behaviour/http#errors
steps:
  - id: one
    request: GET /v1/customers
    expect:
      status: 200
"""


def broken(folder: Path, old: str, new: str) -> str:
    file = folder / "case.yaml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(CaseError) as caught:
        loading.load([folder])
    return str(caught.value).removeprefix(f"{file}:")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("title: T\n", "", 1, "'title' is missing"),
        ("kind: error", "kind: mistake", 2, "'mistake' is not one of"),
        ("    expect:", "    expects:", 7, "unknown key 'expects'"),
        ("GET /v1/customers", "/v1/customers", 6, "a method and a path"),
        ("status: 200", "status: fine", 8, "a status is a number"),
        ("      status: 200", "      status: 200\n      status: 201", 9, "stands here twice"),
        ("      status: 200", "      exact: {a: 1}", 8, "'status' is missing"),
        ("      status: 200", "      status: 200\n      type: {id: text}", 9, "'text' is no type"),
        ("      status: 200", "      status: 200\n    server: {because: no-such, fact: f}", 9, "no entry 'no-such'"),
        ("    expect:", "    payload: 99.json\n    expect:", 7, "no documented payload"),
        ("steps:", "needs: [nobody]\nsteps:", 1, "there is no such case"),
        ("  - id: one", "  - id: [", 7, "not YAML"),
        ("title: T", "title: {", 3, "not YAML"),
    ],
)
def test_a_broken_case_names_file_and_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    text = broken(tmp_path, old, new)
    assert says in text
    assert text.startswith(f"{line}:")


def test_a_case_of_ones_own_is_a_file_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    assert loading.load([loading.FOLDER, tmp_path])["mine"].steps[0].path == "/v1/customers"


def test_every_documented_payload_has_its_case_in_document_order() -> None:
    names = [case.name for case in CASES.values() if case.kind == "payload"]
    assert names == [f"payload-{payload.file[:-5].replace('_', '-')}" for payload in fixtures.payloads()]
    assert len(names) == 22


def test_every_register_entry_has_a_case_that_shows_both_sides() -> None:
    shown = {
        difference.because
        for case in CASES.values()
        if case.kind == "divergence"
        for step in case.steps
        for difference in step.server
    }
    assert shown == {entry.id for entry in REGISTER}


def test_every_case_says_what_it_rests_on_and_asserts_something() -> None:
    for case in CASES.values():
        assert "behaviour/" in case.facts, case.name
        for step in case.steps:
            assert step.documents is not None, f"{case.name}/{step.id}"
            assert all("behaviour/" in difference.fact for difference in step.server)


def test_the_scenarios_that_were_promised_are_there() -> None:
    promised = (
        "month-from-plan-to-bill price-change-in-mid-period resent-event late-event tier-boundary unit-in-credits "
        "unbilled-event six-events six-events-on-ported-catalogue"
    )
    assert {f"scenario-{name}" for name in promised.split()} <= set(CASES)


def test_every_field_of_every_payload_is_mutated() -> None:
    assert len(subjects()) == 22
    for subject in subjects():
        touched = {mutation.field.split(".")[0] for mutation in mutations(subject)}
        body = subject.body
        assert touched == set(body), subject.payload.file
