"""YAML read with line numbers, so that a mistake in a case file can be pointed at.

Scalars follow the JSON-like core of YAML 1.2: ``true``/``false``/``null``, numbers and texts. Dates stay texts and
``yes`` is a text, because that is what a request body means by them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?$")


class CaseError(Exception):
    """A case file that cannot be used; the text begins with ``file:line:``."""

    def __init__(self, file: Path, line: int, text: str) -> None:
        super().__init__(f"{file}:{line}: {text}")
        self.file, self.line = file, line


@dataclass(frozen=True, slots=True)
class Tree:
    """A node of a file: its value on demand, its line always."""

    file: Path
    node: yaml.Node

    @property
    def line(self) -> int:
        """1-based."""
        return int(self.node.start_mark.line) + 1

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    def error(self, text: str) -> CaseError:
        """The complaint at this place."""
        return CaseError(self.file, self.line, text)

    def value(self) -> Any:
        """The whole subtree as plain values; anchors and ``<<`` merges are resolved."""
        node = self.node
        if isinstance(node, yaml.MappingNode):
            return {key: child.value() for key, child in self.fields().items()}
        if isinstance(node, yaml.SequenceNode):
            return [Tree(self.file, child).value() for child in node.value]
        return _scalar(node)

    def fields(self, allowed: frozenset[str] | None = None, required: tuple[str, ...] = ()) -> dict[str, Tree]:
        """A mapping's children; ``CaseError`` at the key that is unknown, doubled or missing."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("a mapping (key: value) is expected here")
        merged: dict[str, Tree] = {}
        own: dict[str, Tree] = {}
        for key_node, child in self.node.value:
            key = str(key_node.value)
            place = Tree(self.file, key_node)
            if key == "<<":
                sources = child.value if isinstance(child, yaml.SequenceNode) else [child]
                for source in sources:
                    merged = {**Tree(self.file, source).fields(), **merged}
                continue
            if key in own:
                raise place.error(f"{key!r} stands here twice")
            if allowed is not None and key not in allowed:
                raise place.error(f"unknown key {key!r}; known here: {', '.join(sorted(allowed))}")
            own[key] = Tree(self.file, child)
        result = {**merged, **own}
        for key in required:
            if key not in result:
                raise self.error(f"{key!r} is missing")
        return result

    def items(self) -> list[Tree]:
        """A sequence's children."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("a list is expected here")
        return [Tree(self.file, child) for child in self.node.value]

    def text(self) -> str:
        """A text that is not empty."""
        value = self.value()
        if not isinstance(value, str) or not value.strip():
            raise self.error("a text is expected here")
        return value

    def texts(self) -> tuple[str, ...]:
        """A list of texts, or one text standing for a list of one."""
        if isinstance(self.node, yaml.ScalarNode):
            return (self.text(),)
        return tuple(item.text() for item in self.items())


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None):
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text


def read(file: Path) -> Tree:
    """The root of a YAML file; ``CaseError`` if it cannot be read."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise CaseError(file, line, f"not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise CaseError(file, 1, f"cannot be read: {error}") from error
    if root is None:
        raise CaseError(file, 1, "the file is empty")
    return Tree(file, root)
