"""``flexprice-mock``: the command line. Every option of ``serve`` is also an environment variable."""

from __future__ import annotations

import gc
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mockserver import __version__
from mockserver.divergences import PROFILES, Divergences, parse_overrides

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _option(name: str, **options: Any) -> Callable[[Any], Any]:
    """An option that is also the environment variable ``FLEXPRICE_MOCK_<NAME>``."""
    variable = "FLEXPRICE_MOCK_" + name.lstrip("-").replace("-", "_").upper()
    return click.option(name, envvar=variable, show_envvar=True, **options)


_profile = _option(
    "--profile",
    type=click.Choice(PROFILES),
    default="documented",
    show_default=True,
    help="documented: as Flexprice's documents say. upstream: as the real server does.",
)
_divergence = _option(
    "--divergence",
    multiple=True,
    metavar="ID=on|off",
    help="Flip one switch of the register of divergences (on: as the real server does); may be repeated.",
)


def _divergences(profile: str, overrides: tuple[str, ...]) -> Divergences:
    try:
        return Divergences(profile, parse_overrides(overrides))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


_ELSEWHERE = {
    "explain": "mockserver.explain_cli",
    **dict.fromkeys(("clock", "reset", "snapshot", "faults", "journal"), "mockserver.control_cli"),
}


class _Commands(click.Group):
    """Commands of other modules are loaded when they are asked for: ``serve`` does not wait for them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(importlib.import_module(_ELSEWHERE[cmd_name]), cmd_name)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="flexprice-mock")
def main() -> None:
    """A stateful emulator of the Flexprice billing API."""


@main.command()
@_option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@_option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 picks a free one.")
@_option("--db", type=_FILE, help="Keep the state in this SQLite file; without it the state ends with the server.")
@_profile
@_divergence
@_option("--catalog", type=_EXISTING_FILE, help="Fill every new environment with this catalogue's meters and prices.")
@_option(
    "--api-key",
    multiple=True,
    metavar="PATTERN",
    help="Accept only keys of this name or pattern, such as ci-*; may be repeated. Without it any key is accepted.",
)
@_option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Number of worker processes.")
@_option("--no-control", is_flag=True, help="Leave out everything under /_mock.")
@_option("--control-token", metavar="TOKEN", help="Demand this in the header X-Mock-Token under /_mock.")
@_option(
    "--journal",
    default=0,
    show_default=True,
    type=click.IntRange(0, 100_000),
    help="Remember so many requests of each environment; 0 remembers none.",
)
@_option(
    "--max-upload",
    default=1024,
    show_default=True,
    type=click.IntRange(1),
    metavar="MEBIBYTES",
    help="The most mebibytes of a snapshot that is sent to the server.",
)
def serve(
    host: str,
    port: int,
    db: Path | None,
    profile: str,
    divergence: tuple[str, ...],
    catalog: Path | None,
    api_key: tuple[str, ...],
    workers: int,
    no_control: bool,
    control_token: str | None,
    journal: int,
    max_upload: int,
) -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    # What is loaded now stays until the end; the garbage collector would look through it all several times.
    gc.disable()
    from mockserver import serving
    from mockserver.app import create_app
    from mockserver.catalog import CatalogError
    from mockserver.settings import Settings
    from mockserver.store.migrations import NewerStateError
    from mockserver.store.store import Store

    settings = Settings(
        _divergences(profile, divergence), db, api_key, catalog, not no_control, control_token, journal,
        max_upload * 1024**2,
    )  # fmt: skip
    try:
        listener = serving.listen(host, port)
    except serving.PortTaken as error:
        raise click.ClickException(f"{error}. Choose another one with --port.") from None
    url = f"http://{'localhost' if host in ('0.0.0.0', '::') else host}:{listener.getsockname()[1]}"
    try:
        store = Store(db)
    except NewerStateError as error:
        raise click.ClickException(str(error)) from None
    try:
        app = create_app(settings, store)
        serving.run(app, listener, workers, lambda: _greet(url, profile, db, api_key), store.disconnect)
    except CatalogError as error:
        raise click.ClickException(str(error)) from None
    finally:
        store.close()


def _greet(url: str, profile: str, db: Path | None, api_key: tuple[str, ...]) -> None:
    key = api_key[0].replace("*", "1") if api_key else "any-key-you-like"
    state = f"kept in {db}" if db else "gone when the server stops; keep it with --db FILE"
    click.echo(f"Flexprice mock {__version__}, {profile} profile: {url}")
    click.echo(f"State: {state}")
    click.echo(f"Try:   curl {url}/v1/customers -H 'x-api-key: {key}'")


@main.command()
@_profile
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def demo(profile: str, as_json: bool) -> None:
    """Replay the 22 documented payloads on a server of their own and print the bill."""
    from mockserver import demo as demonstration
    from mockserver.demo_report import print_bill, print_heading, print_step, to_json

    if not as_json:
        print_heading(profile)
    bill = demonstration.run(profile, (lambda step: None) if as_json else print_step)
    problems = bill.problems(profile)
    if as_json:
        click.echo(json.dumps(to_json(profile, bill, problems), indent=2))
    else:
        print_bill(bill)
    for problem in problems:
        click.echo(f"unexpected: {problem}", err=True)
    sys.exit(1 if problems else 0)


@main.command()
@_option("--db", type=_FILE, required=True, help="The state file of a server, running or not.")
@click.option("--key", required=True, help="The API key whose environment is filled.")
@click.option("--catalog", type=_EXISTING_FILE, help="A catalogue file; by default the shipped model catalogue.")
@_profile
@_divergence
def seed(db: Path, key: str, catalog: Path | None, profile: str, divergence: tuple[str, ...]) -> None:
    """Load a catalogue of meters, plans and prices with their literal ids into a state file."""
    from mockserver.catalog import CatalogError, load_catalog, seed_environment
    from mockserver.fixtures import catalog_path
    from mockserver.store.migrations import NewerStateError
    from mockserver.store.store import Store

    try:
        loaded = load_catalog(catalog or catalog_path("models"))
        counts = seed_environment(Store(db), key, loaded, _divergences(profile, divergence))
    except (CatalogError, NewerStateError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{loaded.name}: " + ", ".join(f"{number} {kind}" for kind, number in counts.items()))


@main.command()
def openapi() -> None:
    """Print the OpenAPI 3 document of the emulated API."""
    from mockserver.app import groups
    from mockserver.openapi import document

    click.echo(json.dumps(document(groups()), indent=2, ensure_ascii=False))


@main.command()
@click.option("--markdown", is_flag=True, help="The table of the README.")
@_profile
def divergences(markdown: bool, profile: str) -> None:
    """List every known difference between the documents and the real server."""
    from mockserver.divergences import REGISTER, markdown_table

    if markdown:
        click.echo(markdown_table())
        return
    for entry in REGISTER:
        state = "on" if entry.default(profile) else "off"
        click.echo(f"{entry.id} ({state} in the {profile} profile; {entry.evidence})")
        click.echo(f"  {entry.title}\n  documents: {entry.documents}\n  server:    {entry.server}")


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def contracts(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Check servers against the documented payloads: run, diff, record, report, clean, port, properties."""
    try:
        from contracts.cli import main as suite
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error}; install the suite with: pip install 'flexprice-mock[contracts]'"
        ) from None
    suite.main(list(arguments), prog_name=context.command_path)


if __name__ == "__main__":
    main()
