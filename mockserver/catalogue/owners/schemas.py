"""Plans and addons by themselves, as what belongs to them shows them."""

from __future__ import annotations

from mockserver.http.fields import AnyObject, Int, Show, Text, TextMap
from mockserver.http.schema import BaseOut


class PlanOut(BaseOut):
    """A plan by itself; what it embeds is added by ``plans.embedding``."""

    id = Text()
    name = Text()
    lookup_key = Text(null="")
    description = Text(null="")
    metadata = TextMap()
    display_order = Int()


class AddonOut(BaseOut):
    """An addon by itself; what it embeds is added by ``addons.embedding``."""

    id = Text()
    lookup_key = Text()
    name = Text()
    description = Text(when=Show.IF_FULL)
    metadata = AnyObject(when=Show.IF_FULL)
