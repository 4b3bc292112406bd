"""``flexprice-mock explain``: why a running server billed events, or did not."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

import click

from mockserver.console import say

READINGS = ("documented", "upstream")
_url = click.option(
    "--url",
    envvar="FLEXPRICE_MOCK_URL",
    show_envvar=True,
    default="http://127.0.0.1:8080",
    show_default=True,
    help="Where the server listens.",
)
_key = click.option(
    "--key", envvar="FLEXPRICE_MOCK_KEY", show_envvar=True, required=True, help="The API key to ask with."
)


@click.group()
def explain() -> None:
    """Ask a running server why events were billed, or not, in both readings."""


def _ask(url: str, key: str, path: str, **query: str | None) -> Any:
    # Imported here, so that starting a server does not wait for it.
    import requests

    given = {name: value for name, value in query.items() if value is not None}
    headers = {"x-api-key": key}
    if token := os.environ.get("FLEXPRICE_MOCK_CONTROL_TOKEN"):
        headers["X-Mock-Token"] = token
    try:
        response = requests.get(f"{url.rstrip('/')}/_mock/{path}", params=given, headers=headers, timeout=60)
    except requests.RequestException as error:
        raise click.ClickException(f"no server answers at {url} ({type(error).__name__})") from None
    if response.ok:
        return response.json()
    try:
        text = response.json()["error"]
    except (ValueError, KeyError):
        text = f"status {response.status_code}; is that a flexprice-mock server?"
    raise click.ClickException(text)


def _print_event(event: dict[str, Any]) -> None:
    say(f"{event['event_id']}  {event['event_name']}  {event['timestamp']}  of {event['external_customer_id']}")
    for trial in event["meters"]:
        say(f"  meter {trial['meter']}: {'yes' if trial['matched'] else 'no'}, {trial['explanation']}")
    for name in READINGS:
        verdict = event[name]
        say(f"  {name}:")
        for share in verdict["billed"]:
            source = f" from {share['property']}" if share["property"] else ""
            tie = "  (a tie: the earliest created price took it)" if share["ambiguous"] else ""
            say(
                f"    billed by {share['price']} on {share['meter']}: {share['quantity']}{source}"
                f" -> {share['amount']} {share['currency']}{tie}"
            )
        if verdict["reason"]:
            say(f"    not billed ({verdict['reason']}): {verdict['meaning']}")
            say(f"      {verdict['explanation']}")
            for hint in verdict["hints"]:
                say(f"      hint: {hint}")


@explain.command("event")
@click.argument("event_id")
@_url
@_key
def event_command(event_id: str, url: str, key: str) -> None:
    """Explain one event: the meters tried, the price that took it, or why none did."""
    for event in _ask(url, key, f"explain/events/{quote(event_id, safe='')}")["events"]:
        _print_event(event)


@explain.command("subscription")
@click.argument("subscription_id")
@click.option("--start-time", help="RFC3339, inclusive; the current period's start by default.")
@click.option("--end-time", help="RFC3339, exclusive; the current period's end by default.")
@_url
@_key
def subscription_command(
    subscription_id: str, start_time: str | None, end_time: str | None, url: str, key: str
) -> None:
    """Explain every event of a subscription's period, with the totals of both readings."""
    path = f"explain/subscriptions/{quote(subscription_id, safe='')}"
    told = _ask(url, key, path, start_time=start_time, end_time=end_time)
    for event in told["events"]:
        _print_event(event)
    say(f"{told['start_time']} to {told['end_time']}; this server reads prices as {told['reading']}")
    for name in READINGS:
        say(
            f"  {name:<10} {told['totals'][name]} {told['currency']} exact,"
            f" {told['billed_events'][name]} events billed, {told['unbilled_events'][name]} not"
        )


@explain.command("unbilled")
@click.option("--customer", help="Only this external customer id.")
@click.option("--reading", type=click.Choice(READINGS), help="By default the server's own.")
@_url
@_key
def unbilled_command(customer: str | None, reading: str | None, url: str, key: str) -> None:
    """List the events nobody pays for, grouped by reason."""
    told = _ask(url, key, "unbilled", external_customer_id=customer, reading=reading)
    say(f"{told['total']} events are billed by nobody ({told['reading']} reading)")
    for group in told["reasons"]:
        say(f"{group['count']} {group['reason']}: {group['meaning']}")
        for event in group["events"]:
            say(f"  {event['event_id']}  {event['event_name']}  {event['timestamp']}")
            say(f"    {event['explanation']}")
            for hint in event["hints"]:
                say(f"    hint: {hint}")
