"""How bodies are read (behaviour/http#bodies, behaviour/http#worked-examples 17-24)."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.errors import BadBody
from mockserver.http.reading import read_json
from mockserver.times import format_time, parse_rfc3339


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "{bad",
        '{"external_id":"a",}',
        "{'a':1}",
        "\ufeff{}",
        '{"a":NaN}',
        '{"a":+1}',
        '{"a":01}',
        '{"a":"\t"}',
        "[]",
        '"x"',
        "1",
    ],
)
def test_17_unreadable_bodies_have_no_details(api: Any, raw: str) -> None:
    reply = api.post("/v1/customers", raw=raw.encode())
    assert (reply.status, reply.code) == (400, "validation_error")
    assert "details" not in reply.json


def test_18_missing_fields_are_named(api: Any) -> None:
    reply = api.post("/v1/customers", {})
    assert sorted(reply.details) == ["ExternalID", "Name"]
    assert all("'required' tag" in text for text in reply.details.values())
    assert reply.json == {**reply.json, "http_status_code": 400, "code": "validation_error"}


def test_19_email_tag(api: Any) -> None:
    reply = api.post("/v1/customers", {"external_id": "a", "name": "b", "email": "x"})
    assert list(reply.details) == ["Email"]
    assert "'email' tag" in reply.details["Email"]


@pytest.mark.parametrize("metadata", [{"n": 1}, {"n": True}, {"n": {}}, [], "x"])
def test_20_metadata_holds_texts_only(api: Any, metadata: Any) -> None:
    reply = api.post("/v1/customers", {"external_id": "a", "name": "b", "metadata": metadata})
    assert reply.status == 400
    assert "details" not in reply.json
    assert api.get("/v1/customers").json["items"] == []


def test_21_22_23_null_values_and_spelling_of_keys(api: Any) -> None:
    assert api.made("/v1/customers", {"external_id": "a", "name": "b", "metadata": {"n": None}})["metadata"] == {
        "n": ""
    }
    assert api.post("/v1/customers", {"EXTERNAL_ID": "c", "Name": "b", "zzz": 1}).status == 201
    assert api.made("/v1/customers", {"external_id": "d", "name": "b"})["metadata"] is None


@pytest.mark.parametrize(("country", "tag"), [("de", "iso3166_1_alpha2"), ("DEU", "len"), ("UK", "iso3166_1_alpha2")])
def test_24_country(api: Any, country: str, tag: str) -> None:
    reply = api.post("/v1/customers", {"external_id": "a", "name": "b", "address_country": country})
    assert f"'{tag}' tag" in reply.details["AddressCountry"]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ('{"external_id":"first","external_id":"second","name":"n"}', "second"),
        ('{"external_id":"lower","External_ID":"mixed","name":"n"}', "mixed"),
        ('{"External_ID":"mixed","external_id":"lower","name":"n"}', "lower"),
        ('{"external_id":"x","External_ID":"y","external_id":"z","name":"n"}', "z"),
        ('{"external_id":"one","name":"n"}garbage', "one"),
    ],
)
def test_the_last_spelling_of_a_key_counts(api: Any, raw: str, kept: str) -> None:
    assert api.post("/v1/customers", raw=raw).json["external_id"] == kept


def test_lone_surrogates_and_invalid_utf8_are_replaced(api: Any) -> None:
    reply = api.post("/v1/customers", raw=b'{"external_id":"a","name":"a\\ud800b\xff"}')
    assert reply.json["name"] == "a\ufffdb\ufffd"


def test_numbers_beyond_a_double_are_refused() -> None:
    with pytest.raises(BadBody):
        read_json(b'{"n":1e400}')


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2026-04-14T15:00:00Z", "2026-04-14T15:00:00Z"),
        ("2026-04-14T15:00:00.120Z", "2026-04-14T15:00:00.12Z"),
        ("2026-04-14T17:00:00+02:00", "2026-04-14T15:00:00Z"),
        ("2026-04-14T9:05:00Z", "2026-04-14T09:05:00Z"),
        ("2026-04-14T15:00:05,5Z", "2026-04-14T15:00:05.5Z"),
        ("2026-04-14T15:00:00-00:00", "2026-04-14T15:00:00Z"),
        ("2026-04-14T15:00:00.123456789Z", "2026-04-14T15:00:00.123457Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_times_that_are_read(text: str, printed: str) -> None:
    """behaviour/http#timestamps, timestamps in and out."""
    assert format_time(parse_rfc3339(text).instant) == printed


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-14", "2026-04-14 15:00:00Z", "2026-04-14T15:00:00", "2026-04-14T15:00Z", "2026-04-14T15:00:00+0530",
        "2026-04-14T15:00:00+05", "2026-04-14t15:00:00z", "2026-04-14T15:00:60Z", "2026-04-14T24:00:00Z",
        "2026-02-30T00:00:00Z", "2026-4-14T00:00:00Z", " 2026-04-14T15:00:00Z", "1776178800", "",
        "2026-04-14T15:00:00.Z",
    ],
)  # fmt: skip
def test_times_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|range|day|hour|second|month"):
        parse_rfc3339(text)


def test_a_time_is_echoed_as_sent() -> None:
    assert parse_rfc3339("2026-03-01T00:00:00+05:30").echo == "2026-03-01T00:00:00+05:30"
    assert parse_rfc3339("2026-03-01T00:00:00.100Z").echo == "2026-03-01T00:00:00.1Z"
