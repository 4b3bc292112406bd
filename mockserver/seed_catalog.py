"""Catalogues: meters, features, plans and prices with literal ids, loaded by the server itself.

Over the API ids are always generated; a catalogue is how the documents' literal meter ids (``meter_img_count``) come
to exist. The format is described in ``fixtures/catalog/README.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mockserver.divergences import Divergences
from mockserver.errors import ApiError
from mockserver.http.reading import read_json
from mockserver.http.schema import In
from mockserver.store import access
from mockserver.store.store import Store
from mockserver.store.transaction import KeyTaken, Transaction
from mockserver.work import Caller, Work


class CatalogError(Exception):
    """The file is not a catalogue the server can load; the text says where."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The parsed file: payloads as the API takes them, each with an ``id``."""

    name: str
    meters: tuple[dict[str, Any], ...]
    features: tuple[dict[str, Any], ...]
    plans: tuple[dict[str, Any], ...]

    def counts(self) -> dict[str, int]:
        """How many entries it has of each kind."""
        return {
            "meters": len(self.meters),
            "features": len(self.features),
            "plans": len(self.plans),
            "prices": sum(len(plan.get("prices", ())) for plan in self.plans),
        }

    def fill(self, work: Work) -> None:
        """Create everything in an environment; ``CatalogError`` names the entry that was refused."""
        from mockserver.catalogue.features import rules as features
        from mockserver.catalogue.features.schemas import CreateFeatureIn
        from mockserver.catalogue.meters import rules as meters
        from mockserver.catalogue.meters.schemas import CreateMeterIn
        from mockserver.catalogue.plans import rules as plans
        from mockserver.catalogue.plans.schemas import CreatePlanIn
        from mockserver.catalogue.prices import rules as prices
        from mockserver.catalogue.prices.schemas import CreatePriceIn

        for meter in self.meters:
            self._create(work, "meter", meter, CreateMeterIn(), meters.create)
        for feature in self.features:
            self._create(work, "feature", feature, CreateFeatureIn(), features.create)
        for plan in self.plans:
            self._create(work, "plan", plan, CreatePlanIn(), plans.create)
            for price in plan.get("prices", ()):
                payload = {**price, "entity_type": "PLAN", "entity_id": plan["id"]}
                self._create(work, "price", payload, CreatePriceIn(), prices.create)

    def _create(self, work: Work, kind: str, entry: dict[str, Any], schema: In, create: Callable[..., Any]) -> None:
        try:
            create(work, schema.load(entry), entry["id"])
        except KeyTaken:
            raise CatalogError(f"catalogue {self.name}: {kind} {entry['id']} is already in that environment") from None
        except (ApiError, ValueError) as error:
            details = f" {error.details}" if isinstance(error, ApiError) and error.details else ""
            raise CatalogError(f"catalogue {self.name}: {kind} {entry['id']}: {error}{details}") from error

    def filler(self, divergences: Divergences) -> Callable[[Transaction], None]:
        """What a store calls for a new environment."""

        def fill(tx: Transaction) -> None:
            environment = access.find_environment(tx.connection, tx.environment_id)
            assert environment is not None
            caller = Caller("", environment.tenant_id, environment.id, ("super_admin",))
            self.fill(Work(tx, caller, environment.now(), divergences))

        return fill


def load_catalog(path: Path) -> Catalog:
    """Read a catalogue file; ``CatalogError`` says what is wrong with it."""
    try:
        data = read_json(path.read_bytes())
    except OSError as error:
        raise CatalogError(f"cannot read {path}: {error.strerror}") from error
    except ApiError as error:
        raise CatalogError(f"{path} is not JSON: {error}") from error
    return parse_catalog(data, str(path), path.stem)


def parse_catalog(data: Any, where: str, name: str) -> Catalog:
    """A catalogue from its JSON value; ``CatalogError`` says what is wrong with it. ``where`` it came from opens that
    text, ``name`` is its name unless it has one."""
    if not isinstance(data, dict):
        raise CatalogError(f"{where} is not a catalogue: a JSON object is expected")
    parts: dict[str, tuple[dict[str, Any], ...]] = {}
    for kind in ("meters", "features", "plans"):
        entries = data.get(kind, [])
        if not isinstance(entries, list):
            raise CatalogError(f"{where}: {kind} must be an array")
        for index, entry in enumerate(entries):
            _check_entry(where, f"{kind}[{index}]", entry)
            for price_index, price in enumerate(entry.get("prices", ()) if kind == "plans" else ()):
                _check_entry(where, f"{kind}[{index}].prices[{price_index}]", price)
        parts[kind] = tuple(entries)
    return Catalog(str(data.get("name") or name), parts["meters"], parts["features"], parts["plans"])


def _check_entry(where: str, place: str, entry: Any) -> None:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not entry["id"]:
        raise CatalogError(f"{where}: {place} needs an id")


def seed_environment(store: Store, key: str, catalog: Catalog, divergences: Divergences) -> dict[str, int]:
    """Fill the environment of an API key, making the environment if the key is new; returns what was created."""
    now = datetime.now(UTC)
    with store.write() as tx:
        access.seed(tx.connection, now)
        if access.find_key(tx.connection, key) is None:
            access.adopt_key(tx.connection, key, now)
        found = access.find_key(tx.connection, key)
        if found is None or found.environment_id is None:
            raise CatalogError("that key is bound to no environment")
        catalog.filler(divergences)(Transaction(tx.connection, found.environment_id))
    store.close()
    return catalog.counts()
