"""``python -m docs.generate``: write the blocks of docs/reference anew; ``--check`` only says which pages are old."""

from __future__ import annotations

import sys

from contracts.yamltree import CaseError
from docs.generate.pages import PAGES, filled


def main(arguments: list[str]) -> int:
    """1 if a page was old and ``--check`` was given, or if the code has a mistake that keeps a page from being made (a
    route without docstring, a broken case); else 0."""
    try:
        return write(arguments)
    except (ValueError, CaseError) as error:
        print(f"the reference cannot be made: {error}", file=sys.stderr)
        return 1


def write(arguments: list[str]) -> int:
    """Bring every page up to the code, or with ``--check`` only say which are not."""
    check = arguments == ["--check"]
    old = 0
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        made = filled(text)
        if made == text:
            continue
        old += 1
        print(f"{'old' if check else 'written'}: {page.relative_to(PAGES.parents[1])}")
        if not check:
            page.write_text(made, encoding="utf-8")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
