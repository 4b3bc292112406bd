"""Published clients, unmodified, against a running server: what they can do, and what they refuse by themselves.

A refusal here is a client's own: it cannot read an answer that the real server gives as well (behaviour/clients). The
emulator is not bent to it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver.testing.environment import Environment

from .conftest import HERE, Installed, told

pytestmark = pytest.mark.clients
SDK = HERE.parent / "sdk"
PACKAGE = json.loads((HERE / "typescript" / "package.json").read_text(encoding="utf-8"))

REFUSED_BY_RELEASE_1 = {
    # It takes amounts and quantities for numbers where the API sends decimal texts
    # (behaviour/clients#release-1-of-the-python-sdk).
    "prices_post",
    "prices_get",
    "prices_id_get",
    "subscriptions_post",
    "subscriptions_usage_post",
}


def test_the_latest_python_sdk_reads_everything(python_with: Installed, environment: Environment) -> None:
    interpreter = python_with("flexprice==2.1.43")
    answer = told(interpreter, SDK / "run.py", environment.base_url, environment.key, cwd=SDK)
    assert (answer["version"], answer["wrong"], answer["refused"]) == ("2.1.43", {}, {})
    assert len(answer["called"]) > 130


def test_release_1_of_the_python_sdk(python_with: Installed, environment: Environment) -> None:
    interpreter, program = python_with("flexprice==1.0.28"), HERE / "python1" / "program.py"
    answer = told(interpreter, program, environment.base_url, environment.key, cwd=program.parent)
    assert answer["wrong"] == ""
    assert set(answer["refused"]) == REFUSED_BY_RELEASE_1


def test_the_typescript_sdk(node_with: Installed, environment: Environment) -> None:
    folder = node_with(PACKAGE)
    answer = told("node", "program.mjs", environment.base_url, environment.key, cwd=folder)
    assert answer["wrong"] == ""
    assert len(answer["called"]) >= 35


def test_the_typescript_sdk_refuses_every_answer_with_the_newest_zod(
    node_with: Installed, environment: Environment
) -> None:
    # npm installs the newest release of zod, whose objects miss fields that are merely absent
    # (behaviour/clients#what-a-client-cannot-read).
    folder = node_with({name: value for name, value in PACKAGE.items() if name != "overrides"})
    answer = told("node", "program.mjs", environment.base_url, environment.key, cwd=folder)
    assert "ResponseValidationError" in answer["wrong"]
    assert answer["called"] == ["customers.createCustomer"]
    assert environment.get("/customers/external/cust_001")["name"] == "Example Studio"


def test_the_go_sdk(go_program: Path, environment: Environment) -> None:
    answer = told(go_program, environment.base_url, environment.key, cwd=go_program.parent)
    assert answer["wrong"] == ""
    assert len(answer["called"]) >= 16
