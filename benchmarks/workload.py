"""What is sent: the 13 documented prices, events that use every one of them, customers."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.client import Client
from mockserver import fixtures

MONTH_START = datetime(2026, 4, 1, tzinfo=UTC)
MONTH = timedelta(days=28)
MONTH_END = "2026-04-29T12:00:00Z"
BATCH = 1000

_GPT = {"model": "gpt-image-1", "size": "1024x1024", "quality": "high"}
_MODELS: tuple[tuple[str, dict[str, Any], dict[str, int]], ...] = (
    ("image_generated", {"model": "dall-e-3", "size": "1024x1024", "quality": "standard"}, {"image_count": 4}),
    ("image_generated", {"model": "dall-e-3", "size": "1024x1024", "quality": "hd"}, {"image_count": 4}),
    ("image_generated", {"model": "dall-e-2", "size": "1024x1024"}, {"image_count": 10}),
    ("image_generated", _GPT, {"input_tokens": 4000, "output_tokens": 9000}),
    (
        "video_generated",
        {"model": "veo-3.1-lite-generate-001", "resolution": "1080p", "quality": "standard"},
        {"duration_seconds": 8},
    ),
    (
        "video_generated",
        {"model": "veo-3.1-generate-001", "resolution": "4k", "quality": "standard"},
        {"duration_seconds": 8},
    ),
    (
        "video_generated",
        {"model": "kling-v2-5-turbo", "mode": "std", "resolution": "720p", "input_type": "text"},
        {"duration_seconds": 10},
    ),
    (
        "video_generated",
        {"model": "kling-video-o1", "mode": "pro", "resolution": "1080p"},
        {"duration_seconds": 10},
    ),
    (
        "video_generated",
        {"model": "seedance-1-5-pro-251215", "generate_audio": False},
        {"completion_tokens": 200_000},
    ),
    (
        "video_generated",
        {"model": "seedance-1-5-pro-251215", "generate_audio": True},
        {"completion_tokens": 200_000},
    ),
    ("video_generated", {"provider": "alibaba", "model": "happyhorse-1.0", "mode": "std"}, {"video_count": 2}),
    ("video_generated", {"provider": "alibaba", "model": "happyhorse-1.0", "mode": "pro"}, {"video_count": 2}),
)
"""Event name, fixed properties, and quantities with their largest value. Each line is billed by one documented price,
but that of GPT Image by two."""

PRICES = 13


@dataclass(frozen=True, slots=True)
class Billed:
    """A subscribed customer."""

    external_id: str
    subscription_id: str


def subscribe(client: Client) -> Billed:
    """Create the documented customer, plan, 13 prices and subscription on the first of the month, and let most of the
    month pass."""
    client.put("/_mock/clock", {"now": MONTH_START.isoformat()})
    values: dict[str, str] = {}
    answer: dict[str, Any] = {}
    wanted = [p for p in fixtures.payloads() if p.path in ("/v1/customers", "/v1/plans")]
    wanted += [p for p in fixtures.payloads() if p.path in ("/v1/prices", "/v1/prices/bulk")]
    wanted += [p for p in fixtures.payloads() if p.path == "/v1/subscriptions"]
    for payload in wanted:
        answer = client.post(payload.path, json.loads(payload.filled(values)))
        values.update({name: answer[key] for name, key in payload.provides.items()})
    client.put("/_mock/clock", {"now": MONTH_END})
    found = client.get("/v1/customers/" + values["<customer_id>"])
    return Billed(found["external_id"], answer["id"])


def events(external_id: str, count: int, name: str, *, scattered: bool = False) -> Iterator[dict[str, Any]]:
    """Events spread evenly over the month, in the order of time or, ``scattered``, in any order. ``name`` decides
    about ids and quantities, which are random."""
    chance = random.Random(name)
    step = MONTH / max(count, 1)
    for index in range(count):
        place = chance.randrange(count) if scattered else index
        event_name, fixed, quantities = _MODELS[index % len(_MODELS)]
        moment = MONTH_START + step * place + timedelta(milliseconds=index % 1000)
        yield {
            "event_name": event_name,
            "external_customer_id": external_id,
            "event_id": f"evt_{chance.getrandbits(80):020x}",
            "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "source": "ai-gateway",
            "properties": {**fixed, **{key: chance.randint(1, top) for key, top in quantities.items()}},
        }


_NAMES = ("Aalto", "Brandt", "Costa", "Duval", "Eriksen", "Fischer", "Grant", "Hansen", "Ivanov", "Jansen")
_KINDS = ("Studio", "Labs", "Media", "Works", "Pictures", "Games", "Systems", "Design")
_CITIES = (("Berlin", "DE"), ("Paris", "FR"), ("Oslo", "NO"), ("Austin", "US"), ("Lisbon", "PT"), ("Tokyo", "JP"))


def customer(index: int, name: str = "") -> dict[str, Any]:
    """A customer as the documented payload has it, different for each index."""
    chance = random.Random(f"{name}{index}")
    city, country = chance.choice(_CITIES)
    who = f"{chance.choice(_NAMES)} {chance.choice(_KINDS)} {chance.randrange(10**6)}"
    return {
        "external_id": f"cust_{name}{index:06d}",
        "email": f"{who.lower().replace(' ', '.')}@example.com",
        "name": who,
        "address_country": country,
        "address_city": city,
        "address_line1": f"{chance.choice(_NAMES)} Street {chance.randrange(200)}",
        "address_postal_code": f"{chance.randrange(10**5):05d}",
        "metadata": {"crm_account_id": f"acc_{chance.randrange(10**6)}", "segment": chance.choice(("pro", "free"))},
    }


SORTS = (
    "created_at",
    "updated_at",
    "id",
    "external_id",
    "name",
    "email",
    "contact",
    "address_line1",
    "address_line2",
    "address_city",
    "address_state",
    "address_postal_code",
    "address_country",
    "timezone",
    "status",
    "tenant_id",
    "environment_id",
    "created_by",
    "updated_by",
    "metadata",
)
"""Every column customers can be sorted by."""
