"""Property runs know the failures of the register, by asking it."""

from __future__ import annotations

import pytest

from contracts.loading import load
from contracts.properties.known_failures import is_known, statuses_of
from mockserver.app import create_app
from mockserver.divergences import REGISTER, Divergences, entry
from mockserver.serving import background
from mockserver.settings import Settings
from mockserver.store.store import Store


@pytest.mark.parametrize(
    ("status", "named", "known"),
    [
        (500, "a", True),
        (500, "b, a", True),
        (500, "b", False),
        (500, "", False),
        (503, "a", False),
        (404, "b", True),
        (500, "unheard-of", False),
    ],
)
def test_an_answer_is_known_by_the_differences_it_names(status: int, named: str, known: bool) -> None:
    asked = []

    def register(base: str) -> dict[str, tuple[int, ...]]:
        asked.append(base)
        return {"a": (500,), "b": (404,)}

    assert is_known("http://127.0.0.1:1/v1/customers?x=1", status, named, register) == known
    assert asked == (["http://127.0.0.1:1"] if named else [])


@pytest.mark.parametrize("profile", ["documented", "upstream"])
def test_an_emulator_tells_the_statuses_of_what_is_on(profile: str) -> None:
    store = Store()
    with background(create_app(Settings(Divergences(profile)), store)) as url:
        told = statuses_of(url)
    store.close()
    assert told == {d.id: d.statuses for d in REGISTER if d.default(profile)}


def test_a_server_without_a_register_is_held_to_everything() -> None:
    assert statuses_of("http://127.0.0.1:1") == {}


def test_every_failure_of_a_case_is_one_the_register_tells() -> None:
    shown = [
        (difference.because, status)
        for case in load().values()
        for step in case.steps
        for difference in step.server
        for status in difference.change.statuses
        # Of two statuses at random the emulator answers the sensible one.
        if status >= 500 and difference.because != "random-status"
    ]
    assert len({because for because, _ in shown}) > 5
    assert [pair for pair in shown if pair[1] not in entry(pair[0]).statuses] == []
