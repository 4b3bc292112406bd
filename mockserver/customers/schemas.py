"""What customer requests carry and how a customer looks (behaviour/customers-and-plans#creating-a-customer,
behaviour/customers-and-plans#the-customer-object)."""

from __future__ import annotations

from mockserver.http.fields import Bool, Int, Part, Parts, Show, Text, TextMap, Texts
from mockserver.http.listing import ListFilter, PaginationOut
from mockserver.http.schema import BaseOut, In, Out


class TaxRateOverrideIn(In):
    tax_rate_code = Text()
    priority = Int()
    currency = Text()
    auto_apply = Bool()
    metadata = TextMap()


class IntegrationMappingIn(In):
    entity_id = Text(tags="required,max=255")
    entity_type = Text(tags="required,max=50")
    provider_type = Text(tags="required,max=50")
    provider_entity_id = Text(tags="required,max=255")


class CreateCustomerIn(In):
    struct = "CreateCustomerRequest"
    external_id = Text(tags="required", about="your own id of the customer; unique among published customers")
    name = Text(tags="required,max=255")
    email = Text(tags="omitempty,email")
    contact = Text(tags="pointer,omitempty,max=20")
    address_line1 = Text(tags="omitempty,max=255")
    address_line2 = Text(tags="omitempty,max=255")
    address_city = Text(tags="omitempty,max=100")
    address_state = Text(tags="omitempty,max=100")
    address_postal_code = Text(tags="omitempty,max=20")
    address_country = Text(tags="omitempty,len=2,country", about="ISO 3166-1 alpha-2, upper case")
    timezone = Text(tags="omitempty,timezone", about="IANA time zone, UTC when absent")
    metadata = TextMap()
    skip_onboarding_workflow = Bool()
    onboarding_workflow_name = Text()
    tax_rate_overrides = Parts(TaxRateOverrideIn)
    integration_entity_mapping = Parts(IntegrationMappingIn)


class UpdateCustomerIn(In):
    struct = "UpdateCustomerRequest"
    external_id = Text()
    name = Text()
    email = Text(tags="pointer,omitempty,email")
    contact = Text(tags="pointer,omitempty,max=20")
    address_line1 = Text(tags="pointer,omitempty,max=255")
    address_line2 = Text(tags="pointer,omitempty,max=255")
    address_city = Text(tags="pointer,omitempty,max=100")
    address_state = Text(tags="pointer,omitempty,max=100")
    address_postal_code = Text(tags="pointer,omitempty,max=20")
    address_country = Text(tags="pointer,omitempty,len=2,country")
    timezone = Text(tags="pointer,omitempty,timezone")
    metadata = TextMap(about="replaces all metadata")
    integration_entity_mapping = Parts(IntegrationMappingIn, about="read and ignored")


class CustomerFilterIn(ListFilter):
    customer_ids = Texts()
    external_ids = Texts()
    external_id = Text()
    email = Text()
    metadata = TextMap(about="all pairs must match")


class CustomerOut(BaseOut):
    id = Text()
    external_id = Text()
    name = Text()
    email = Text(null="")
    contact = Text(when=Show.IF_SET)
    address_line1 = Text(null="")
    address_line2 = Text(null="")
    address_city = Text(null="")
    address_state = Text(null="")
    address_postal_code = Text(null="")
    address_country = Text(null="")
    timezone = Text()
    metadata = TextMap()


class CustomerListOut(Out):
    items = Parts(CustomerOut)
    pagination = Part(PaginationOut)
