"""What a test gets from the pytest plugin, told by its signatures and docstrings."""

from __future__ import annotations

import dataclasses
import inspect
from functools import cached_property

from docs.generate.markdown import said, table
from mockserver.testing.clock import Clock
from mockserver.testing.environment import Environment
from mockserver.testing.explanation import Explanation, Share
from mockserver.testing.plugin import pytest_addoption


def _members(owner: type) -> str:
    rows = []
    for name, member in vars(owner).items():
        if name.startswith("_") or isinstance(member, classmethod) or inspect.ismemberdescriptor(member):
            continue
        if isinstance(member, (property, cached_property)):
            shown, documented = name, member.__doc__
        else:
            shown, documented = f"{name}({_parameters(member)})", member.__doc__
        rows.append((f"`{shown}`", said(documented, f"{owner.__name__}.{name}")))
    return table(("name", "meaning"), rows)


def _parameters(function: object) -> str:
    assert callable(function)
    told: list[str] = []
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        default = "" if parameter.default is inspect.Parameter.empty else f"={parameter.default!r}"
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not any(t.startswith("*") for t in told):
            told.append("*")
        told.append(f"**{name}" if parameter.kind is inspect.Parameter.VAR_KEYWORD else f"{name}{default}")
    return ", ".join(told)


def environment() -> str:
    """The members of ``Environment``."""
    return _members(Environment)


def clock() -> str:
    """The members of its clock."""
    return _members(Clock)


def explanation() -> str:
    """What an explanation and its shares hold."""
    parts = []
    for owner in (Explanation, Share):
        fields = table(("field", "type"), [(f"`{f.name}`", f"`{f.type}`") for f in dataclasses.fields(owner)])
        parts.append(f"`{owner.__name__}`: {said(owner.__doc__, owner.__name__)}\n\n{fields}")
    return "\n\n".join([*parts, f"And:\n\n{_members(Explanation)}"])


class _Settings:
    """Takes the plugin's settings down, in the place of pytest's parser."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def getgroup(self, name: str, description: str = "") -> _Settings:
        return self

    def addoption(self, name: str, **given: str) -> None:
        self.rows.append((f"`{name}`", f"{given['help']} (command line)"))

    def addini(self, name: str, help: str, **given: object) -> None:
        self.rows.append((f"`{name}`", f"{help} (ini file)"))


def settings() -> str:
    """Options and ini settings."""
    taken = _Settings()
    pytest_addoption(taken)  # type: ignore[arg-type]  # has what the plugin asks of a parser
    return table(("setting", "meaning"), taken.rows)
