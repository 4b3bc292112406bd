"""Stateful links for an OpenAPI document that has none: what a create answers with is what read, update and delete are
about, and the list of its kind comes after each."""

from __future__ import annotations

import copy
from typing import Any

RESOURCES = (
    "/v1/customers",
    "/v1/plans",
    "/v1/prices/units",
    "/v1/features",
    "/v1/meters",
    "/v1/groups",
    "/v1/coupons",
    "/v1/taxes/rates",
)
"""Collections whose creates need nothing made before, so that arbitrary bodies often succeed."""

_BODY_ID = "$response.body#/id"


def linked(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A copy with links from every create whose collection has items of its own, and the paths they join."""
    document = copy.deepcopy(document)
    paths = document["paths"]
    joined: list[str] = []
    for collection, item in paths.items():
        create = item.get("post")
        one = _item_of(collection, paths)
        if collection not in RESOURCES or create is None or one is None or "201" not in create.get("responses", {}):
            continue
        parameter = one.rpartition("{")[2].rstrip("}")
        links: dict[str, Any] = {}
        for method, operation in paths[one].items():
            if method in ("get", "put", "delete"):
                links[f"{method} it"] = {
                    "operationId": operation["operationId"],
                    "parameters": {parameter: _BODY_ID},
                }
        if "get" in item:
            links["list"] = {"operationId": item["get"]["operationId"]}
        create["responses"]["201"]["links"] = links
        read = paths[one].get("get")
        for method in ("put", "delete"):
            changed = paths[one].get(method)
            if changed and read:
                again = {"operationId": read["operationId"], "parameters": {parameter: f"$request.path.{parameter}"}}
                changed["responses"]["200"] = {**changed["responses"].get("200", {"description": "Success."})}
                changed["responses"]["200"]["links"] = {"read it again": again}
        joined += [collection, one]
    return document, joined


def _item_of(collection: str, paths: dict[str, Any]) -> str | None:
    """The path of one object of a collection: one parameter more and nothing behind it."""
    for path in paths:
        above, _, last = path.rpartition("/")
        if above == collection and last.startswith("{"):
            return path
    return None
