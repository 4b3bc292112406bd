"""``python -m mutation [--area NAME] [--jobs N] [--survivors]``: see docs/contributing/mutation-testing.md."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from mutation import judged, mutmut, report, settings
from mutation.report import Outcome, Result
from mutation.sample import function_of, sample

_OUTCOMES = mutmut.FOLDER / "outcomes.json"
_JUDGED = Path(__file__).with_name("judged.toml")
_DEAD = {"killed", "timeout", "segfault", "suspicious"}


def _say(text: str) -> None:
    click.echo(f"{time.strftime('%H:%M:%S')} {text}", err=True)


def _fresh(conf: settings.Settings, jobs: int) -> None:
    shutil.rmtree(mutmut.FOLDER, ignore_errors=True)
    _say("making mutants; timing the fast tests; running the canary")
    mutmut.run([conf.canary], jobs)
    if "killed" not in mutmut.statuses().values():
        raise click.ClickException("the canary's mutants all survive: the tests do not reach the mutated code")


def _executed(names: Mapping[str, str], whole: Sequence[str], jobs: int) -> list[Result]:
    """Run the mutants, given by name with their area."""
    _say(f"{len(names)} mutants against the fast tests")
    mutmut.run(list(names), jobs)
    statuses = mutmut.statuses()
    alive = [name for name in names if statuses[name] not in _DEAD]
    _say(f"{len(alive)} survivors against the whole suite")
    results = [Result(name, names[name], Outcome.FAST) for name in names if name not in alive]
    for number, name in enumerate(alive, 1):
        change = judged.change_of(function_of(name), mutmut.diff(name))
        outcome = Outcome.WHOLE if mutmut.dies_of(name, whole) else Outcome.SURVIVED
        _say(f"{number} of {len(alive)}: {name} {outcome}")
        results.append(Result(name, names[name], outcome, change))
    return results


@click.command()
@click.option("--area", "areas", multiple=True, help="Only this area; may be given more than once.")
@click.option("--jobs", default=1, show_default=True, help="Mutants run at once against the fast tests.")
@click.option("--survivors", is_flag=True, help="Only what survived the last run, with the tests as they are now.")
def main(areas: Sequence[str], jobs: int, survivors: bool) -> None:
    """Run the seeded sample of mutants and print the score and what survived."""
    conf = settings.load(Path("pyproject.toml"))
    wanted = [area for area in conf.areas if not areas or area.name in areas]
    if not wanted:
        raise click.ClickException(f"there is no such area; areas are {', '.join(a.name for a in conf.areas)}")
    if survivors:
        names = {name: area for name, (area, outcome) in _load().items() if outcome == Outcome.SURVIVED}
        names = {name: area for name, area in names.items() if area in {area.name for area in wanted}}
    else:
        _fresh(conf, jobs)
        every = list(mutmut.statuses())
        names = {name: area.name for area in wanted for name in sample(every, area, conf.seed)}
    results = _executed(names, conf.whole, jobs) if names else []
    _OUTCOMES.write_text(json.dumps({**_load(), **{r.name: (r.area, r.outcome) for r in results}}, indent=1))
    decided = judged.load(_JUDGED)
    click.echo(report.table(results, decided))
    for change in report.outdated(results, decided):
        click.echo(f"\njudged, but it dies: {_shown(change)}")
    for change in report.unjudged(results, decided):
        click.echo(f"\nsurvived: {_shown(change)}")


def _shown(change: judged.Change) -> str:
    lines = [f"- {line}" for line in change.before.splitlines()] + [f"+ {line}" for line in change.after.splitlines()]
    return "\n".join([change.function, *lines])


def _load() -> dict[str, tuple[str, str]]:
    if not _OUTCOMES.exists():
        return {}
    return {name: (area, outcome) for name, (area, outcome) in json.loads(_OUTCOMES.read_text()).items()}


if __name__ == "__main__":
    main()
