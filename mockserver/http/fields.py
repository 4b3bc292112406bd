"""The field types of requests and answers.

They are marshmallow fields, so that OpenAPI is generated from them and ``load``, ``dump`` and ``validate`` of a schema
do what one expects; ``bind`` reads a JSON value and ``bind_query``
the texts of a query parameter with the real server's rules (behaviour/http#json, behaviour/http#query-strings),
``show`` prints a value.

``tags`` are checks that follow reading and report per field (behaviour/http#error-details), in the validator's own
notation: ``required``, ``len=3``, ``max=255``, ``min=1``, ``email``, ``country``, ``timezone``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from mockserver.errors import BadBody
from mockserver.http.reading import decoded, read_json
from mockserver.rating.money import parse_decimal, parse_whole, plain
from mockserver.times import Timestamp, format_time, parse_rfc3339

_INITIALISMS = {"id": "ID", "ids": "IDs", "url": "URL", "api": "API"}
_MIN, _MAX = -(2**63), 2**63 - 1
_TRUE, _FALSE = {"1", "t", "T", "true", "TRUE", "True"}, {"0", "f", "F", "false", "FALSE", "False"}


class BindError(ValidationError):
    """A value of the wrong type; the whole body is refused. ``where`` are the keys that lead to it."""

    def __init__(self, text: str, where: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.text, self.where = text, where
        for key in reversed(where):
            self.messages = {key: self.messages}

    def inside(self, key: str) -> BindError:
        """The same, told of the object that has it under ``key``."""
        return BindError(self.text, (key, *self.where))

    def __str__(self) -> str:
        return ": ".join((*self.where, self.text))


@functools.cache
def go_name(name: str) -> str:
    """``external_id`` -> ``ExternalID``: the field's name in error details."""
    return "".join(_INITIALISMS.get(part, part[:1].upper() + part[1:]) for part in name.split("_"))


class Show:
    """When an answer leaves a field out."""

    ALWAYS = "always"
    IF_SET = "if set"  # left out when None
    IF_FULL = "if full"  # left out when None, "", 0, False, [] or {}


class Base(fields.Field[Any]):
    """What the field types below share: the options, and reading and printing in marshmallow's own places, so that
    ``deserialize`` is ``bind`` and ``serialize`` is ``show``.

    ``tags`` are checks, ``go`` is the name in error details, ``when`` the rule of ``Show``, ``null`` what an answer
    prints for None (say ``nullable=True`` for OpenAPI where that happens); ``about`` and ``enum`` are for OpenAPI.
    Marshmallow's options for the same (``required``, ``validate``, ``allow_none`` ...) are refused: a rule is said
    once, and never skipped.
    """

    described: ClassVar[Mapping[str, Any]] = {}
    """What OpenAPI says of every field of the type."""

    def __init__(
        self,
        *inside: Any,
        tags: str = "",
        go: str | None = None,
        when: str = Show.ALWAYS,
        null: Any = None,
        about: str = "",
        enum: Iterable[Any] = (),
        nullable: bool = False,
        data_key: str | None = None,
    ) -> None:
        said = {"description": about, "nullable": nullable, "enum": list(enum)}
        metadata = {**self.described, **{name: value for name, value in said.items() if value}}
        super().__init__(**self.made_of(*inside), data_key=data_key, metadata=metadata)
        self.tags = tuple(filter(None, tags.split(",")))
        self.go, self.when, self.null = go, when, null

    def made_of(self, *inside: Any) -> dict[str, Any]:
        """What marshmallow's constructor of the type takes besides: the types inside."""
        if inside:
            raise TypeError(f"{type(self).__name__} has nothing inside")
        return {}

    def bind(self, value: Any) -> Any:
        """The value of a JSON body as the application keeps it; ``BindError`` where the type is wrong. Types that only
        answers use have no such form."""
        raise TypeError(f"{type(self).__name__} has no form in a body")

    def bind_query(self, values: Sequence[str]) -> Any:
        """The same of a query parameter, given all the texts it was sent with; objects have no such form."""
        raise TypeError(f"{type(self).__name__} has no form in a query")

    def show(self, value: Any) -> Any:
        return value

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return self.bind(value)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return self.null if value is None else self.show(value)


class Text(Base, fields.String):
    """A string."""

    def bind(self, value: Any) -> Any:
        if type(value) is not str:
            raise BindError("a text is expected")
        return value

    def bind_query(self, values: Sequence[str]) -> Any:
        return values[0]


class Int(Base, fields.Integer):
    """A 64-bit integer; only integer literals are read."""

    low, high = _MIN, _MAX

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
    """An exact decimal: read from a string or a number, printed as a plain string (behaviour/http#decimals)."""

    described = MappingProxyType({"format": "decimal", "x-decimal": True})

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
    """A JSON number in an answer (only usage answers print amounts so, behaviour/rating#numbers)."""


class Time(Base, fields.DateTime):
    """RFC3339: read into a ``Timestamp``, printed from a ``datetime`` or, echoed as sent, from a ``Timestamp``."""

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

    def made_of(self, *inside: Any) -> dict[str, Any]:
        return {"keys": fields.String(), "values": fields.String()}

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

    def made_of(self, *inside: Any) -> dict[str, Any]:
        return {"keys": fields.String(), "values": fields.List(fields.String())}

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

    def bind(self, value: Any) -> Any:
        return _free(value)


class AnyObject(Base, fields.Dict):
    """Any JSON object."""

    def bind(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise BindError("an object is expected")
        return _free(value)


class Texts(Base, fields.List[Any]):
    """An array of strings; in a query string the parameter is repeated, commas do not split."""

    def made_of(self, *inside: Any) -> dict[str, Any]:
        return {"cls_or_instance": fields.String()}

    def bind(self, value: Any) -> Any:
        return _texts(value)

    def bind_query(self, values: Sequence[str]) -> Any:
        return list(values)


class Part(Base, fields.Nested):  # type: ignore[misc]  # Nested names its value otherwise
    """A nested object of another schema."""

    def made_of(self, *inside: Any) -> dict[str, Any]:
        (nested,) = inside
        return {"nested": nested}

    def bind(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise BindError("an object is expected")
        return self.nested_schema.bind(value)

    def bind_query(self, values: Sequence[str]) -> Any:
        return self.bind(_json_text(values[0]))

    def show(self, value: Any) -> Any:
        return None if value is None else self.nested_schema.dump(value)

    @property
    def nested_schema(self) -> Any:
        """The ``In`` or ``Out`` inside."""
        return self.schema


class Parts(Base, fields.List[Any]):
    """An array of objects of another schema. A null element reads as an empty object."""

    def made_of(self, *inside: Any) -> dict[str, Any]:
        return {"cls_or_instance": Part(*inside)}

    def bind(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise BindError("an array is expected")
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
        dump: Callable[[Any], Any] = self.bound_part.nested_schema.dump
        return [dump(item) for item in value]


class PartsNotNull(Parts):
    """An array of objects whose null elements are passed over; at most ``most`` are taken."""

    def __init__(self, *inside: Any, most: int | None = None, **options: Any) -> None:
        super().__init__(*inside, **options)
        self.most = most

    def bind(self, value: Any) -> Any:
        if not isinstance(value, list):
            return super().bind(value)
        if self.most is not None and len(value) > self.most:
            raise BindError(f"at most {self.most} are taken")
        return super().bind([item for item in value if item is not None])


class Embedded(Part):
    """An object of another schema that is JSON already: who embeds it has printed it."""

    def show(self, value: Any) -> Any:
        return value


class EmbeddedParts(Parts):
    """An array of such objects."""

    def show(self, value: Any) -> Any:
        return value


class PartMap(Base, fields.Dict):
    """An object whose values are objects of another schema."""

    def made_of(self, *inside: Any) -> dict[str, Any]:
        return {"keys": fields.String(), "values": Part(*inside)}

    @property
    def bound_part(self) -> Any:
        """The values' field, bound to the schema it belongs to."""
        return self.value_field

    def bind(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise BindError("an object is expected")
        bind = self.bound_part.bind
        return {key: bind({} if item is None else item) for key, item in value.items()}

    def show(self, value: Any) -> Any:
        show = self.bound_part.show
        return None if value is None else {key: show(item) for key, item in value.items()}


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
