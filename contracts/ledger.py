"""A run's record: what it made on a target, written as it happens, so that it can be archived even when the run was
cut off. A file of one JSON object a line; no key is ever in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_FOLDER = Path(".contracts")
_FILE = "made.jsonl"

_KEYS = ("external_id", "lookup_key", "code")


@dataclass(frozen=True, slots=True)
class Made:
    """An object a run made; ``id`` is empty where the answer never came and only its own key is known."""

    id: str
    path: str
    key: str = ""

    @property
    def kind(self) -> str:
        """The prefix of the id."""
        return self.id.rpartition("_")[0]


class Ledger:
    """The record of one run, in a folder of its own."""

    def __init__(self, run: str, folder: Path = DEFAULT_FOLDER) -> None:
        self.run = run
        self.folder = folder / run
        self.file = self.folder / _FILE

    def start(self, base: str, environment: str | None) -> None:
        """Write where the run goes to, so that a later clean-up cannot go elsewhere."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write({"base": base, "environment": environment})

    def intend(self, path: str, body: Any) -> None:
        """A create is about to be sent."""
        key = _own_key(body)
        if key:
            self._write({"sent": path, "key": key})

    def answered(self, path: str, body: Any, answer: Any) -> None:
        """A create succeeded."""
        found = answer.get("items") if isinstance(answer, dict) and isinstance(answer.get("items"), list) else [answer]
        for row in found or []:
            if isinstance(row, dict) and isinstance(row.get("id"), str):
                self._write({"made": row["id"], "path": path, "key": _own_key(body)})

    def refused(self, body: Any) -> None:
        """A create was refused: nothing was made under that key."""
        key = _own_key(body)
        if key:
            self._write({"refused": key})

    def archived(self, made: Made) -> None:
        """That object is gone."""
        self._write({"archived": made.id or made.key})

    def target(self) -> tuple[str, str | None]:
        """Base URL and environment the run was against; ``FileNotFoundError`` if there is no such run."""
        for line in self._lines():
            if "base" in line:
                return str(line["base"]), line["environment"]
        raise FileNotFoundError(self.file)

    def left(self) -> list[Made]:
        """What has not been archived yet, the youngest first."""
        rows: dict[str, Made] = {}
        lost: dict[str, Made] = {}
        for line in self._lines():
            if "made" in line:
                rows[line["made"]] = Made(line["made"], line["path"], line["key"])
                lost.pop(line["key"], None)
            elif "sent" in line:
                lost[line["key"]] = Made("", line["sent"], line["key"])
            elif "refused" in line:
                lost.pop(line["refused"], None)
            elif "archived" in line:
                rows.pop(line["archived"], None)
                lost.pop(line["archived"], None)
        return [*reversed(rows.values()), *lost.values()]

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self.file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield json.loads(line)

    def _write(self, row: dict[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _own_key(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    return next((body[key] for key in _KEYS if isinstance(body.get(key), str) and body[key]), "")
