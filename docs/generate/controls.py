"""The control routes, told by the docstrings of their views."""

from __future__ import annotations

from docs.generate.markdown import said, table
from mockserver.app import create_app
from mockserver.store.store import Store


def found() -> list[tuple[str, str]]:
    """Every route below ``/_mock`` as method and path, with what it does, in the order of the paths."""
    store = Store()
    app = create_app(store=store)
    store.close()
    rows = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/_mock"):
            text = said(app.view_functions[rule.endpoint].__doc__, f"the view {rule.endpoint}")
            rows += [(rule.rule, method, text) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return [(f"{method} {rule}", text) for rule, method, text in sorted(rows)]


def routes() -> str:
    """The table of all of them."""
    return table(("route", "what it does"), [(f"`{route}`", text) for route, text in found()])
