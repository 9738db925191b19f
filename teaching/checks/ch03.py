"""Checks of chapter 03: which tokens are supervised, the loss by hand, and a mask that changes a student."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from lib.exercises import exercise
from lib.train import loop
from lib.train.students import Student
from teaching.checks import toy
from teaching.checks.forms import function, number, numbers, shown

IGNORED = -100


@exercise("03.1")
def targets(answer: object) -> str | None:
    """Padded ids and labels of one example."""
    if wrong := function(answer):
        return wrong
    rng = random.Random("targets")
    for pad in (0, 2):  # 2 is the end token, too, as in many tokenizers
        for extra in (0, 3):
            prompt, completion = ([rng.randrange(3, 9) for _ in range(n)] for n in (4, 5))
            ids = [*prompt, *completion, 2]
            given = answer(list(prompt), list(completion), 2, pad, len(ids) + extra)
            where = f"prompt {prompt}, completion {completion}, end 2, pad {pad}, length {len(ids) + extra}"
            if not isinstance(given, list | tuple) or len(given) != 2:
                return f"{where}: expected (ids, labels); it is {shown(given)}."
            got = [numbers(part, len(ids) + extra) for part in given]
            if None in got:
                return f"{where}: expected two lists of {len(ids) + extra} whole numbers; it is {shown(given)}."
            if got[0] != (*ids, *[pad] * extra):
                return f"{where}: the ids are {shown(given[0])}. Prompt, completion, end, then padding on the right."
            labels = (*[IGNORED] * len(prompt), *completion, 2, *[IGNORED] * extra)
            if differ := [i for i, pair in enumerate(zip(got[1], labels, strict=True)) if pair[0] != pair[1]]:
                at, says = differ[0], f"the label at place {differ[0]} is {got[1][differ[0]]:g}"
                part = "the prompt" if at < 4 else "padding" if at >= len(ids) else "the end token" * (at == 9)
                return f"{where}: {says}. This place is {part or 'in the completion'}: is it supervised?"
    return None


# --- the loss -----------------------------------------------------------------------------------------------

Scored = tuple[np.ndarray, list[int], int]  # logits (length, vocabulary), ids, first supervised place


def _costs(logits: np.ndarray, ids: list[int], start: int, shift: int = 1) -> np.ndarray:
    """What each supervised token costs, in nats."""
    rows = logits[start - shift : len(ids) - shift].astype(np.float64)
    rows = rows - rows.max(axis=1, keepdims=True)
    return np.log(np.exp(rows).sum(axis=1)) - rows[np.arange(len(rows)), ids[start:]]


def _loss(batch: list[Scored]) -> float:
    return float(np.concatenate([_costs(*one) for one in batch]).mean())


_MISTAKES: list[tuple[Callable, str]] = [
    (
        lambda batch: np.mean([_costs(*one).mean() for one in batch]),
        "That is a mean of the examples' means: a token of a short example counts more than one of a long example.",
    ),
    (
        lambda batch: np.concatenate([_costs(*one, shift=0) for one in batch]).mean(),
        "That takes the logits at a token's own place. What are the logits at one place about?",
    ),
    (lambda batch: sum(_costs(*one).sum() for one in batch), "That is the sum over the tokens, not their mean."),
    (
        lambda batch: np.concatenate([_costs(logits, ids, 1) for logits, ids, _ in batch]).mean(),
        "That counts the prompt, too.",
    ),
    (lambda batch: _loss(batch) / math.log(2), "That is in bits; asked for are nats."),
]


@cache
def _scored() -> list[Scored]:
    """Two examples of different lengths, and what an untrained toy student says of them."""
    student, found = toy.untrained(), []
    for one in toy.encoded(student, "cotemp")[:1] + toy.encoded(student, "babi")[:1]:
        with torch.no_grad():
            logits = student.model(torch.tensor([one.ids])).logits[0].float().numpy()
        found.append((logits, list(one.ids), one.start))
    return found


@exercise("03.2")
def update_loss(answer: object) -> str | None:
    """The mean cost of the supervised tokens of a batch, from logits."""
    if wrong := function(answer):
        return wrong
    rng = np.random.default_rng(0)
    made = [(rng.normal(size=(n, 7)), [int(i) for i in rng.integers(0, 7, n)], start) for n, start in ((5, 3), (9, 2))]
    sharp = [(logits * 2000, ids, start) for logits, ids, start in made]
    even = [(np.zeros((6, 50)), [1, 2, 3, 4, 5, 6], 2)]
    cases = {
        "even logits over 50 tokens": even,
        "two made-up examples": made,
        "a toy student's two examples": _scored(),
    }
    for name, batch in (cases | {"logits in the thousands": sharp}).items():
        with np.errstate(all="ignore"):
            got = number(answer([(logits.copy(), list(ids), start) for logits, ids, start in batch]))
        wanted = _loss(batch)
        if got is None:
            return f"{name}: expected one finite number. Does an exponential overflow?"
        if abs(got - wanted) > 1e-3 * max(1.0, wanted):
            why = [hint for wrong, hint in _MISTAKES if abs(got - wrong(batch)) < 1e-3 * max(1.0, abs(got))]
            return " ".join([f"{name}: {got:.3f} nats per token is not the loss.", *why[:1]])
    return None


# --- a mask -------------------------------------------------------------------------------------------------


def _border(student: Student, ids: tuple[int, ...]) -> int:
    """The place of the first token of the answer part."""
    return next(i for i in range(1, len(ids)) if "</think>" in student.tokenizer.decode(ids[:i]))


@exercise("03.3")
def answer_alone(answer: object) -> str | None:
    """Where the answer part begins in the tokens; then a toy student is trained on it alone."""
    if wrong := function(answer):
        return wrong
    student = toy.untrained()
    for one in toy.encoded(student, "babi") + toy.encoded(student, "cotemp"):
        start, border = answer(list(one.ids), student.tokenizer), _border(student, one.ids)
        found = number(start)
        if found is None or found != int(found) or not 0 < found < len(one.ids):
            return f"Expected a place from 1 to {len(one.ids) - 1}; it is {shown(start)}."
        if found != border:
            text = student.tokenizer.decode(one.ids[int(found) :])
            return f"From there on it reads {shown(text)}. It is to read from right after the think part to the end."
    with toy.one_thread():
        data = toy.encoded(student, "babi")
        alone = [replace(one, start=int(answer(list(one.ids), student.tokenizer))) for one in data]
        before = loop.evaluate(student, alone, 16)
        after = loop.evaluate(toy.train(student, alone), alone, 16)
    if after > before / 2:
        return f"Trained on this, a token of the answer costs {after:.2f} nats, and {before:.2f} untrained: not half."
    return None
