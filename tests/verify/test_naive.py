"""The fast re-implementation of the released procedure and the plain one give the same verdicts."""

import json

import pytest

from lib.datasets import read_outputs
from lib.published import release as files
from lib.verify import released
from tests import naive


def fast(outputs, gold, every=1):
    verdicts = []
    for output in outputs[::every]:
        answer = released.check_answer(output.problem, output.text)
        steps = released.check_steps(output.problem, output.text, gold)
        judged = (steps.class_step, steps.ir_step) if steps.parsed else None
        verdicts.append((answer.right, answer.precision, answer.recall, judged))
    return verdicts


def test_they_agree_on_a_hand_made_file(tmp_path):
    facts = ["Ada Moss holds the position of clerk from 1901 to 1907.", "Ada Moss worked for Acme in 1904."]
    row = {
        "question": "While Ada Moss was holding the position of clerk, which employer did Ada Moss work for?",
        "facts": facts,
        "gold": ["Acme"],
        "triple_element": "S1_R2_O2",
    }
    trace = "<think>The temporal relation is: during.\nI need: ['{}']</think> <answer>['{}']</answer>"
    texts = [
        trace.format(facts[1], "Acme"),
        trace.format(facts[0], "clerk"),
        "Acme",
        "",
        "<think>",
        "<answer>Acme, Ada",
    ]
    folder = tmp_path / "during"
    folder.mkdir()
    outputs, gold = folder / "x.json", tmp_path / "gold.csv"
    outputs.write_text("".join(json.dumps(row | {"prediction": text}) + "\n" for text in texts))
    gold.write_text(f'reasoning,answer,facts\nis: during.,"[\'Acme\']","{facts}"\n')
    ours = fast(read_outputs(outputs, "cotemp"), released.GoldFile.read(gold, "cotemp"))
    assert naive.rescore(outputs, gold, "cotemp") == ours
    assert [verdict[0] for verdict in ours] == [True, False, True, False, False, True]


@pytest.mark.slow
@pytest.mark.release
def test_they_agree_on_every_tenth_released_output(local):
    compared = 0
    for run in files.runs():
        if run.has_trace:
            path, gold = files.fetch(run.name), files.fetch(run.gold_name)
            outputs = read_outputs(path, run.dataset, run.category or None)
            ours = fast(outputs, released.GoldFile.read(gold, run.dataset), every=10)
            assert naive.rescore(path, gold, run.dataset, every=10) == ours, run.name
            compared += len(ours)
    assert compared > 500
