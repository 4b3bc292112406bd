"""An addon with what belongs to it: prices, entitlements, credit grants."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mockserver.catalogue.credit_grants.schemas import CreditGrantOut
from mockserver.catalogue.entitlements.rules import of_addon
from mockserver.catalogue.entitlements.schemas import EntitlementOut
from mockserver.catalogue.entitlements.view import show_entitlements
from mockserver.catalogue.owners.entities import unended
from mockserver.catalogue.owners.schemas import AddonOut
from mockserver.catalogue.prices.present import show_prices
from mockserver.catalogue.prices.schemas import PriceWithPartsOut
from mockserver.http.fields import Parts, Show
from mockserver.http.listing import names_of
from mockserver.store.columns import Row
from mockserver.store.query import Eq
from mockserver.store.tables.entitlements import CREDIT_GRANTS
from mockserver.store.tables.prices import PRICES
from mockserver.work import Work

OUT, GRANT = AddonOut(), CreditGrantOut()
EVERYTHING = ("prices", "meters", "entitlements", "features", "credit_grant")


class AddonWithPartsOut(AddonOut):
    prices = Parts(PriceWithPartsOut, when=Show.IF_FULL)
    entitlements = Parts(EntitlementOut, when=Show.IF_FULL)
    credit_grants = Parts(CreditGrantOut, when=Show.IF_FULL)


def prices_of(work: Work, addon_id: str) -> list[Row]:
    """The published prices of an addon that have not ended, newest first."""
    return work.tx.published(PRICES, Eq("entity_type", "ADDON"), Eq("entity_id", addon_id), unended(work))


def grants_of(work: Work, addon_id: str) -> list[dict[str, Any]]:
    """The published credit grants of an addon as JSON, newest first."""
    rows = work.tx.published(CREDIT_GRANTS, Eq("scope", "ADDON"), Eq("addon_id", addon_id))
    return [GRANT.dump(row) for row in rows]


def entitlements_of(work: Work, addon_id: str) -> list[dict[str, Any]]:
    """The entitlements of an addon with their features and meters."""
    return show_entitlements(work, of_addon(work, addon_id), features=True, meters=True)


def show_with(work: Work, addon: Row, wanted: Collection[str], *, meters: bool = True) -> dict[str, Any]:
    """An addon with the parts wanted; empty parts are left out. ``meters`` says whether features show theirs."""
    shown: dict[str, Any] = OUT.dump(addon)
    parts: dict[str, Any] = {}
    if "prices" in wanted:
        parts["prices"] = show_prices(work, prices_of(work, addon["id"]), {"meters"} & set(wanted))
    if "entitlements" in wanted:
        rows = of_addon(work, addon["id"])
        parts["entitlements"] = show_entitlements(work, rows, features="features" in wanted, meters=meters)
    if "credit_grant" in wanted:
        parts["credit_grants"] = grants_of(work, addon["id"])
    return {**shown, **{name: part for name, part in parts.items() if part}}


def show_read(work: Work, addon: Row) -> dict[str, Any]:
    """What reading one addon answers: everything it has now."""
    return show_with(work, addon, EVERYTHING)


def show_listed(work: Work, addons: Sequence[Row], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What lists and searches answer: the parts that ``expand`` names; unknown names are no error."""
    wanted = set(names_of(data.get("expand")))
    return [show_with(work, addon, wanted, meters=False) for addon in addons]
