"""Request and answer schemas: ``In`` reads, ``Out`` prints. Both are plain declarations of fields.

They are marshmallow schemas, and ``load``, ``loads``, ``validate`` and ``dump`` mean what they mean there: ``load`` is
``bind`` and then ``check``, ``dump`` prints. What differs is the API's own: a value of the wrong type refuses the body
at once, tags are looked at afterwards, all of them.
"""

from __future__ import annotations

import functools
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, overload

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow.exceptions import SCHEMA

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
    """behaviour/customers-and-plans#creating-a-customer, field ``email``."""
    return _email().fullmatch(text) is not None


class Unreadable(BadBody, ValidationError):
    """A body refused without details; ``messages`` tells marshmallow's way where."""

    def __init__(self, message: str, reason: str = "", messages: Any = None) -> None:
        super().__init__(message, reason)
        self.messages = messages or [message]


class Failed(Invalid, ValidationError):
    """A body whose tags fail, with details by name of the field (behaviour/http#error-details); ``messages`` tells
    marshmallow's way."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__("the request failed validation; see details", _details(failures))
        self.messages = _messages(failures)


@dataclass(frozen=True, slots=True)
class Failure:
    """A tag that a value fails: the keys and indexes that lead there, the field's name in details, the text."""

    where: tuple[str | int, ...]
    go: str
    text: str


def _details(failures: Iterable[Failure]) -> dict[str, str]:
    return {failure.go: failure.text for failure in failures}


def _messages(failures: Sequence[Failure]) -> dict[str | int, Any]:
    """Texts by field, nested as the body is: marshmallow's form of errors."""
    tree: dict[str | int, Any] = {}
    for failure in failures:
        node = tree
        for step in failure.where[:-1]:
            node = node.setdefault(step, {})
        node.setdefault(failure.where[-1], []).append(failure.text)
    return tree


class Declared(Schema):
    """A schema that only declares fields. Hooks are not looked for, which takes a tenth of the start; a class that
    has one is refused."""

    @classmethod
    def resolve_hooks(cls) -> dict[str, list[tuple[str, bool, dict[str, Any]]]]:
        return defaultdict(list)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        parts = [part for part in cls.__mro__ if part is cls or not issubclass(part, Schema)]
        hooks = [name for part in parts for name, value in vars(part).items() if hasattr(value, "__marshmallow_hook__")]
        if hooks:
            raise TypeError(f"{cls.__name__}: schemas here have no hooks ({', '.join(hooks)}); rules belong into rules")


class In(Declared):
    """What a request may carry. Unknown keys are ignored, keys match whatever their case, null means absent."""

    class Meta:
        unknown = EXCLUDE

    struct: ClassVar[str] = ""
    """The name error details start with (behaviour/http#error-details); by default the class's own name."""

    names_failures: ClassVar[bool] = True
    """Whether a refusal names the fields in details. If not, the tags belong to reading the body
    (behaviour/http#error-details)."""

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
                    raise error.inside(key) from None
        return result

    @overload
    def load(self, data: Any, *, many: Literal[False] | None = None) -> dict[str, Any]: ...
    @overload
    def load(self, data: Any, *, many: bool | None = None, partial: Any = None, unknown: str | None = None) -> Any: ...
    def load(
        self,
        data: Any,
        *,
        many: bool | None = None,
        partial: Any = None,
        unknown: str | None = None,
    ) -> Any:
        """The fields of a JSON object, bound and checked (with ``many``, of an array of them). What is raised is a
        ``ValidationError`` to marshmallow's users and the answer of ``check`` or ``read`` to the API's."""
        if partial or unknown not in (None, EXCLUDE):
            raise TypeError("requests are read whole, and unknown keys are always ignored")
        if self.many if many is None else many:
            return [self.load(item, many=False) for item in data]
        bound = self._readable(data)
        self.check(bound)
        return bound

    def loads(self, json_data: str | bytes | bytearray, /, **kwargs: Any) -> Any:
        """``load`` of a JSON text; a body that is ``null`` is an empty one."""
        text = json_data.encode() if isinstance(json_data, str) else bytes(json_data)
        value = read_json(text)
        return self.load({} if value is None else value, **kwargs)

    def validate(self, data: Any, *, many: bool | None = None, partial: Any = None) -> dict[str, list[str]]:
        """What ``load`` would refuse, as texts by field, nested as the data is; empty if nothing."""
        if self.many if many is None else many:
            each = {index: self.validate(item, many=False, partial=partial) for index, item in enumerate(data)}
            return {index: found for index, found in each.items() if found}  # type: ignore[misc]  # as marshmallow's
        try:
            self.load(data, many=False, partial=partial)
        except ValidationError as error:
            found: Any = error.messages
            return found if isinstance(found, dict) else {SCHEMA: found}
        return {}

    def read(self, body: bytes) -> dict[str, Any]:
        """The fields of a request body, not checked; ``BadBody`` if it cannot be read."""
        value = read_json(body)
        return {} if value is None else self._readable(value)

    def _readable(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Unreadable("the request body must be a JSON object", "cannot unmarshal the value into an object")
        try:
            return self.bind(value)
        except BindError as error:
            text = f"the request body has a value of the wrong type: {error}"
            raise Unreadable(text, f"json: {error}", error.messages) from None

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
                text = f"the query parameter {name} cannot be read: {error}"
                raise Unreadable(text, messages={name: error.messages}) from None
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

    def failed(
        self, data: Mapping[str, Any], path: str | None = None, where: tuple[str | int, ...] = ()
    ) -> Iterator[Failure]:
        """The tags that bound data fails, in the order of the fields."""
        path = path or self.struct or type(self).__name__
        for name, go, failing, field in self.checked():
            value = data.get(name)
            failed = failing(value)
            if failed is not None:
                text = f"Key: '{path}.{go}' Error:Field validation for '{go}' failed on the '{failed}' tag"
                yield Failure((*where, name), go, text)
            elif value is None:
                continue
            elif isinstance(field, Part):
                yield from field.nested_schema.failed(value, f"{path}.{go}", (*where, name))
            elif isinstance(field, (Parts, PartMap)) and "dive" in field.tags:
                schema = field.bound_part.nested_schema
                for key, item in enumerate(value) if isinstance(value, list) else value.items():
                    yield from schema.failed(item, f"{path}.{go}[{key}]", (*where, name, key))

    def failures(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Failed tags: field name as in error details -> text. Later failures of the same name overwrite."""
        return _details(self.failed(data))

    def check(self, data: Mapping[str, Any]) -> None:
        """``Failed`` or ``Unreadable``, as ``names_failures`` says, if bound data fails a tag."""
        found = list(self.failed(data))
        if found:
            raise self.refusal(data, found)

    def refusal(self, data: Mapping[str, Any], failures: Sequence[Failure]) -> Failed | Unreadable:
        """What to answer where tags fail."""
        if self.names_failures:
            return Failed(failures)
        text = f"the request body is incomplete: {', '.join(sorted(_details(failures)))}"
        return Unreadable(text, messages=_messages(failures))


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
    """What an answer carries; the base fields of behaviour/http#ids-and-base-fields come last."""

    def load(self, *_: Any, **__: Any) -> Any:
        """Answers are printed only."""
        raise TypeError(f"{type(self).__name__} prints answers and reads nothing")

    loads = validate = load

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

    @overload
    def dump(self, obj: Any, *, many: Literal[False] | None = None) -> dict[str, Any]: ...
    @overload
    def dump(self, obj: Any, *, many: bool | None = None) -> Any: ...
    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """A row or record as JSON-ready values, fields left out as their ``when`` says; ``many`` prints a list."""
        if self.many if many is None else many:
            return [self.dump(each, many=False) for each in obj]
        row = obj.row if isinstance(obj, Record) else obj
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
    """The fields every entity ends with (behaviour/http#ids-and-base-fields)."""

    environment_id = Text()
    tenant_id = Text()
    status = Text(about="published or archived")
    created_at = Time()
    updated_at = Time()
    created_by = Text(null="")
    updated_by = Text(null="")
