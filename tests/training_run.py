"""One small training run, as a function that other processes can start, kill and start again."""

from pathlib import Path

from lib.datasets import babi
from lib.traces import arms
from lib.traces.arms import Example
from lib.train import students
from lib.train.loop import Recipe, Result, fit
from lib.train.students import Student

RECIPE = Recipe(max_steps=30, batch_size=4, accumulation=2, learning_rate=3e-3, save_every=4, dropout=0.1, rank=4)


def data() -> tuple[list[Example], list[Example]]:
    """(training, held-out) examples: short generated stories with correct traces."""
    examples = arms.build(babi.generate(60, seed=2, category="single-supporting-fact"), "correct").examples
    return examples[:52], examples[52:]


def tiny(adapter: bool = False) -> Student:
    """The tiny student for these data; with an adapter, as pretrained students have one, or trained in full."""
    texts = [text for part in data() for example in part for text in (example.prompt, example.completion)]
    student = students.load("tiny", seed=0, texts=texts)
    student.full = not adapter
    return student


def run(folder: str, adapter: bool = True, recipe: Recipe = RECIPE) -> Result:
    """Train to the end, from wherever an earlier run in this folder stopped."""
    return fit(tiny(adapter), data()[0], recipe, Path(folder))
