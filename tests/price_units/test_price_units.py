"""Price units: worked examples U1-U16 of behaviour/customers-and-plans#worked-examples and what they rest on."""

from __future__ import annotations

from typing import Any

import pytest


def unit(**changes: Any) -> dict[str, Any]:
    body = {"name": "T", "code": "CRD", "symbol": "cr", "base_currency": "USD", "conversion_rate": "0.01", **changes}
    return {name: value for name, value in body.items() if value is not ...}


def custom_price(api: Any, **config: Any) -> Any:
    plan = api.made("/v1/plans", {"name": "P"})["id"]
    currency = config.pop("currency", "usd")
    return api.post(
        "/v1/prices",
        {
            "currency": currency,
            "entity_type": "PLAN",
            "entity_id": plan,
            "type": "FIXED",
            "billing_period": "MONTHLY",
            "billing_period_count": 1,
            "billing_model": "FLAT_FEE",
            "invoice_cadence": "ADVANCE",
            "price_unit_type": "CUSTOM",
            "price_unit_config": {"price_unit": "CRD", "amount": "100", **config},
        },
    )


def test_u1_create(api: Any) -> None:
    made = api.made("/v1/prices/units", unit())
    assert (made["code"], made["base_currency"], made["conversion_rate"]) == ("CRD", "usd", "0.01")
    assert made["metadata"] is None


def test_u2_codes_are_case_sensitive(api: Any) -> None:
    api.made("/v1/prices/units", unit())
    taken = api.post("/v1/prices/units", unit())
    assert (taken.status, taken.code, taken.details["code"]) == (409, "already_exists", "CRD")
    assert api.post("/v1/prices/units", unit(code="crd")).status == 201


def test_u3_long_code(upstream: Any, documented: Any) -> None:
    refused = upstream.post("/v1/prices/units", unit(code="CREDIT"))
    assert (refused.status, refused.code) == (500, "database_error")
    assert set(refused.details) == {"price_unit_id", "code"}
    assert documented.made("/v1/prices/units", unit(code="CREDIT"))["code"] == "CREDIT"
    assert documented.get("/v1/prices/units/code/CREDIT").status == 200


@pytest.mark.parametrize(
    ("rate", "details"),
    [
        ("0", {"conversion_rate": "0"}),
        ("-1", {"conversion_rate": "-1"}),
        ("abc", {"conversion_rate": "abc"}),
        (" 1", {"conversion_rate": " 1"}),
        ("1e", {"conversion_rate": "1e"}),
    ],
)
def test_u4_refused_rates(api: Any, rate: str, details: dict[str, str]) -> None:
    reply = api.post("/v1/prices/units", unit(conversion_rate=rate))
    assert (reply.status, reply.details) == (400, details)


def test_u4_rate_as_a_number(api: Any) -> None:
    reply = api.post("/v1/prices/units", unit(conversion_rate=0.01))
    assert (reply.status, list(reply.details)) == (400, ["parsing_error"])
    assert api.made("/v1/prices/units", unit(conversion_rate="1e-2"))["conversion_rate"] == "0.01"


def test_u5_rate_is_stored_with_five_decimals(upstream: Any, documented: Any) -> None:
    assert upstream.post("/v1/prices/units", unit(conversion_rate="100000")).status == 500
    assert documented.post("/v1/prices/units", unit(conversion_rate="100000")).status == 400
    assert upstream.made("/v1/prices/units", unit(conversion_rate="0.123456"))["conversion_rate"] == "0.123456"
    assert upstream.get("/v1/prices/units/code/CRD").json["conversion_rate"] == "0.12346"


def test_u6_base_currency(api: Any) -> None:
    assert list(api.post("/v1/prices/units", unit(base_currency="US")).details) == ["BaseCurrency"]
    assert api.post("/v1/prices/units", unit(base_currency="zzz")).status == 201


def test_u7_long_symbol(upstream: Any) -> None:
    assert upstream.post("/v1/prices/units", unit(symbol="x" * 11)).status == 500


def test_u8_u16_only_name_and_metadata_change(api: Any) -> None:
    made = api.made("/v1/prices/units", unit())
    path = f"/v1/prices/units/{made['id']}"
    changed = api.put(path, {"code": "XYZ", "name": "N"}).json
    assert (changed["name"], changed["code"], changed["updated_at"]) == ("N", "CRD", made["updated_at"])
    assert api.put(path, {"symbol": 5, "code": ["x"]}).status == 200
    unreadable = api.put(path)
    assert (unreadable.status, unreadable.details) == (400, {"parsing_error": "EOF"})
    unknown = api.put("/v1/prices/units/none", {"name": "x"})
    assert (unknown.status, unknown.details) == (404, {"price_unit_id": "none"})


def test_u9_lookup_by_exact_code(api: Any) -> None:
    api.made("/v1/prices/units", unit())
    reply = api.get("/v1/prices/units/code/crd")
    assert (reply.status, reply.details) == (404, {"code": "crd"})


def test_u10_archiving(api: Any) -> None:
    made = api.made("/v1/prices/units", unit())["id"]
    for _ in range(2):
        reply = api.delete(f"/v1/prices/units/{made}")
        assert (reply.status, reply.json) == (200, {"message": "Price unit deleted successfully"})
    assert api.get(f"/v1/prices/units/{made}").json["status"] == "archived"
    assert api.get("/v1/prices/units/code/CRD").status == 404
    assert api.delete("/v1/prices/units/none").details == {"id": "none"}


def test_u11_status_without_limit(upstream: Any, documented: Any) -> None:
    for api, expected in ((upstream, ["BBB"]), (documented, ["AAA"])):
        old = api.made("/v1/prices/units", unit(code="AAA"))["id"]
        api.made("/v1/prices/units", unit(code="BBB"))
        api.delete(f"/v1/prices/units/{old}")
        codes = [item["code"] for item in api.get("/v1/prices/units?status=archived").json["items"]]
        assert codes == expected
        limited = api.get("/v1/prices/units?status=archived&limit=10").json["items"]
        assert [item["code"] for item in limited] == ["AAA"]


@pytest.mark.parametrize(("query", "real", "said"), [("offset=-1", 200, 400), ("order=up", 200, 400)])
def test_unchecked_without_limit(upstream: Any, documented: Any, query: str, real: int, said: int) -> None:
    assert upstream.get(f"/v1/prices/units?{query}").status == real
    assert documented.get(f"/v1/prices/units?{query}").status == said
    assert upstream.get(f"/v1/prices/units?{query}&limit=5").status == 400


def test_u12_total_counts_the_page(api: Any) -> None:
    for code in ("AAA", "BBB", "CCC"):
        api.made("/v1/prices/units", unit(code=code))
    reply = api.get("/v1/prices/units?limit=1&offset=1").json
    assert [item["code"] for item in reply["items"]] == ["BBB"]
    assert reply["pagination"] == {"total": 1, "limit": 1, "offset": 1}


def test_sort_in_a_query_string_works_without_limit_only(upstream: Any) -> None:
    for code in ("BBB", "AAA"):
        upstream.made("/v1/prices/units", unit(code=code))
    sort = "sort=%7B%22field%22%3A%22code%22%7D"
    assert [item["code"] for item in upstream.get(f"/v1/prices/units?{sort}").json["items"]] == ["AAA", "BBB"]
    refused = upstream.get(f"/v1/prices/units?{sort}&limit=5")
    assert (refused.status, refused.details["filter"]["limit"]) == (500, 5)


def test_filter_of_the_wrong_type_repeats_the_filter(upstream: Any) -> None:
    filters = [{"field": "conversion_rate", "operator": "eq", "value": {"string": "abc"}}]
    reply = upstream.post("/v1/prices/units/search", {"filters": filters})
    assert reply.status == 500
    assert reply.details == {
        "filter": {
            "limit": 50,
            "offset": 0,
            "order": "desc",
            "filters": [{"field": "conversion_rate", "operator": "eq", "data_type": None, "value": {"string": "abc"}}],
        }
    }


def test_u13_currency_of_a_custom_price(upstream: Any, documented: Any) -> None:
    upstream.made("/v1/prices/units", unit())
    refused = custom_price(upstream, currency="USD")
    assert (refused.status, refused.details["price_currency"]) == (400, "USD")
    made = custom_price(upstream).json
    assert (made["amount"], made["display_price_unit_amount"]) == ("1", "cr100")
    documented.made("/v1/prices/units", unit())
    assert custom_price(documented, currency="USD").json["currency"] == "usd"


def test_u14_code_of_a_custom_price(upstream: Any, documented: Any) -> None:
    assert list(custom_price(upstream, price_unit="CREDIT").details) == ["PriceUnit"]
    unknown = custom_price(upstream, price_unit="ZZZ")
    assert (unknown.status, unknown.details) == (404, {"code": "ZZZ"})
    assert custom_price(documented, price_unit="CREDIT").details == {"code": "CREDIT"}


@pytest.mark.parametrize(("amount", "converted"), [("-5", "-0.05"), ("33.333", "0.33333"), ("0.5", "0.005")])
def test_u15_conversion_is_not_rounded(api: Any, amount: str, converted: str) -> None:
    api.made("/v1/prices/units", unit())
    reply = custom_price(api, amount=amount)
    assert (reply.status, reply.json["amount"]) == (201, converted)


def test_a_rate_stored_as_zero_prices_nothing(upstream: Any) -> None:
    upstream.made("/v1/prices/units", unit(conversion_rate="0.000001"))
    reply = custom_price(upstream)
    assert (reply.status, reply.details) == (400, {"conversion_rate": "0"})


def test_deleting_a_unit_in_use(upstream: Any, documented: Any) -> None:
    for api, status in ((upstream, 200), (documented, 400)):
        made = api.made("/v1/prices/units", unit())["id"]
        assert custom_price(api).status == 201
        assert api.delete(f"/v1/prices/units/{made}").status == status
