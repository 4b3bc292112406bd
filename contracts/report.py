"""The report for people: one self-contained HTML page, and Markdown for a pull request's comment or a job summary."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from mockserver.divergences import REGISTER

from .outcomes import VERDICTS, Exchange, Outcome, Report
from .paths import ABSENT, find, flatten
from .runner import DRIFT, KNOWN, PASS

_ENTRIES = {entry.id: entry for entry in REGISTER}
_MOST_IN_MARKDOWN = 40

Redact = Callable[[str], str]


def html(report: Report, redact: Redact = lambda text: text) -> str:
    """The page: everything inside, no request to anywhere."""
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.j2").render(
        report=report,
        counts=report.count(),
        total=len(report.outcomes),
        outcomes=sorted(report.outcomes, key=_rank),
        register=[(_ENTRIES[name], _cases(report, name)) for name in report.register() if name in _ENTRIES],
        rows=side_by_side,
        sent=lambda exchange: "" if exchange.sent is None else shown(exchange.sent),
        verdict_class={verdict: verdict.split(" ")[0] for verdict in VERDICTS},
        entries=_ENTRIES,
    )
    return redact(page)


def _rank(outcome: Outcome) -> int:
    return {DRIFT: 0, KNOWN: 1, PASS: 2}.get(outcome.verdict, 3)


def _cases(report: Report, name: str) -> list[str]:
    return [outcome.name for outcome in report.outcomes if name in outcome.register]


def shown(value: Any) -> str:
    """A value as one reads it in a table."""
    if value is ABSENT:
        return "—"
    return value if isinstance(value, str) and value.startswith("<") else json.dumps(value, ensure_ascii=False)


def side_by_side(exchange: Exchange) -> list[tuple[str, str, str, bool]]:
    """Path, left, right and whether it differs, for every field of either answer."""
    marked = {field.path: field for field in exchange.fields}
    left, right = _fields(exchange.left), _fields(exchange.right)
    asserted = isinstance(exchange.left, dict) and "asserted" in exchange.left
    rows = []
    for path in dict.fromkeys([*marked, *left, *(() if asserted else right)]):
        if path in marked:
            field = marked[path]
            rows.append((path, shown(field.left), shown(field.right), True))
        else:
            differs = any(path.startswith((f"{name}.", f"{name.removesuffix('.#')}.")) for name in marked)
            here = right.get(path, _found(exchange, path) if asserted else ABSENT)
            rows.append((path, shown(left.get(path, ABSENT)), shown(here), differs))
    return rows


def _found(exchange: Exchange, path: str) -> Any:
    return find((exchange.right or {}).get("body"), path)


def _fields(side: Any) -> dict[str, Any]:
    if not isinstance(side, dict):
        return {}
    if "asserted" in side:
        return {"status": side["status"], **side["asserted"]}
    return {
        "status": side.get("status"),
        **{path or "(body)": value for path, value in flatten(side.get("body")).items()},
    }


def markdown(report: Report, redact: Redact = lambda text: text) -> str:
    """The same for a pull request: counts, what drifted with its fields, the register's entries that were seen."""
    counts = report.count()
    lines = [
        f"## Contract {report.command}: {report.left} / {report.right}",
        "",
        "| " + " | ".join(VERDICTS) + " |",
        "|" + "---|" * len(VERDICTS),
        "| " + " | ".join(str(counts[verdict]) for verdict in VERDICTS) + " |",
        "",
    ]
    drifted = [outcome for outcome in report.outcomes if outcome.verdict == DRIFT]
    if drifted:
        head = f"| case | request | field | {_cell(report.left)} | {_cell(report.right)} |"
        lines += [
            "### Drift",
            "",
            head,
            "|---|---|---|---|---|",
        ]
        rows = [
            (outcome, exchange, field)
            for outcome in drifted
            for exchange in outcome.exchanges
            if exchange.verdict == DRIFT
            for field in exchange.fields
        ]
        for outcome, exchange, field in rows[:_MOST_IN_MARKDOWN]:
            cells = (outcome.name, exchange.request, field.path, shown(field.left), shown(field.right))
            lines.append("| " + " | ".join(f"`{_cell(cell)}`" for cell in cells) + " |")
        if len(rows) > _MOST_IN_MARKDOWN:
            lines.append(f"\n… and {len(rows) - _MOST_IN_MARKDOWN} more fields; the HTML report has all.")
        lines.append("")
    seen = [name for name in report.register() if name in _ENTRIES]
    if seen:
        lines += [
            "### Known divergences",
            "",
            "| entry | the documents say | the real server does | cases |",
            "|---|---|---|---|",
        ]
        for name in seen:
            entry = _ENTRIES[name]
            told = (f"`{name}`", entry.documents, entry.server, ", ".join(_cases(report, name)))
            lines.append("| " + " | ".join([told[0], *(_cell(cell) for cell in told[1:])]) + " |")
        lines.append("")
    return redact("\n".join(lines))


def _cell(text: str) -> str:
    text = text.replace("|", "\\|").replace("\n", " ").replace("`", "'")
    return text if len(text) <= 160 else text[:157] + "..."
