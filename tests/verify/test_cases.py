"""Completions that fooled an earlier verifier, or that it refused without cause: each case, and each in the rules."""

import json
from pathlib import Path

import pytest

from lib.datasets import DATASETS
from lib.files import ROOT
from lib.verify import verify

FILE = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
PROBLEMS = [DATASETS[p["dataset"]].problem_of(p["row"], p["category"]) for p in FILE["problems"]]


def judged(problem: int, prediction: str, expect: list[bool | None]) -> tuple[tuple, tuple, tuple]:
    """(found, expected, reasons) of answer, class step and IR step; where null is expected, whatever is found."""
    verdict = verify(PROBLEMS[problem], prediction)
    found = (verdict.answer, verdict.class_step, verdict.ir_step)
    return found, tuple(was if want is None else want for want, was in zip(expect, found, strict=True)), verdict.reasons


@pytest.mark.parametrize("case", FILE["cases"], ids=lambda case: case["id"])
def test_a_case_is_judged_as_expected(case):
    found, expected, reasons = judged(case["problem"], case["prediction"], case["expect"])
    assert found == expected, reasons


def test_more_texts_as_models_write_them_are_judged_as_a_reader_would():
    wrong = [(case, reasons) for case in FILE["more"] for found, want, reasons in [judged(*case)] if found != want]
    assert not wrong, wrong[:5]


def test_every_case_is_named_in_the_rules():
    rules = (ROOT / "lib" / "verify" / "RULES.md").read_text(encoding="utf-8")
    assert [case["id"] for case in FILE["cases"] if f"`{case['id']}`" not in rules] == []
