"""A toy student for exercises of chapter 03: 0.3 million weights, forty generated problems, seconds of training."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import torch

from lib.datasets import DATASETS
from lib.traces import arms
from lib.train import loop, students
from lib.train.encoding import Encoded, batches, encode

StartOfAnswer = Callable[[list[int], object], int]  # (ids, tokenizer) -> the first place after the think part


@cache
def examples(dataset: str) -> list[arms.Example]:
    """Forty examples of correct traces."""
    category = "single-supporting-fact" if dataset == "babi" else None
    return arms.build(DATASETS[dataset].generate(40, 0, category=category), "correct").examples


def untrained() -> students.Student:
    """The toy student, whose vocabulary is the words of these examples."""
    return students.load("tiny", 0, [e.prompt + e.completion for name in ("babi", "cotemp") for e in examples(name)])


def encoded(student: students.Student, dataset: str) -> list[Encoded]:
    """The examples as the student's tokens; supervised is the completion."""
    return encode(student.tokenizer, examples(dataset), 4096).examples


def train(student: students.Student, data: Sequence[Encoded], updates: int = 25) -> students.Student:
    """The student after so many updates on what is supervised in the examples."""
    optimizer = torch.optim.AdamW(student.model.parameters(), lr=3e-3)
    for batch in [batch for epoch in range(updates) for batch in batches(data, 8, epoch)][:updates]:
        tokens = sum(len(one.supervised) for one in batch)
        (loop.completion_loss(student.model, *loop._tensors(batch, student)) / tokens).backward()
        torch.nn.utils.clip_grad_norm_(student.model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return student


def compare(start_of_answer: StartOfAnswer) -> dict[str, tuple[float, float]]:
    """Train one student on whole completions and one on the answer alone.

    Prints and returns what a token costs each of them: (of the trace, of the answer).
    """
    costs = {}
    with one_thread():
        for name in ("untrained", "completion", "answer alone"):
            student = untrained()
            whole = encoded(student, "babi")
            borders = [start_of_answer(list(one.ids), student.tokenizer) for one in whole]
            traces = [replace(one, ids=one.ids[:border]) for one, border in zip(whole, borders, strict=True)]
            answers = [replace(one, start=border) for one, border in zip(whole, borders, strict=True)]
            if name != "untrained":
                train(student, whole if name == "completion" else answers)
            costs[name] = trace, answer = tuple(loop.evaluate(student, part, 16) for part in (traces, answers))
            print(f"{name:>12}: {trace:.2f} nats for a token of the trace, {answer:.2f} for one of the answer")
    return costs


@contextmanager
def one_thread() -> Iterator[None]:
    """Threads that share the work of a model this small only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
