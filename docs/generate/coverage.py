"""Which routes of the API are emulated, and what shows that they answer as they should."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from contracts import loading, recordings
from docs.generate.markdown import table
from mockserver.api import routes
from mockserver.http.routing import Route

REAL = Path(__file__).with_name("real_routes.txt")
"""The routes of the emulated commit that its API description names and that exist, ``METHOD /path`` a line, parameters
as ``{}``."""

_PARAMETER = re.compile(r"<\w+>|\{\w*\}")


def real_routes() -> list[str]:
    """The real server's routes."""
    return REAL.read_text(encoding="utf-8").split("\n")[:-1]


def _served() -> list[Route]:
    return [route for group in routes() for route in group.all]


@cache
def _patterns() -> Sequence[tuple[str, re.Pattern[str]]]:
    """Every route with what matches its requests, those with the fewest parameters first."""
    ordered = sorted(_served(), key=lambda route: len(_PARAMETER.findall(route.rule)))
    return [(f"{r.method} {r.rule}", re.compile(f"{r.method} {_PARAMETER.sub('[^/]+', r.rule)}/?")) for r in ordered]


def route_of(method: str, path: str) -> str:
    """The route a request goes to, as ``METHOD /rule``; empty if there is none."""
    request = f"{method} {path.partition('?')[0]}"
    return next((name for name, pattern in _patterns() if pattern.fullmatch(request)), "")


def served() -> str:
    """Every route by resource, with the steps of cases and the recorded exchanges that ask it."""
    steps = Counter(route_of(step.method, step.path) for case in loading.load().values() for step in case.steps)
    seen = Counter(route_of(step["method"], step["path"]) for found in recordings.load() for step in found.steps)
    parts = []
    for group in routes():
        rows = []
        for route in group.all:
            name = f"{route.method} {route.rule}"
            rows.append((f"`{name}`", route.summary, str(steps[name] or ""), str(seen[name] or "")))
        parts.append(f"### {group.tag}\n\n" + table(("route", "what it does", "steps of cases", "recorded"), rows))
    return "\n\n".join(parts)


def missing() -> str:
    """The real server's routes that the emulator does not have, by the first part of their paths."""
    ours = {f"{route.method} {_PARAMETER.sub('{}', route.rule)}" for route in _served()}
    real = real_routes()
    absent = [name for name in real if name not in ours]
    topics: dict[str, list[str]] = {}
    for name in absent:
        method, path = name.split(" ", 1)
        topics.setdefault(path.split("/")[2], []).append(f"`{method} {path}`")
    heading = f"{len(real) - len(absent)} of {len(real)} routes are emulated. These are not:"
    return (
        heading + "\n\n" + table(("below", "routes"), [(f"`/v1/{t}`", ", ".join(n)) for t, n in sorted(topics.items())])
    )
