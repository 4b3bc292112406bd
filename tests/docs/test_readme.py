"""The pages a stranger reads first: the README is short, its commands are there, its links and the other pages' lead
somewhere, and the register is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockserver.divergences import REGISTER

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [
    *sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/reference/*.md")}),
    ROOT / "contracts" / "README.md",
    ROOT / "fixtures" / "catalog" / "README.md",
    *sorted((ROOT / "mockserver").rglob("README.md")),
]
LINK = re.compile(r"\]\((?P<target>[^)#:]*)(?:#(?P<heading>[\w-]+))?\)")


def test_the_readme_is_one_page() -> None:
    assert len(README.read_bytes()) < 8_000


@pytest.mark.parametrize("name", ["demo", "test"])
def test_the_readme_has_the_commands_that_are_run(name: str) -> None:
    text = README.read_text(encoding="utf-8")
    assert len(re.findall(rf"^<!-- command: {name} -->\n```sh\n.*\.venv/bin/.*\n```$", text, re.M)) == 1


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """The pages below docs/behaviour have a test of their own."""
    wrong = []
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target = (page.parent / link["target"]).resolve() if link["target"] else page
        if target.is_relative_to(ROOT / "docs" / "behaviour"):
            continue
        if not target.exists() or (link["heading"] and link["heading"] not in _anchors(target)):
            wrong.append(link[0])
    assert not wrong


def test_register_entries_are_complete() -> None:
    assert len({d.id for d in REGISTER}) == len(REGISTER)
    for d in REGISTER:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", d.id), d.id
        assert re.search(r"behaviour/[a-z-]+#", d.evidence), d.id
        assert d.title
        assert d.documents
        assert d.server
        assert d.default("documented") is False
        assert d.default("upstream") is True


def test_the_packages_say_that_they_are_typed() -> None:
    assert [name for name in ("mockserver", "contracts") if not (ROOT / name / "py.typed").is_file()] == []


def test_the_makefile_has_the_commands_that_contributing_names() -> None:
    named = re.findall(r"^\| `make (\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.M)
    made = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert named == made
    assert len(made) == 5


def test_every_room_is_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {
        path.stem for path in (ROOT / "mockserver").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    told = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (.*?) \|", text, re.M))))
    assert rooms - told == {"__init__"}


def test_the_architecture_names_files_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    # Not files of this place: URLs, the example, and the pages whose citations are followed elsewhere.
    elsewhere = re.compile(r"/|.*group-limit-zero|docs/behaviour")
    named = {name for name in re.findall(r"`([\w./-]+/[\w./-]*)`", text) if not elsewhere.match(name)}
    assert len(named) > 20
    assert [n for n in named if not (ROOT / n).exists() and not (ROOT / "mockserver" / n).exists()] == []
