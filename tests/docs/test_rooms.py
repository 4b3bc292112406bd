"""What the layers cannot say: SQL is written in the store only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mockserver

ROOT = Path(mockserver.__file__).parent
SQL = re.compile(r"\s*(SELECT|INSERT( OR \w+)? INTO|UPDATE|DELETE FROM|CREATE (TABLE|INDEX)|PRAGMA|VACUUM)\s")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a module with their lines, also those inside f-strings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_sql_is_written_in_the_store_only() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(ROOT.rglob("*.py"))
        if path.relative_to(ROOT).parts[0] != "store"
        for line, text in texts(path)
        if SQL.match(text)
    ]
    assert found == []


@pytest.mark.parametrize("text", ["SELECT id FROM t", "INSERT OR REPLACE INTO t VALUES (1)", "DELETE FROM t WHERE x"])
def test_sql_is_known_when_seen(text: str) -> None:
    assert SQL.match(text)
