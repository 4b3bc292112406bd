"""Groups of prices and features."""

from __future__ import annotations

from typing import Any

import pytest


def group(**changes: Any) -> dict[str, Any]:
    return {"name": "Group", "entity_type": "price", "lookup_key": "g", **changes}


def test_life_of_a_group(api: Any) -> None:
    made = api.made("/v1/groups", group())
    assert (made["entity_ids"], made["metadata"], made["status"]) == ([], None, "published")
    assert api.get(f"/v1/groups/{made['id']}").json["entity_ids"] is None
    for _ in range(2):
        reply = api.delete(f"/v1/groups/{made['id']}")
        assert (reply.status, reply.text) == (204, "")
    assert api.get(f"/v1/groups/{made['id']}").json["status"] == "archived"
    assert api.post("/v1/groups", group()).status == 201


@pytest.mark.parametrize(
    ("body", "keys"),
    [({}, {"Name", "EntityType", "LookupKey"}), (group(entity_type="plan"), {"allowed_types"})],
)
def test_refused(api: Any, body: dict[str, Any], keys: set[str]) -> None:
    reply = api.post("/v1/groups", body)
    assert (reply.status, set(reply.details)) == (400, keys)


def test_unknown_group(api: Any) -> None:
    for reply in (api.get("/v1/groups/none"), api.delete("/v1/groups/none")):
        assert (reply.status, reply.code, reply.details) == (404, "not_found", {})


def test_search(api: Any) -> None:
    first = api.made("/v1/groups", group())["id"]
    second = api.made("/v1/groups", group(name="Other", lookup_key="h", entity_type="feature"))["id"]

    def found(**body: Any) -> list[str]:
        return [item["id"] for item in api.made("/v1/groups/search", body)["items"]]

    assert found() == [second, first]
    assert found(name="rou") == [first]
    assert found(name="ROU") == []
    assert found(entity_type="feature") == [second]
    assert found(limit=1, offset=1) == [first]
    assert api.post("/v1/groups/search", {"limit": 0}).status == 400
    assert api.post("/v1/groups/search", {"filters": [{"field": "name"}]}).status == 400
