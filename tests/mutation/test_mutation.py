"""The seeded sample of mutants, and what is said about those that survive."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutation import judged, report, settings
from mutation.judged import Change, Judgement, Verdict
from mutation.report import Outcome, Result
from mutation.sample import function_of, sample
from mutation.settings import Area

ROOT = Path(__file__).parents[2]
MUTANTS = [f"shop.{module}.x_{name}__mutmut_{n}" for module in ("till", "sums") for name in "abc" for n in range(1, 9)]
TILL = Area("till", 5, ("shop.till",))


def test_a_seed_takes_the_same_mutants_of_the_area_whatever_their_order() -> None:
    taken = sample(MUTANTS, TILL, "s")
    assert len(taken) == 5
    assert all(name.startswith("shop.till.") for name in taken)
    assert sample(reversed(MUTANTS), TILL, "s") == taken
    assert sample(MUTANTS, TILL, "another") != taken


def test_mutants_that_go_or_come_do_not_reshuffle_the_others() -> None:
    taken = sample(MUTANTS, TILL, "s")
    left = sample([name for name in MUTANTS if name != taken[0]], TILL, "s")
    assert set(taken[1:]) < set(left)
    assert len(left) == 5


def test_an_area_whose_modules_are_gone_is_an_error() -> None:
    with pytest.raises(ValueError, match="moved"):
        sample(MUTANTS, Area("moved", 5, ("shop.old.*",)), "s")


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        ("a.b.x_f__mutmut_12", "a.b.f"),
        ("a.b.x__private__mutmut_1", "a.b._private"),
        ("a.b.xǁClassǁ__init____mutmut_3", "a.b.Class.__init__"),
    ],
)
def test_a_mutants_function(mutant: str, function: str) -> None:
    assert function_of(mutant) == function


DIFF = """# a.b.x_f__mutmut_1: survived
--- a/b.py
+++ a/b.py
@@ -1,3 +1,3 @@
 def f(x):
-    if x > 1:
+    if x >= 1:
         return 2
"""
CHANGE = Change("a.b.f", "if x > 1:", "if x >= 1:")


def test_a_change_is_the_changed_text_wherever_it_stands() -> None:
    assert judged.change_of("a.b.f", DIFF) == CHANGE
    assert (
        judged.change_of("a.b.f", DIFF.replace("@@ -1,3 +1,3 @@", "@@ -7,3 +7,3 @@").replace("    if", "  if"))
        == CHANGE
    )


def test_a_judgement_needs_a_reason_and_is_given_once(tmp_path: Path) -> None:
    entry = '[[mutant]]\nfunction = "f"\nbefore = "a"\nafter = "b"\nverdict = "equivalent"\nreason = "{}"\n'
    path = tmp_path / "judged.toml"
    path.write_text(entry.format("the same"))
    assert judged.load(path) == {Change("f", "a", "b"): Judgement(Verdict.EQUIVALENT, "the same")}
    for text in (entry.format(" "), entry.format("x") * 2):
        path.write_text(text)
        with pytest.raises(ValueError, match="judged twice or without a reason"):
            judged.load(path)


def test_the_score_leaves_out_what_is_equivalent_and_counts_what_may_stay() -> None:
    other = Change("a.b.g", "1", "2")
    results = [
        Result("m1", "till", Outcome.FAST),
        Result("m2", "till", Outcome.WHOLE, Change("a.b.h", "1", "2")),
        Result("m3", "till", Outcome.SURVIVED, CHANGE),
        Result("m4", "till", Outcome.SURVIVED, other),
        Result("m5", "till", Outcome.SURVIVED, Change("a.b.i", "1", "2")),
    ]
    decided = {CHANGE: Judgement(Verdict.EQUIVALENT, "r"), other: Judgement(Verdict.STAYS, "r")}
    row = report.table(results, decided).splitlines()[1].split()
    assert row == ["till", "5", "1", "1", "3", "1", "1", "50.0", "%"]
    assert report.unjudged(results, decided) == [Change("a.b.i", "1", "2")]
    assert report.outdated(results, decided) == []
    assert report.outdated(results, {Change("a.b.h", "1", "2"): Judgement(Verdict.STAYS, "r")}) == [
        Change("a.b.h", "1", "2")
    ]


def test_the_settings_and_judgements_in_the_repository_can_be_read() -> None:
    conf = settings.load(ROOT / "pyproject.toml")
    assert sum(area.mutants for area in conf.areas) >= 300
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.glob("mockserver/**/*.py")}
    for change in judged.load(ROOT / "mutation" / "judged.toml"):
        assert any(change.function.startswith(f"{module}.") for module in modules), change
