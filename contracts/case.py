"""What a case is, once read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = ("payload", "scenario", "divergence", "error", "setup")

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null", "time", "decimal", "any")
"""Names for ``type``; ``id:cust`` is an id with that prefix, ``any`` only asks that the field is there."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One side's answer. Paths that stand in none of ``exact``, ``type`` and ``absent`` are not asserted."""

    statuses: tuple[int, ...]
    code: str | None = None
    exact: dict[str, Any] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    details: tuple[str, ...] | None = None
    """The keys of an error's ``details``, all of them; ``None`` does not look."""

    def changed(self, change: Expectation) -> Expectation:
        """This expectation with another's statements put over it; a refusal leaves nothing of what was here."""
        if change.statuses and min(change.statuses) >= 400:
            return change
        said = {*change.exact, *change.types, *change.absent}
        return Expectation(
            change.statuses or self.statuses,
            change.code if change.statuses or change.code is not None else self.code,
            {**{path: value for path, value in self.exact.items() if path not in said}, **change.exact},
            {**{path: name for path, name in self.types.items() if path not in said}, **change.types},
            (*(path for path in self.absent if path not in said), *change.absent),
            change.details if change.details is not None else self.details,
        )


@dataclass(frozen=True, slots=True)
class ServerSide:
    """Where the real server answers something else than the documents promise, and how that is known. ``change`` says
    only what is different; its ``statuses`` are empty where the status is the same."""

    because: str
    fact: str
    change: Expectation


@dataclass(frozen=True, slots=True)
class Step:
    """One request and what either side answers to it."""

    id: str
    line: int
    method: str
    path: str
    body: Any
    raw: str | None
    headers: dict[str, str | None]
    capture: dict[str, str]
    fact: str
    documents: Expectation | None
    server: tuple[ServerSide, ...] = ()
    loose: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    eventually: bool = False
    """Usage appears some time after the event was accepted: ask again until the answer is the expected one."""

    def statuses(self) -> frozenset[int]:
        """Every status either side may answer with."""
        sides = [self.documents, *(difference.change for difference in self.server)]
        return frozenset(status for side in sides if side for status in side.statuses)


@dataclass(frozen=True, slots=True)
class Case:
    """A file: requests in order, in an environment of their own."""

    name: str
    file: Path
    title: str
    kind: str
    facts: str
    clock: str
    needs: tuple[str, ...]
    meters: tuple[str, ...]
    only: str | None
    register: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def divergences(self) -> tuple[str, ...]:
        """The register's entries this case shows, in order of appearance."""
        own = [difference.because for step in self.steps for difference in step.server]
        return tuple(dict.fromkeys([*self.register, *own]))
