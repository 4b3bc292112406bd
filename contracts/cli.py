"""``flexprice-mock contracts``: run, diff, record, report, clean, port, properties."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mockserver import fixtures
from mockserver.divergences import PROFILES

from . import clean as cleaning
from . import (
    conformance,
    diffing,
    loading,
    negative,
    opening,
    outcomes,
    porting,
    properties,
    recordings,
    report,
    runner,
)
from .case import Case
from .connection import Connection, Stop
from .ledger import DEFAULT_FOLDER, Ledger
from .outcomes import Outcome, Report
from .runner import DRIFT, SKIPPED, Patience
from .targets import PREFIX, MockTarget, ProductionRefused, Target, check_base
from .yamltree import CaseError

_FILE = click.Path(dir_okay=False, path_type=Path)
_RUNS = click.Path(file_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)

_USAGE = (CaseError, ProductionRefused, opening.BadTarget, recordings.RecordingError, conformance.DocumentError)


class Group(click.Group):
    """Turns the suite's own ends into exit codes: 1 drift, 2 usage, 3 nobody answers, 4 key refused, 5 no meters."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Stop as stop:
            click.echo(f"stopped: {stop}", err=True)
            ctx.exit(stop.exit_code)
        except (
            CaseError,
            ProductionRefused,
            opening.BadTarget,
            recordings.RecordingError,
            conformance.DocumentError,
        ) as error:
            raise click.UsageError(str(error)) from None


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Check the emulator and a real Flexprice against the documented payloads, and each against the other.

    Exit codes: 0 no drift, 1 drift, 2 wrong usage or a broken case file, 3 the target does not answer, 4 it refuses
    the key or environment, 5 it refuses to make the meters.
    """


def _target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = [
        click.option("--base-url", help="Base URL; for real targets also FLEXPRICE_BASE_URL."),
        click.option(
            "--api-key",
            help="Key of a real target; better given as FLEXPRICE_API_KEY. For an emulator "
            "elsewhere: what the keys of cases begin with.",
        ),
        click.option("--environment-id", help="For a key that is bound to none; also FLEXPRICE_ENVIRONMENT_ID."),
        click.option("--rate", default=5.0, show_default=True, help="Requests a second to a real target; 0: no limit."),
        click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for usage to appear."),
        click.option("--i-know-this-is-production", "production", is_flag=True, help="Run against any base URL."),
        click.option("--keep", is_flag=True, help="Leave what was made; archive it later with: clean RUN."),
        click.option("--runs", type=_RUNS, default=DEFAULT_FOLDER, show_default=True, help="Where runs are recorded."),
        click.option("--quiet", is_flag=True, help="Print drift and the sum only."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _case_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = [
        click.option("--case", "names", multiple=True, metavar="TEXT", help="Only cases with this in their name."),
        click.option("--cases", "folders", multiple=True, type=_FOLDER, help="A folder with more cases; repeatable."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--markdown", type=_FILE, help="Write the report as Markdown to this file.")(command)
    return click.option("--html", type=_FILE, help="Write the report as an HTML page to this file.")(command)


def _choice(options: dict[str, Any]) -> opening.Choice:
    return opening.Choice(
        base_url=options["base_url"] or "",
        api_key=options["api_key"] or "",
        environment_id=options["environment_id"] or "",
        rate=options["rate"],
        production=options["production"],
        keep=options["keep"],
        folder=options["runs"],
        say=lambda text: click.echo(text, err=True),
    )


def _progress() -> Callable[[str], None]:
    """On a terminal a line that is overwritten; in a log one line every ten seconds."""
    last = [0.0]

    def show(text: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{text}", err=True, nl=False)
        elif time.monotonic() - last[0] >= 10:
            last[0] = time.monotonic()
            click.echo(text, err=True)

    return show


def _cases(folders: tuple[Path, ...], names: tuple[str, ...]) -> tuple[dict[str, Case], list[Case]]:
    every = loading.load((loading.FOLDER, *folders))
    chosen = [case for case in every.values() if not names or any(name in case.name for name in names)]
    if not chosen:
        raise click.UsageError("no case has such a name")
    return every, chosen


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Printer:
    """Says what comes out, line by line."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet

    def __call__(self, outcome: Outcome) -> None:
        if not self.quiet or outcome.verdict == DRIFT:
            entries = f"  [{', '.join(outcome.register)}]" if outcome.register else ""
            click.echo(
                f"{outcome.verdict:<17} {outcome.name}{entries}{'  ' + outcome.reason if outcome.reason else ''}"
            )
        for exchange in outcome.exchanges:
            if exchange.verdict == DRIFT:
                for field in exchange.fields[:8]:
                    click.echo(
                        f"    {exchange.name}  {exchange.request}\n        {field.path}: "
                        f"{report.shown(field.left)[:200]} / {report.shown(field.right)[:200]}"
                    )
                if exchange.note:
                    click.echo(f"        {exchange.note}")


@contextmanager
def _finished(
    result: Report, choice: opening.Choice, html: Path | None, markdown: Path | None, redact: Callable[[str], str]
) -> Iterator[None]:
    """Writes the results whatever happens, then the sum; exits with 1 on drift."""
    try:
        yield
    finally:
        file = result.write(choice.folder / choice.run, redact)
        if html:
            html.write_text(report.html(result, redact), encoding="utf-8")
        if markdown:
            markdown.write_text(report.markdown(result, redact), encoding="utf-8")
        counts = ", ".join(f"{number} {verdict}" for verdict, number in result.count().items() if number)
        click.echo(f"{result.command}: {counts or 'nothing ran'}  ({file})")
    if result.drifted:
        sys.exit(1)


@main.command()
@click.option("--target", type=click.Choice(["mock", "real"]), default="mock", show_default=True, help="Whom to ask.")
@click.option(
    "--profile", type=click.Choice(PROFILES), default=PROFILES[0], show_default=True, help="Of a mock started here."
)
@click.option("--mutations/--no-mutations", default=False, help="Also every payload's systematic mutations.")
@_case_options
@_target_options
@_report_options
def run(
    target: str,
    profile: str,
    mutations: bool,
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    html: Path | None,
    markdown: Path | None,
    **options: Any,
) -> None:
    """Play every case on one target and judge each answer by what the case says of such a target."""
    every, chosen = _cases(folders, names)
    choice, patience, say = _choice(options), Patience(options["wait"], _progress()), Printer(options["quiet"])
    words = target if target == "real" or options["base_url"] else f"mock:{profile}"
    with opening.opened(words, choice) as opened:
        result = Report("run", "expected", opened.title, _now())
        with _finished(result, choice, html, markdown, opened.redact):
            for case in chosen:
                result.outcomes.append(outcomes.of_case(runner.play(opened, case, every, patience)))
                say(result.outcomes[-1])
            if mutations:
                for outcome in negative.play(opened):
                    result.outcomes.append(outcome)
                    say(outcome)


@main.command()
@click.argument("left")
@click.argument("right")
@click.option("--write-open", is_flag=True, help="With a recording: rewrite its list of open differences.")
@_case_options
@_target_options
@_report_options
def diff(
    left: str,
    right: str,
    write_open: bool,
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    html: Path | None,
    markdown: Path | None,
    **options: Any,
) -> None:
    """Compare two targets answer by answer: status, code, presence, type and value of every field.

    LEFT and RIGHT are mock, mock:upstream, mock:URL, real, or recording[:FOLDER] for recorded answers in place of a
    live target (by default the shipped ones of a real server).
    """
    choice, say = _choice(options), Printer(options["quiet"])
    patience = Patience(options["wait"], _progress())
    if left.startswith("recording") or right.startswith("recording"):
        live, recorded = (right, left) if left.startswith("recording") else (left, right)
        _diff_recording(live, recorded, choice, names, html, markdown, say, write_open)
        return
    every, chosen = _cases(folders, names)
    with opening.opened(left, choice) as one, opening.opened(right, choice) as other:
        result = Report("diff", one.title, other.title, _now())
        with _finished(result, choice, html, markdown, lambda text: one.redact(other.redact(text))):
            for case in chosen:
                both = runner.play(one, case, every, patience), runner.play(other, case, every, patience)
                result.outcomes.append(diffing.compare(*both, (one, other)))
                say(result.outcomes[-1])
        seen = result.register()
        click.echo(f"register entries seen: {', '.join(seen) or 'none'}")


def _diff_recording(
    live: str,
    recorded: str,
    choice: opening.Choice,
    names: tuple[str, ...],
    html: Path | None,
    markdown: Path | None,
    say: Printer,
    write_open: bool,
) -> None:
    folder = Path(recorded.partition(":")[2]) if ":" in recorded else recordings.FOLDER
    if not folder.is_dir():
        raise click.UsageError(f"there is no folder {folder}")
    still_open = frozenset() if write_open else recordings.open_steps(folder)
    choice.bare = not any("meters" in one.data for one in recordings.load(folder))
    with opening.opened(live, choice) as target:
        result = Report("diff", f"recording ({folder.name})", target.title, _now())
        with _finished(result, choice, html, markdown, target.redact):
            for recording in recordings.load(folder):
                if names and not any(name in f"{recording.topic}/{recording.name}" for name in names):
                    continue
                done = recordings.replay(target, recording)
                result.outcomes.append(recordings.outcome(recording, done, target, still_open))
                say(result.outcomes[-1])
            if write_open:
                recordings.write_open(folder, result.outcomes)
            exchanges = [exchange for outcome in result.outcomes for exchange in outcome.exchanges]
            equal = sum(not exchange.fields for exchange in exchanges)
            stale = still_open - {one.name for one in exchanges if one.fields}
            if stale and not names:
                click.echo(f"on the list of open differences and equal now: {', '.join(sorted(stale))}")
            opened = sum("open" in exchange.register for exchange in exchanges)
            click.echo(f"{equal} of {len(exchanges)} recorded answers equal, {opened} on the list of open differences")


@main.command()
@click.option("--target", type=click.Choice(["mock", "real"]), default="real", show_default=True, help="Whom to ask.")
@click.option(
    "--profile", type=click.Choice(PROFILES), default="upstream", show_default=True, help="Of a mock started here."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the recordings."
)
@_case_options
@_target_options
def record(
    target: str, profile: str, out: Path, names: tuple[str, ...], folders: tuple[Path, ...], **options: Any
) -> None:
    """Store a target's answers to every case as recordings: plain JSON, without keys."""
    every, chosen = _cases(folders, names)
    choice, patience = _choice(options), Patience(options["wait"], _progress())
    with opening.opened(target if target == "real" or options["base_url"] else f"mock:{profile}", choice) as opened:
        written = 0
        for case in chosen:
            played = runner.play(opened, case, every, patience)
            if played.verdict != SKIPPED:
                data = recordings.of_case(played, opened)
                recordings.write(json.loads(opened.redact(json.dumps(data))), out / f"{case.name}.json")
                written += 1
    click.echo(f"{written} recordings of {opened.title} in {out}")


@main.command(name="report")
@click.argument("run_or_file")
@click.option("--runs", type=_RUNS, default=DEFAULT_FOLDER, show_default=True, help="Where runs are recorded.")
@_report_options
def report_command(run_or_file: str, runs: Path, html: Path | None, markdown: Path | None) -> None:
    """Make the report of an earlier run (its name, or its results.json): Markdown on the screen, or files."""
    file = Path(run_or_file)
    if not file.is_file():
        file = runs / run_or_file / outcomes.RESULTS
    if not file.is_file():
        raise click.UsageError(f"there are no results of {run_or_file} under {runs}")
    result = outcomes.read_report(file)
    if html:
        html.write_text(report.html(result), encoding="utf-8")
    if markdown:
        markdown.write_text(report.markdown(result), encoding="utf-8")
    if not html and not markdown:
        click.echo(report.markdown(result))
    sys.exit(1 if result.drifted else 0)


@main.command()
@click.argument("run_name", metavar="RUN")
@_target_options
def clean(run_name: str, **options: Any) -> None:
    """Archive what a run made on a real target and did not archive itself."""
    choice = _choice(options)
    ledger = Ledger(run_name, choice.folder)
    try:
        base, environment = ledger.target()
    except FileNotFoundError:
        raise click.UsageError(f"there is no record of a run {run_name} under {choice.folder}") from None
    check_base(base, choice.production)
    if not choice.key():
        raise click.UsageError("cleaning needs FLEXPRICE_API_KEY or --api-key")
    connection = Connection(base, choice.key(), environment=environment, rate=choice.rate, attempts=4)
    left = cleaning.archive(connection, ledger, choice.say)
    for text in left:
        click.echo(text, err=True)
    if not left:
        click.echo(f"nothing of run {run_name} is left")
    sys.exit(1 if left else 0)


@main.command()
@click.argument("catalogue", required=False)
@click.option("--plan", "plan_id", help="Port this plan of the target instead of a file.")
@click.option("--target", default="", help="Where --plan is read and --create makes it: real, or mock:URL.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.")
@click.option("--create", is_flag=True, help="Also make it all through the API of the target; it stays there.")
@click.option("--start-date", help="When prices begin, for those that do not say (RFC3339).")
@_target_options
def port(
    catalogue: str | None, plan_id: str | None, target: str, out: Path | None, create: bool, start_date: str | None,
    **options: Any,
) -> None:  # fmt: skip
    """Port prices that share a meter by filter_values to features with filtered meters, as a real server needs them.

    CATALOGUE is a file in the format of this project's catalogues, or documented (the 22 payloads' prices) or models.
    What cannot be ported is named and left out.
    """
    choice = _choice(options)
    if bool(catalogue) == bool(plan_id):
        raise click.UsageError("give a catalogue or --plan")
    if (plan_id or create) and not target:
        raise click.UsageError("--plan and --create need a --target")
    try:
        send = opening.sender(target, choice) if target else None
        if plan_id:
            assert send is not None
            source = porting.read_plan(send, plan_id)
        elif catalogue == "documented":
            source = porting.documented_catalogue()
        else:
            file = fixtures.catalog_path("models") if catalogue == "models" else Path(str(catalogue))
            source = porting.load(file)
        ported = porting.port(source)
        click.echo(
            f"{ported.name}: {len(ported.features)} features, {len(ported.plans)} plans, {len(ported.prices)} prices, "
            f"{len(ported.left_out)} left out"
        )
        for note in ported.notes:
            click.echo(f"  {note.price}: {note.kind}{' (left out)' if note.left_out else ''}: {note.text}")
        for file in porting.write(ported, out) if out else ():
            click.echo(f"wrote {file}")
        if create:
            assert send is not None
            for key, made in porting.create(ported, send, start_date).items():
                click.echo(f"made {key} {made}")
    except porting.PortingError as error:
        raise click.ClickException(str(error)) from None


@main.command(name="properties")
@click.argument("openapi", required=False)
@click.option(
    "--profile", type=click.Choice(PROFILES), default=PROFILES[0], show_default=True, help="Of a mock started here."
)
@click.option("--long", is_flag=True, help="Fifty examples an operation and the coverage phase too.")
@click.option("--examples", type=click.IntRange(1), help="Examples an operation.")
@click.option("--seed", default=properties.SEED, show_default=True, help="What the examples are drawn from.")
@click.option("--write", is_flag=True, help="Also operations that change something; always so for a mock started here.")
@click.option("--junit", type=_FILE, help="Write a JUnit report to this file.")
@click.option("--against", type=_FILE, help="An OpenAPI document, such as the real server's: hold answers to it.")
@_target_options
def properties_command(
    openapi: str | None,
    profile: str,
    long: bool,
    examples: int | None,
    seed: int,
    write: bool,
    junit: Path | None,
    against: Path | None,
    **options: Any,
) -> None:
    """Property-based runs with Schemathesis, all checks on.

    Without OPENAPI (a file or URL) an emulator is started and tried against its own document, stateful links included.
    With it, the server at --base-url is tried, reading only unless told to --write. With --against, the answers of the
    emulator to every case are held to that document as well: a field it does not know, or of another type, fails.
    """
    choice = _choice(options)
    budget = properties.LONG if long else properties.SHORT
    budget = properties.Budget(examples or budget.examples, budget.phases, seed)
    if openapi:
        base = choice.real_base()
        check_base(base or openapi, choice.production)
        key = choice.key()
        words = properties.command(
            openapi,
            base_url=base,
            key=key,
            environment=choice.environment() or "",
            budget=budget,
            read_only=not write,
            rate=choice.rate,
            junit=junit,
        )
        code, text = properties.run(words, key)
    else:
        with opening.opened(f"mock:{profile}", choice) as opened:
            assert isinstance(opened, MockTarget)
            code, text = properties.run_own(opened.base, f"{PREFIX}properties", budget, junit)
            click.echo(text)
            failed = _conformance(opened, against) if against else False
        sys.exit(1 if code or failed else 0)
    click.echo(text)
    sys.exit(1 if code else 0)


def _conformance(target: Target, against: Path) -> bool:
    """Hold every answer of every case to a document; True if something there is not as it says."""
    document = conformance.load(against)
    every = loading.load()
    played = [step for case in every.values() for step in runner.play(target, case, every).steps]
    answers = [(step.step.method, step.path, step.answer.status, step.answer.body) for step in played]
    found = conformance.findings(document, answers, conformance.departures())
    for finding in found:
        click.echo(f"{'known' if finding.fact else 'FAILED'}: {finding}")
    failed = [finding for finding in found if not finding.fact]
    click.echo(f"{len(answers)} answers held to {against.name}: {len(failed)} failures")
    return bool(failed)


if __name__ == "__main__":
    main()
