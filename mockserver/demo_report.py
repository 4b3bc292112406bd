"""How the demo's answers and bill are printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from mockserver.demo import Bill, Step
from mockserver.rating.money import plain


def print_heading(profile: str) -> None:
    click.echo(f"The documented payloads, replayed over HTTP on a fresh server ({profile} profile)\n")


def print_step(step: Step) -> None:
    """One line per answer, as it comes."""
    mark = "ok " if step.ok else "BAD"
    code = f" {step.code}" if step.code else ""
    note = f"   [{step.divergences}]" if step.divergences else ""
    click.echo(f"{mark} {step.step:>3}  {step.request:<26} {step.status}{code}  {step.title}{note}")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    for row in (heads, ["-" * width for width in widths], *rows):
        cells = [
            cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def print_bill(bill: Bill) -> None:
    """Which price billed which event, what nobody pays for, and the totals."""
    good = sum(step.ok for step in bill.steps)
    click.echo(f"\n{good} of {len(bill.steps)} answers as expected\n")
    rows = [[line[name] for name in ("event", "meter", "price", "quantity", "amount")] for line in bill.lines]
    _table(("event", "meter", "price that billed it", "quantity", "amount (USD)"), rows, right=(3, 4))
    if bill.unbilled:
        click.echo("\nNot billed")
        for event in bill.unbilled:
            click.echo(f"  {event['event']}: {event['reason']} ({event['meaning']})")
            for text in (*event["detail"].split("; meter "), *(f"hint: {hint}" for hint in event["hints"])):
                click.echo(f"      {text.removeprefix('meter ')}")
    click.echo(
        f"\nUsage total    {plain(bill.usage_total)} USD exact, {bill.usage_amount} on POST /v1/subscriptions/usage"
    )
    click.echo(f"Invoice total  {bill.invoice_total} USD on POST /v1/invoices/preview")


def to_json(profile: str, bill: Bill, problems: Sequence[str]) -> dict[str, Any]:
    """The same as one JSON object."""
    return {
        "profile": profile,
        "requests": [
            {
                "step": step.step,
                "title": step.title,
                "request": step.request,
                "status": step.status,
                "code": step.code,
                "expected_status": step.expected_status,
                "ok": step.ok,
                "divergences": [name for name in step.divergences.split(", ") if name],
            }
            for step in bill.steps
        ],
        "billed": bill.lines,
        "unbilled": bill.unbilled,
        "usage_total": plain(bill.usage_total),
        "usage_amount": bill.usage_amount,
        "invoice_total": bill.invoice_total,
        "problems": list(problems),
    }
