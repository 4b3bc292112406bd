"""One request's unit of work: what rules get instead of Flask, a clock or a database handle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mockserver.divergences import Divergences
from mockserver.errors import DatabaseRefusal
from mockserver.store.columns import Row, Table
from mockserver.store.records.base import R, changes
from mockserver.store.transaction import Transaction, new_id


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: the credential's user and roles, and the tenant and environment it acts in."""

    user_id: str
    tenant_id: str
    environment_id: str
    roles: tuple[str, ...]
    user_type: str = "user"


@dataclass(slots=True)
class Work:
    """A transaction on the caller's environment, the environment's time, and the switches of the register.

    ``ingestion_delay_ms`` is how long events wait before they count.
    """

    tx: Transaction
    caller: Caller
    now: datetime
    divergences: Divergences
    touched: set[str] = field(default_factory=set)
    ingestion_delay_ms: int = 0

    def differs(self, divergence_id: str) -> bool:
        """True if the server behaves as the real one here. Asking says that this request relies on the difference:
        the answer names it in ``X-Flexprice-Mock-Divergence``."""
        self.touched.add(divergence_id)
        return self.divergences.on(divergence_id)

    def new_row(self, table: Table, values: Mapping[str, Any], entity_id: str | None = None) -> Row:
        """A complete row: id and base fields as of now, then the values (behaviour/http#ids-and-base-fields). Only
        catalogues choose ids."""
        row: Row = dict.fromkeys(table.columns)
        row.update(
            id=entity_id or new_id(table.prefix),
            tenant_id=self.caller.tenant_id,
            environment_id=self.caller.environment_id,
            status="published",
            created_at=self.now,
            updated_at=self.now,
            created_by=self.caller.user_id,
            updated_by=self.caller.user_id,
        )
        row.update(values)
        return row

    def insert(self, table: Table, row: Row, details: Mapping[str, Any] | None = None) -> Row:
        """Store a new row; a refusal by the database carries ``details``."""
        try:
            self.tx.insert(table, row)
        except DatabaseRefusal as refusal:
            refusal.details.update(details or {})
            raise
        return row

    def change(
        self, table: Table, row: Row, changes: Mapping[str, Any], details: Mapping[str, Any] | None = None
    ) -> Row:
        """Change a stored row and stamp who did it when; returns the changed row."""
        stamped = {**changes, "updated_at": self.now, "updated_by": self.caller.user_id}
        try:
            self.tx.update(table, row["id"], stamped)
        except DatabaseRefusal as refusal:
            refusal.details.update(details or {})
            raise
        return {**row, **stamped}

    def make(self, kind: type[R], **values: Any) -> R:
        """A new record, not stored: id and base fields as of now, the values, None for the rest."""
        return kind.of(self.new_row(kind.table, values))

    def add(self, record: R, details: Mapping[str, Any] | None = None) -> R:
        """Store a new record; a refusal by the database carries ``details``."""
        self.insert(record.table, record.row, details)
        return record

    def alter(self, before: R, after: R, details: Mapping[str, Any] | None = None) -> R:
        """Store what a changed record (``dataclasses.replace``) has differently, and stamp who did it when; returns the
        changed record."""
        stamped = replace(after, updated_at=self.now, updated_by=self.caller.user_id)
        changed = changes(before, stamped)
        if not changed:
            return stamped
        try:
            self.tx.update(before.table, before.id, changed)
        except DatabaseRefusal as refusal:
            refusal.details.update(details or {})
            raise
        return stamped
