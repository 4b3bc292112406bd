"""What addon requests carry and how an addon looks (behaviour/subscriptions#addons)."""

from __future__ import annotations

from mockserver.http.fields import AnyObject, Text, Texts
from mockserver.http.listing import ListFilter
from mockserver.http.schema import In


class CreateAddonIn(In):
    struct = "CreateAddonRequest"
    name = Text(tags="required")
    lookup_key = Text(tags="required", about="your own key of the addon; unique among published addons")
    description = Text()
    metadata = AnyObject()


class UpdateAddonIn(In):
    struct = "UpdateAddonRequest"
    name = Text()
    description = Text()
    metadata = AnyObject(about="replaces all metadata")


class AddonFilterIn(ListFilter):
    addon_ids = Texts()
    lookup_keys = Texts()
