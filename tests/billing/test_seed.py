"""The documents' six events and thirteen prices, billed under both readings
(behaviour/prices-and-meters#the-six-documented-events, behaviour/rating#the-documented-prices)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mockserver.billing.items import subscription_named as stored
from mockserver.billing.usage import usage_of_subscription
from tests.billing.conftest import APRIL, Shop

METERS = {
    "image": ("image_generated", "SUM", "image_count"),
    "input": ("image_generated", "SUM", "input_tokens"),
    "output": ("image_generated", "SUM", "output_tokens"),
    "video": ("video_generated", "SUM", "duration_seconds"),
    "seedance": ("video_generated", "SUM", "completion_tokens"),
    "jobs": ("video_generated", "COUNT", ""),
}
PRICES: list[tuple[str, str, str, dict[str, str]]] = [
    ("dalle3_std", "image", "0.04", {"model": "dall-e-3", "quality": "standard"}),
    ("dalle3_hd", "image", "0.08", {"model": "dall-e-3", "quality": "hd"}),
    ("gpt_input", "input", "0.00001", {"model": "gpt-image-1"}),
    ("gpt_output", "output", "0.00004", {"model": "gpt-image-1"}),
    ("veo_lite", "video", "0.08", {"model": "veo-3.1-lite", "resolution": "1080p"}),
    ("veo_4k", "video", "0.60", {"model": "veo-3.1", "resolution": "4k"}),
    ("kling_std", "video", "0.05", {"model": "kling-v2-5-turbo", "mode": "std"}),
    ("kling_omni", "video", "0.12", {"model": "kling-omni", "mode": "pro"}),
    ("seedance", "seedance", "0.0000012", {"model": "seedance-1-5-pro", "generate_audio": "false"}),
    ("seedance_audio", "seedance", "0.0000024", {"model": "seedance-1-5-pro", "generate_audio": "true"}),
    ("happyhorse_std", "jobs", "1.8", {"provider": "alibaba", "mode": "std"}),
    ("dalle2", "image", "0.02", {"model": "dall-e-2"}),
    ("happyhorse_pro", "jobs", "2.4", {"provider": "alibaba", "mode": "pro"}),
]
EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("image_generated", {"model": "dall-e-3", "quality": "standard", "image_count": 1}),
    ("image_generated", {"model": "gpt-image-1", "input_tokens": 1200, "output_tokens": 4160}),
    ("video_generated", {"model": "veo-3.1-lite", "resolution": "1080p", "duration_seconds": 8}),
    ("video_generated", {"model": "kling-v2-6", "provider": "kling", "mode": "pro", "duration_seconds": 10}),
    (
        "video_generated",
        {
            "model": "seedance-1-5-pro",
            "generate_audio": False,
            "completion_tokens": 982344,
            "duration_seconds": 5,
        },
    ),
    ("world_generated", {"model": "marble"}),
]
EXPECTED = {
    "documented": (
        "2.0372128",
        2.04,
        "2.04",
        {"dalle3_std": 0.04, "gpt_input": 0.01, "gpt_output": 0.17, "veo_lite": 0.64, "seedance": 1.18},
    ),
    "upstream": (
        "36.0048384",
        36,
        "36.01",
        {
            "dalle3_std": 0.04,
            "dalle3_hd": 0.08,
            "dalle2": 0.02,
            "gpt_input": 0.01,
            "gpt_output": 0.17,
            "veo_lite": 1.84,
            "veo_4k": 13.8,
            "kling_std": 1.15,
            "kling_omni": 2.76,
            "seedance": 1.18,
            "seedance_audio": 2.36,
            "happyhorse_std": 5.4,
            "happyhorse_pro": 7.2,
        },
    ),
}


@pytest.mark.parametrize("profile", ["documented", "upstream"])
def test_the_documents_day(apis: dict[str, Any], profile: str) -> None:
    exact, amount, subtotal, lines = EXPECTED[profile]
    shop = Shop(apis[profile])
    meters = {
        name: shop.api.made(
            "/v1/meters",
            {
                "name": name,
                "event_name": event,
                "aggregation": {"type": kind, "field": field},
                "reset_usage": "BILLING_PERIOD",
            },
        )["id"]
        for name, (event, kind, field) in METERS.items()
    }
    for name, meter, price, filters in PRICES:
        wanted = {key: [value] for key, value in filters.items()}
        shop.price(meters[meter], amount=price, display_name=name, filter_values=wanted)
    subscription = shop.subscribe()
    for index, (name, properties) in enumerate(EVENTS):
        event = {"event_name": name, "external_customer_id": "c", "event_id": f"e{index}", "properties": properties}
        shop.api.made("/v1/events", {**event, "timestamp": f"2026-04-14T15:0{index}:00Z"})

    usage, preview = shop.usage(subscription), shop.preview(subscription)
    assert (usage["amount"], usage["display_amount"]) == (amount, f"${amount}")
    assert {each["price"]["display_name"]: each["amount"] for each in usage["charges"] if each["amount"]} == lines
    assert len(usage["charges"]) == len(PRICES)
    assert preview["subtotal"] == subtotal
    with shop.work() as work:
        found = usage_of_subscription(work, stored(work, subscription))
    assert found.exact == Decimal(exact)
    assert sum(each.exact for each in found.charges) == Decimal(exact)
    assert (found.start.isoformat(), found.end.isoformat()) == tuple(each.replace("Z", "+00:00") for each in APRIL)
