"""The official Python SDK of the studied commit, unmodified, over HTTP: every operation on what is emulated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flexprice import Flexprice
from flexprice.models import errors
from journeys import JOURNEYS
from recorder import Recorder, operations
from werkzeug.exceptions import HTTPException

from mockserver.app import create_app
from mockserver.divergences import PROFILES
from mockserver.store.store import Store
from mockserver.testing.servers import Server, in_process

REFUSES = {
    # The server has a list with pagination, the OpenAPI document of its commit a bare array
    # (behaviour/clients#operations).
    "subscriptions.get_subscription_addon_associations",
}
NOT_ROUTED = {
    # Their paths start with /v1 twice in this release; the real server does not know them either
    # (behaviour/clients#operations-without-a-route).
    "subscriptions.list_all_subscription_schedules": {},
    "subscriptions.get_subscription_schedule": {"id": "x"},
    "subscriptions.list_subscription_schedules": {"subscription_id": "x"},
    "subscriptions.cancel_subscription_schedule": {"schedule_id_param": "x"},
    "tenants.get_tenant_billing_usage": {},
}


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    with in_process("documented", {}) as documented, in_process("upstream", {}) as upstream:
        yield {"documented": documented, "upstream": upstream}


@pytest.fixture(params=PROFILES)
def client(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Iterator[Flexprice]:
    with servers[request.param].environment() as environment:
        yield environment.client


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of a value the SDK does not know, sent on purpose
@pytest.mark.filterwarnings("ignore:warning. .. DEPRECATED")
def test_journey_through_what_the_real_server_does(servers: dict[str, Server], name: str) -> None:
    with servers["upstream"].environment() as environment:
        on = Recorder(environment.client, REFUSES)
        JOURNEYS[name](on)
    assert set(on.refused) == REFUSES & on.called


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.filterwarnings("ignore:warning. .. DEPRECATED")
def test_all_journeys_through_what_the_documents_say_call_every_operation(servers: dict[str, Server]) -> None:
    with servers["documented"].environment() as first:
        called: set[str] = set()
        for name, journey in JOURNEYS.items():
            with Flexprice(server_url=first.base_url, api_key_auth=f"{first.key}-{name}") as client:
                on = Recorder(client, REFUSES)
                journey(on)
                called |= on.called
    families = {name.split(".")[0] for name in called}
    assert _routed(families) - called == set()


def _routed(families: set[str]) -> set[str]:
    """The operations of these families that the emulator has a route for."""
    store = Store()
    router = create_app(store=store).url_map.bind("localhost")
    store.close()
    sdk = Flexprice(server_url="http://localhost/v1", api_key_auth="key")
    found = set()
    for family in families:
        for name, (method, path) in operations(sdk, family).items():
            try:
                router.match("/v1" + re.sub(r"{[^}]*}", "x", path), method)
            except HTTPException:
                continue
            found.add(name)
    return found


@pytest.mark.parametrize("name", NOT_ROUTED)
def test_operations_whose_path_no_server_has(client: Flexprice, name: str) -> None:
    family, operation = name.split(".")
    with pytest.raises(errors.FlexpriceDefaultError) as refused:
        getattr(getattr(client, family), operation)(**NOT_ROUTED[name])
    assert refused.value.status_code == 404


def test_a_missing_key_is_a_401(client: Flexprice) -> None:
    base = client.sdk_configuration.get_server_details()[0]
    with Flexprice(server_url=base, api_key_auth="") as nobody, pytest.raises(errors.FlexpriceError) as refused:
        nobody.customers.query_customer()
    assert refused.value.status_code == 401


def test_a_base_url_without_v1_is_a_plain_404(client: Flexprice) -> None:
    base = client.sdk_configuration.get_server_details()[0].removesuffix("/v1")
    with Flexprice(server_url=base, api_key_auth="k") as lost, pytest.raises(errors.FlexpriceDefaultError) as refused:
        lost.customers.query_customer()
    assert refused.value.status_code == 404


def test_the_coroutines_work_too(client: Flexprice) -> None:
    import asyncio

    async def send() -> Any:
        base = client.sdk_configuration.get_server_details()[0]
        async with Flexprice(server_url=base, api_key_auth="async") as same:
            return await same.events.ingest_event_async(
                event_name="call", external_customer_id="cust_001", event_id="evt_1"
            )

    assert asyncio.run(send())["event_id"] == "evt_1"
