"""The benchmark itself: it runs at a thousandth of its size and prints its tables. No time is asserted."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("option", [(), ("--markdown",)])
def test_runs_small(option: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.__main__ import main

    result = CliRunner().invoke(main, ["--divisor", "1000", *option])

    assert result.exit_code == 0, result.output
    for what in (
        "bulk ingest",
        "create customer",
        "/subscriptions/usage",
        "/invoices/preview",
        "any sort",
        "memory",
        "log",
        "idle",
    ):
        assert what in result.output
    assert ("| what" in result.output) == bool(option)
