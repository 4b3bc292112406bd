"""Rounds of fuzzing: an environment in some documented state, then requests at it."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contracts.case import Case, Step
from contracts.loading import load, with_needs
from contracts.paths import ABSENT, find
from contracts.placeholders import fill
from mockserver.divergences import Divergences
from mockserver.http.rendering import DIVERGENCE_HEADER
from tests.security.fuzzing import values
from tests.security.fuzzing.shapes import Known, Maker, Shape
from tests.security.fuzzing.world import Reply, World

PER_ROUND = 400
SLOW_SECONDS = 2.0
_NOT_IMPLEMENTED = 501
"""What the real server does and the emulator says it does not, as its OpenAPI document promises."""
_LETS_TIME_PASS = "/_mock/clock"
"""Up to a thousand periods end then, each with its invoice: that is what is asked for."""
_MOST_BYTES = 3_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A request whose answer may not be."""

    kind: str
    method: str
    target: str
    body: bytes
    answer: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.method} {self.target[:160]} {self.body[:240]!r} -> {self.answer[:300]}"


@dataclass(slots=True)
class Result:
    """What a run came to."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    registered: int = 0
    slowest: tuple[float, str] = (0.0, "")
    findings: list[Finding] = field(default_factory=list)
    slow: list[Finding] = field(default_factory=list)


def run(world: World, seed: int, requests: int) -> Result:
    """So many requests at one emulator, the same for the same seed."""
    logging.getLogger("flexprice-mock").setLevel(logging.CRITICAL)
    rng = random.Random(f"fuzz {seed}")
    cases = load()
    names = sorted(name for name, case in cases.items() if case.only != "real")
    result, number = Result(), 0
    while result.requests < requests:
        number += 1
        case = cases[rng.choice(names)]
        _Round(world, rng, f"fuzz-{seed}-{number}", result).play(
            case, cases, min(PER_ROUND, requests - result.requests)
        )
    return result


class _Round:
    def __init__(self, world: World, rng: random.Random, key: str, result: Result) -> None:
        self.world, self.rng, self.key, self.result = world, rng, key, result
        self.known, self.judge = Known(), Judge(world.divergences)
        self.maker = Maker(rng, self.known, rng.choice((0.08, 0.15, 0.3)))
        self.good: list[tuple[str, str, Any]] = []

    def play(self, case: Case, cases: dict[str, Case], count: int) -> None:
        self.prepare(case, cases)
        for method, target, body in self.requests(count):
            self.ask(method, target, body)

    def prepare(self, case: Case, cases: dict[str, Case]) -> None:
        """Bring the environment where the case brings it."""
        names: dict[str, Any] = {}
        self.send("PUT", "/_mock/clock", values.dumps({"now": case.clock or "2026-04-20T00:00:00Z"}).encode())
        self.send("POST", "/_mock/catalog", b'{"shipped": "documented"}')
        for part in with_needs(case, cases):
            names.update({meter: meter for meter in part.meters})
            for step in part.steps:
                self.step(step, names)

    def step(self, step: Step, names: dict[str, Any]) -> None:
        target, body = fill(step.path, names), fill(step.body, names)
        text = values.dumps(body) if body is not None else str(fill(step.raw or "", names))
        reply = self.send(step.method, target.replace(" ", "%20"), text.encode())
        self.good.append((step.method, target.replace(" ", "%20"), body))
        try:
            answer = reply.json()
        except ValueError:
            return
        self.known.learn(answer)
        for name, place in step.capture.items():
            found = find(answer, place)
            if found is not ABSENT:
                names[name] = found

    def requests(self, count: int) -> Iterator[tuple[str, str, bytes]]:
        for _ in range(count):
            if self.good and self.rng.random() < 0.4:
                method, target, body = self.rng.choice(self.good)
                changed = body if body is None else self.maker.mutated(body)
                yield method, target, b"" if changed is None else self.written(changed)
            else:
                yield self.shaped(self.rng.choice(self.world.shapes))

    def shaped(self, shape: Shape) -> tuple[str, str, bytes]:
        target = self.maker.path(shape.rule)
        if shape.query is not None:
            text = self.maker.query([(known.data_key or n, known) for n, known in shape.query.fields.items()])
            target += f"?{text}" if text else ""
        if shape.body is None:
            odd = shape.method != "GET" and self.rng.random() < 0.3
            return shape.method, target, self.written(values.anything(self.rng)) if odd else b""
        body = self.maker.body(shape.body)
        if isinstance(body.get("latency_ms"), int) or str(body.get("latency_ms", "")).isdigit():
            # Waiting is no computing, and not what is looked for.
            body["latency_ms"] = self.rng.choice((1, 10**9))
        return shape.method, target, self.written(body)

    def written(self, value: Any) -> bytes:
        data = values.dumps(value).encode("utf-8", "surrogatepass")
        if len(data) > _MOST_BYTES:
            # Larger ones are refused by their size; a few of them suffice.
            data = data[: _MOST_BYTES if self.rng.random() < 0.9 else None]
        chance = self.rng.random()
        if chance < 0.01:
            return data[: len(data) // 2]
        if chance < 0.02:
            return b"\xff\xfe" + data
        return data

    def send(self, method: str, target: str, body: bytes) -> Reply:
        return self.world.send(method, target, body, {"x-api-key": self.key})

    def ask(self, method: str, target: str, body: bytes) -> None:
        reply = self.send(method, target, body)
        result = self.result
        result.requests += 1
        result.statuses[reply.status] += 1
        if reply.seconds > result.slowest[0]:
            result.slowest = (reply.seconds, f"{method} {target[:100]} {body[:100]!r}")
        answer = f"{reply.status} {reply.crash} {reply.data[:200]!r}"
        if reply.seconds > SLOW_SECONDS and not target.startswith(_LETS_TIME_PASS):
            result.slow.append(Finding(f"{reply.seconds:.1f} s", method, target, body, answer))
        kind = self.judge.wrong(method, target, reply)
        result.registered += self.judge.registered
        self.judge.registered = 0
        if kind:
            result.findings.append(Finding(kind, method, target, body, answer))
        if kind == "" and reply.status in (200, 201) and _is_whole_json(reply):
            self.known.learn(reply.json())


class Judge:
    """Tells good answers from others; what the register of divergences explains is good."""

    def __init__(self, divergences: Divergences) -> None:
        self.divergences, self.registered = divergences, 0

    def wrong(self, method: str, target: str, reply: Reply) -> str:
        """What is wrong with an answer, or nothing."""
        if "X-Flexprice-Mock-Fault" in reply.headers:
            return ""
        if reply.status == 0:
            return "" if reply.crash.startswith("ClientDisconnected") else "crash"
        if reply.status >= 500:
            named = reply.headers.get(DIVERGENCE_HEADER, "")
            known = reply.status == _NOT_IMPLEMENTED or bool(self.divergences.explain(reply.status, named))
            self.registered += known
            return "" if known else "unregistered failure"
        path = target.partition("?")[0]
        return "" if method == "OPTIONS" or _in_envelope(path, reply) else "not in its envelope"


def _is_whole_json(reply: Reply) -> bool:
    return "X-Flexprice-Mock-Fault" not in reply.headers and reply.headers.get("Content-Type", "").startswith(
        "application/json"
    )


def _in_envelope(path: str, reply: Reply) -> bool:
    """JSON, with what an error of that part of the server says; a page and a file of the controls are what they are."""
    if reply.status in (204, 301, 307) or reply.data == b"404 page not found":
        return True
    if not reply.headers.get("Content-Type", "").startswith("application/json"):
        return path.startswith("/_mock") and reply.status < 400
    try:
        body = reply.json()
    except (ValueError, RecursionError):
        return False
    if reply.status < 400:
        return True
    if not isinstance(body, dict):
        return False
    return "error" in body or "message" in body
