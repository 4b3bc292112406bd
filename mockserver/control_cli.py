"""``flexprice-mock clock``, ``reset``, ``snapshot``, ``faults`` and ``journal``: the controls of a running server."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.console import say

if TYPE_CHECKING:
    from mockserver.control.client import Clock, Control

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhdw]?)")


def _controlling(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that name a server, and the server's controls as its first argument."""

    @click.option(
        "--url",
        envvar="FLEXPRICE_MOCK_URL",
        show_envvar=True,
        default="http://127.0.0.1:8080",
        show_default=True,
        help="Where the server listens.",
    )
    @click.option("--key", envvar="FLEXPRICE_MOCK_KEY", show_envvar=True, required=True, help="The API key to act for.")
    @click.option(
        "--token", envvar="FLEXPRICE_MOCK_CONTROL_TOKEN", show_envvar=True, help="The server's control token, if any."
    )
    @functools.wraps(command)
    def run(url: str, key: str, token: str | None, **given: Any) -> None:
        with _control(url, key, token) as control:
            command(control, **given)

    return run


@contextmanager
def _control(url: str, key: str, token: str | None) -> Iterator[Control]:
    # Imported here, so that starting a server does not wait for it.
    import requests

    from mockserver.control.client import Control, ControlFailed

    try:
        with Control(url, key, token) as control:
            yield control
    except requests.RequestException as error:
        raise click.ClickException(f"no server answers at {url} ({type(error).__name__})") from None
    except ControlFailed as error:
        raise click.ClickException(str(error)) from None


@click.group()
def clock() -> None:
    """Read, set and advance the clock of an environment."""


def _print_clock(found: Clock) -> None:
    say(f"{found['now']}{' (stopped)' if found['frozen'] else ''}")
    if "passed" not in found:
        return
    passed = found["passed"]
    counts = [f"{number} {name.replace('_', ' ')}" for name, number in passed.items() if number and name != "failed"]
    if counts:
        say(f"passed: {', '.join(counts)}")
    for failure in passed["failed"]:
        say(f"failed at {failure['at']}: {failure['what']} of {failure['id']}: {failure['error']}", err=True)


@clock.command("show")
@_controlling
def clock_show(control: Control) -> None:
    """Print the time."""
    _print_clock(control.clock())


@clock.command("set")
@click.argument("time")
@click.option("--freeze/--run", default=None, help="Stop the clock at that time, or let it run on.")
@_controlling
def clock_set(control: Control, time: str, freeze: bool | None) -> None:
    """Set the clock to TIME (RFC3339, or "machine"); nothing else happens."""
    if time == "machine":
        _print_clock(control.set_clock(machine=True, frozen=freeze))
    else:
        _print_clock(control.set_clock(time, frozen=freeze))


@clock.command("advance")
@click.argument("duration", required=False)
@click.option("--to", help="Advance up to this time (RFC3339).")
@_controlling
def clock_advance(control: Control, duration: str | None, to: str | None) -> None:
    """Let DURATION pass (90, 30m, 12h, 1d, 2w); billing periods end on the way."""
    if (duration is None) == (to is None):
        raise click.UsageError("give a duration or --to")
    found = _DURATION.fullmatch(duration or "0")
    if found is None:
        raise click.UsageError("a duration is a number with a unit of s, m, h, d, w; seconds without")
    seconds = float(found[1]) * _UNITS[found[2] or "s"]
    _print_clock(control.advance(to=to) if to is not None else control.advance(seconds))


@clock.command("freeze")
@_controlling
def clock_freeze(control: Control) -> None:
    """Stop the clock where it is."""
    _print_clock(control.set_clock(frozen=True))


@clock.command("run")
@_controlling
def clock_run(control: Control) -> None:
    """Let the clock run on."""
    _print_clock(control.set_clock(frozen=False))


@click.command()
@click.option("--all", "everything", is_flag=True, help="Every environment, not only the key's.")
@_controlling
def reset(control: Control, everything: bool) -> None:
    """Forget the objects, events, clock, faults and journal of an environment."""
    control.reset(everything=everything)
    say("forgotten: every environment" if everything else "forgotten: the environment of that key")


@click.group()
def snapshot() -> None:
    """Take, restore and move snapshots of the whole state."""


@snapshot.command("list")
@_controlling
def snapshot_list(control: Control) -> None:
    """List the snapshots."""
    for found in control.snapshots():
        say(f"{found['name']}  {found['bytes']} bytes  {found['taken_at']}")


@snapshot.command("take")
@click.argument("name")
@_controlling
def snapshot_take(control: Control, name: str) -> None:
    """Copy the whole state under NAME."""
    say(f"{name}: {control.snapshot(name)['bytes']} bytes")


@snapshot.command("restore")
@click.argument("name")
@_controlling
def snapshot_restore(control: Control, name: str) -> None:
    """Make the whole state what it was."""
    say(f"restored: {control.restore(name)['name']}")


@snapshot.command("download")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_controlling
def snapshot_download(control: Control, name: str, file: Path) -> None:
    """Write a snapshot to FILE."""
    control.download_snapshot(name, file)
    say(f"{file}: {file.stat().st_size} bytes")


@snapshot.command("upload")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_controlling
def snapshot_upload(control: Control, name: str, file: Path) -> None:
    """Keep FILE as the snapshot NAME."""
    say(f"{name}: {control.upload_snapshot(name, file)['bytes']} bytes")


@snapshot.command("delete")
@click.argument("name")
@_controlling
def snapshot_delete(control: Control, name: str) -> None:
    """Remove a snapshot."""
    control.delete_snapshot(name)
    say(f"deleted: {name}")


@click.group()
def faults() -> None:
    """Make answers go wrong on purpose."""


@faults.command("list")
@_controlling
def faults_list(control: Control) -> None:
    """List the faults, one JSON object a line."""
    for fault in control.faults():
        say(json.dumps(fault))


@faults.command("add")
@click.option("--method", help="Only this method.")
@click.option("--path", help="Only paths of this pattern, such as /v1/events*.")
@click.option("--for-key", "key_pattern", help="Only keys of this pattern.")
@click.option("--count", type=int, help="Strike only so many requests.")
@click.option("--probability", type=float, help="Strike this share of the requests.")
@click.option("--seed", type=int, help="Which requests those are; the same seed strikes the same ones.")
@click.option("--status", type=int, help="Answer with this status.")
@click.option("--latency-ms", type=int, help="Answer so much later.")
@click.option("--drop", is_flag=True, help="Close the connection.")
@click.option("--malformed", is_flag=True, help="Answer with half of the JSON.")
@click.option("--after", is_flag=True, help="Let the request take effect first.")
@_controlling
def faults_add(control: Control, key_pattern: str | None, **given: Any) -> None:
    """Set a fault."""
    say(json.dumps(control.set_fault(key=key_pattern, **given)))


@faults.command("clear")
@click.argument("fault_id", type=int, required=False)
@_controlling
def faults_clear(control: Control, fault_id: int | None) -> None:
    """Take back one fault, or all."""
    if fault_id is None:
        say(f"taken back: {control.delete_faults()}")
    else:
        control.delete_fault(fault_id)
        say(f"taken back: {fault_id}")


@click.group()
def journal() -> None:
    """See what was asked, and check which events came in."""


@journal.command("show")
@click.option("--method", help="Only this method.")
@click.option("--path", help="Only paths of this pattern, such as /v1/events*.")
@click.option("--status", type=int, help="Only answers of this status.")
@click.option("--limit", type=int, help="At most so many; 100 by default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with bodies.")
@_controlling
def journal_show(control: Control, as_json: bool, **given: Any) -> None:
    """Print the last requests, newest first."""
    for row in control.journal(**given):
        if as_json:
            say(json.dumps(row))
            continue
        query = f"?{row['query']}" if row["query"] else ""
        notes = [*row["divergences"], *([f"fault {row['fault']}"] if row["fault"] else [])]
        status = "dropped" if row["status"] is None else row["status"]
        line = f"{row['at']}  {row['method']} {row['path']}{query}  {status}  {row['milliseconds']} ms"
        say(f"{line}  {', '.join(notes)}".rstrip())


@journal.command("clear")
@_controlling
def journal_clear(control: Control) -> None:
    """Forget the requests."""
    say(f"forgotten: {control.clear_journal()}")


@journal.command("match")
@click.option("--event-name", help="The name the events have.")
@click.option("--customer", "external_customer_id", help="The external customer id.")
@click.option("--event-id", help="The id they were sent with.")
@click.option("--source", help="The source they name.")
@click.option("--property", "pairs", multiple=True, metavar="NAME=JSON", help="A property; text if it is no JSON.")
@click.option("--at-least", type=int, help="Expect at least so many; 1 by default.")
@click.option("--exactly", type=int, help="Expect exactly so many.")
@_controlling
def journal_match(control: Control, pairs: tuple[str, ...], **given: Any) -> None:
    """Check that expected events were accepted; fails if not, and says which ones come near."""
    found = control.match_events(properties=dict(map(_pair, pairs)) if pairs else None, **given)
    say(f"{found['matched']} matched")
    for miss in found["nearest_misses"]:
        event = miss["event"]
        say(f"near: {event['event_id']}  {event['event_name']}  of {event['external_customer_id']}")
        for difference in miss["differences"]:
            had = "missing" if difference.get("missing") else f"found {json.dumps(difference['found'])}"
            say(f"  {difference['field']}: wanted {json.dumps(difference['wanted'])}, {had}")
    sys.exit(0 if found["ok"] else 1)


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError("a property is NAME=JSON")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
