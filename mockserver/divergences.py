"""The register of divergences: every known difference between Flexprice's documents and the real server.

A profile is nothing but the defaults of these switches. A switch that is *on* means: behave as the real server
does; *off* means: behave as the documents say. Code asks ``Divergences.on(id)`` and never looks at a profile's
name. docs/reference/divergences.md, ``GET /_mock/divergences`` and the contract report are printed from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PROFILES = ("documented", "upstream")


@dataclass(frozen=True, slots=True)
class Divergence:
    """One difference. ``evidence`` names the facts file and section it rests on; ``statuses`` are those that
    a server answers because of it, where the documents promise another."""

    id: str
    title: str
    documents: str
    server: str
    evidence: str
    documented: bool = False
    upstream: bool = True
    statuses: tuple[int, ...] = ()

    def default(self, profile: str) -> bool:
        return self.documented if profile == "documented" else self.upstream


REGISTER: tuple[Divergence, ...] = (
    Divergence(
        "price-filter-values-ignored",
        "filter_values on a price",
        "An event is billed by the one most specific price of its meter whose filter_values it matches.",
        "The field is accepted and dropped: every price on a meter bills the meter's whole usage.",
        "behaviour/prices-and-meters#filter_values",
    ),
    Divergence(
        "price-unit-code-three-characters",
        "length of a price unit's code",
        "A code such as CREDIT is fine.",
        "The column holds three characters; a longer code is 500 database_error, and a price may only name a unit "
        "of exactly three.",
        "behaviour/customers-and-plans#creating-a-price-unit, behaviour/http#the-documented-payloads",
        statuses=(500,),
    ),
    Divergence(
        "customer-timezone-ignored",
        "customer_timezone and timezone on a subscription",
        "The subscription bills in the time zone it was created with.",
        "customer_timezone is unknown and timezone is overwritten: the customer's own time zone counts.",
        "behaviour/subscriptions#time-zone",
    ),
    Divergence(
        "billing-period-count-required",
        "billing_period_count left out of a price",
        "Defaults to 1.",
        "Stays 0 and is refused with 400.",
        "behaviour/prices-and-meters#missing-billing_period_count",
    ),
    Divergence(
        "bulk-currency-echoed",
        "currency in the answer of POST /v1/prices/bulk",
        "Lower case, as everywhere else.",
        "Echoed as sent; later reads show it in lower case.",
        "behaviour/prices-and-meters#bulk-create",
    ),
    Divergence(
        "custom-price-currency-case",
        "currency of a price in a custom unit",
        "Compared with the unit's base currency whatever the case.",
        "Compared as sent with the stored lower-case code, so USD is refused with 400.",
        "behaviour/customers-and-plans#prices-in-a-unit, behaviour/prices-and-meters#currency-of-a-custom-price",
    ),
    Divergence(
        "bulk-lookup-key-clash-is-500",
        "a lookup_key already in use, in POST /v1/prices/bulk or a metadata-only PUT",
        "409 already_exists, as on a single create.",
        "500 database_error.",
        "behaviour/prices-and-meters#bulk-create, behaviour/prices-and-meters#updating-a-price",
        statuses=(500,),
    ),
    Divergence(
        "storage-refusal-is-500",
        "values the database cannot hold (over-long texts, NUL characters, amounts of more than 10 digits)",
        "400 validation_error.",
        "500 database_error.",
        "behaviour/customers-and-plans#column-limits, behaviour/http#errors",
        statuses=(500,),
    ),
    Divergence(
        "filter-type-mismatch-is-500",
        "a filter or sort the database cannot apply (text against a number column, an unknown sort column)",
        "400 validation_error.",
        "500 database_error (subscriptions: internal_error).",
        "behaviour/http#sorting, behaviour/http#filter-language",
        statuses=(500,),
    ),
    Divergence(
        "crash-is-empty-500",
        "requests that crash the handler (a filter without value, external_id changed while metadata is null)",
        "400 validation_error.",
        "500 with an empty body.",
        "behaviour/http#crashes",
        statuses=(500,),
    ),
    Divergence(
        "random-status",
        "errors that carry two classes",
        "One status: the sensible one.",
        "One of two statuses at random between identical calls; the emulator gives the sensible one and names the "
        "other in the message.",
        "behaviour/http#two-statuses-at-random",
    ),
    Divergence(
        "bulk-events-partly-ingested",
        "POST /v1/events/bulk with one bad element",
        "Nothing is ingested.",
        "Elements before the bad one are ingested although the answer is 400.",
        "behaviour/events-and-usage#batches",
    ),
    Divergence(
        "huggingface-route-name",
        "name of the Hugging Face billing route",
        "POST /v1/events/huggingface-inference.",
        "Only POST /v1/events/huggingface-billing exists; the documented name is a plain 404.",
        "behaviour/events-and-usage#event-routes",
        statuses=(404,),
    ),
    Divergence(
        "price-list-filters-ignored",
        "plan_ids, subscription_id and parent_price_id when listing prices",
        "They narrow the list.",
        "Accepted and ignored.",
        "behaviour/prices-and-meters#listing-prices",
    ),
    Divergence(
        "group-lookup-key-clash-is-500",
        "a lookup_key already in use, in POST /v1/groups",
        "409 already_exists, as for other keys.",
        "500 database_error.",
        "behaviour/http#deletion (http-delete-others)",
        statuses=(500,),
    ),
    Divergence(
        "comma-lists-not-split",
        "several values of one query parameter (feature_ids=a,b)",
        "Lists are joined with commas, and the official clients send them so.",
        "The parameter is to be repeated; a text with commas is one value, which usually matches nothing.",
        "behaviour/http#query-strings, behaviour/clients#values",
    ),
    Divergence(
        "price-unit-in-use-deleted",
        "deleting a price unit that prices refer to",
        "Refused.",
        "Archived without a check.",
        "behaviour/customers-and-plans#deleting-a-price-unit",
    ),
    Divergence(
        "price-unit-list-filters-reset",
        "status, offset, order or sort without limit when listing price units",
        "They apply.",
        "Without a limit they are replaced by the defaults.",
        "behaviour/customers-and-plans#listing-price-units",
    ),
    Divergence(
        "external-id-history-keeps-new-id",
        "metadata.old_external_ids after changing a customer's external_id",
        "Keeps the previous id.",
        "Keeps the new id.",
        "behaviour/customers-and-plans#updating-a-customer",
    ),
    Divergence(
        "entitlement-list-filters-ignored",
        "entity_type and plan_ids when listing entitlements",
        "They narrow the list.",
        "Accepted and ignored; entity_ids works.",
        "behaviour/invoices-and-wallets#billing-objects",
    ),
    Divergence(
        "late-proration-is-500",
        "create_prorations after the current period has ended (cancelling, previewing a plan change)",
        "400 validation_error.",
        "500 system_error.",
        "behaviour/subscriptions#by-a-new-subscription",
        statuses=(500,),
    ),
    Divergence(
        "plan-sync-unavailable",
        "POST /v1/plans/{id}/sync/subscriptions on a self-hosted server",
        "Starts the price sync.",
        "503 service_unavailable where Redis is missing, as on the recorded server.",
        "behaviour/customers-and-plans#price-sync",
        statuses=(503,),
    ),
    Divergence(
        "windowed-true-up-loses-usage",
        "a windowed commitment with true-up, where there is usage",
        "Windows with usage bill that usage against the commitment; only empty windows are filled up.",
        "Every window is billed as if it were empty: the commitment and nothing else (seen on a self-hosted server).",
        "behaviour/rating#commitment-of-a-line-item",
    ),
    Divergence(
        "tax-list-offset-is-500",
        "offset when listing tax rates or tax associations",
        "Skips so many.",
        "500 database_error.",
        "behaviour/http#envelope",
        statuses=(500,),
    ),
    Divergence(
        "unknown-tax-rate-is-500",
        "reading a tax rate that does not exist",
        "404 not_found.",
        'Always 500, with nothing but {"error": ...} in the body.',
        "behaviour/invoices-and-wallets#billing-objects",
        statuses=(500,),
    ),
    Divergence(
        "failed-invoice-leaves-draft",
        "POST /v1/invoices that fails while the invoice is computed (an unknown subscription, too large an amount)",
        "Nothing is stored.",
        "An empty draft stays behind and is listed.",
        "behaviour/invoices-and-wallets#creating-invoices, behaviour/rating#cost-of-a-quantity",
    ),
    Divergence(
        "recalculated-draft-loses-lines",
        "POST /v1/invoices/{id}/recalculate-v2 on a draft with lines",
        "The draft is computed anew.",
        "Its own lines count as invoiced already: it is left without lines, over 0 and paid; recalculating once more "
        "restores it.",
        "behaviour/invoices-and-wallets#invoice-routes",
    ),
)

_BY_ID: Mapping[str, Divergence] = {entry.id: entry for entry in REGISTER}


def entry(divergence_id: str) -> Divergence:
    """The register's entry of that id; ``KeyError`` if there is none."""
    return _BY_ID[divergence_id]


class Divergences:
    """The switches of one running server."""

    def __init__(self, profile: str = "documented", overrides: Mapping[str, bool] | None = None) -> None:
        if profile not in PROFILES:
            raise ValueError(f"unknown profile {profile!r}; choose one of {', '.join(PROFILES)}")
        self.profile = profile
        self._state = {d.id: d.default(profile) for d in REGISTER}
        for divergence_id, value in (overrides or {}).items():
            if divergence_id not in self._state:
                raise ValueError(f"unknown divergence {divergence_id!r}; known: {', '.join(self._state)}")
            self._state[divergence_id] = value

    def on(self, divergence_id: str) -> bool:
        """True if the server behaves as the real one does in this respect."""
        return self._state[divergence_id]

    def explain(self, status: int, named: str) -> tuple[str, ...]:
        """Which of the differences that an answer names (ids with commas between) are on and make a server answer
        with this status; none for an answer that nobody knows of."""
        ids = [text.strip() for text in named.split(",") if text.strip()]
        return tuple(known for known in ids if self._state.get(known) and status in entry(known).statuses)

    def items(self) -> Iterable[tuple[Divergence, bool]]:
        return ((d, self._state[d.id]) for d in REGISTER)


def parse_overrides(texts: Iterable[str]) -> dict[str, bool]:
    """``["some-id=on", ...]`` as given on the command line; ``ValueError`` for anything else."""
    result: dict[str, bool] = {}
    for text in texts:
        divergence_id, _, value = text.partition("=")
        if value not in ("on", "off"):
            raise ValueError(f"--divergence takes ID=on or ID=off, not {text!r}")
        result[divergence_id] = value == "on"
    return result


def markdown_table() -> str:
    """The register as docs/reference/divergences.md prints it."""
    lines = ["| id | what | the documents say | the real server does | evidence |", "|---|---|---|---|---|"]
    for d in REGISTER:
        cells = (f"`{d.id}`", d.title, d.documents, d.server, d.evidence)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)
