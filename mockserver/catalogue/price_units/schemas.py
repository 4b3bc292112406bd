"""What price-unit requests carry and how a unit looks (behaviour/customers-and-plans#creating-a-price-unit,
behaviour/customers-and-plans#the-price-unit-object)."""

from __future__ import annotations

from mockserver.http.fields import Money, Text, TextMap, Texts
from mockserver.http.listing import ListFilter
from mockserver.http.schema import BaseOut, In


class CreatePriceUnitIn(In):
    struct = "CreatePriceUnitRequest"
    name = Text(tags="required")
    code = Text(tags="required", about="your own code of the unit; unique among published units")
    symbol = Text(tags="required", about="printed before amounts, at most 10 characters")
    base_currency = Text(tags="required,len=3", about="the currency one unit converts to")
    conversion_rate = Text(tags="required", about="what one unit is worth in the base currency: a decimal as text")
    metadata = TextMap()


class UpdatePriceUnitIn(In):
    """Only these can change; other keys are not even read."""

    name = Text()
    metadata = TextMap(about="replaces all metadata")


class PriceUnitFilterIn(ListFilter):
    price_unit_ids = Texts()


class PriceUnitOut(BaseOut):
    id = Text()
    name = Text()
    code = Text()
    symbol = Text()
    base_currency = Text()
    conversion_rate = Money()
    metadata = TextMap()
