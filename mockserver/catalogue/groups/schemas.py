"""What group requests carry and how a group looks (behaviour/prices-and-meters#the-feature-object)."""

from __future__ import annotations

from mockserver.catalogue.groups.view import GroupOut
from mockserver.http.fields import Text, Texts
from mockserver.http.listing import ListFilter
from mockserver.http.schema import In

ENTITY_TYPES = ("price", "feature")


class CreateGroupIn(In):
    struct = "CreateGroupRequest"
    name = Text(tags="required")
    entity_type = Text(tags="required", enum=ENTITY_TYPES)
    lookup_key = Text(tags="required", about="unique among published groups")


class GroupFilterIn(ListFilter):
    group_ids = Texts()
    lookup_key = Text()
    entity_type = Text(enum=ENTITY_TYPES)
    name = Text(about="a part of the name, case-sensitive")


class GroupReadOut(GroupOut):
    """A group as reads and prices show it: the members are not listed, ``entity_ids`` is null."""

    entity_ids = Texts(nullable=True)
