"""Long lists: their row counts are kept, and an order or value without an index gets one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.store import transaction
from mockserver.store.query import Condition, Contains, Eq, Order, Query
from mockserver.store.store import Store
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.meters import METERS
from mockserver.store.transaction import KeyTaken
from mockserver.store.upkeep import index_for

NOW = datetime(2026, 4, 1, tzinfo=UTC)
PUBLISHED = Eq("status", "published")
ARCHIVED = Eq("status", "archived")


def _customer(index: int) -> dict[str, Any]:
    row = dict.fromkeys(CUSTOMERS.columns)
    row.update(
        id=f"cust_{index}",
        tenant_id="tenant",
        environment_id="env",
        status="published",
        created_at=NOW + timedelta(seconds=index // 2),
        updated_at=NOW,
        external_id=f"ext_{index}",
        name=f"name {index % 3}",
        contact=None if index % 2 else str(index % 4),
    )
    return row


def _insert(store: Store, *indexes: int) -> None:
    with store.write("env") as tx:
        for index in indexes:
            tx.insert(CUSTOMERS, _customer(index))


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    _insert(made, *range(20))
    yield made
    made.close()


def _count(store: Store, *where: Condition, environment: str = "env") -> int:
    with store.read(environment) as tx:
        return tx.count(CUSTOMERS, where)


def test_counts_follow_every_change(store: Store) -> None:
    assert _count(store, PUBLISHED) == 20

    with store.write("env") as tx:
        tx.update(CUSTOMERS, "cust_3", {"status": "archived"})
        tx.update(CUSTOMERS, "cust_4", {"name": "renamed"})
    assert (_count(store, PUBLISHED), _count(store, ARCHIVED)) == (19, 1)
    assert _count(store, PUBLISHED, Eq("name", "renamed")) == 1
    assert _count(store, PUBLISHED, environment="other") == 0

    with pytest.raises(KeyTaken):
        _insert(store, 20, 5)
    assert _count(store, PUBLISHED) == 19

    store.clear("env")
    assert (_count(store, PUBLISHED), _count(store, ARCHIVED)) == (0, 0)


def _indexes(store: Store) -> set[str]:
    found = store.connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'customers_by_%'")
    return {name for (name,) in found}


@pytest.mark.parametrize("column", ["name", "contact", "updated_at"])
@pytest.mark.parametrize("descending", [False, True])
def test_an_order_gets_an_index_and_stays_the_same(
    store: Store, column: str, descending: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Query((PUBLISHED,), (Order(column, descending), Order("created_at", True)), 7, 5)
    with store.read("env") as tx:
        before = tx.page(CUSTOMERS, query)
    assert _indexes(store) == set()

    monkeypatch.setattr(transaction, "LARGE", 20)
    with store.read("env") as tx:
        assert tx.page(CUSTOMERS, query) == before
    assert len(_indexes(store)) == 1
    with store.read("env") as tx:
        assert tx.page(CUSTOMERS, query) == before


def test_a_value_gets_an_index(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "LARGE", 20)
    query = Query((PUBLISHED, Eq("name", "name 1")), (Order("created_at", True),), 50)
    for _ in range(2):
        with store.read("env") as tx:
            rows, total = tx.page(CUSTOMERS, query)
        assert (len(rows), total) == (7, 7)
    assert _indexes(store) == {"customers_by_name_asc_created_at_desc"}


@pytest.mark.parametrize(
    ("where", "order"),
    [
        ((PUBLISHED,), (Order("created_at", True),)),
        ((PUBLISHED,), (Order("id"), Order("created_at", True))),
        ((Eq("name", "x"),), (Order("created_at", True),)),
        ((PUBLISHED, Contains("name", "x")), (Order("created_at", True),)),
        ((PUBLISHED,), (Order("name"), Order("email"), Order("created_at", True))),
    ],
)
def test_what_is_served_already_or_cannot_be_gets_none(where: tuple[Condition, ...], order: tuple[Order, ...]) -> None:
    assert index_for(CUSTOMERS, where, order) is None


def test_a_list_sorted_by_one_column_alone_gets_one() -> None:
    index = index_for(METERS, (PUBLISHED,), (Order("name"),))
    assert index is not None
    assert '(environment_id, status, "name" ASC, seq ASC)' in index.statement
