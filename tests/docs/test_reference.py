"""docs/reference is what the code makes of it, and every option, command and route can be found there."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import click
import pytest

from contracts.yamltree import CaseError
from docs.generate import commands, controls, coverage
from docs.generate.__main__ import main
from docs.generate.markdown import linked, said, table
from docs.generate.pages import BLOCKS, PAGES, filled, names
from mockserver.cli import main as command_line
from mockserver.divergences import REGISTER

FOUND = sorted(PAGES.glob("*.md"))
REAL = Path(os.environ.get("FLEXPRICE_OPENAPI", "openapi-3.0.json"))


def text_of(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", FOUND, ids=lambda page: page.name)
def test_a_page_is_what_the_code_makes(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert filled(text) == text, "write the pages anew: python -m docs.generate"


def test_every_block_stands_on_one_page() -> None:
    standing = [name for page in FOUND for name in names(page.read_text(encoding="utf-8"))]
    assert sorted(standing) == sorted(BLOCKS)


def test_an_unknown_block_is_refused() -> None:
    with pytest.raises(KeyError, match="no such block"):
        filled("<!-- from code: no such block -->\n<!-- /from code -->\n")


def test_old_pages_are_told_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "docs" / "reference"
    folder.mkdir(parents=True)
    page = folder / "page.md"
    page.write_text("before\n<!-- from code: reasons -->\nold\n<!-- /from code -->\nafter\n", encoding="utf-8")
    monkeypatch.setattr("docs.generate.__main__.PAGES", folder)
    assert (main(["--check"]), capsys.readouterr().out) == (1, "old: docs/reference/page.md\n")
    assert "old" in page.read_text(encoding="utf-8")
    assert (main([]), capsys.readouterr().out) == (0, "written: docs/reference/page.md\n")
    assert re.fullmatch(r"before\n.*\| `no_price` \|.*after\n", page.read_text(encoding="utf-8"), re.S)
    assert (main(["--check"]), capsys.readouterr().out) == (0, "")


def test_a_mistake_in_the_code_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(text: str) -> str:
        raise CaseError(Path("case.yaml"), 3, "'fact' is missing")

    monkeypatch.setattr("docs.generate.__main__.filled", broken)
    assert main([]) == 1
    assert re.fullmatch(r"the reference cannot be made: .*case\.yaml:3: 'fact' is missing\n", capsys.readouterr().err)


@pytest.mark.parametrize("option", commands.options_of(command_line.commands["serve"]), ids=lambda o: o.opts[0])
def test_every_option_of_serve_has_a_variable(option: click.Option) -> None:
    assert f"| `{option.opts[0]}` | `{option.envvar}` |" in text_of("options")


@pytest.mark.parametrize("command", command_line.list_commands(click.Context(command_line)))
def test_every_command_is_documented(command: str) -> None:
    assert f"`flexprice-mock {command}" in text_of("options")


def test_every_control_route_is_documented() -> None:
    routes = [route for route, _ in controls.found()]
    assert {"PUT /_mock/clock", "GET /_mock/unbilled", "GET /_mock/"} <= set(routes)
    assert [route for route in routes if f"| `{route}` |" not in text_of("controls")] == []


def test_every_divergence_is_documented() -> None:
    assert [d.id for d in REGISTER if f"| `{d.id}` |" not in text_of("divergences")] == []


def test_a_request_is_counted_for_the_route_that_answers_it() -> None:
    assert coverage.route_of("GET", "/v1/customers/{{c}}") == "GET /v1/customers/<customer_id>"
    assert coverage.route_of("POST", "/v1/customers/search?x=1") == "POST /v1/customers/search"
    assert coverage.route_of("GET", "/v1/nothing") == ""


def test_the_list_of_real_routes_is_in_order() -> None:
    routes = coverage.real_routes()
    assert routes == sorted(set(routes), key=lambda route: (route.split()[1], route))
    assert all(re.fullmatch(r"(GET|POST|PUT|DELETE|PATCH) /v1(/[\w-]+|/\{\})+", route) for route in routes)


@pytest.mark.skipif(not REAL.is_file(), reason="FLEXPRICE_OPENAPI names no copy of the real server's OpenAPI document")
def test_the_list_of_real_routes_is_of_its_document() -> None:
    paths = json.loads(REAL.read_text(encoding="utf-8"))["paths"]
    named = {
        f"{method.upper()} /v1{re.sub('{[^}]*}', '{}', path.removeprefix('/v1'))}"
        for path in paths
        for method in paths[path]
    }
    assert [route for route in coverage.real_routes() if route not in named] == []


def test_tables_and_links() -> None:
    assert (
        table(("a", "b"), [("x | y", ""), ("two\nlines", "1")])
        == "| a | b |\n|---|---|\n| x \\| y | |\n| two lines | 1 |"
    )
    assert linked("behaviour/http#lists, then") == "[behaviour/http#lists](../behaviour/http.md#lists), then"
    assert said("Reads\n    ``it``.", "a") == "Reads `it`."
    with pytest.raises(ValueError, match="the view x has no docstring"):
        said(None, "the view x")
