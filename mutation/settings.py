"""What ``[tool.mutation]`` in pyproject.toml says: the seed, and how many mutants of which places."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Area:
    """Places that are sampled together. ``modules`` are patterns of module names as ``fnmatch`` knows them."""

    name: str
    mutants: int
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """``canary`` is a pattern of mutants that are run first: without a kill among them nothing is measured.
    ``whole`` are the arguments for pytest that stand for the whole suite."""

    seed: str
    canary: str
    whole: tuple[str, ...]
    areas: tuple[Area, ...]


def load(path: Path) -> Settings:
    """Read the table. Raises KeyError for what is missing, ValueError for two areas of one name."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["mutation"]
    areas = tuple(Area(area["name"], area["mutants"], tuple(area["modules"])) for area in table["areas"])
    if len({area.name for area in areas}) < len(areas):
        raise ValueError("two areas have the same name")
    return Settings(table["seed"], table["canary"], tuple(table["whole"]), areas)
