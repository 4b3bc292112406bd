"""Request and answer schemas: ``In`` reads, ``Out`` prints. Both are plain declarations of fields."""

from __future__ import annotations

import functools
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema

from mockserver.errors import BadBody, Invalid
from mockserver.http import countries
from mockserver.http.fields import Base, BindError, Part, PartMap, Parts, Show, Text, Time, go_name
from mockserver.http.reading import read_json
from mockserver.store.records.base import Record
from mockserver.zones import is_zone

# The address grammar of the real server's validator, in short: a dotted local part or a quoted one, and a domain of
# at least two labels; letters outside ASCII are allowed, underscores and address literals in the domain are not.
_LOCAL = r"[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef]+"
_QUOTED = r'"(?:[^"\\\x00-\x1f]|\\.)+"'
_LETTER = r"a-zA-Z\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
_LABEL = rf"[{_LETTER}0-9](?:[{_LETTER}0-9\-]*[{_LETTER}0-9])?"
_LAST = rf"[{_LETTER}](?:[{_LETTER}0-9\-]*[{_LETTER}])?"


@functools.cache
def _email() -> re.Pattern[str]:
    """Compiled on first use: that takes longer than importing a module."""
    return re.compile(rf"(?:{_LOCAL}(?:\.{_LOCAL})*|{_QUOTED})@(?:{_LABEL}\.)+{_LAST}")


def is_email(text: str) -> bool:
    """facts/02 §1.1, field ``email``."""
    return _email().fullmatch(text) is not None


class Declared(Schema):
    """A schema that only declares fields. Hooks are not looked for: there are none, and looking takes a tenth of the
    start."""

    @classmethod
    def resolve_hooks(cls) -> dict[str, list[tuple[str, bool, dict[str, Any]]]]:
        return defaultdict(list)


class In(Declared):
    """What a request may carry. Unknown keys are ignored, keys match whatever their case, null means absent."""

    class Meta:
        unknown = EXCLUDE

    struct: ClassVar[str] = ""
    """The name error details start with (facts/01 §4); by default the class's own name."""

    @classmethod
    @functools.cache
    def plan(cls) -> Mapping[str, Any]:
        declared: Mapping[str, Any] = cls().fields
        return {(f.data_key or name).lower(): f for name, f in declared.items()}

    def bind(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The present fields by name. ``BindError`` for a value of the wrong type."""
        plan = self.plan()
        result: dict[str, Any] = {}
        for key, value in data.items():
            known = plan.get(key) or plan.get(key.lower())
            if known is not None and value is not None:
                try:
                    result[known.name] = known.bind(value)
                except BindError as error:
                    raise BindError(f"{key}: {error}") from None
        return result

    def read(self, body: bytes) -> dict[str, Any]:
        """The fields of a request body; ``BadBody`` if it cannot be read."""
        value = read_json(body)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise BadBody("the request body must be a JSON object", "cannot unmarshal the value into an object")
        try:
            return self.bind(value)
        except BindError as error:
            raise BadBody(f"the request body has a value of the wrong type: {error}", f"json: {error}") from None

    def read_query(self, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """The fields of a query string; names match exactly. ``BadBody`` for a value that cannot be read."""
        grouped: dict[str, list[str]] = {}
        for name, text in pairs:
            grouped.setdefault(name, []).append(text)
        result: dict[str, Any] = {}
        declared: Mapping[str, Any] = self.fields
        for name, known in declared.items():
            texts = grouped.get(known.data_key or name)
            if texts is None:
                continue
            try:
                result[name] = known.bind_query(texts)
            except BindError as error:
                raise BadBody(f"the query parameter {name} cannot be read: {error}") from None
        return result

    @classmethod
    @functools.cache
    def checked(cls) -> tuple[tuple[str, str, Callable[[Any], str | None], Any], ...]:
        """The fields with something to check: name, name in details, ``_failing`` of its tags, the field."""
        rows = []
        for name, known in cls().fields.items():
            field: Any = known
            if field.tags or isinstance(field, Part):
                rows.append((name, field.go or go_name(name), _failing(field.tags), field))
        return tuple(rows)

    def failures(self, data: Mapping[str, Any], path: str | None = None) -> dict[str, str]:
        """Failed tags: field name as in error details -> text. Later failures of the same name overwrite."""
        path = path or self.struct or type(self).__name__
        result: dict[str, str] = {}
        for name, go, failing, field in self.checked():
            value = data.get(name)
            failed = failing(value)
            if failed is not None:
                result[go] = f"Key: '{path}.{go}' Error:Field validation for '{go}' failed on the '{failed}' tag"
            elif value is None:
                continue
            elif isinstance(field, Part):
                result.update(field.nested_schema.failures(value, f"{path}.{go}"))
            elif isinstance(field, Parts) and "dive" in field.tags:
                for index, item in enumerate(value):
                    result.update(field.bound_part.nested_schema.failures(item, f"{path}.{go}[{index}]"))
            elif isinstance(field, PartMap) and "dive" in field.tags:
                for key, item in value.items():
                    result.update(field.part.nested_schema.failures(item, f"{path}.{go}[{key}]"))
        return result

    def check(self, data: Mapping[str, Any]) -> None:
        """``Invalid`` naming every field that fails a tag."""
        failed = self.failures(data)
        if failed:
            raise Invalid("the request failed validation; see details", failed)

    def demand(self, data: Mapping[str, Any]) -> None:
        """``BadBody`` if a tag fails: for requests whose tags belong to reading and carry no details (facts/01 §4)."""
        failed = self.failures(data)
        if failed:
            raise BadBody(f"the request body is incomplete: {', '.join(sorted(failed))}")


@functools.cache
def _failing(tags: tuple[str, ...]) -> Callable[[Any], str | None]:
    """What tells the first tag a value fails. ``omitempty`` ends the checks of an absent value, and of an empty one
    unless the field is a pointer."""
    pointer = "pointer" in tags
    steps = [(tag.partition("=")[0], _check(tag)) for tag in tags if tag not in ("dive", "pointer")]

    def failing(value: Any) -> str | None:
        for name, passes in steps:
            if name == "omitempty":
                if value is None or (not pointer and not passes(value)):
                    return None
            elif name == "required":
                if value is None or not passes(value):
                    return name
            elif value is None:
                return name if name == "len" else None
            elif not passes(value):
                return {"country": "iso3166_1_alpha2"}.get(name, name)
        return None

    return failing


def _check(tag: str) -> Callable[[Any], bool]:
    """What tells whether a value that is there passes a tag; for ``omitempty``, whether it is not empty."""
    name, _, argument = tag.partition("=")
    if name in _SIZES:
        compare, bound = _SIZES[name], int(argument)
        return lambda value: compare(len(value) if isinstance(value, (str, list, dict)) else value, bound)
    return _KINDS[name]


_SIZES: Mapping[str, Callable[[Any, Any], bool]] = {
    "len": operator.eq,
    "max": operator.le,
    "min": operator.ge,
    "gte": operator.ge,
    "gt": operator.gt,
}
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "email": is_email,
    "country": countries.is_alpha2,
    "timezone": is_zone,
    "omitempty": lambda value: value not in ("", [], {}),
    "required": lambda value: value not in ("", 0, [], {}),
}


_BASE_FIELDS = ("environment_id", "tenant_id", "status", "created_at", "updated_at", "created_by", "updated_by")


class Out(Declared):
    """What an answer carries; the base fields of facts/01 §6 come last."""

    @classmethod
    @functools.cache
    def print_plan(cls) -> tuple[tuple[str, str, Callable[[Any], Any] | None, bool, bool, Any], ...]:
        rows = []
        for name, known in cls().fields.items():
            field: Any = known
            show = None if type(field).show is Base.show else field.show
            always, full = field.when == Show.ALWAYS, field.when == Show.IF_FULL
            rows.append((field.data_key or name, name, show, always, full, field.null))
        ending = [row for row in rows if row[1] in _BASE_FIELDS]
        return tuple(row for row in rows if row[1] not in _BASE_FIELDS) + tuple(ending)

    def show(self, thing: Mapping[str, Any] | Record) -> dict[str, Any]:
        """A row or record as JSON-ready values, fields left out as their ``when`` says."""
        row = thing.row if isinstance(thing, Record) else thing
        result: dict[str, Any] = {}
        for key, name, show, always, full, null in self.print_plan():
            value = row.get(name)
            if value is None:
                if always:
                    result[key] = null
            elif value or not full:
                result[key] = value if show is None else show(value)
        return result


class BaseOut(Out):
    """The fields every entity ends with (facts/01 §6)."""

    environment_id = Text()
    tenant_id = Text()
    status = Text(about="published or archived")
    created_at = Time()
    updated_at = Time()
    created_by = Text(null="")
    updated_by = Text(null="")
