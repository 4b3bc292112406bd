"""A stored thing as a typed value, made from its row at one border: here."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Self, TypeVar

from mockserver.store.columns import Row, Table
from mockserver.vocabulary import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The base fields of every stored thing (behaviour/http#ids-and-base-fields). ``table`` is where it is kept; fields
    are its columns.

    Times are in UTC. A record is a value: ``dataclasses.replace`` makes a changed one, ``Work.alter`` stores it.
    """

    table: ClassVar[Table]
    id: str
    tenant_id: str
    environment_id: str
    status: Status
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str

    @classmethod
    def of(cls, row: Row) -> Self:
        """The record of a row of its table. Words that the API's vocabulary does not know stay texts."""
        words = _words(cls)
        return cls(**{name: words[name](value) if name in words else value for name, value in row.items()})

    @property
    def row(self) -> Row:
        """The row again, as the table, lists and answer schemas take it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


R = TypeVar("R", bound=Record)


def changes(before: Record, after: Record) -> Mapping[str, Any]:
    """The columns in which two records of one kind differ, with their new values."""
    return {
        field.name: new for field in fields(after) if (new := getattr(after, field.name)) != getattr(before, field.name)
    }


_WORDS: dict[type[Record], Mapping[str, Callable[[Any], Any]]] = {}


def _words(kind: type[Record]) -> Mapping[str, Callable[[Any], Any]]:
    """How to read the columns that hold words of the vocabulary."""
    if kind not in _WORDS:
        _WORDS[kind] = dict(_readers(kind))
    return _WORDS[kind]


def _readers(kind: type[Record]) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    for name, hint in typing.get_type_hints(kind).items():
        options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        word = next((each for each in options if isinstance(each, type) and issubclass(each, Enum)), None)
        if word is not None:
            yield name, _reader(word)


def _reader(word: type[Enum]) -> Callable[[Any], Any]:
    known: Mapping[Any, Any] = {member.value: member for member in word}
    return lambda text: known.get(text, text)
