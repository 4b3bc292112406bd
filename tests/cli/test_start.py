"""What the server does not do at its start, because nobody asked for it yet."""

from __future__ import annotations

import subprocess
import sys

from mockserver.app import create_app
from mockserver.http.routing import MatchedRule
from mockserver.store.store import Store

_LOADED = """
import sys
import mockserver.cli, mockserver.logs, mockserver.serving
from mockserver.app import create_app
from mockserver.store.store import Store
store = Store()
create_app(store=store)
store.close()
print(*sys.modules)
"""


def test_what_few_ask_for_is_loaded_when_they_do() -> None:
    run = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, timeout=120, check=True)
    loaded = set(run.stdout.split())
    assert "mockserver.http.routing" in loaded
    late = (
        *("apispec", "requests", "granian", "asyncio", "pytest", "schemathesis", "pycountry"),
        *(f"mockserver.{name}" for name in ("openapi", "explaining", "dashboard.stream", "control_cli", "fast")),
    )
    assert not loaded & set(late)


def test_routes_are_matched_and_no_urls_are_made() -> None:
    store = Store()
    rules = list(create_app(store=store).url_map.iter_rules())
    store.close()
    assert all(isinstance(rule, MatchedRule) for rule in rules)
    assert len({rule._build.__func__ for rule in rules}) == 1
