"""What tax requests carry, and how rates, associations and taxes of an invoice look
(behaviour/invoices-and-wallets#how-an-invoice-looks, behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from mockserver.http.fields import Bool, Int, Money, Part, Show, Text, TextMap, Texts, Time
from mockserver.http.listing import ListFilter, TextSortFilter
from mockserver.http.schema import BaseOut, In

RATE_TYPES = ("percentage", "fixed")
SCOPES = ("INTERNAL", "EXTERNAL", "ONETIME")
RATE_STATUSES = ("ACTIVE", "INACTIVE")
ENTITY_TYPES = ("customer", "subscription", "invoice", "tenant")


class CreateTaxRateIn(In):
    struct = "CreateTaxRateRequest"
    name = Text(tags="required")
    code = Text(tags="required", about="unique among published rates; case matters")
    description = Text()
    percentage_value = Money(about="0 to 100, for type percentage")
    fixed_value = Money(about="not negative, for type fixed")
    tax_rate_type = Text(enum=RATE_TYPES)
    scope = Text(enum=SCOPES, about="INTERNAL when absent")
    metadata = TextMap()


class UpdateTaxRateIn(In):
    struct = "UpdateTaxRateRequest"
    name = Text()
    code = Text()
    description = Text()
    metadata = TextMap()
    tax_rate_status = Text(enum=RATE_STATUSES, about="shown in the answer, not kept")


class TaxRateFilterIn(ListFilter):
    taxrate_ids = Texts()
    taxrate_codes = Texts()
    scope = Text(enum=SCOPES, about="checked, without effect")


class TaxRateOut(BaseOut):
    id = Text()
    name = Text()
    description = Text(when=Show.IF_FULL)
    code = Text()
    tax_rate_status = Text(enum=RATE_STATUSES)
    tax_rate_type = Text(enum=RATE_TYPES)
    scope = Text(enum=SCOPES)
    percentage_value = Money(when=Show.IF_SET)
    fixed_value = Money(when=Show.IF_SET)
    metadata = TextMap(when=Show.IF_FULL)


class CreateTaxAssociationIn(In):
    struct = "CreateTaxAssociationRequest"
    names_failures = False
    tax_rate_code = Text(tags="required")
    entity_type = Text(enum=ENTITY_TYPES)
    entity_id = Text()
    external_customer_id = Text(about="names a customer in place of entity_type and entity_id")
    priority = Int()
    currency = Text()
    auto_apply = Bool(about="only such associations are copied and charged")
    metadata = TextMap()
    start_date = Time(about="now when absent")
    end_date = Time()


class UpdateTaxAssociationIn(In):
    struct = "TaxAssociationUpdateRequest"
    priority = Int()
    auto_apply = Bool()
    metadata = TextMap()


class TaxAssociationFilterIn(TextSortFilter):
    tax_association_ids = Texts()
    tax_rate_ids = Texts()
    entity_type = Text(enum=ENTITY_TYPES)
    entity_id = Text()
    external_customer_id = Text()
    currency = Text()
    auto_apply = Bool()


class TaxAssociationOut(BaseOut):
    id = Text()
    tax_rate_id = Text()
    entity_type = Text(when=Show.IF_FULL, enum=ENTITY_TYPES)
    entity_id = Text(when=Show.IF_FULL)
    priority = Int(when=Show.IF_FULL)
    auto_apply = Bool(when=Show.IF_FULL)
    currency = Text(when=Show.IF_FULL)
    metadata = TextMap(when=Show.IF_FULL)
    start_date = Time()
    end_date = Time(when=Show.IF_SET)
    tax_rate = Part(TaxRateOut, when=Show.IF_SET)


class TaxAppliedOut(BaseOut):
    """A tax of an invoice; in a preview it has no id."""

    id = Text(when=Show.IF_FULL)
    tax_rate_id = Text()
    entity_type = Text()
    entity_id = Text()
    tax_association_id = Text(when=Show.IF_SET)
    taxable_amount = Money()
    tax_amount = Money()
    currency = Text()
    applied_at = Time()
    metadata = TextMap(when=Show.IF_FULL)
    idempotency_key = Text(when=Show.IF_SET)
    tax_rate = Part(TaxRateOut, when=Show.IF_SET)
