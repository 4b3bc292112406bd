"""Free JSON keeps numbers as doubles, however large they were (behaviour/events-and-usage#what-is-stored,
behaviour/http#json)."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("sent", "kept"), [(100000000000000000000, 1e20), (1.5, 1.5), (8.0, 8), (7, 7), (True, True), ("x", "x")]
)
def test_numbers_in_free_json(api: Any, sent: Any, kept: Any) -> None:
    made = api.made("/v1/addons", {"name": "A", "lookup_key": "a", "metadata": {"n": sent, "deep": [{"n": sent}]}})
    assert made["metadata"] == {"n": kept, "deep": [{"n": kept}]}
    assert api.get(f"/v1/addons/{made['id']}").json["metadata"] == {"n": kept, "deep": [{"n": kept}]}
