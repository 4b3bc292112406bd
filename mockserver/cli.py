"""``flexprice-mock``: the command line. Every option of ``serve`` is also an environment variable."""

from __future__ import annotations

import gc
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver import __version__
from mockserver.console import be_tolerant
from mockserver.divergences import PROFILES, Divergences, parse_overrides
from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.serving import Serve

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


class _Unusable(click.ClickException):
    """What was named cannot be used, as with any other wrong option."""

    exit_code = 2


def _token(context: click.Context, option: click.Parameter, given: str | None) -> str | None:
    if given is not None and not given.strip():
        raise click.BadParameter("an empty token would guard nothing")
    return given


def _host_names(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for name in given:
        if not name or set(name) & set("/@ ,") or (":" in name and name.count(":") < 2):
            raise click.BadParameter(f"{name!r} is no host name: give it without scheme and port")
    return given


def _origins(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    from mockserver.http.doors import read_origin

    for origin in given:
        if read_origin(origin) is None:
            raise click.BadParameter(f"{origin!r} is no origin: give scheme and host, such as http://localhost:3000")
    return given


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
    be_tolerant()


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
@_option("--sign-up", is_flag=True, help="With --api-key: let people sign up and log in all the same.")
@_option("--stock-key", is_flag=True, help="With --api-key: accept a self-hosted server's development key as well.")
@_option(
    "--allowed-host",
    multiple=True,
    metavar="NAME",
    callback=_host_names,
    help="Answer to this host name under /_mock besides loopback ones; patterns (*.test) too; may be repeated.",
)
@_option(
    "--cors-origin",
    multiple=True,
    metavar="ORIGIN",
    callback=_origins,
    help="Let pages of this origin (http://localhost:3000) use /_mock; may be repeated.",
)
@_option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Number of worker processes.")
@_option(
    "--server",
    type=click.Choice(("waitress", "granian")),
    default="waitress",
    show_default=True,
    help="granian answers more requests a second and needs the extra 'fast'.",
)
@_option(
    "--max-connections",
    default=2000,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="Connections of each worker process at a time; at that limit the one idle longest makes room.",
)
@_option("--no-control", is_flag=True, help="Leave out everything under /_mock.")
@_option(
    "--control-token",
    metavar="TOKEN",
    callback=_token,
    help="Demand this in the header X-Mock-Token for what acts on every environment (resetting all, snapshots).",
)
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
@_option(
    "--log-format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How the log on stderr is written.",
)
@_option(
    "--log-level",
    type=click.Choice(("debug", "info", "warning", "error")),
    default="info",
    show_default=True,
    help="What is logged; info includes a line for each request.",
)
@_option("--quiet", is_flag=True, help="Say nothing at the start, and log warnings and errors only.")
def serve(
    host: str,
    port: int,
    db: Path | None,
    profile: str,
    divergence: tuple[str, ...],
    catalog: Path | None,
    api_key: tuple[str, ...],
    sign_up: bool,
    stock_key: bool,
    allowed_host: tuple[str, ...],
    cors_origin: tuple[str, ...],
    workers: int,
    server: str,
    max_connections: int,
    no_control: bool,
    control_token: str | None,
    journal: int,
    max_upload: int,
    log_format: str,
    log_level: str,
    quiet: bool,
) -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    # What is loaded now stays until the end; the garbage collector would look through it all several times.
    gc.disable()
    from mockserver import logs, serving
    from mockserver.app import create_app
    from mockserver.seed_catalog import CatalogError
    from mockserver.store.opening import StateFileError
    from mockserver.store.store import Store

    logs.configure(log_format, "warning" if quiet and log_level in ("debug", "info") else log_level)
    switches = _divergences(profile, divergence)
    try:
        listener = serving.listen(host, port)
    except serving.CannotListen as error:
        raise click.ClickException(str(error)) from None
    address, bound, *_ = listener.getsockname()
    settings = Settings(
        switches,
        db,
        api_key,
        catalog,
        control=not no_control,
        control_token=control_token,
        journal=journal,
        max_upload=max_upload * 1024**2,
        sign_up=sign_up,
        stock_key=stock_key,
        host=address,
        allowed_hosts=allowed_host,
        cors_origins=cors_origin,
    )
    url = f"http://{'localhost' if host in ('0.0.0.0', '::') else serving.in_url(host)}:{bound}"
    try:
        store = Store(db)
    except StateFileError as error:
        raise _Unusable(str(error)) from None
    try:
        app = create_app(settings, store)
        serving.run(
            app,
            listener,
            workers,
            ready=lambda: None if quiet else _greet(url, settings),
            before_fork=store.disconnect,
            connections=max_connections,
            serve=_server(server),
        )
    except CatalogError as error:
        raise click.ClickException(str(error)) from None
    finally:
        store.close()


def _server(name: str) -> Serve:
    from mockserver import serving

    if name == "waitress":
        return serving.by_waitress
    from mockserver import fast

    try:
        fast.check()
    except fast.Missing as error:
        raise click.ClickException(f"{error}. Install it, or leave --server out.") from None
    return fast.serve


def _greet(url: str, settings: Settings) -> None:
    """Say where the server is and how to use it. The first line ends with the URL, which programs look for."""
    from mockserver.http.doors import judge_whole_server

    # A pattern without wildcards is a key, and keys are not printed: where logs go, others read.
    patterns = [pattern.replace("*", "1") for pattern in settings.keys if "*" in pattern]
    key = "any-key-you-like" if not settings.keys else patterns[0] if patterns else "YOUR-KEY"
    state = f"kept in {settings.db}" if settings.db else "gone when the server stops; keep it with --db FILE"
    click.secho(f"Flexprice mock {__version__}, {settings.divergences.profile} profile: ", bold=True, nl=False)
    click.secho(url, fg="cyan", bold=True)
    click.echo(f"State: {state}")
    if settings.control:
        click.echo("Page:  " + click.style(f"{url}/_mock/", fg="cyan"))
    refused = judge_whole_server("", settings)
    if settings.control and refused.status and settings.control_token is None:
        click.echo(f"Resetting everything and snapshots are refused: {refused.reason}.")
    click.echo("Try:   " + click.style(f"curl {url}/v1/customers -H 'x-api-key: {key}'", fg="green"))


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
    from mockserver.fixtures import catalog_path
    from mockserver.seed_catalog import CatalogError, load_catalog, seed_environment
    from mockserver.store.opening import StateFileError
    from mockserver.store.store import Store

    try:
        loaded = load_catalog(catalog or catalog_path("models"))
        counts = seed_environment(Store(db), key, loaded, _divergences(profile, divergence))
    except CatalogError as error:
        raise click.ClickException(str(error)) from None
    except StateFileError as error:
        raise _Unusable(str(error)) from None
    click.echo(f"{loaded.name}: " + ", ".join(f"{number} {kind}" for kind, number in counts.items()))


@main.command()
def openapi() -> None:
    """Print the OpenAPI 3 document of the emulated API."""
    from mockserver.app import groups
    from mockserver.openapi import document

    click.echo(json.dumps(document(groups()), indent=2, ensure_ascii=False))


@main.command()
@click.option("--markdown", is_flag=True, help="As a Markdown table.")
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


def _suite() -> str:
    """The package of the contract suite: part of this one where a wheel was installed, its neighbour in a checkout."""
    installed = f"{__package__}.contracts"
    return installed if importlib.util.find_spec(installed) else "contracts"


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def contracts(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Check servers against the documented payloads: run, diff, record, report, clean, port, properties."""
    try:
        suite = importlib.import_module(f"{_suite()}.cli").main
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error}; install the suite with: pip install 'flexprice-mock[contracts]'"
        ) from None
    suite.main(list(arguments), prog_name=context.command_path)


if __name__ == "__main__":
    main()
