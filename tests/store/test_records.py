"""Records have the columns of their tables, and come back from a row unchanged."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.store import records
from mockserver.store.records.base import Record, changes
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.vocabulary import SubscriptionStatus


def kinds() -> Iterator[type[Record]]:
    for module in pkgutil.iter_modules(records.__path__):
        found = vars(importlib.import_module(f"{records.__name__}.{module.name}"))
        yield from (
            each
            for each in found.values()
            if isinstance(each, type) and issubclass(each, Record) and each is not Record
        )


@pytest.mark.parametrize("kind", sorted(set(kinds()), key=lambda kind: kind.__name__))
def test_fields_are_the_columns(kind: type[Record]) -> None:
    assert [field.name for field in dataclasses.fields(kind)] == list(kind.table.columns)


def row(**values: Any) -> dict[str, Any]:
    at = datetime(2026, 4, 1, tzinfo=UTC)
    whole = dict.fromkeys(SUBSCRIPTIONS.columns) | {"id": "subs_1", "created_at": at, "start_date": at}
    return whole | {"status": "published", "subscription_status": "active"} | values


def test_a_record_is_its_row() -> None:
    subscription = Subscription.of(row())
    assert subscription.row == row()
    assert subscription.subscription_status is SubscriptionStatus.ACTIVE


def test_an_unknown_word_stays_a_text() -> None:
    assert Subscription.of(row(subscription_status="resting")).subscription_status == "resting"


def test_changes_are_what_differs() -> None:
    before = Subscription.of(row())
    after = dataclasses.replace(before, subscription_status=SubscriptionStatus.PAUSED, currency="eur")
    assert changes(before, after) == {"subscription_status": "paused", "currency": "eur"}


def test_words_are_quoted_as_texts() -> None:
    assert f"{SubscriptionStatus.ACTIVE} {SubscriptionStatus.ACTIVE!r}" == "active 'active'"
