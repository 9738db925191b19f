"""What supervised fine-tuning does to one example, small enough to read: its tokens, its mask, its loss by hand."""

from pathlib import Path

import pandas as pd
import torch

from lib.datasets.outputs import read_outputs
from lib.stats import right_wrong
from lib.traces.arms import Example
from lib.train.encoding import Encoded, encode
from lib.train.students import Student
from lib.verify import verify


def encoded_of(student: Student, example: Example) -> Encoded:
    """The example's tokens for this student."""
    return encode(student.tokenizer, [example], max_length=4096).examples[0]


def token_table(student: Student, example: Example, around: int = 8) -> pd.DataFrame:
    """The tokens around the border between prompt and completion, and the last one: position, token, supervised."""
    encoded = encoded_of(student, example)
    shown = [*range(encoded.start - around, encoded.start + around), len(encoded.ids) - 1]
    rows = [
        (n, repr(student.tokenizer.decode([encoded.ids[n]])), "yes" if n >= encoded.start else "no")
        for n in shown
        if n >= 0
    ]
    return pd.DataFrame(rows, columns=["position", "token", "supervised"])


@torch.no_grad()
def loss_by_hand(student: Student, example: Example) -> pd.DataFrame:
    """Every supervised token with the probability that the student gave it and what that costs, in nats.

    Columns: token, probability, cost. The training loss is the mean of the last column (Recipe, whole_text off).
    """
    encoded = encoded_of(student, example)
    student.model.eval()
    logits = student.model(torch.tensor([encoded.ids], device=student.device)).logits[0].float()
    # the logits at one position are about the next token
    chances = logits[encoded.start - 1 : -1].softmax(-1)
    right = chances[torch.arange(len(encoded.supervised)), torch.tensor(encoded.supervised)].cpu()
    return pd.DataFrame(
        {
            "token": [repr(student.tokenizer.decode([token])) for token in encoded.supervised],
            "probability": right.tolist(),
            "cost": (-right.log()).tolist(),
        }
    )


def said(folder: Path, dataset: str, n: int = 3) -> pd.DataFrame:
    """What the student of a cell said for the first n test problems, with verdicts."""
    rows = []
    for output in read_outputs(folder / "outputs.json", dataset)[:n]:
        verdict = verify(output.problem, output.text)
        text = output.text if len(output.text) <= 400 else f"{output.text[:400]} …"
        found = "all right" if not verdict.reasons else "; ".join(verdict.reasons)
        rows.append((output.problem.question, ", ".join(output.problem.answers), text, found))
    return pd.DataFrame(rows, columns=["question", "gold", "the student says", "the verifier says"])


def before_and_after(before: Path, after: Path, dataset: str, n: int = 3) -> pd.DataFrame:
    """The same of two cells with the same test problems, untrained and trained, problem by problem."""
    both = [said(folder, dataset, n).assign(when=when) for folder, when in ((before, "before"), (after, "after"))]
    columns = ["question", "gold", "when", "the student says", "the verifier says"]
    return pd.concat(both).sort_index(kind="stable")[columns].reset_index(drop=True)


def score_rows(scores: dict, **keys: object) -> list[dict]:
    """Answer, class and IR accuracy from a cell's scores: percent, Wilson's 95 % interval; keys go into each row."""
    n = scores["n"]
    shares = {"answer": scores["scores"]["acc"], "class": scores["accuracy"]["class"], "ir": scores["accuracy"]["ir"]}
    rows = []
    for what, percent in shares.items():
        found = right_wrong.proportion(round(percent * n / 100), n)
        value, low, high = (round(100 * x, 2) for x in (found.value, found.low, found.high))
        rows.append({**keys, "what": what, "n": n, "value": value, "low": low, "high": high})
    return rows
