"""Groups as features and prices refer to them (behaviour/prices-and-meters#creating-a-feature,
behaviour/prices-and-meters#the-feature-object)."""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.http.fields import Text, TextMap, Texts, Time
from mockserver.http.schema import Out
from mockserver.store.columns import Row
from mockserver.store.query import Eq, In
from mockserver.store.tables.meters import GROUPS
from mockserver.work import Work


class GroupOut(Out):
    id = Text()
    name = Text()
    lookup_key = Text(null="")
    entity_type = Text()
    entity_ids = Texts(null=[])
    status = Text()
    metadata = TextMap()
    created_at = Time()
    updated_at = Time()


def published_groups(work: Work, ids: Iterable[str | None]) -> dict[str, Row]:
    """Published groups by id; empty and unknown ids are left out."""
    wanted = sorted({group_id for group_id in ids if group_id})
    if not wanted:
        return {}
    return {row["id"]: row for row in work.tx.published(GROUPS, In("id", wanted))}


def published_group(work: Work, group_id: str) -> Row | None:
    """The published group of that id, or None."""
    return work.tx.first(GROUPS, Eq("id", group_id), Eq("status", "published"))
