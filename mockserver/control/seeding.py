"""Filling an environment with a catalogue while the server runs: literal ids, as with ``--catalog``."""

from __future__ import annotations

from typing import Any

from mockserver.control.errors import ControlError
from mockserver.divergences import Divergences
from mockserver.fixtures import catalog_path
from mockserver.seed_catalog import Catalog, CatalogError, load_catalog, parse_catalog
from mockserver.store.transaction import Transaction

SHIPPED = ("documented", "models")


def asked(body: dict[str, Any]) -> Catalog:
    """The catalogue of a request: a shipped one (``{"shipped": "models"}``) or the body itself."""
    try:
        if "shipped" not in body:
            return parse_catalog(body, "the body", "catalog")
        if body["shipped"] not in SHIPPED or len(body) > 1:
            raise ControlError(f"shipped must be one of {', '.join(SHIPPED)}, and alone")
        return load_catalog(catalog_path(body["shipped"]))
    except CatalogError as error:
        raise ControlError(str(error)) from None


def fill(tx: Transaction, catalog: Catalog, divergences: Divergences) -> dict[str, Any]:
    """Create everything or nothing in the transaction's environment; ``ControlError`` names the entry refused."""
    try:
        catalog.filler(divergences)(tx)
    except CatalogError as error:
        raise ControlError(str(error)) from None
    return {"catalog": catalog.name, **catalog.counts()}
