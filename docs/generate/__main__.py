"""``python -m docs.generate``: write the blocks of docs/reference anew; ``--check`` only says which pages are old."""

from __future__ import annotations

import sys

from docs.generate.pages import PAGES, filled


def main(arguments: list[str]) -> int:
    """1 if a page was old and ``--check`` was given, else 0."""
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
