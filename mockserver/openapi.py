"""OpenAPI 3, generated from the routes and their marshmallow schemas; nothing in it is written by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from mockserver import __version__
from mockserver.http.fields import Base, Bool, Int, Number, Show, Text, Time
from mockserver.http.listing import PaginationOut
from mockserver.http.routing import Route, Routes
from mockserver.http.schema import In, Out

_INFO: dict[str, Any] = {
    "description": "The Flexprice billing API as flexprice-mock emulates it. Amounts are exact decimals in strings."
}
_PARAMETER = re.compile(r"<(\w+)>")
_ERRORS = {
    "400": "The request cannot be read, fails validation or is refused in the present state.",
    "401": "No key, or one that is not accepted.",
    "403": "The key may not do this, or names no environment.",
    "404": "Something the request names does not exist.",
    "409": "The key or id is taken.",
    "500": "What a real server answers where its database or handler gives up; never under the documented profile.",
    "501": "The real server does this, the emulator does not.",
    "503": "A part of the real server's deployment is missing.",
}


def _attributes(self: OpenAPIConverter, field: Any, **ignored: Any) -> dict[str, Any]:
    """Limits from the checks of a field; which fields may be null."""
    result: dict[str, Any] = {}
    if not isinstance(field, Base):
        return result
    owner = getattr(field, "parent", None)
    for tag in field.tags:
        name, _, argument = tag.partition("=")
        if name == "required" and type(field).__name__ == "Text":
            result.setdefault("minLength", 1)
        elif name == "len":
            result["minLength"] = result["maxLength"] = int(argument)
        elif name == "max":
            result["maxLength"] = int(argument)
        elif name == "email":
            result["format"] = "email"
    if isinstance(owner, Out) and field.when == Show.ALWAYS and field.null is None:
        # Texts, numbers and flags of an answer are null only where their declaration says so.
        if not isinstance(field, (Text, Time, Int, Bool, Number)):
            result["nullable"] = True
    elif isinstance(owner, In):
        result["nullable"] = True
    return result


class _Converter(OpenAPIConverter):
    """Says which fields of a request must and which of an answer will be there."""

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        result: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]  # apispec ships no types for it
        if isinstance(schema, In):
            required = [f.data_key or n for n, f in schema.fields.items() if "required" in getattr(f, "tags", ())]
            for name in required:
                result["properties"][name].pop("nullable", None)
        else:
            required = [f.data_key or n for n, f in schema.fields.items() if getattr(f, "when", "") == Show.ALWAYS]
        if required:
            result["required"] = required
        return result


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


def _spec() -> APISpec:
    plugin = _Plugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Flexprice (emulated)",
        version=__version__,
        openapi_version="3.0.3",
        plugins=[plugin],
        info=_INFO,
        servers=[{"url": "/"}],
    )
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_attributes)  # type: ignore[no-untyped-call]  # apispec ships no types for it
    return spec


def _name(schema: Any) -> str:
    known = type(schema) if not isinstance(schema, type) else schema
    name = str(known.__name__)
    if issubclass(known, In):
        return getattr(known, "struct", "") or name
    return name.removesuffix("Out")


def _list_of(item: Out) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "pagination"],
        "properties": {
            "items": {"type": "array", "nullable": True, "items": item},
            "pagination": PaginationOut(),
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters: list[Any] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.rule)
    ]
    if route.query is not None:
        parameters.append({"in": "query", "schema": route.query})
    success: dict[str, Any] = {"description": "Success."}
    if route.answer is not None:
        schema: Any = _list_of(route.answer) if route.items else route.answer
        if route.bare:
            schema = {"type": "array", "items": route.answer}
        success["content"] = {"application/json": {"schema": schema}}
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": parameters,
        "responses": {str(route.status): success},
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": route.body}},
        }
    for status, text in _ERRORS.items():
        reference = "AccessRefusal" if status in ("401", "403") else "Error"
        if route.public and status in ("401", "403") and not route.rule.startswith("/v1/customer/"):
            continue
        operation["responses"][status] = {
            "description": text,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{reference}"}}},
        }
    if route.public:
        operation["security"] = []
    return operation


def _operation_id(route: Route) -> str:
    module = route.handler.__module__.split(".")[-2]
    return f"{module}.{route.handler.__name__.rstrip('_')}"


def document(groups: Sequence[Routes]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    spec = _spec()
    spec.components.security_scheme("ApiKey", {"type": "apiKey", "in": "header", "name": "x-api-key"})
    spec.components.schema(
        "Error",
        {
            "type": "object",
            "required": ["code", "message", "http_status_code"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "http_status_code": {"type": "integer"},
                "details": {"type": "object", "additionalProperties": True},
            },
        },
    )
    spec.components.schema(
        "AccessRefusal",
        {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("error", "message", "code")},
            "additionalProperties": True,
        },
    )
    for group in groups:
        spec.tag({"name": group.tag})
        for route in group.all:
            spec.path(path=_PARAMETER.sub(r"{\1}", route.rule), operations={route.method.lower(): _operation(route)})
    result: dict[str, Any] = spec.to_dict()
    result["security"] = [{"ApiKey": []}]
    _nullable_references(result)
    return result


def _nullable_references(node: Any) -> None:
    """OpenAPI 3.0 ignores what stands beside a ``$ref``: wrap it, so that ``nullable`` counts."""
    if isinstance(node, dict):
        for value in list(node.values()):
            _nullable_references(value)
        if "$ref" in node and len(node) > 1:
            reference = node.pop("$ref")
            node["allOf"] = [{"$ref": reference}]
    elif isinstance(node, list):
        for value in node:
            _nullable_references(value)
