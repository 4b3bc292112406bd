"""The field types of requests and answers.

They are marshmallow fields, so that OpenAPI is generated from them; ``bind`` reads a JSON value and ``bind_query``
the texts of a query parameter with the real server's rules (facts/01 §5, §7.4), ``show`` prints a value.

``tags`` are checks that follow reading and report per field (facts/01 §4), in the validator's own notation:
``required``, ``len=3``, ``max=255``, ``min=1``, ``email``, ``country``, ``timezone``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import fields

from mockserver.errors import BadBody
from mockserver.http.reading import decoded, read_json
from mockserver.rating.money import parse_decimal, parse_whole, plain
from mockserver.times import Timestamp, format_time, parse_rfc3339

_INITIALISMS = {"id": "ID", "ids": "IDs", "url": "URL", "api": "API"}
_MIN, _MAX = -(2**63), 2**63 - 1
_TRUE, _FALSE = {"1", "t", "T", "true", "TRUE", "True"}, {"0", "f", "F", "false", "FALSE", "False"}


class BindError(ValueError):
    """A value of the wrong type; the whole body is refused."""


@functools.cache
def go_name(name: str) -> str:
    """``external_id`` -> ``ExternalID``: the field's name in error details."""
    return "".join(_INITIALISMS.get(part, part[:1].upper() + part[1:]) for part in name.split("_"))


class Show:
    """When an answer leaves a field out."""

    ALWAYS = "always"
    IF_SET = "if set"  # left out when None
    IF_FULL = "if full"  # left out when None, "", 0, False, [] or {}


class Base:
    """What the field types below share; ``go`` is the name in error details, ``show`` the rule of ``Show``."""

    tags: tuple[str, ...]
    go: str | None
    when: str
    null: Any

    def take(self, tags: str, go: str | None, when: str, null: Any) -> None:
        self.tags = tuple(filter(None, tags.split(",")))
        self.go, self.when, self.null = go, when, null

    def bind(self, value: Any) -> Any:
        """The value of a JSON body as the application keeps it; ``BindError`` where the type is wrong. Types that only
        answers use have no such form."""
        raise TypeError(f"{type(self).__name__} has no form in a body")

    def bind_query(self, values: Sequence[str]) -> Any:
        """The same of a query parameter, given all the texts it was sent with; objects have no such form."""
        raise TypeError(f"{type(self).__name__} has no form in a query")

    def show(self, value: Any) -> Any:
        return value


def _options(field_kwargs: dict[str, Any]) -> dict[str, Any]:
    """Split off our own options from those marshmallow takes."""
    own = {
        "tags": field_kwargs.pop("tags", ""),
        "go": field_kwargs.pop("go", None),
        "when": field_kwargs.pop("when", Show.ALWAYS),
        "null": field_kwargs.pop("null", None),
    }
    about = field_kwargs.pop("about", None)
    enum = field_kwargs.pop("enum", None)
    metadata = dict(field_kwargs.pop("metadata", {}))
    if about:
        metadata["description"] = about
    if field_kwargs.pop("nullable", False):
        metadata["nullable"] = True
    if enum:
        metadata["enum"] = list(enum)
    field_kwargs["metadata"] = metadata
    return own


class Text(Base, fields.String):
    """A string. ``null`` is what an answer prints for None (default JSON null); say ``nullable=True`` for OpenAPI
    where that happens."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.String.__init__(self, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if type(value) is not str:
            raise BindError("a text is expected")
        return value

    def bind_query(self, values: Sequence[str]) -> Any:
        return values[0]


class Int(Base, fields.Integer):
    """A 64-bit integer; only integer literals are read."""

    low, high = _MIN, _MAX

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.Integer.__init__(self, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if type(value) is not int or not self.low <= value <= self.high:
            raise BindError("an integer is expected")
        return value

    def bind_query(self, values: Sequence[str]) -> Any:
        text = values[0].strip(" \t\n\v\f\r")
        if not text:
            return 0
        try:
            number = parse_whole(text)
        except ValueError:
            raise BindError("an integer is expected") from None
        if not self.low <= number <= self.high:
            raise BindError("an integer is expected")
        return number


class Unsigned(Int):
    """A 64-bit integer that is not negative."""

    low, high = 0, 2**64 - 1


class Bool(Base, fields.Boolean):
    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.Boolean.__init__(self, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if type(value) is not bool:
            raise BindError("true or false is expected")
        return value

    def bind_query(self, values: Sequence[str]) -> Any:
        text = values[0]
        if text in _TRUE:
            return True
        if text in _FALSE or not text:
            return False
        raise BindError("true or false is expected")


class Money(Base, fields.String):
    """An exact decimal: read from a string or a number, printed as a plain string (facts/01 §5)."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        kw["metadata"] = {"format": "decimal", "x-decimal": True, **kw.get("metadata", {})}
        fields.String.__init__(self, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return Decimal(value)
        if type(value) is int:
            return Decimal(value)
        if type(value) is str:
            try:
                return parse_decimal(value)
            except ValueError as error:
                raise BindError(str(error)) from None
        raise BindError("a decimal is expected")

    def bind_query(self, values: Sequence[str]) -> Any:
        return self.bind(values[0])

    def show(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value


class Number(Base, fields.Float):
    """A JSON number in an answer (only usage answers print amounts so, facts/06 §1)."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.Float.__init__(self, **kw)
        self.take(**own)


class Time(Base, fields.DateTime):
    """RFC3339: read into a ``Timestamp``, printed from a ``datetime`` or, echoed as sent, from a ``Timestamp``."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.DateTime.__init__(self, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if type(value) is not str:
            raise BindError("an RFC3339 time is expected")
        try:
            return parse_rfc3339(value)
        except ValueError as error:
            raise BindError(str(error)) from None

    def bind_query(self, values: Sequence[str]) -> Any:
        return parse_rfc3339("0001-01-01T00:00:00Z") if not values[0] else self.bind(values[0])

    def show(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return format_time(value)
        return value.echo if isinstance(value, Timestamp) else value


class TextMap(Base, fields.Dict):
    """An object of strings such as ``metadata``; a null value reads as ``""``."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.Dict.__init__(self, keys=fields.String(), values=fields.String(), **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise BindError("an object is expected")
        result = {}
        for key, item in value.items():
            if item is not None and type(item) is not str:
                raise BindError(f"the value of {key!r} must be a text")
            result[key] = item or ""
        return result

    def bind_query(self, values: Sequence[str]) -> Any:
        return self.bind(_json_text(values[0]))

    def show(self, value: Any) -> Any:
        return None if value is None else dict(sorted(value.items()))


class TextListMap(Base, fields.Dict):
    """An object whose values are arrays of strings, such as ``filter_values``."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.Dict.__init__(self, keys=fields.String(), values=fields.List(fields.String()), **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise BindError("an object is expected")
        return {key: [] if item is None else _texts(item) for key, item in value.items()}

    def bind_query(self, values: Sequence[str]) -> Any:
        return self.bind(_json_text(values[0]))


def _free(value: Any) -> Any:
    try:
        return decoded(value)
    except ValueError as error:
        raise BindError(str(error)) from None


class Anything(Base, fields.Raw):
    """Any JSON value, kept as it is."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.Raw.__init__(self, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        return _free(value)


class AnyObject(Base, fields.Dict):
    """Any JSON object."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.Dict.__init__(self, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise BindError("an object is expected")
        return _free(value)


class Texts(Base, fields.List[Any]):
    """An array of strings; in a query string the parameter is repeated, commas do not split."""

    def __init__(self, **kw: Any) -> None:
        own = _options(kw)
        fields.List.__init__(self, fields.String(), **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        return _texts(value)

    def bind_query(self, values: Sequence[str]) -> Any:
        return list(values)


class Part(Base, fields.Nested):
    """A nested object of another schema."""

    def __init__(self, nested: Any, **kw: Any) -> None:
        own = _options(kw)
        fields.Nested.__init__(self, nested, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise BindError("an object is expected")
        return self.nested_schema.bind(value)

    def bind_query(self, values: Sequence[str]) -> Any:
        return self.bind(_json_text(values[0]))

    def show(self, value: Any) -> Any:
        return None if value is None else self.nested_schema.show(value)

    @property
    def nested_schema(self) -> Any:
        """The ``In`` or ``Out`` inside."""
        return self.schema


class Parts(Base, fields.List[Any]):
    """An array of objects of another schema, with at most ``most`` of them. A null element reads as an empty object
    unless ``skip_null``."""

    def __init__(self, nested: Any, *, skip_null: bool = False, most: int | None = None, **kw: Any) -> None:
        own = _options(kw)
        self.part, self.skip_null, self.most = Part(nested), skip_null, most
        fields.List.__init__(self, self.part, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise BindError("an array is expected")
        if self.most is not None and len(value) > self.most:
            raise BindError(f"at most {self.most} are taken")
        if self.skip_null:
            value = [item for item in value if item is not None]
        bind = self.bound_part.bind
        return [bind({} if item is None else item) for item in value]

    @property
    def bound_part(self) -> Any:
        """The element's field, bound to the schema it belongs to."""
        return self.inner

    def bind_query(self, values: Sequence[str]) -> Any:
        return self.bind([_json_text(v) for v in values])

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        show: Callable[[Any], Any] = self.bound_part.nested_schema.show
        return [show(item) for item in value]


class PartMap(Base, fields.Dict):
    """An object whose values are objects of another schema."""

    def __init__(self, nested: Any, **kw: Any) -> None:
        own = _options(kw)
        self.part = Part(nested)
        fields.Dict.__init__(self, keys=fields.String(), values=self.part, **kw)
        self.take(**own)

    def bind(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise BindError("an object is expected")
        inner: Any = self.value_field
        return {key: inner.bind({} if item is None else item) for key, item in value.items()}

    def show(self, value: Any) -> Any:
        inner: Any = self.value_field
        return None if value is None else {key: inner.show(item) for key, item in value.items()}


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise BindError("an array of texts is expected")
    for item in value:
        if item is not None and type(item) is not str:
            raise BindError("an array of texts is expected")
    return [item or "" for item in value]


def _json_text(text: str) -> Any:
    try:
        return read_json(text.encode())
    except BadBody as error:
        raise BindError(error.reason) from None
