"""Recordings: scenarios with the answers a target gave, plain JSON, one step a line.

A recording is ``{"name", "facts", "recorded_at", "meters"?, "switched_on"?, "steps": [...]}`` (``switched_on`` are the
register's entries the target stood on the server's side of; all, where it does not say); a step is a request
(``id``, ``method``, ``path``, ``body`` or ``raw``, ``headers``, ``capture``) with the normalised answer (``status``,
``response``, ``location``) and what is not compared (``loose``, ``unordered``, ``status_any``). It can be played on any
target and compared there, which is how a team without network checks against what a real server said.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mockserver.divergences import REGISTER

from . import provisioning
from .compare import Difference, answers
from .connection import Answer
from .outcomes import Exchange, Outcome, fields, plain
from .paths import find
from .placeholders import fill
from .redaction import redacted
from .runner import DRIFT, KNOWN, PASS, CaseResult
from .targets import Target, normaliser

FOLDER = Path(__file__).parent / "recordings"
OPEN_LIST = "open.txt"


class RecordingError(Exception):
    """A file that is no recording."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as read; ``topic`` is the folder it lies in."""

    name: str
    topic: str
    data: dict[str, Any]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return list(self.data["steps"])


@dataclass(slots=True)
class Replayed:
    """One step as a target answered it now, beside what was recorded."""

    step: dict[str, Any]
    path: str
    answer: Answer
    normal: Any
    differences: list[Difference] = field(default_factory=list)


def load(folder: Path = FOLDER) -> Iterator[Recording]:
    """All recordings below a folder, by topic and name."""
    for file in sorted(folder.rglob("*.json")):
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            if not all("status" in step for step in data["steps"]):
                raise KeyError("status")
        except (ValueError, KeyError, TypeError) as error:
            raise RecordingError(f"{file} is no recording: {error!r}") from error
        topic = file.parent.name if file.parent != folder else ""
        yield Recording(file.stem, topic, data)


def replay(target: Target, recording: Recording) -> list[Replayed]:
    """Play a recording's requests and compare the answers with the recorded ones. On the emulator the clock stands at
    the time of the recording, so that what was near then is near now."""
    data = recording.data
    clock = data.get("recorded_at") or datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    world = target.world(recording.name, clock)
    world.names["uniq"] = "u" + secrets.token_hex(4)
    for meter in data.get("meters", ()):
        provisioning.provide(world, meter)
    done: list[Replayed] = []
    for step in recording.steps:
        accepted = frozenset(step.get("status_any") or [step["status"]])
        path = fill(step["path"], world.names)
        now = world.now()
        answer = world.send(
            step["method"],
            path,
            body=fill(step.get("body"), world.names),
            raw=fill(step["raw"], world.names) if "raw" in step else None,
            headers=fill(step.get("headers"), world.names),
            expected=accepted | {401, 403},
        )
        for name, place in (step.get("capture") or {}).items():
            value = find(answer.body, place)
            if isinstance(value, str):
                world.names[name] = value
        make = normaliser(world)
        make.now = now
        normal = make(answer.body)
        differences: list[Difference] = []
        if answer.status not in accepted:
            differences = answers((step["status"], step["response"]), (answer.status, normal))
        elif answer.status == step["status"]:
            differences = answers(
                (step["status"], step["response"]),
                (answer.status, normal),
                step.get("loose", ()),
                step.get("unordered", ()),
            )
        done.append(Replayed(step, path, answer, normal, differences))
    return done


def outcome(
    recording: Recording, done: Iterable[Replayed], target: Target, still_open: frozenset[str] = frozenset()
) -> Outcome:
    """A replay in the report's shape. A difference is known where the recording or the answer names a register's entry
    on whose other side the target is, or where the step is on the list of what is still open."""
    switched_on = recording.data.get("switched_on")
    exchanges = []
    for one in done:
        name = one.step["id"] if "/" in one.step["id"] else f"{recording.name}/{one.step['id']}"
        named = [*one.step.get("register", ()), *one.answer.divergences]
        known = [entry for entry in named if (switched_on is None or entry in switched_on) != target.on(entry)]
        exchange = Exchange(
            name,
            f"{one.step['method']} {one.path}",
            one.step.get("body", one.step.get("raw")),
            {"status": one.step["status"], "body": one.step["response"]},
            {"status": one.answer.status, "body": plain(one.normal)},
            fields(one.differences),
            list(dict.fromkeys(known)) if one.differences else [],
            str(recording.data.get("facts", "")),
        )
        if one.differences and not exchange.register and name in still_open:
            exchange.note = "on the list of open differences"
            exchange.register = ["open"]
        exchanges.append(exchange)
    verdicts = {exchange.verdict for exchange in exchanges}
    register = list(dict.fromkeys(name for exchange in exchanges for name in exchange.register))
    return Outcome(
        recording.name,
        str(recording.data.get("about") or recording.data.get("note") or recording.name),
        "recording",
        str(recording.data.get("facts", "")),
        DRIFT if DRIFT in verdicts else KNOWN if KNOWN in verdicts else PASS,
        register,
        exchanges,
    )


def open_steps(folder: Path = FOLDER) -> frozenset[str]:
    """The steps whose difference from the emulator is known and not settled yet: ``scenario/step`` a line."""
    file = folder / OPEN_LIST
    if not file.is_file():
        return frozenset()
    lines = (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return frozenset(line for line in lines if line)


def write_open(folder: Path, outcomes: Iterable[Outcome]) -> None:
    """Rewrite the list of open differences from what a comparison found; the comment at its top stays."""
    file = folder / OPEN_LIST
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    head = [line for line in lines if line.startswith("#")]
    drifting = [one.name for outcome in outcomes for one in outcome.exchanges if one.verdict == DRIFT]
    file.write_text("\n".join([*head, *sorted(drifting)]) + "\n", encoding="utf-8")


def of_case(result: CaseResult, target: Target) -> dict[str, Any]:
    """A played case as a recording."""
    steps = []
    for played in result.steps:
        step = played.step
        row: dict[str, Any] = {"id": f"{played.case}/{step.id}", "method": step.method, "path": step.path}
        if step.body is not None:
            row["body"] = step.body
        if step.raw is not None:
            row["raw"] = step.raw
        for name in ("headers", "capture"):
            if getattr(step, name):
                row[name] = getattr(step, name)
        for name in ("loose", "unordered"):
            if getattr(step, name):
                row[name] = list(getattr(step, name))
        if step.server:
            row["register"] = [difference.because for difference in step.server]
        row |= {"status": played.answer.status, "response": played.normal}
        steps.append(row)
    meters = [name for name in provisioning.known_meters() if any(name in json.dumps(row) for row in steps)]
    case = result.case
    return {
        "name": case.name,
        "facts": case.facts,
        "about": case.title,
        "target": target.title,
        "recorded_at": result.began,
        "switched_on": [entry.id for entry in REGISTER if target.on(entry.id)],
        **({"meters": meters} if meters else {}),
        "steps": steps,
    }


def write(data: dict[str, Any], file: Path) -> None:
    """One recording, one step a line, without keys and tokens."""
    file.parent.mkdir(parents=True, exist_ok=True)
    head = {key: value for key, value in data.items() if key != "steps"}
    top = "".join(f"{json.dumps(key)}: {_line(value)},\n" for key, value in head.items())
    steps = ",\n".join(_line(redacted(step)) for step in data["steps"])
    file.write_text("{" + top + '"steps": [\n' + steps + "\n]}\n", encoding="utf-8")


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
