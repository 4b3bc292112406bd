"""The documented payloads and the catalogues that ship with the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@cache
def folder() -> Path:
    """The ``fixtures`` folder: inside an installed package, or beside it in a checkout."""
    installed = Path(__file__).parent / "_fixtures"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "fixtures"


@dataclass(frozen=True, slots=True)
class Payload:
    """One documented request: its text with ``<placeholders>``, and what each profile is expected to answer."""

    file: str
    step: str
    title: str
    method: str
    path: str
    text: str
    placeholders: tuple[str, ...]
    provides: dict[str, str]
    expected: dict[str, dict[str, Any]]

    def filled(self, values: dict[str, str]) -> str:
        """The JSON text with placeholders replaced; one without a value becomes the name inside its brackets, which
        for meters is the documents' literal id."""
        text = self.text
        for name in self.placeholders:
            text = text.replace(name, values.get(name, name.strip("<>")))
        return text


def payloads() -> list[Payload]:
    """The documented payloads in document order."""
    index = json.loads((folder() / "payloads" / "index.json").read_text(encoding="utf-8"))
    return [
        Payload(
            entry["file"],
            entry["step"],
            entry["title"],
            entry["method"],
            entry["path"],
            (folder() / "payloads" / entry["file"]).read_text(encoding="utf-8"),
            tuple(entry["placeholders"]),
            entry.get("provides", {}),
            entry["expected"],
        )
        for entry in index["payloads"]
    ]


def catalog_path(name: str) -> Path:
    """A shipped catalogue: ``documented`` (meters only) or ``models``."""
    return folder() / "catalog" / f"{name}.json"
