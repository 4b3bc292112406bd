"""Our schemas do what who knows marshmallow expects: load binds and checks, dump prints, validate tells."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import RAISE, ValidationError, fields, post_load, validates_schema

from mockserver.errors import ApiError, BadBody, Invalid
from mockserver.http.fields import Bool, Int, Money, Part, PartMap, Parts, Show, Text, TextMap, Texts, Time
from mockserver.http.schema import In, Out


class LegIn(In):
    days = Int(tags="required,min=1")


class TripIn(In):
    struct = "CreateTripRequest"
    name = Text(tags="required,max=5")
    price = Money()
    booked = Bool()
    start = Time()
    hotel = Part(LegIn)
    legs = Parts(LegIn, tags="omitempty,dive")
    stops = PartMap(LegIn, tags="omitempty,dive")
    loose = Parts(LegIn)


class TicketIn(TripIn):
    names_failures = False


class LegOut(Out):
    days = Int()


class TripOut(Out):
    name = Text()
    price = Money()
    start = Time()
    note = Text(null="", when=Show.ALWAYS)
    tags = Texts(when=Show.IF_FULL)
    place = Text(data_key="where", when=Show.IF_SET)
    legs = Parts(LegOut)
    labels = TextMap(when=Show.IF_SET)


SCHEMA, TICKET, PRINT = TripIn(), TicketIn(), TripOut()
WRONG = [
    ({}, {"name": "required"}, {"Name": "required"}),
    ({"name": "longer"}, {"name": "max"}, {"Name": "max"}),
    ({"name": "a", "hotel": {}}, {"hotel": {"days": "required"}}, {"Days": "required"}),
    ({"name": "a", "legs": [{"days": 1}, {"days": -1}]}, {"legs": {1: {"days": "min"}}}, {"Days": "min"}),
    ({"name": "a", "stops": {"x": {}}}, {"stops": {"x": {"days": "required"}}}, {"Days": "required"}),
    ({"hotel": {}}, {"name": "required", "hotel": {"days": "required"}}, {"Name": "required", "Days": "required"}),
]
UNREADABLE = [
    ({"name": 1}, {"name": ["a text is expected"]}),
    ({"Name": "a", "HOTEL": {"days": "1"}}, {"HOTEL": {"days": ["an integer is expected"]}}),
    ([], {"_schema": ["the request body must be a JSON object"]}),
]


def _tags(messages: Any) -> Any:
    """Failed tags in the place of their texts."""
    if isinstance(messages, dict):
        return {key: _tags(inner) for key, inner in messages.items()}
    text = messages if isinstance(messages, str) else messages[0]
    return text.split("'")[-2]


def test_load_binds() -> None:
    sent = {"NAME": "a", "price": "1.50", "booked": None, "other": 1, "legs": [{"days": 2}], "loose": [{}]}
    assert SCHEMA.load(sent) == {"name": "a", "price": Decimal("1.50"), "legs": [{"days": 2}], "loose": [{}]}
    assert SCHEMA.validate(sent) == {}
    assert SCHEMA.load([sent, {"name": "b"}], many=True)[1] == {"name": "b"}
    assert SCHEMA.loads('{"name": "a"}') == SCHEMA.loads(b'{"name": "a"}') == {"name": "a"}


@pytest.mark.parametrize(("sent", "messages", "details"), WRONG)
def test_load_checks(sent: dict[str, Any], messages: dict[str, Any], details: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        SCHEMA.load(sent)
    assert _tags(raised.value.messages) == messages
    assert isinstance(raised.value, Invalid)
    assert _tags(raised.value.details) == details
    assert _tags(SCHEMA.validate(sent)) == messages
    assert _tags(SCHEMA.validate([{"name": "a"}, sent], many=True)) == {1: messages}


@pytest.mark.parametrize("sent", [sent for sent, _, _ in WRONG])
def test_tags_that_belong_to_reading_have_no_details(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        TICKET.load(sent)
    assert isinstance(raised.value, BadBody)
    assert not raised.value.details
    assert _tags(TICKET.validate(sent)) == _tags(SCHEMA.validate(sent))


@pytest.mark.parametrize(("sent", "messages"), UNREADABLE)
def test_a_value_of_the_wrong_type_refuses_at_once(sent: Any, messages: dict[str, Any]) -> None:
    for schema in (SCHEMA, TICKET):
        with pytest.raises(ValidationError) as raised:
            schema.load(sent)
        assert isinstance(raised.value, BadBody)
        assert schema.validate(sent) == messages


def test_a_text_that_is_null_is_an_empty_body() -> None:
    with pytest.raises(ApiError) as raised:
        SCHEMA.loads("null")
    assert list(raised.value.details) == ["Name"]


def test_dump_prints() -> None:
    row = {
        "name": "a",
        "price": Decimal("1.50"),
        "start": datetime(2026, 4, 14, tzinfo=UTC),
        "note": None,
        "tags": [],
        "place": "Rome",
        "legs": [{"days": 2, "secret": 1}],
        "labels": None,
    }
    printed = {
        "name": "a",
        "price": "1.5",
        "start": "2026-04-14T00:00:00Z",
        "note": "",
        "where": "Rome",
        "legs": [{"days": 2}],
    }
    assert PRINT.dump(row) == printed
    assert PRINT.dump([row, row], many=True) == [printed, printed]


def test_fields_by_themselves_do_the_same() -> None:
    assert Money().deserialize("1.50") == Decimal("1.50")
    assert Money().serialize("price", {"price": Decimal("1.50")}) == "1.5"
    assert Text(null="-").serialize("name", {"name": None}) == "-"
    with pytest.raises(ValidationError, match="an integer is expected"):
        Int().deserialize("1")


@pytest.mark.parametrize("kind", [Text, Int, Bool, Money, Time, TextMap, Texts])
@pytest.mark.parametrize("option", [{"required": True}, {"validate": len}, {"load_default": 1}, {"allow_none": True}])
def test_what_would_be_skipped_is_refused(kind: type[fields.Field[Any]], option: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(**option)


@pytest.mark.parametrize("hook", [post_load, validates_schema])
@pytest.mark.parametrize("base", [In, Out])
def test_hooks_are_refused(hook: Any, base: type) -> None:
    with pytest.raises(TypeError, match="no hooks"):
        type("Hooked", (base,), {"look": hook(lambda self, data, **_: data)})
    mixin = type("Mixin", (), {"look": hook(lambda self, data, **_: data)})
    with pytest.raises(TypeError, match="no hooks"):
        type("Hooked", (mixin, base), {})


def test_a_request_can_be_printed_and_an_answer_not_read() -> None:
    sent = {"name": "a", "price": "1.5", "legs": [{"days": 2}]}
    assert SCHEMA.dump(SCHEMA.load(sent)) == sent
    for read in (PRINT.load, PRINT.loads, PRINT.validate):
        with pytest.raises(TypeError, match="reads nothing"):
            read({})


@pytest.mark.parametrize("options", [{"partial": True}, {"unknown": RAISE}])
def test_other_readings_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        SCHEMA.load({"name": "a"}, **options)
