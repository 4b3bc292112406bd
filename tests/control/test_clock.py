"""The control routes: clock, reset, divergences."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.divergences import REGISTER


def test_the_clock_is_set_and_runs_on(api: Any) -> None:
    shown = api.put("/_mock/clock", {"now": "2026-04-14T00:00:00Z"}).json
    assert shown["now"].startswith("2026-04-14T00:00:0")
    assert shown["frozen"] is False
    made = api.made("/v1/customers", {"external_id": "a", "name": "A"})
    assert made["created_at"].startswith("2026-04-14T00:00:0")
    assert api.get("/_mock/clock").json["now"] not in ("2026-04-14T00:00:00Z", shown["now"])


def test_a_frozen_clock_stands_still_until_advanced(api: Any) -> None:
    api.put("/_mock/clock", {"now": "2026-04-14T00:00:00Z", "frozen": True})
    assert api.get("/_mock/clock").json["now"] == "2026-04-14T00:00:00Z"
    api.put("/_mock/clock", {"advance_seconds": 3600.5})
    assert api.get("/_mock/clock").json["now"] == "2026-04-14T01:00:00.5Z"
    assert api.get("/_mock/clock").json["frozen"] is True


def test_null_returns_to_the_machine_time(api: Any) -> None:
    api.put("/_mock/clock", {"now": "2001-01-01T00:00:00Z"})
    assert api.put("/_mock/clock", {"now": None}).json["offset_seconds"] == pytest.approx(0, abs=1)


@pytest.mark.parametrize(
    "body",
    [
        {"now": "yesterday"}, {"now": 5}, {"advance_seconds": -1}, {"advance_seconds": "x"}, {"advance_seconds": True},
        {"frozen": "yes"}, {"time": "x"}, {"now": "2026-04-14T00:00:00Z", "advance_seconds": 1}, [],
        {"advance_seconds": 1e15},
    ],
)  # fmt: skip
def test_bad_clock_requests_change_nothing(api: Any, body: Any) -> None:
    api.put("/_mock/clock", {"now": "2026-04-14T00:00:00Z", "frozen": True})
    reply = api.put("/_mock/clock", body)
    assert reply.status == 400
    assert set(reply.json) == {"error"}
    assert api.get("/_mock/clock").json["now"] == "2026-04-14T00:00:00Z"


def test_each_environment_has_its_own_clock(documented: Any) -> None:
    documented.put("/_mock/clock", {"now": "2026-04-14T00:00:00Z"})
    other = documented.get("/_mock/clock", headers={"x-api-key": f"{documented.key}-other"})
    assert not other.json["now"].startswith("2026-04-14")


def test_reset_forgets_one_environment(api: Any) -> None:
    other = {"x-api-key": f"{api.key}-other"}
    api.made("/v1/customers", {"external_id": "a", "name": "A"})
    api.post("/v1/customers", {"external_id": "a", "name": "A"}, headers=other)
    assert api.post("/_mock/reset").json == {"reset": "environment"}
    assert api.get("/v1/customers").json["pagination"]["total"] == 0
    assert api.get("/v1/customers", headers=other).json["pagination"]["total"] == 1


def test_reset_forgets_everything(server_with: Any) -> None:
    api = server_with()
    api.made("/v1/customers", {"external_id": "a", "name": "A"})
    assert api.post("/_mock/reset", {"scope": "all"}, headers={"x-api-key": "another"}).status == 200
    assert api.get("/v1/customers").json["pagination"]["total"] == 0
    assert api.post("/_mock/reset", {"scope": "galaxy"}).status == 400


def test_control_needs_a_key_but_not_the_emulated_envelope(api: Any) -> None:
    reply = api.get("/_mock/clock", headers={"x-api-key": ""})
    assert (reply.status, set(reply.json)) == (401, {"error"})


def test_divergences_are_listed_with_their_state(apis: dict[str, Any]) -> None:
    for profile, api in apis.items():
        shown = api.get("/_mock/divergences").json
        assert shown["profile"] == profile
        assert [row["id"] for row in shown["divergences"]] == [d.id for d in REGISTER]
        assert all(row["on"] == row["default"][profile] for row in shown["divergences"])


def test_a_divergence_can_be_flipped_alone(server_with: Any) -> None:
    api = server_with("documented", price_unit_code_three_characters=True)
    rows = {row["id"]: row["on"] for row in api.get("/_mock/divergences").json["divergences"]}
    assert rows["price-unit-code-three-characters"] is True
    assert rows["price-filter-values-ignored"] is False
