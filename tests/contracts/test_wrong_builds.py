"""A build of the emulator that is wrong in one place is caught by the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import ROUND_DOWN
from typing import Any

import pytest
from flask import Flask

import mockserver.app
from contracts import loading, runner
from contracts.negative import play as play_mutations
from contracts.runner import DRIFT
from contracts.targets import started_mock
from mockserver.divergences import PROFILES
from mockserver.rating import money

CASES = loading.load()

Change = Callable[[int, bytes, dict[str, Any]], tuple[int, bytes]]


class Rewired:
    """An application whose answers are changed on the way out."""

    def __init__(self, inner: Any, change: Change) -> None:
        self.inner, self.change = inner, change

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen: list[Any] = []
        body = b"".join(self.inner(environ, lambda status, headers, info=None: seen.extend((status, headers))))
        status, body = self.change(int(seen[0].split()[0]), body, environ)
        headers = [(name, value) for name, value in seen[1] if name.lower() != "content-length"]
        start_response(f"{status} changed", [*headers, ("Content-Length", str(len(body)))])
        return [body]


@contextmanager
def changed(monkeypatch: pytest.MonkeyPatch, change: Change) -> Iterator[None]:
    """Servers that are started meanwhile are built wrong."""
    create = mockserver.app.create_app

    def wrong(*given: Any) -> Flask:
        app = create(*given)
        app.wsgi_app = Rewired(app.wsgi_app, change)  # type: ignore[method-assign]  # Flask's own way to wrap an app
        return app

    with monkeypatch.context() as patch:
        patch.setattr(mockserver.app, "create_app", wrong)
        yield


def drifting(profile: str, kinds: tuple[str, ...]) -> set[str]:
    with started_mock(profile) as target:
        played = [runner.play(target, case, CASES) for case in CASES.values() if case.kind in kinds]
    return {result.case.name for result in played if result.verdict == DRIFT}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_renamed_field_is_caught(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(status: int, body: bytes, environ: dict[str, Any]) -> tuple[int, bytes]:
        return status, body.replace(b'"display_amount"', b'"displayed_amount"')

    with changed(monkeypatch, rename):
        found = drifting(profile, ("payload", "scenario"))
    assert {"payload-04-price-dalle3-standard", "scenario-tier-boundary"} <= found


@pytest.mark.parametrize("profile", PROFILES)
def test_a_changed_rounding_is_caught(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money._ROUNDING, "rounding", ROUND_DOWN)
    assert {"scenario-month-from-plan-to-bill", "scenario-unit-in-credits"} <= drifting(profile, ("scenario",))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_changed_status_is_caught(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def restate(status: int, body: bytes, environ: dict[str, Any]) -> tuple[int, bytes]:
        return (422 if status == 409 else status), body

    with changed(monkeypatch, restate):
        found = drifting(profile, ("error", "divergence"))
    assert {"error-already-exists", "divergence-bulk-lookup-key-clash-is-500"} <= found


def test_a_check_left_out_is_caught_by_the_mutations(monkeypatch: pytest.MonkeyPatch) -> None:
    def accept(status: int, body: bytes, environ: dict[str, Any]) -> tuple[int, bytes]:
        return (201, b'{"id":"cust_x"}') if b'"AddressCountry"' in body else (status, body)

    with changed(monkeypatch, accept), started_mock("documented") as target:
        outcome = next(iter(play_mutations(target, "01")))
    assert outcome.verdict == DRIFT
    assert {exchange.name for exchange in outcome.exchanges if exchange.fields} == {
        "01/address_country/lower-case",
        "01/address_country/too-long",
        "01/address_country/no-country",
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_the_right_build_drifts_nowhere(profile: str) -> None:
    assert drifting(profile, ("payload", "scenario", "divergence", "error")) == set()
