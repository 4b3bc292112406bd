"""Playing the mutations: one world a payload, with the customer, plan and meters it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import provisioning
from ..case import Step
from ..compare import against
from ..loading import DOCUMENTS_DAY
from ..outcomes import Exchange, Outcome, asserted, fields
from ..placeholders import fill
from ..runner import DRIFT, KNOWN, PASS, side
from ..targets import Target, World
from .mutations import Mutation, Subject, mutations, subjects

_FIXED_PRICE = {
    "entity_type": "PLAN",
    "type": "FIXED",
    "billing_model": "FLAT_FEE",
    "billing_period": "MONTHLY",
    "billing_period_count": 1,
    "invoice_cadence": "ARREAR",
    "currency": "USD",
    "amount": "1",
}


def count() -> int:
    """How many mutations there are."""
    return sum(1 for subject in subjects() for _ in mutations(subject))


def play(target: Target, only: str = "") -> Iterator[Outcome]:
    """One outcome a payload, its mutations as exchanges; ``only`` is a payload's number."""
    for subject in subjects():
        if not only or subject.payload.file.startswith(only):
            yield _play(target, subject)


def _play(target: Target, subject: Subject) -> Outcome:
    world = target.world(f"mutations-{subject.payload.file[:2]}", DOCUMENTS_DAY)
    _prepare(world, subject)
    outcome = Outcome(
        f"mutations-{subject.payload.file[:-5].replace('_', '-')}",
        f"{subject.payload.title}, mutated",
        "mutations",
        subject.facts,
        PASS,
    )
    outcome.exchanges = [_one(target, world, mutation) for mutation in mutations(subject)]
    verdicts = {exchange.verdict for exchange in outcome.exchanges}
    outcome.verdict = DRIFT if DRIFT in verdicts else KNOWN if KNOWN in verdicts else PASS
    outcome.register = list(dict.fromkeys(name for one in outcome.exchanges for name in one.register))
    return outcome


def _prepare(world: World, subject: Subject) -> None:
    names = set(re.findall(r"<(\w+)>", subject.payload.text))
    for meter in sorted(names & set(provisioning.known_meters())):
        provisioning.provide(world, meter)
    if "plan_id" in names:
        world.names["plan_id"] = _made(world, "/v1/plans", {"name": "Plan", "lookup_key": "plan_of_mutations"})
    if "customer_id" in names:
        world.names["customer_id"] = _made(world, "/v1/customers", {"external_id": "of_mutations", "name": "Customer"})
        _made(world, "/v1/prices", {**_FIXED_PRICE, "entity_id": world.names["plan_id"]})


def _made(world: World, path: str, body: dict[str, Any]) -> str:
    answer = world.send("POST", path, body=body, expected=frozenset({201}))
    if answer.status != 201:
        raise provisioning.ProvisioningFailed(f"the target refuses {path} for the mutations: {answer.status}")
    return str(answer.body["id"])


def _one(target: Target, world: World, mutation: Mutation) -> Exchange:
    body = fill(mutation.body, world.names)
    step = Step(
        mutation.id,
        0,
        mutation.method,
        mutation.path,
        body,
        None,
        {},
        {},
        mutation.facts,
        mutation.documents,
        mutation.server,
    )
    expected, register = side(target, step)
    assert expected is not None
    answer = world.send(mutation.method, mutation.path, body=body, expected=step.statuses())
    differences = against(expected, answer.status, answer.body)
    return Exchange(
        mutation.id,
        f"{mutation.method} {mutation.path}",
        body,
        asserted(expected),
        {"status": answer.status, "body": answer.body},
        fields(differences),
        [] if differences else list(register),
        mutation.facts,
    )
