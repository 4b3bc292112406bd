"""What feature requests carry and how a feature looks (behaviour/prices-and-meters#creating-a-feature,
behaviour/prices-and-meters#the-feature-object)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.groups.schemas import GroupReadOut
from mockserver.catalogue.meters.schemas import CreateMeterIn, MeterFilterIn, MeterOut
from mockserver.http.fields import BindError, Bool, Money, Part, Parts, Show, Text, TextMap, Texts
from mockserver.http.listing import MAX_TERMS, ConditionIn, ListFilter, SortIn
from mockserver.http.schema import BaseOut, In, Out

FEATURE_TYPES = ("metered", "boolean", "static", "config")


class ReportingUnitIn(In):
    """A unit to display quantities in: displayed value = quantity / conversion_rate."""

    unit_singular = Text()
    unit_plural = Text()
    conversion_rate = Money()


class AlertLevelIn(In):
    threshold = Money()
    condition = Text(enum=("above", "below"))


class AlertSettingsIn(In):
    critical = Part(AlertLevelIn)
    warning = Part(AlertLevelIn)
    info = Part(AlertLevelIn)
    alert_enabled = Bool()


class CreateFeatureIn(In):
    names_failures = False
    name = Text(tags="required")
    type = Text(tags="required", enum=FEATURE_TYPES)
    lookup_key = Text(about="derived from the name when absent; unique among published features")
    description = Text()
    meter_id = Text(about="metered features need this or meter")
    meter = Part(CreateMeterIn, about="create a meter along with the feature")
    metadata = TextMap()
    unit_singular = Text()
    unit_plural = Text()
    reporting_unit = Part(ReportingUnitIn)
    alert_settings = Part(AlertSettingsIn)
    group_id = Text(about="a group of entity_type feature")


class UpdateFeatureIn(In):
    name = Text()
    description = Text()
    metadata = TextMap(about="replaces all metadata")
    unit_singular = Text()
    unit_plural = Text()
    reporting_unit = Part(ReportingUnitIn)
    filters = Parts(MeterFilterIn, about="united with the filters of the feature's meter")
    alert_settings = Part(AlertSettingsIn, about="levels that are absent stay")
    group_id = Text(about="an empty text takes the feature out of its group")


class CloneFeatureIn(In):
    name = Text()
    lookup_key = Text()
    description = Text()
    metadata = TextMap(about="laid over the source's metadata")


class PartsOrNulls(Parts):
    """An array of objects whose null elements stay None (the real server crashes on them,
    behaviour/http#filter-language)."""

    def bind(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise BindError("an array is expected")
        if len(value) > MAX_TERMS:
            raise BindError(f"at most {MAX_TERMS} are taken")
        return [None if item is None else super(PartsOrNulls, self).bind([item])[0] for item in value]


class FeatureFilterIn(ListFilter):
    sort = PartsOrNulls(SortIn)
    filters = PartsOrNulls(ConditionIn)
    feature_ids = Texts()
    meter_ids = Texts()
    lookup_key = Text()
    lookup_keys = Texts()
    name_contains = Text(about="case-insensitive")


class ReportingUnitOut(Out):
    unit_singular = Text()
    unit_plural = Text()
    conversion_rate = Money()


class AlertLevelOut(Out):
    threshold = Money(null="0")
    condition = Text(null="")


class AlertSettingsOut(Out):
    critical = Part(AlertLevelOut)
    warning = Part(AlertLevelOut)
    info = Part(AlertLevelOut)
    alert_enabled = Bool()


class FeatureOut(BaseOut):
    id = Text()
    name = Text()
    lookup_key = Text(null="")
    description = Text(null="")
    meter_id = Text(null="")
    metadata = TextMap()
    type = Text()
    unit_singular = Text(null="")
    unit_plural = Text(null="")
    reporting_unit = Part(ReportingUnitOut, when=Show.IF_SET)
    alert_settings = Part(AlertSettingsOut, when=Show.IF_SET)
    group_id = Text(when=Show.IF_FULL)
    meter = Part(MeterOut, when=Show.IF_SET)
    group = Part(GroupReadOut, when=Show.IF_SET)
