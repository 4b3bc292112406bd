"""The README says what the program does: options, variables, control routes, divergences, shipped files."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.divergences import REGISTER, markdown_table
from mockserver.store.store import Store

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")


def _options(command: str) -> list[click.Option]:
    return [p for p in main.commands[command].params if isinstance(p, click.Option) and p.name != "help"]


@pytest.mark.parametrize("option", _options("serve"), ids=lambda option: option.opts[0])
def test_every_option_of_serve_is_documented_with_its_variable(option: click.Option) -> None:
    row = next((line for line in TEXT.splitlines() if line.startswith(f"| `{option.opts[0]}`")), "")
    assert f"`{option.envvar}`" in row


@pytest.mark.parametrize("command", main.list_commands(click.Context(main)))
def test_every_command_is_documented(command: str) -> None:
    assert f"flexprice-mock {command}" in TEXT


def test_every_control_route_is_documented() -> None:
    store = Store()
    app = create_app(store=store)
    store.close()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/_mock"):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert f"`{method} {rule.rule}`" in TEXT, rule


def test_the_table_of_divergences_is_the_register() -> None:
    found = re.search(r"<!-- divergences -->\n(.*?)\n<!-- /divergences -->", TEXT, re.S)
    assert found is not None
    assert found.group(1).strip() == markdown_table()


def test_register_entries_are_complete() -> None:
    assert len({d.id for d in REGISTER}) == len(REGISTER)
    for d in REGISTER:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", d.id), d.id
        assert re.search(r"facts/0[1-7] §", d.evidence), d.id
        assert d.title
        assert d.documents
        assert d.server
        assert d.default("documented") is False
        assert d.default("upstream") is True
