"""Which URL calls which group rule."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.groups import rules
from mockserver.catalogue.groups.schemas import CreateGroupIn, GroupFilterIn, GroupReadOut
from mockserver.http.listing import envelope
from mockserver.http.routing import Answer, Call, Routes

ROUTES = Routes("Groups")
CREATE, FILTER, OUT = CreateGroupIn(), GroupFilterIn(), GroupReadOut()


@ROUTES.post("/v1/groups", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a group of prices or features."""
    body = call.body()
    return OUT.dump({**rules.create(call.work, body), "entity_ids": []})


@ROUTES.search("/v1/groups/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search groups with filters and sorting."""
    rows, total, limit, offset = rules.list_groups(call.work, call.body())
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/groups/<group_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a group by id, archived ones included."""
    return OUT.dump(rules.get(call.work, call.params["group_id"]))


@ROUTES.delete("/v1/groups/<group_id>", status=204)
def delete(call: Call) -> Answer:
    """Archive a group; its members leave it."""
    rules.delete(call.work, call.params["group_id"])
    return Answer(204)
