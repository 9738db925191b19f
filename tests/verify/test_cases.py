"""Completions that fooled an earlier verifier, or that it refused without cause: each case, and each in the rules."""

import json
from pathlib import Path

import pytest

from lib.datasets import DATASETS
from lib.files import ROOT
from lib.verify import verify

FILE = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
PROBLEMS = [DATASETS[p["dataset"]].problem_of(p["row"], p["category"]) for p in FILE["problems"]]


@pytest.mark.parametrize("case", FILE["cases"], ids=lambda case: case["id"])
def test_a_case_is_judged_as_expected(case):
    """`expect` holds answer, class step and IR step; null is not judged."""
    verdict = verify(PROBLEMS[case["problem"]], case["prediction"])
    found = (verdict.answer, verdict.class_step, verdict.ir_step)
    expected = tuple(was if want is None else want for want, was in zip(case["expect"], found, strict=True))
    assert found == expected, verdict.reasons


def test_every_case_is_named_in_the_rules():
    rules = (ROOT / "lib" / "verify" / "RULES.md").read_text(encoding="utf-8")
    assert [case["id"] for case in FILE["cases"] if f"`{case['id']}`" not in rules] == []
