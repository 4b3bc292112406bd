"""``flexprice-mock``: the command line."""

from __future__ import annotations

from pathlib import Path

import click

from mockserver import __version__
from mockserver.divergences import PROFILES, Divergences, parse_overrides
from mockserver.settings import Settings


@click.group(context_settings={"auto_envvar_prefix": "FLEXPRICE_MOCK", "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="flexprice-mock")
def main() -> None:
    """A stateful emulator of the Flexprice billing API."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, show_envvar=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, show_envvar=True, help="Port to listen on; 0 picks a free one."
)
@click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    show_envvar=True,
    help="Keep the state in this SQLite file; without it the state is gone when the server stops.",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="documented",
    show_default=True,
    show_envvar=True,
    help="documented: as Flexprice's documents say. upstream: as the real server does.",
)
@click.option(
    "--divergence",
    multiple=True,
    metavar="ID=on|off",
    show_envvar=True,
    help="Flip one switch of the register of divergences; may be repeated.",
)
@click.option(
    "--catalog",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    show_envvar=True,
    help="Load meters, plans and prices with their literal ids into every new environment.",
)
@click.option(
    "--api-key",
    multiple=True,
    metavar="PATTERN",
    show_envvar=True,
    help="Accept only keys of this name or pattern (ci-*); may be repeated. Without it any key is accepted.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    show_envvar=True,
    type=click.IntRange(1, 64),
    help="Number of worker processes.",
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
) -> None:
    """Run the server."""
    from mockserver import serving
    from mockserver.app import create_app
    from mockserver.store.store import Store

    try:
        divergences = Divergences(profile, parse_overrides(divergence))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    settings = Settings(divergences, db, api_key, catalog)
    try:
        listener = serving.listen(host, port)
    except serving.PortTaken as error:
        raise click.ClickException(f"{error}. Choose another with --port.") from None
    url = f"http://{host}:{listener.getsockname()[1]}"
    store = Store(db)
    try:
        app = create_app(settings, store)

        def ready() -> None:
            click.echo(f"Flexprice mock {__version__} ({profile} profile) on {url}")
            click.echo(f"Try: curl {url}/v1/customers -H 'x-api-key: any-key-you-like'")

        serving.run(app, listener, workers, ready)
    finally:
        store.close()


if __name__ == "__main__":
    main()
