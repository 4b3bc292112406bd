"""What plan requests carry and how a plan looks (behaviour/customers-and-plans#creating-a-plan,
behaviour/customers-and-plans#the-plan-object)."""

from __future__ import annotations

from mockserver.http.fields import Int, Text, TextMap, Texts
from mockserver.http.listing import ListFilter
from mockserver.http.schema import In


class CreatePlanIn(In):
    struct = "CreatePlanRequest"
    name = Text(tags="required", about="need not be unique")
    lookup_key = Text(about="your own key of the plan; unique among published plans when not empty")
    description = Text()
    display_order = Int()
    metadata = TextMap()


class UpdatePlanIn(In):
    struct = "UpdatePlanRequest"
    name = Text()
    lookup_key = Text()
    description = Text()
    display_order = Int()
    metadata = TextMap(about="replaces all metadata")


class ClonePlanIn(In):
    name = Text()
    lookup_key = Text()
    description = Text()
    display_order = Int()
    metadata = TextMap(about="laid over the source's metadata")


class PlanFilterIn(ListFilter):
    plan_ids = Texts()
    lookup_key = Text(about="exact; an empty text selects plans without a key")
    metadata = TextMap(about="all pairs must match")
