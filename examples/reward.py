"""The verifier as a reward: functions with the signature that TRL's GRPOTrainer calls.

    data = [{"prompt": DATASETS["cotemp"].render(problem), "problem": column(problem)} for problem in problems]
    GRPOTrainer(model=…, reward_funcs=[reward, trace_reward], train_dataset=Dataset.from_list(data)).train()

No model judges, and neither more answers nor more facts than the gold ones earn anything.
"""

from lib.datasets import DATASETS, problem_of
from lib.datasets.problem import Problem
from lib.verify import Verdict, verify
from lib.verify.inputs import text_of


def column(problem: Problem) -> dict:
    """What a training set holds of a problem in its column `problem`: plain fields, as Arrow keeps them."""
    fields = DATASETS[problem.dataset].row_of(problem)
    return {"dataset": problem.dataset, "category": problem.category, **fields}


def reward(completions: list, problem: list[dict], **_) -> list[float]:
    """1.0 for a right answer, else 0.0. completions: texts or turns, one per item of `problem`."""
    return [float(verdict.answer) for verdict in _verdicts(completions, problem)]


def trace_reward(completions: list, problem: list[dict], **_) -> list[float]:
    """The share of the trace's two steps that are right: 0.0, 0.5 or 1.0."""
    return [(verdict.class_step + verdict.ir_step) / 2 for verdict in _verdicts(completions, problem)]


def _verdicts(completions: list, problem: list[dict]) -> list[Verdict]:
    pairs = zip(completions, problem, strict=True)
    return [verify(problem_of(row, row["dataset"], ""), text_of(said, "completion")) for said, row in pairs]
