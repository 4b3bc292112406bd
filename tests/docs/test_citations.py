"""Every citation of a page below docs/behaviour leads to a page and a heading; so do the pages' links to each other."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "behaviour"
# In full, as a README links it, or short, as docstrings, cases and the register have it: behaviour/http#lists.
CITATION = re.compile(r"behaviour/(?P<page>[a-z0-9][a-z0-9-]*)(?:\.md)?(?:#(?P<anchor>[\w-]*))?", re.ASCII)
LINK = re.compile(r"\]\((?P<page>[\w./-]+\.md)?(?:#(?P<anchor>[\w-]+))?\)")
FORMER = re.compile(r"facts/[0-9]{2}")


def _tracked() -> dict[str, str]:
    """Text files of the project by path; everything in a copy without its history."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        names = [name for name in listed.stdout.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not re.search(r"/[._]", f"/{path}")]
    texts = {}
    for name in names:
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            raw = path.read_bytes()
            if b"\0" not in raw:
                texts[name] = raw.decode(errors="replace")
    return texts


TEXTS = _tracked()


def slug(heading: str) -> str:
    """The anchor GitHub gives a heading: lower case, blanks become hyphens, punctuation goes, ``_`` and ``-`` stay."""
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings; a repeated heading gets a number as on GitHub. Code blocks have none."""
    found: list[str] = []
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for heading in re.findall(r"^#{1,6} +(.+?)(?: +#+)? *$", text, re.M):
        anchor = slug(heading)
        found.append(f"{anchor}-{times}" if (times := sum(slug_of == anchor for slug_of in found)) else anchor)
    return frozenset(found)


def _missing(page: Path, anchor: str | None) -> str:
    """What is wrong with a target, or nothing."""
    if not page.is_file():
        return f"no page {page.name}"
    return "" if anchor is None or anchor in anchors(page) else f"no heading #{anchor} in {page.name}"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Ids and base fields", "ids-and-base-fields"),
        ("filter_values", "filter_values"),
        ("`GET /v1/plans`, twice", "get-v1plans-twice"),
        ("Which events, which quantity?", "which-events-which-quantity"),
        ("A [link](page.md) - and more", "a-link---and-more"),
    ],
)
def test_slugs_are_those_of_github(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


def test_every_citation_leads_to_a_page_and_a_heading() -> None:
    wrong = [
        f"{name}: {citation[0]}: {problem}"
        for name, text in TEXTS.items()
        for citation in CITATION.finditer(text)
        if (problem := _missing(PAGES / f"{citation['page']}.md", citation["anchor"]))
    ]
    assert not wrong


def test_nothing_cites_what_is_not_part_of_the_project() -> None:
    assert not [f"{name}: {found[0]}" for name, text in TEXTS.items() for found in FORMER.finditer(text)]


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    wrong = [
        f"{link[0]}: {problem}"
        for link in LINK.finditer(page.read_text(encoding="utf-8"))
        if (problem := _missing(page.parent / link["page"] if link["page"] else page, link["anchor"]))
    ]
    assert not wrong


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.name)
def test_headings_are_told_apart_and_every_section_names_its_evidence(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = [slug(heading) for heading in re.findall(r"^#{1,6} +(.+)$", text, re.M)]
    assert len(set(headings)) == len(headings)
    if page.name != "README.md":
        sections = re.split(r"^## +", text, flags=re.M)[1:]  # with what stands below them
        evidence = re.compile(r"^\*[^*].*?\.\*$|not (?:verified|settled)", re.M | re.S | re.I)
        assert [s.splitlines()[0] for s in sections if not evidence.search(s)] == []


def test_every_page_is_in_the_index() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in sorted(PAGES.glob("*.md")) if f"[{page.name}]" not in index] == ["README.md"]
